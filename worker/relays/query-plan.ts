/** How a filter is read from the index: by the condition that fewest events meet. */
import b4a from 'b4a'

import type { Filter } from '../../protocol/filter.ts'
import type { After, IndexReader, WordUse } from './index-reader.ts'
import { ageOf, authorKindTerm, authorTerm, everyTerm, idTerm, kindTerm, tagTerm } from './terms.ts'
import type { Entry, Term } from './terms.ts'

/** Entries read at once from one term: at first few, as nobody knows how large they are. */
const PAGE = 128
const FIRST = 32
/** Terms of two conditions together are only worth it up to here. */
const MAX_PAIRS = 256
/** Terms that are opened at once. */
const OPENING = 64

/** What one condition of a filter can be read by. */
export interface Plan {
  terms: Term[]
  /** Instead of terms, a word or those that begin alike. */
  words: WordUse | null
  /** How many visible entries the terms have together; of words, how many entries about. */
  events: number
  /** Whether every entry of the terms meets the whole filter, but for its times. */
  exact: boolean
  /** Whether entries that meet the filter may not be among the terms'. */
  partial: boolean
  /** Whether most events have the only term: then all are read, which saves half the reading. */
  most: boolean
}

type Condition = Omit<Plan, 'exact' | 'most'>

/** The condition that fewest events meet. */
export async function choose(reader: IndexReader, filter: Filter): Promise<Plan> {
  let best: Condition | null = null
  for (const make of conditions(reader, filter)) {
    const found = await make()
    if (best === null || isBetter(found, best)) best = found
    if (best.events === 0 && !best.partial) break
  }
  if (best === null) throw new RangeError('a filter has at least one plan')
  const most = best.terms.length === 1 && !best.partial && (await isCommon(reader, best.events))
  return { ...best, exact: isExact(filter), most }
}

async function isCommon(reader: IndexReader, events: number): Promise<boolean> {
  return events * 2 >= (await reader.count(everyTerm()))
}

const isBetter = (a: Condition, b: Condition): boolean =>
  a.partial === b.partial ? a.events < b.events : b.partial

function conditions(reader: IndexReader, filter: Filter): (() => Promise<Condition>)[] {
  const { ids, authors, kinds, tags, search } = filter
  const found: (() => Promise<Condition>)[] = []
  const add = (terms: Term[]): unknown => found.push(() => counted(reader, terms))
  if (ids !== null) found.push(() => Promise.resolve(named(ids)))
  for (const [letter, values] of tags) {
    add(Array.from(values, (value) => tagTerm(letter, value)))
  }
  if (authors !== null && kinds !== null && isPair(filter)) {
    add([...authors].flatMap((a) => Array.from(kinds, (kind) => authorKindTerm(a, kind))))
  } else {
    if (authors !== null) add(Array.from(authors, authorTerm))
    if (kinds !== null) add(Array.from(kinds, kindTerm))
  }
  for (const word of search?.words ?? []) found.push(async () => having(await reader.word(word)))
  for (const prefix of search?.prefixes ?? []) {
    found.push(async () => having(await reader.wordsFrom(prefix)))
  }
  if (search !== null && search.words.length + search.prefixes.length === 0) add([])
  if (found.length === 0) add([everyTerm()])
  return found
}

/** Each id has one event at most: to count them would cost what reading them does. */
const named = (ids: ReadonlySet<string>): Condition => ({
  terms: Array.from(ids, idTerm),
  words: null,
  events: ids.size,
  partial: false
})

async function counted(reader: IndexReader, terms: Term[]): Promise<Condition> {
  const counts = await Promise.all(terms.map((term) => reader.count(term)))
  return {
    terms: terms.filter((_, i) => counts[i]! > 0),
    words: null,
    events: counts.reduce((sum, count) => sum + count, 0),
    partial: false
  }
}

const having = (words: WordUse): Condition => {
  const { events, partial } = words
  return { terms: [], words, events, partial }
}

function isPair({ authors, kinds }: Filter): boolean {
  return authors !== null && kinds !== null && authors.size * kinds.size <= MAX_PAIRS
}

