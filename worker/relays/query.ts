/**
 * Filters answered from the index, newest first and no further than the limit;
 * a filter that looks for words (NIP-50) with the best first.
 */
import { matches } from '../../protocol/filter.ts'
import type { Filter } from '../../protocol/filter.ts'
import type { IndexReader } from './index-reader.ts'
import { choose, Head, merge, readTerms } from './query-plan.ts'
import { rank } from './query-search.ts'
import { eventOf, expiringTerm, isExpired, kindTerm } from './terms.ts'
import type { Entry } from './terms.ts'

/** The most that one filter is answered with; also what it is without a limit. */
export const MAX_LIMIT = 5000
/** Where our own limit cuts a second in two, so many more of it are sent. */
const MAX_TIED = 1000
/** Entries looked at beyond the limit, for whether there are more. */
const MAX_BEYOND = 512

export interface QueryOptions {
  /** Seconds since 1970, for what has expired. */
  now: number
  aborted?(): boolean
  /** Kinds that who asks is not shown. */
  unseen?: ReadonlySet<number>
}

/** What a filter's answer left out; known when it has ended. */
export interface End {
  /** Null for nothing, an entry that meets the filter, or `unknown`. */
  rest: Entry | 'unknown' | null
}

/**
 * The events of several filters together, newest first (of the same second the
 * lowest id first), each once; each filter up to its own limit. Those of filters
 * that look for words come before, by how well they fit.
 */
export class EventQuery implements AsyncIterable<Entry> {
  /**
   * Once it was read to its end: `finish` when every event that meets a filter
   * was there, `more` when one certainly was not; null when that is not known.
   */
  hint: 'finish' | 'more' | null = null
  readonly #reader: IndexReader
  readonly #filters: readonly Filter[]
  readonly #options: QueryOptions

  constructor(reader: IndexReader, filters: readonly Filter[], options: QueryOptions) {
    this.#reader = reader
    this.#filters = filters
    this.#options = options
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Entry, void, undefined> {
    const sent = this.#filters.length > 1 ? new Set<string>() : null
    const ends: End[] = []
    const start = (filter: Filter): AsyncGenerator<Entry, void, undefined> => {
      const end: End = { rest: null }
      ends.push(end)
      return answer(this.#reader, filter, limitOf(filter), this.#options, end)
    }
    const ranked = this.#filters.filter(({ search }) => search !== null)
    const dated = this.#filters.filter(({ search }) => search === null)
    const parts = ranked.map(start)
    if (dated.length === 1) {
      parts.push(start(dated[0]!))
    } else if (dated.length > 1) {
      parts.push(merge(await Promise.all(dated.map((f) => Head.of(start(f))))))
    }
    for (const part of parts) {
      for await (const entry of part) {
        if (sent?.has(eventOf(entry).id) === true) continue
        sent?.add(eventOf(entry).id)
        yield entry
      }
    }
    this.hint = hintOf(ends, sent ?? new Set())
  }
}

function hintOf(ends: End[], sent: Set<string>): 'finish' | 'more' | null {
  if (ends.every(({ rest }) => rest === null)) return 'finish'
  const unsent = ends.some(
    ({ rest }) => rest !== null && rest !== 'unknown' && !sent.has(eventOf(rest).id)
  )
  return unsent ? 'more' : null
}

/** How many events the filters have together, whatever their limits. */
export async function countEvents(
  reader: IndexReader,
  filters: readonly Filter[],
  options: QueryOptions
): Promise<{ count: number; approximate: boolean }> {
  const [filter] = filters
  if (filter !== undefined && filters.length === 1) {
    const known = await countKnown(reader, filter, options)
    if (known !== null) return { count: known, approximate: false }
  }
  const ends: End[] = []
  const start = (each: Filter): AsyncGenerator<Entry, void, undefined> => {
    const end: End = { rest: null }
    ends.push(end)
    return answer(reader, each, Infinity, options, end)
  }
  const ranked = filters.filter(({ search }) => search !== null)
  const found = new Set<string>() // by words, and so not many
  for (const each of ranked) {
    for await (const entry of start(each)) found.add(eventOf(entry).id)
  }
  let count = found.size
  const dated = filters.filter(({ search }) => search === null)
  const heads = await Promise.all(dated.map((each) => Head.of(start(each))))
  for await (const entry of merge(heads)) {
    if (found.size === 0 || !found.has(eventOf(entry).id)) count++
  }
  return { count, approximate: ends.some(({ rest }) => rest !== null) }
}

/** Whatever meets a filter, up to its own limit alone. */
export function readMatching(
  reader: IndexReader,
  filter: Filter,
  options: QueryOptions
): AsyncGenerator<Entry, void, undefined> {
  return answer(reader, filter, filter.limit ?? Infinity, options, { rest: null })
}

/** A single term's count, as long as nothing can have expired. */
async function countKnown(
  reader: IndexReader,
  filter: Filter,
  { unseen }: QueryOptions
): Promise<number | null> {
  const { since, until, kinds } = filter
  if (since !== null || until !== null) return null
  const plan = await choose(reader, filter)
  if (!plan.exact || plan.terms.length > 1) return null
  if ((await reader.count(expiringTerm())) > 0) return null
  for (const kind of unseen ?? []) {
    if ((kinds?.has(kind) ?? true) && (await reader.count(kindTerm(kind))) > 0) return null
  }
  return plan.events
}

const limitOf = (filter: Filter): number => Math.min(filter.limit ?? MAX_LIMIT, MAX_LIMIT)

/** Whether an entry is there for who asks, now. */
export function isShown(entry: Entry, { now, unseen }: QueryOptions): boolean {
  if (isExpired(entry.expires, now)) return false
  for (const kind of unseen ?? []) {
    // Most are of another kind, which their text says without being parsed.
    if (entry.json.includes(`"kind":${kind}`) && eventOf(entry).kind === kind) return false
  }
  return true
}

const asksForAny = ({ ids, authors, kinds, tags }: Filter): boolean =>
  ids === null && authors === null && kinds === null && tags.length === 0

async function* answer(
  reader: IndexReader,
  filter: Filter,
  limit: number,
  options: QueryOptions,
  end: End
): AsyncGenerator<Entry, void, undefined> {
  const plan = await choose(reader, filter)
  if (plan.terms.length === 0 && plan.words === null) return
  if (filter.search !== null) {
    yield* rank(reader, filter, filter.search, { plan, limit, options, end })
    return
  }
  // Of all entries those that a filter asks for by nothing but times are all of them.
  const sure = plan.exact && (!plan.most || asksForAny(filter))
  const tied = limit === MAX_LIMIT && filter.limit !== MAX_LIMIT ? MAX_TIED : 0
  let left = limit
  let beyond = 0
  let last = -1
  for await (const entry of readTerms(reader, plan, filter, limit + 1)) {
    if (options.aborted?.() === true || (left <= 0 && beyond++ === MAX_BEYOND)) {
      end.rest = 'unknown'
      return
    }
    if (!isShown(entry, options)) continue
    if (!sure && !matches(filter, eventOf(entry))) continue
    if (left <= 0 && (entry.age !== last || left <= -tied)) {
      end.rest = entry
      return
    }
    yield entry
    left--
    last = entry.age
  }
}
