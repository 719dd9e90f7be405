import type { SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { kindOf, type FileKind } from '../intake/kinds.ts'
import { availabilityRank } from '../parts/media.ts'
import { keyOf } from '../state/known-files.ts'
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

/** Of a folder everything by name, as it was on somebody's disk; at the top what is new. */
export function everythingIn(folder: string): FileQuery {
  return { ...everything, sort: folder === '' ? 'newest' : 'name' }
}

/** Whether only some files are asked for; then folders are looked through, and not shown. */
export function isNarrow({ words, kind, person, hereOnly }: FileQuery): boolean {
  return words.trim() !== '' || kind !== 'all' || person !== '' || hereOnly
}

/** What is searched of each file, put together once. Files that changed are other objects. */
export class SearchTexts {
  #nameOf: ((pubkey: string) => string) | null = null
  #texts = new WeakMap<SharedFile, string>()

  of(file: SharedFile, nameOf: (pubkey: string) => string): string {
    if (nameOf !== this.#nameOf) {
      this.#texts = new WeakMap()
      this.#nameOf = nameOf
    }
    let text = this.#texts.get(file)
    if (text === undefined) {
      const { name, path, pubkey } = file
      text = `${name ?? ''} ${path ?? ''} ${nameOf(pubkey)}`.toLocaleLowerCase()
      this.#texts.set(file, text)
    }
    return text
  }
}

/** The files that the query is about, in the order in which they are given. */
export function matching<File extends SharedFile>(
  files: readonly File[],
  query: FileQuery,
  nameOf: (pubkey: string) => string,
  texts = new SearchTexts()
): readonly File[] {
  if (!isNarrow(query)) return files
  const words = wordsOf(query)
  return files.filter((file) => {
    if (query.hereOnly && !file.here) return false
    if (query.person !== '' && file.pubkey !== query.person) return false
    if (query.kind !== 'all' && kindOf(file.mime) !== query.kind) return false
    if (words.length === 0) return true
    const text = texts.of(file, nameOf)
    return words.every((word) => text.includes(word))
  })
}

function wordsOf({ words }: FileQuery): string[] {
  return words.toLocaleLowerCase().split(/\s+/).filter(Boolean)
}

/** What was asked before a letter more, or less, is remembered so often */
const REMEMBERED = 32

/**
 * Finds files as somebody writes what they are called: of a letter more only what was found
 * without it is looked at, and what was found before is found again as it is taken away.
 */
export class Search<File extends SharedFile> {
  #files: readonly File[] = []
  #nameOf: ((pubkey: string) => string) | null = null
  #rest = ''
  readonly #texts = new SearchTexts()
  /** By what was written, the oldest first */
  readonly #found = new Map<string, readonly File[]>()

  find(
    files: readonly File[],
    query: FileQuery,
    nameOf: (pubkey: string) => string
  ): readonly File[] {
    const { words, ...others } = query
    const rest = JSON.stringify(others)
    if (files !== this.#files || nameOf !== this.#nameOf || rest !== this.#rest) {
      this.#found.clear()
      this.#files = files
      this.#nameOf = nameOf
      this.#rest = rest
    }
    const known = this.#found.get(words)
    if (known !== undefined) return known
    const found = matching(this.#widest(words), query, nameOf, this.#texts)
    const [oldest] = this.#found.keys()
    if (oldest !== undefined && this.#found.size >= REMEMBERED) this.#found.delete(oldest)
    this.#found.set(words, found)
    return found
  }

  /** What holds all that can be found: whoever has a longer word has its beginning. */
  #widest(words: string): readonly File[] {
    for (let length = words.length - 1; length > 0; length--) {
      const found = this.#found.get(words.slice(0, length))
      if (found !== undefined) return found
    }
    return this.#files
  }
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

/** Names as people order them; `take 2` before `take 10`. */
export const compareNames = (a: string, b: string): number => collator.compare(a, b)

/**
 * The places of files by their names. To compare names takes its time, so the places of many
 * files are found once and used until files come, go or are renamed.
 */
export class NameOrder {
  #places = new Map<string, { name: string | null; place: number }>()

  placesOf(files: readonly SharedFile[]): (file: SharedFile) => number {
    const known = this.#places
    const isKnown = (file: SharedFile) => known.get(keyOf(file))?.name === (file.name ?? null)
    if (known.size !== files.length || !files.every(isKnown)) this.#find(files)
    return (file) => this.#places.get(keyOf(file))?.place ?? 0
  }

  #find(files: readonly SharedFile[]): void {
    const named = files.map((file) => {
      const shown = shownName(file.name)
      return { key: keyOf(file), name: file.name ?? null, shown, rough: roughly(shown) }
    })
    // To compare names as people do takes its time, and little of it where they are nearly in
    // order; so they are brought nearly into order by what is quick to compare
    named.sort((a, b) => (a.rough < b.rough ? -1 : Number(a.rough > b.rough)))
    // Files of one message have one moment: by hash in the end, so that each load looks the same
    named.sort((a, b) => compareNames(a.shown, b.shown) || (a.key < b.key ? -1 : 1))
    this.#places = new Map(named.map(({ key, name }, place) => [key, { name, place }]))
  }
}

/** A text whose order is mostly that of names: small letters, figures of equal length. */
function roughly(name: string): string {
  return name.toLowerCase().replace(/\d+/g, (figures) => figures.padStart(12, '0'))
}

/**
 * Puts files into the order asked for, beginning from the last one: little of it has changed. It
 * is the same list as before when the files are.
 */
export class Arranged<File extends SharedFile> {
  #places = new Map<string, number>()
  #files: readonly File[] = []
  #sort: Sort | null = null
  #sorted: readonly File[] = []

  arrange(
    files: readonly File[],
    sort: Sort,
    placeOf: (file: SharedFile) => number
  ): readonly File[] {
    if (files === this.#files && sort === this.#sort) return this.#sorted
    const known: File[] = []
    const others: File[] = []
    for (const file of files) {
      const place = this.#places.get(keyOf(file))
      if (place === undefined) others.push(file)
      else known[place] = file
    }
    const begun = known.filter(() => true) // without the places of those that are gone
    const sorted = arrange([...begun, ...others], sort, placeOf)
    this.#places = new Map(sorted.map((file, place) => [keyOf(file), place]))
    this.#files = files
    this.#sort = sort
    this.#sorted = sorted
    return sorted
  }
}

/** Puts files into the order asked for, in place. */
export function arrange<File extends SharedFile>(
  files: File[],
  sort: Sort,
  placeOf: (file: SharedFile) => number
): File[] {
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