/**
 * Whether as many events match as its terms have. Terms are hashes, but of 16 bytes: nobody
 * makes two values meet in one.
 */
function isExact(filter: Filter): boolean {
  const { ids, authors, kinds, tags, search } = filter
  if (search !== null || ids !== null) return false
  const asked = [authors, kinds].filter((list) => list !== null).length + tags.length
  return asked <= 1 || (asked === 2 && isPair(filter))
}

/** The visible entries of several terms merged, within a filter's times. */
export function readTerms(
  reader: IndexReader,
  plan: Plan,
  { since, until }: Filter,
  limit: number
): AsyncGenerator<Entry, void, undefined> {
  const { terms, most } = plan
  const from = until === null ? 0 : ageOf(until)
  const to = since === null ? Number.MAX_SAFE_INTEGER : ageOf(since)
  const first = Math.min(FIRST, Math.max(2, Math.ceil(limit / terms.length)))
  const [term] = terms
  if (terms.length === 1 && from <= to) {
    const alone = { from, to, first, most, terms: 1 } // with nothing to be merged with
    return readTerm(reader, term!, alone)
  }
  const asked = from > to ? [] : terms
  return readEach(reader, asked, { from, to, first, most, terms: asked.length })
}

interface Reading {
  /** Ages. */
  from: number
  to: number
  /** Entries that are read at once at first. */
  first: number
  most: boolean
  /** That are read side by side. */
  terms: number
}

async function* readEach(
  reader: IndexReader,
  terms: readonly Term[],
  reading: Reading
): AsyncGenerator<Entry, void, undefined> {
  const sources: Head[] = []
  for (let i = 0; i < terms.length; i += OPENING) {
    const some = terms.slice(i, i + OPENING)
    sources.push(
      ...(await Promise.all(some.map((term) => Head.of(readTerm(reader, term, reading)))))
    )
  }
  yield* merge(sources)
}

async function* readTerm(
  reader: IndexReader,
  term: Term,
  { from, to, first, most, terms }: Reading
): AsyncGenerator<Entry, void, undefined> {
  let after: After | null = null
  let all = most
  for (let wanted = first; ; wanted = Math.min(PAGE, wanted * 2)) {
    const limit = Math.min(wanted, reader.room.entries(terms))
    const page: Entry[] = await reader.entries(all ? null : term, { from, to, after, limit })
    let hidden = 0
    for (const entry of page) {
      if (entry.hidden === 0) yield entry
      else hidden++
    }
    if (hidden * 2 > page.length) all = false // of the term there are the visible ones alone
    const last = page.at(-1)
    if (last === undefined || page.length < limit) return
    after = { age: last.age, id: last.id }
  }
}

/** A sequence with its next entry at hand. */
export class Head {
  entry: Entry | null = null
  readonly #rest: AsyncGenerator<Entry, void, undefined>

  private constructor(rest: AsyncGenerator<Entry, void, undefined>) {
    this.#rest = rest
  }

  static async of(rest: AsyncGenerator<Entry, void, undefined>): Promise<Head> {
    const head = new Head(rest)
    await head.next()
    return head
  }

  async next(): Promise<void> {
    const { value } = await this.#rest.next()
    this.entry = value ?? null
  }

  async stop(): Promise<void> {
    await this.#rest.return()
  }
}

/** Ordered sequences as one, what is in several of them once. */
export async function* merge(heads: Head[]): AsyncGenerator<Entry, void, undefined> {
  try {
    for (let last: Entry | null = null; ;) {
      let next: Head | null = null
      for (const head of heads) {
        if (head.entry === null) continue
        if (next === null || order(head.entry, next.entry!) < 0) next = head
      }
      if (next === null) return
      const entry: Entry = next.entry!
      if (last === null || order(last, entry) !== 0) yield entry
      last = entry
      await next.next()
    }
  } finally {
    for (const head of heads) await head.stop()
  }
}

/** Newest first, of the same second the lowest id first. */
export const order = (a: After, b: After): number => a.age - b.age || b4a.compare(a.id, b.id)
