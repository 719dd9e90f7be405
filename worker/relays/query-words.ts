/** Who has words, the newest first: read from the words' postings. */
import type { Filter } from '../../protocol/filter.ts'
import { decode, timeOf } from './index-postings.ts'
import type { Posting, Segment } from './index-postings.ts'
import type { IndexReader, WordUse } from './index-reader.ts'
import type { Entry } from './terms.ts'

/** Entries read at once. */
const PAGE = 128
/** Positions that are looked at, the newest: many may be of what is hidden by now. */
const MAX_POSITIONS = 16_384

/**
 * The visible entries of a word, or of words that begin alike, within a filter's times.
 * @param limit of the entries that are wanted
 * @param cut called when not all of them were looked at
 */
export async function* readWords(
  reader: IndexReader,
  use: WordUse,
  { filter, limit, cut }: { filter: Filter; limit: number; cut: () => void }
): AsyncGenerator<Entry, void, undefined> {
  const { positions, more } = newestOf(use, filter, MAX_POSITIONS)
  for (let next = 0, most = Math.min(PAGE, limit); next < positions.length; most = PAGE) {
    const size = Math.min(most, reader.room.entries())
    const page = await reader.at(positions.slice(next, (next += size)))
    for (const entry of page) if (entry !== null && entry.hidden === 0) yield entry
  }
  if (more) cut()
}

/**
 * The newest positions, each once. Segments are looked at by their newest events, and no
 * further than others may have newer ones.
 */
export function newestOf(
  { parts, rows }: WordUse,
  { since, until }: Pick<Filter, 'since' | 'until'>,
  limit: number
): { positions: number[]; more: boolean } {
  const first = timeOf(since ?? 0)
  const last = timeOf(until ?? Infinity)
  const bySegment = new Map<Segment, Uint8Array[]>()
  for (const { segment, postings } of parts) {
    if (segment.newest < first) continue
    const of = bySegment.get(segment)
    if (of === undefined) bySegment.set(segment, [postings])
    else of.push(postings)
  }
  const newest = new Newest(limit)
  const take = (found: readonly Posting[]): void => {
    for (const each of found) if (each.time >= first && each.time <= last) newest.add(each)
  }
  take(rows)
  for (const [segment, all] of [...bySegment].sort(([a], [b]) => b.newest - a.newest)) {
    if (newest.allAfter(segment.newest)) break
    for (const postings of all) take(decode(postings, segment.from))
  }
  return newest.end()
}

/** So many positions of the latest times. */
class Newest {
  readonly #limit: number
  #times = new Map<number, number>()
  #more = false

  constructor(limit: number) {
    this.#limit = limit
  }

  add({ position, time }: Posting): void {
    this.#times.set(position, time)
  }

  /** Whether enough are here that are all later. */
  allAfter(time: number): boolean {
    if (this.#times.size < this.#limit) return false
    const kept = this.#sorted().slice(0, this.#limit)
    this.#more ||= kept.length < this.#times.size
    this.#times = new Map(kept)
    const enough = kept.at(-1)![1] > time
    this.#more ||= enough
    return enough
  }

  end(): { positions: number[]; more: boolean } {
    const sorted = this.#sorted()
    const positions = sorted.slice(0, this.#limit).map(([position]) => position)
    return { positions, more: this.#more || sorted.length > this.#limit }
  }

  #sorted(): [position: number, time: number][] {
    return [...this.#times].sort((a, b) => b[1] - a[1] || b[0] - a[0])
  }
}
