import type { SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { availabilityRank } from '../parts/file-parts.tsx'
import { shownName } from '../parts/names.tsx'
import type { People } from '../state/people.ts'

export const SORTS = ['newest', 'name', 'largest', 'availability'] as const
export type Sort = (typeof SORTS)[number]

export interface FileQuery {
  words: string
  hereOnly: boolean
  sort: Sort
}

export const everything: FileQuery = { words: '', hereOnly: false, sort: 'newest' }

const names = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })
const byName = (a: SharedFile, b: SharedFile) =>
  names.compare(shownName(a.name), shownName(b.name)) || (a.hash < b.hash ? -1 : 1)
/** Files of one message have one moment: by name, so that each load shows the same order */
const newest = (a: SharedFile, b: SharedFile) => b.createdAt - a.createdAt || byName(a, b)

const ORDERS: Record<Sort, (a: SharedFile, b: SharedFile) => number> = {
  newest,
  name: (a, b) => names.compare(shownName(a.name), shownName(b.name)) || newest(a, b),
  largest: (a, b) => b.size - a.size || newest(a, b),
  availability: (a, b) => availabilityRank(a) - availabilityRank(b) || newest(a, b)
}

/** The files that match every word in their name, path or sender, in the order asked for. */
export function pickFiles(files: SharedFile[], query: FileQuery, people: People): SharedFile[] {
  const words = query.words.toLocaleLowerCase().split(/\s+/).filter(Boolean)
  return files
    .filter((file) => {
      if (query.hereOnly && !file.here) return false
      if (words.length === 0) return true
      const text = `${file.name} ${file.path ?? ''} ${people.nameOf(file.pubkey)}`
      const lower = text.toLocaleLowerCase()
      return words.every((word) => lower.includes(word))
    })
    .sort(ORDERS[query.sort])
}
