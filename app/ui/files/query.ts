import type { SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { kindOf, type FileKind } from '../intake/kinds.ts'
import { availabilityRank } from '../parts/media.ts'
import { shownName } from '../parts/shown-name.ts'

export const SORTS = ['newest', 'oldest', 'name', 'largest', 'smallest', 'availability'] as const
export type Sort = (typeof SORTS)[number]
export const KINDS = ['all', 'image', 'video', 'audio', 'text', 'archive', 'other'] as const
export type KindChoice = FileKind | 'all'

export interface FileQuery {
  words: string
  kind: KindChoice
  /** A pubkey, or empty for anyone */
  person: string
  hereOnly: boolean
  sort: Sort
}

export const everything: FileQuery = {
  words: '',
  kind: 'all',
  person: '',
  hereOnly: false,
  sort: 'newest'
}

/** Whether only some files are asked for; then folders are looked through, and not shown. */
export function isNarrow({ words, kind, person, hereOnly }: FileQuery): boolean {
  return words.trim() !== '' || kind !== 'all' || person !== '' || hereOnly
}

/** The files that the query is about, in no order. */
export function matching(
  files: readonly SharedFile[],
  query: FileQuery,
  nameOf: (pubkey: string) => string
): SharedFile[] {
  if (!isNarrow(query)) return [...files]
  const words = query.words.toLocaleLowerCase().split(/\s+/).filter(Boolean)
  return files.filter((file) => {
    if (query.hereOnly && !file.here) return false
    if (query.person !== '' && file.pubkey !== query.person) return false
    if (query.kind !== 'all' && kindOf(file.mime) !== query.kind) return false
    if (words.length === 0) return true
    const text = `${file.name ?? ''} ${file.path ?? ''} ${nameOf(file.pubkey)}`.toLocaleLowerCase()
    return words.every((word) => text.includes(word))
  })
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

/** Names as people order them; `take 2` before `take 10`. */
export const compareNames = (a: string, b: string): number => collator.compare(a, b)

/**
 * The places of files by their names. To compare names takes its time, so the places of many
 * files are found once and used until files come, go or are renamed.
 */
export class NameOrder {
  #places = new Map<string, { name: string; place: number }>()

  placesOf(files: readonly SharedFile[]): (file: SharedFile) => number {
    const known = this.#places
    const same =
      known.size === files.length &&
      files.every((file) => known.get(file.hash)?.name === shownName(file.name))
    if (!same) {
      const named = files.map(({ hash, name }) => ({ hash, name: shownName(name) }))
      // Files of one message have one moment: by hash in the end, so that each load looks the same
      named.sort((a, b) => compareNames(a.name, b.name) || (a.hash < b.hash ? -1 : 1))
      this.#places = new Map(named.map(({ hash, name }, place) => [hash, { name, place }]))
    }
    return ({ hash }) => this.#places.get(hash)?.place ?? 0
  }
}

/** Puts files into the order asked for, in place. */
export function arrange(
  files: SharedFile[],
  sort: Sort,
  placeOf: (file: SharedFile) => number
): SharedFile[] {
  const byName = (a: SharedFile, b: SharedFile) => placeOf(a) - placeOf(b)
  const newest = (a: SharedFile, b: SharedFile) => b.createdAt - a.createdAt || byName(a, b)
  const orders: Record<Sort, (a: SharedFile, b: SharedFile) => number> = {
    newest,
    oldest: (a, b) => a.createdAt - b.createdAt || byName(a, b),
    name: byName,
    largest: (a, b) => b.size - a.size || byName(a, b),
    smallest: (a, b) => a.size - b.size || byName(a, b),
    availability: (a, b) => availabilityRank(a) - availabilityRank(b) || newest(a, b)
  }
  return files.sort(orders[sort])
}
