import type { NostrEvent } from '../../protocol/nostr.ts'
import { differentWords } from '../../protocol/words.ts'
import { timeOf } from './index-postings.ts'
import type { Row } from './index-postings.ts'

/** Different words of one event that it can be found by. */
const MAX_WORDS = 2048

/** The words of an event of the log. */
export function rowOf(event: NostrEvent, position: number): Row {
  const words = differentWords(event).slice(0, MAX_WORDS)
  const text = words.length === 0 ? '' : ` ${words.join(' ')} `
  return { position, time: timeOf(event.created_at), words: text }
}

/**
 * The words of the end of the log that are on the disk only as their events. After a
 * start they are read again, once somebody looks for words.
 */
export class WordTail {
  /** Words of events before this position are on the disk. */
  readonly from: number
  /** Those from here on are in the rows. */
  #begun: number
  #rows: Row[]
  #end: number
  #letters = 0
  #filling: Promise<void> | null = null

  constructor(from: number, begun: number, { rows = [] as Row[], end = begun } = {}) {
    this.from = from
    this.#begun = begun
    this.#rows = rows
    this.#end = end
    for (const { words } of rows) this.#letters += words.length
  }

  get rows(): readonly Row[] {
    return this.#rows
  }

  /** Positions of the log that it is over. */
  get length(): number {
    return this.#end - this.from
  }

  /** Of all words in memory. */
  get letters(): number {
    return this.#letters
  }

  add(event: NostrEvent, position: number): void {
    const row = rowOf(event, position)
    this.#rows.push(row)
    this.#letters += row.words.length
    this.#end = position + 1
  }

  /** What comes before a position, with the words after `from` in it. */
  before(position: number, from = this.from): WordTail {
    const rows = this.#rows.filter((row) => row.position < position)
    return new WordTail(from, Math.min(this.#begun, position), { rows, end: position })
  }

  /** What comes at a position or after it; to be full. */
  after(position: number): WordTail {
    const rows = this.#rows.filter((row) => row.position >= position)
    return new WordTail(position, position, { rows, end: this.#end })
  }

  /** Has all rows once it resolves. @param read those from one position up to another */
  async fill(read: (from: number, to: number) => Promise<Row[]>): Promise<void> {
    if (this.#begun === this.from) return
    this.#filling ??= this.#fill(read).finally(() => (this.#filling = null))
    await this.#filling
  }

  async #fill(read: (from: number, to: number) => Promise<Row[]>): Promise<void> {
    const rows = await read(this.from, this.#begun)
    for (const { words } of rows) this.#letters += words.length
    this.#rows = [...rows, ...this.#rows]
    this.#begun = this.from
  }
}
