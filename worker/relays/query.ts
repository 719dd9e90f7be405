/**
 * Filters answered from the index: by the condition that fewest events meet,
 * newest first, no further than the limit.
 */
import b4a from 'b4a'

import { matches } from '../../protocol/filter.ts'
import type { Filter } from '../../protocol/filter.ts'
import type { After, IndexReader } from './index-reader.ts'
import {
  ageOf,
  authorKindTerm,
  authorTerm,
  eventOf,
  everyTerm,
  expiringTerm,
  idTerm,
  isExpired,
  kindTerm,
  tagTerm
} from './terms.ts'
import type { Entry, Term } from './terms.ts'

/** The most that one filter is answered with; also what it is without a limit. */
export const MAX_LIMIT = 5000

/** Entries read at once from one term: at first few, when there are many terms. */
const PAGE = 128
/** Terms of two conditions together are only worth it up to here. */
const MAX_PAIRS = 256
/** Terms that are opened at once. */
const OPENING = 64

export interface QueryOptions {
  /** Seconds since 1970, for what has expired. */
  now: number
  aborted?(): boolean
}

/** What one condition of a filter can be read by. */
interface Plan {
  terms: Term[]
  /** How many entries the terms have together. */
  events: number
  /** Whether every entry of the terms meets the whole filter, but for its times. */
  exact: boolean
}

/**
 * The events of several filters together, newest first (of the same second the
 * lowest id first), each once; each filter up to its own limit.
 */
export async function* queryEvents(
  reader: IndexReader,
  filters: readonly Filter[],
  options: QueryOptions
): AsyncGenerator<Entry, void, undefined> {
  const sources = await Promise.all(
    filters.map((filter) => Head.of(answer(reader, filter, limitOf(filter), options)))
  )
  yield* merge(sources)
}

/** How many events the filters have together. */
export async function countEvents(
  reader: IndexReader,
  filters: readonly Filter[],
  options: QueryOptions
): Promise<number> {
  const [filter] = filters
  if (filter !== undefined && filters.length === 1) {
    const known = await countKnown(reader, filter)
    if (known !== null) return known
  }
  const sources = await Promise.all(
    filters.map((each) => Head.of(answer(reader, each, Infinity, options)))
  )
  let count = 0
  for await (const _ of merge(sources)) count++
  return count
}

/** A single term's count, as long as nothing can have expired. */
async function countKnown(reader: IndexReader, filter: Filter): Promise<number | null> {
  if (filter.since !== null || filter.until !== null) return null
  const plan = await choose(reader, filter)
  if (!plan.exact || plan.terms.length > 1) return null
  return (await reader.count(expiringTerm())) === 0 ? plan.events : null
}

const limitOf = (filter: Filter): number => Math.min(filter.limit ?? MAX_LIMIT, MAX_LIMIT)

async function* answer(
  reader: IndexReader,
  filter: Filter,
  limit: number,
  { now, aborted }: QueryOptions
): AsyncGenerator<Entry, void, undefined> {
  if (limit === 0) return
  const plan = await choose(reader, filter)
  if (plan.events === 0) return
  let left = limit
  for await (const entry of readTerms(reader, plan, filter, limit)) {
    if (aborted?.() === true) return
    if (isExpired(entry.expires, now)) continue
    if (!plan.exact && !matches(filter, eventOf(entry))) continue
    yield entry
    if (--left === 0) return
  }
}

/** The condition that fewest events meet. */
async function choose(reader: IndexReader, filter: Filter): Promise<Plan> {
  let best: Plan | null = null
  const candidates = conditions(filter)
  for (const terms of candidates) {
    const counts = await Promise.all(terms.map((term) => reader.count(term)))
    const events = counts.reduce((sum, count) => sum + count, 0)
    if (best !== null && events >= best.events) continue
    best = { terms: terms.filter((_, i) => counts[i]! > 0), events, exact: false }
    if (events === 0) break
  }
  if (best === null) throw new RangeError('a filter has at least one plan')
  return { ...best, exact: isExact(filter) }
}

function conditions({ ids, authors, kinds, tags }: Filter): Term[][] {
  const found: Term[][] = []
  if (ids !== null) found.push(Array.from(ids, idTerm))
  for (const [letter, values] of tags) {
    found.push(Array.from(values, (value) => tagTerm(letter, value)))
  }
  const paired = authors !== null && kinds !== null && authors.size * kinds.size <= MAX_PAIRS
  if (paired) {
    found.push([...authors].flatMap((a) => Array.from(kinds, (kind) => authorKindTerm(a, kind))))
  } else {
    if (authors !== null) found.push(Array.from(authors, authorTerm))
    if (kinds !== null) found.push(Array.from(kinds, kindTerm))
  }
  if (found.length === 0) found.push([everyTerm()])
  return found
}

/** Terms are hashes, but of 16 bytes: nobody makes two values meet in one. */
function isExact({ ids, authors, kinds, tags }: Filter): boolean {
  const pair = authors !== null && kinds !== null && authors.size * kinds.size <= MAX_PAIRS
  const asked = [ids, authors, kinds].filter((list) => list !== null).length + tags.length
  return asked <= 1 || (pair && asked === 2)
}

/** The entries of several terms merged, within a filter's times. */
async function* readTerms(
  reader: IndexReader,
  { terms }: Plan,
  { since, until }: Filter,
  limit: number
): AsyncGenerator<Entry, void, undefined> {
  const from = until === null ? 0 : ageOf(until)
  const to = since === null ? Number.MAX_SAFE_INTEGER : ageOf(since)
  if (from > to) return
  const first = Math.min(PAGE, Math.max(2, Math.ceil(limit / terms.length)))
  const sources: Head[] = []
  for (let i = 0; i < terms.length; i += OPENING) {
    const some = terms.slice(i, i + OPENING)
    sources.push(
      ...(await Promise.all(
        some.map((term) => Head.of(readTerm(reader, term, { from, to, first })))
      ))
    )
  }
  yield* merge(sources)
}

async function* readTerm(
  reader: IndexReader,
  term: Term,
  { from, to, first }: { from: number; to: number; first: number }
): AsyncGenerator<Entry, void, undefined> {
  let after: After | null = null
  for (let limit = first; ; limit = Math.min(PAGE, limit * 2)) {
    const page: Entry[] = await reader.entries(term, { from, to, after, limit })
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < limit) return
    after = { age: last.age, id: last.id }
  }
}

/** A sequence with its next entry at hand. */
class Head {
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
async function* merge(heads: Head[]): AsyncGenerator<Entry, void, undefined> {
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

const order = (a: Entry, b: Entry): number => a.age - b.age || b4a.compare(a.id, b.id)
