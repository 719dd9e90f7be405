import b4a from 'b4a'
import type HyperDB from 'hyperdb'

import { entriesAt, entriesOf } from './index-entries.ts'
import type { EntryKey } from './index-entries.ts'
import { lengthOf } from './index-postings.ts'
import type { Row, Segment } from './index-postings.ts'
import type { WordsView } from './index-words.ts'
import { PageRoom } from './page-room.ts'
import type { WordTail } from './index-tail.ts'
import type { Entry, Term } from './terms.ts'

/** How far the index is; one record. */
export interface Head {
  name: 'head'
  version: number
  /** Log positions before this one are indexed. */
  position: number
  /** One more with each write. */
  generation: number
}

/** Where to go on in a term: after this entry. */
export type After = EntryKey

/** What the log's events have of a word, or of those that begin alike; hidden ones too. */
export interface WordUse {
  /** How often; an event with two words that begin alike counts twice. */
  events: number
  parts: { segment: Segment; postings: Uint8Array }[]
  /** Of the end of the log. */
  rows: Row[]
  /** Whether there was too much to read all of it. */
  partial: boolean
}

interface WordRecord {
  word: Uint8Array
  from: number
  postings: Uint8Array
}

/** No byte of UTF-8. */
const LAST_BYTE = b4a.from([0xff])
/** Records of words read at once. */
const PAGE = 512
/** Bytes that are read of the words that begin alike; a record counts as so many more. */
const MAX_BYTES = 4 * 1024 * 1024
const RECORD_BYTES = 128

/** Is told what reading costs, and may let it wait. */
export interface Meter {
  /** @param records that were read; what is returned is waited for */
  spend(records: number): Promise<void> | undefined
}

/** Those of the log's end. */
export type RowsOf = (db: HyperDB, tail: WordTail) => Promise<readonly Row[]>

/** The index as it was at one moment. */
export class IndexReader {
  readonly #db: HyperDB
  /** Of the question that is being answered. */
  meter: Meter | null = null
  readonly #tail: WordTail
  readonly #segments: ReadonlyMap<number, Segment>
  readonly #rows: RowsOf
  readonly #words = new Map<string, Promise<WordUse>>()
  readonly room: PageRoom

  /**
   * @param rows reads those of the log's end
   * @param room of all that read this index
   */
  constructor(
    snapshot: HyperDB,
    { segments, tail }: WordsView,
    rows: RowsOf,
    room = new PageRoom()
  ) {
    this.#db = snapshot
    this.#tail = tail
    this.#segments = new Map(segments.map((segment) => [segment.from, segment]))
    this.#rows = rows
    this.room = room
  }

  /** The generation that this moment belongs to. */
  async generation(): Promise<number> {
    const head = await this.#db.get<Head>('@index/head', { name: 'head' })
    return head?.generation ?? 0
  }

  /** How many visible entries a term has, the expired among them. */
  async count(term: Term): Promise<number> {
    const held = await this.#db.get<{ events: number }>('@index/count', { term })
    await this.meter?.spend(1)
    return held?.events ?? 0
  }

  /** Who has a word; read once. */
  word(word: string): Promise<WordUse> {
    const asked = b4a.from(word)
    return this.#once(` ${word} `, { gte: { word: asked }, lte: { word: asked } })
  }

  /** Who has a word that begins so; read once. */
  wordsFrom(prefix: string): Promise<WordUse> {
    const begin = b4a.from(prefix)
    const lt = { word: b4a.concat([begin, LAST_BYTE]) }
    return this.#once(` ${prefix}`, { gte: { word: begin }, lt })
  }

  /** @param text as it is in a row's words */
  #once(text: string, range: HyperDB.Query): Promise<WordUse> {
    let use = this.#words.get(text)
    if (use === undefined) this.#words.set(text, (use = this.#use(text, range)))
    return use
  }

  async #use(text: string, range: HyperDB.Query): Promise<WordUse> {
    const tail = await this.#rows(this.#db, this.#tail)
    const rows = tail.filter(({ words }) => words.includes(text))
    const use: WordUse = { events: rows.length, parts: [], rows, partial: false }
    let bytes = 0
    for (let next = range; ;) {
      const words = this.#db.find<WordRecord>('@index/word', { ...next, limit: PAGE })
      const page = await this.#paid(await words.toArray())
      for (const { from, postings } of page) {
        bytes += postings.byteLength + RECORD_BYTES
        const segment = this.#segments.get(from)
        if (segment === undefined) continue // what the end has too
        use.events += lengthOf(postings)
        use.parts.push({ segment, postings })
      }
      const last = page.at(-1)
      if (last === undefined || page.length < PAGE) return use
      if (bytes > MAX_BYTES) return { ...use, partial: true }
      const { gte: _, ...end } = range
      next = { ...end, gt: { word: last.word, from: last.from } }
    }
  }

  /** The entries that stand at positions of the log, hidden or not; null where none does. */
  async at(positions: readonly number[]): Promise<(Entry | null)[]> {
    const found = await this.#paid(await entriesAt(this.#db, positions))
    this.room.learn(found.filter((entry) => entry !== null))
    return found
  }

  /** Entries of a term, or of all, hidden or not, the newest first: of ages `from` to `to`. */
  async entries(
    term: Term | null,
    { from, to, after, limit }: { from: number; to: number; after: After | null; limit: number }
  ): Promise<Entry[]> {
    if (term === null) {
      const range = after === null ? { gte: { age: from } } : { gt: after }
      const all = this.#db.find<Entry>('@index/entry', { ...range, lte: { age: to }, limit })
      return this.#learnt(await this.#paid(await all.toArray()))
    }
    const lte = { term, age: to }
    const range =
      after === null ? { gte: { term, age: from }, lte } : { gt: { term, ...after }, lte }
    const keys = await this.#db.find<EntryKey>('@index/term', { ...range, limit }).toArray()
    const found = await this.#paid(await entriesOf(this.#db, keys))
    return this.#learnt(found.filter((entry) => entry !== null))
  }

  #learnt(page: Entry[]): Entry[] {
    this.room.learn(page)
    return page
  }

  async #paid<T>(records: T[]): Promise<T[]> {
    await this.meter?.spend(records.length)
    return records
  }

  close(): Promise<void> {
    return this.#db.close()
  }
}
