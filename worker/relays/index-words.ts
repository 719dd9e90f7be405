import b4a from 'b4a'
import type HyperDB from 'hyperdb'

import type { NostrEvent } from '../../protocol/nostr.ts'
import { entriesAt } from './index-entries.ts'
import { unread } from './index-log.ts'
import type { IndexLog, ReadEvent } from './index-log.ts'
import { encodeRows } from './index-postings.ts'
import type { Row, Segment } from './index-postings.ts'
import { rowOf, WordTail } from './index-tail.ts'
import { IndexWrite } from './index-write.ts'
import { eventOf } from './terms.ts'

/** Events whose words are written at once. */
export const SEGMENT = 2048
/** A part of them that is kept back: the end of the log is reordered more than the rest. */
const KEPT_BACK = 4
/** Letters of words in memory: of longer texts fewer events are waited for. */
const LETTERS = 2 * 1024 * 1024
/** Places read at once. */
const PAGE = 256

/** Where words are looked for, as it is at one moment. */
export interface WordsView {
  /** The first first; of what the disk has, only these count. */
  segments: readonly Segment[]
  tail: WordTail
}

/**
 * The words of a log, by segments on the disk and the end of it in memory.
 *
 * Nothing is changed for an event that is hidden, shown or moved: who reads looks at
 * the event. Taking back drops the segments that are cut, and their words are those of
 * the end again.
 */
export class IndexWords {
  readonly #log: () => IndexLog
  readonly #size: number
  #segments: readonly Segment[]
  #tail: WordTail

  private constructor(log: () => IndexLog, size: number, segments: Segment[], position: number) {
    this.#log = log
    this.#size = size
    this.#segments = segments
    this.#tail = new WordTail(segments.at(-1)?.to ?? 0, position)
  }

  /**
   * @param position how far the index is
   * @param size of a segment, in events
   */
  static async read(
    db: HyperDB,
    position: number,
    { log, size }: { log: () => IndexLog; size: number }
  ): Promise<IndexWords> {
    const segments = await db.find<Segment>('@index/segment').toArray()
    return new IndexWords(log, size, segments, position)
  }

  /** The words from a position on; before what they are of can be found. */
  add(events: readonly ReadEvent[], position: number): void {
    for (const { event } of events) this.#tail.add(event, position++)
  }

  view(): WordsView {
    return { segments: this.#segments, tail: this.#tail }
  }

  /** The words of the end, once they are all at hand. */
  async rows(db: HyperDB, tail: WordTail): Promise<readonly Row[]> {
    await tail.fill((from, to) => readRows(db, this.#log(), from, to))
    return tail.rows
  }

  /** Writes the segment that is due, if one is. */
  async flush(db: HyperDB): Promise<void> {
    const tail = this.#tail
    const back = Math.floor(this.#size / KEPT_BACK)
    if (tail.length < this.#size + back && tail.letters < LETTERS) return
    const end = tail.from + tail.length
    const to = tail.letters < LETTERS ? end - back : end
    const rows = (await this.rows(db, tail)).filter(({ position }) => position < to)
    const { from } = tail
    const newest = rows.reduce((latest, { time }) => Math.max(latest, time), 0)
    const segment = { from, to, newest }
    const write = new IndexWrite()
    for await (const [word, postings] of encodeRows(rows, from)) {
      write.put('@index/word', { word: b4a.from(word), from, postings })
    }
    write.put('@index/segment', segment)
    await write.flush(db)
    this.#segments = [...this.#segments, segment]
    this.#tail = tail.after(to)
  }

  /**
   * Takes back what came at a position and after it. Whoever reads from now on finds the
   * same before the write as after it.
   * @returns what is to be deleted with it
   */
  async takeBack(db: HyperDB, position: number): Promise<(write: IndexWrite) => void> {
    const cut = this.#segments.filter(({ to }) => to > position)
    const gone: { word: Uint8Array; from: number }[] = []
    for (const { from, to } of cut) {
      const rows = await readRows(db, this.#log(), from, to)
      for await (const [word] of encodeRows(rows, from)) gone.push({ word: b4a.from(word), from })
    }
    const [first] = cut
    this.#segments = this.#segments.slice(0, this.#segments.length - cut.length)
    this.#tail = this.#tail.before(position, first?.from)
    return (write) => {
      for (const record of gone) write.delete('@index/word', record)
      for (const segment of cut) write.delete('@index/segment', segment)
    }
  }
}

/** The words of events that are indexed; of one that moved to another place, by the log. */
async function readRows(db: HyperDB, log: IndexLog, from: number, to: number): Promise<Row[]> {
  const rows: Row[] = []
  for (let start = from; start < to; start += PAGE) {
    const length = Math.min(PAGE, to - start)
    const positions = Array.from({ length }, (_, i) => start + i)
    const entries = await entriesAt(db, positions)
    for (const [i, position] of positions.entries()) {
      const entry = entries[i] ?? null
      const event = entry === null ? await eventAt(log, position) : eventOf(entry)
      if (event !== null) rows.push(rowOf(event, position))
    }
  }
  return rows
}

/** Null when it is not here: it is in the log once more, and found there. */
async function eventAt(log: IndexLog, position: number): Promise<NostrEvent | null> {
  if (log.length <= position) return null
  const block = await unread(log.get(position, { wait: false }))
  return block === null ? null : (JSON.parse(b4a.toString(block)) as NostrEvent)
}
