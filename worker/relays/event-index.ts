/**
 * The local query index of one relay: its accepted events by what filters ask.
 *
 * It is derived from the relay's log and never a source of truth: it follows the
 * log by position, goes back where the log was reordered, and is built anew when
 * it is missing, of another version or broken.
 *
 * Emits `events` ({@link IndexedEvents}) after new events can be found.
 */
import HyperDB from 'hyperdb'
import { rm } from 'bare-fs/promises'
import { dirname } from 'bare-path'
import ReadyResource from 'ready-resource'

import type { NostrEvent } from '../../protocol/nostr.ts'
import type { Log } from '../log.ts'
import { makeWithin } from '../make-within.ts'
import { IndexBatch } from './index-batch.ts'
import { takeEffect } from './index-effects.ts'
import type { StateOfEvents } from './index-effects.ts'
import { IndexCounts } from './index-counts.ts'
import { LogUnread, readBlocks, unread } from './index-log.ts'
import type { IndexLog, ReadEvent } from './index-log.ts'
import { IndexMarks } from './index-marks.ts'
import { IndexPace } from './index-pace.ts'
import { IndexReader } from './index-reader.ts'
import { PageRoom } from './page-room.ts'
import { indexStorage } from './index-storage.ts'
import type { Head, RowsOf } from './index-reader.ts'
import { IndexWords, SEGMENT } from './index-words.ts'
import type { IndexWrite } from './index-write.ts'
import definition from './index-spec/generated/index.js'

/** What is kept on the disk; another one on the disk is deleted and built anew. */
const VERSION = 3

/** Events taken back at once. */
const BATCH_EVENTS = 512
/** So many events taken back are told from new ones when they come again; of more, none is told. */
const REMEMBERED = 20_000
const RETRY = 5000
/** So many new events are written however soon. */
const ENOUGH = 256

/** What the index follows: a relay, or a test's stand-in for one. */
export interface IndexSource {
  readonly relayKey: string
  /** The view's log, as it is now. */
  readonly log: IndexLog
  readonly state: StateOfEvents
}

export interface IndexedEvents {
  /** New ones that are to be seen, in the log's order. */
  events: NostrEvent[]
  /** Readers with this generation or a later one have them already. */
  generation: number
}

export interface EventIndexOptions {
  source: IndexSource
  /** A directory of its own; made, and deleted when what it holds is of no use. */
  path: string
  log: Log
  /** Events whose words are written at once; fewer for tests. */
  segment?: number
}

export class EventIndex extends ReadyResource {
  readonly #source: IndexSource
  readonly #path: string
  readonly #log: Log
  #db: HyperDB | null = null
  #head: Head = { name: 'head', version: VERSION, position: 0, generation: 0 }
  #marks = new IndexMarks([])
  readonly #counts = new IndexCounts()
  readonly #room = new PageRoom()
  readonly #pace = new IndexPace()
  readonly #segment: number
  #words: IndexWords | null = null
  #advancing: Promise<void> | null = null
  #stale = false
  #retry: ReturnType<typeof setTimeout> | null = null
  /** Ids taken back by a reordering and not back yet. */
  #taken = new Set<string>()
  /** Events before this position were told already. */
  #told = 0
  readonly #waiting = new Set<() => void>()
  /** Reads asked for, and those since which the log was compared. */
  #asked = 0
  #compared = 0

  constructor({ source, path, log, segment = SEGMENT }: EventIndexOptions) {
    super()
    this.#source = source
    this.#path = path
    this.#log = log
    this.#segment = segment
  }

  /** How much of the log can be found. */
  get position(): number {
    return this.#head.position
  }

  override async _open(): Promise<void> {
    try {
      await this.#openStore()
    } catch (err) {
      this.#log('index-rebuilt', { relayKey: this.#source.relayKey, reason: String(err) })
      await this.#startOver()
    }
    this.once('ready', () => this.follow())
  }

  override async _close(): Promise<void> {
    if (this.#retry !== null) clearTimeout(this.#retry)
    this.#wake()
    this.#pace.hurry()
    if (this.#advancing !== null) await this.#advancing
    await this.#db?.close()
  }

  /** Catches up with the log, in the background. */
  follow(): void {
    this.#stale = true
    if (this.#isPressing) this.#pace.hurry()
    if (!this.opened || this.closing || this.#advancing !== null) return
    this.#advancing = this.#catchUp().finally(() => {
      this.#advancing = null
      if (this.#stale && this.#retry === null) this.follow()
    })
  }

  /**
   * A view of the index that holds at least what the log held when asked; to be
   * closed. Null when the index closes or `ms` passed first.
   */
  async read(ms = 30_000): Promise<IndexReader | null> {
    const target = this.#source.log.length
    const asked = ++this.#asked
    const deadline = Date.now() + ms
    this.follow()
    while (this.#compared < asked || this.#behind(target)) {
      if (this.closing || Date.now() >= deadline) return null
      await this.#moved(deadline - Date.now())
    }
    const words = this.#words
    if (this.closing || this.#db === null || words === null) return null
    const rows: RowsOf = (db, tail) => words.rows(db, tail)
    return new IndexReader(this.#db.snapshot(), words.view(), rows, this.#room)
  }

  /** A log that was cut short meanwhile is caught up with at its end. */
  #behind(target: number): boolean {
    return this.#db === null || this.#head.position < Math.min(target, this.#source.log.length)
  }

  /** Whether somebody waits for the next write, or there is enough for it. */
  get #isPressing(): boolean {
    return this.#asked > this.#compared || this.#source.log.length >= this.#head.position + ENOUGH
  }

  #moved(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        this.#waiting.delete(done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      this.#waiting.add(done)
    })
  }

  #wake(): void {
    for (const done of this.#waiting) done()
  }

  async #openStore(): Promise<void> {
    // RocksDB makes every folder that is missing, and with them a storage that is away.
    await makeWithin(dirname(this.#path), this.#path)
    const db = HyperDB.rocks(indexStorage(this.#path), definition as HyperDB.Definition)
    try {
      await db.ready()
      const head = await db.get<Head>('@index/head', { name: 'head' })
      if (head !== null && head.version !== VERSION) throw new Error('of another version')
      this.#head = head ?? { name: 'head', version: VERSION, position: 0, generation: 0 }
      this.#marks = await IndexMarks.read(db)
      this.#words = await IndexWords.read(db, this.#head.position, {
        log: () => this.#source.log,
        size: this.#segment
      })
    } catch (err) {
      await db.close().catch(() => {}) // a store that never opened may not close
      throw err
    }
    this.#db = db
  }

  async #startOver(): Promise<void> {
    const db = this.#db
    this.#db = null
    this.#counts.forget()
    this.#told = Math.max(this.#told, this.#head.position)
    await db?.close().catch(() => {}) // what is broken may not close; it is deleted anyway
    await rm(this.#path, { recursive: true, force: true })
    await this.#openStore()
  }

  async #catchUp(): Promise<void> {
    while (this.#stale && !this.closing) {
      this.#stale = false
      try {
        if (!this.#isPressing) await this.#pace.next()
        while (!this.closing && (await this.#advance()));
        this.#taken.clear()
      } catch (err) {
        if (this.closing) return
        this.#log('index-behind', { relayKey: this.#source.relayKey, reason: String(err) })
        await this.#mend(err)
      }
    }
  }

  /** What the index itself fails with is answered by building it anew; the rest by trying again. */
  async #mend(err: unknown): Promise<void> {
    try {
      if (err instanceof LogUnread) throw err
      await this.#startOver()
      this.#stale = true
    } catch {
      this.#retry = setTimeout(() => {
        this.#retry = null
        this.follow()
      }, RETRY)
    }
  }

  /** One batch forth, or back; false when there is nothing to do. */
  async #advance(): Promise<boolean> {
    const { log } = this.#source
    const asked = this.#asked
    const kept = await unread(this.#marks.agree(log, this.#head.position))
    if (kept < this.#head.position) {
      await this.#goBack(kept)
      return true
    }
    this.#compared = asked
    this.#wake()
    const start = this.#head.position
    const { length } = log
    if (start >= length) return false
    const blocks = await unread(readBlocks(log, start))
    // A log that was reordered while it was read is read again.
    if (blocks === null) return true
    await this.#write(start, blocks.events, blocks.hash)
    // What changes from here on is told of: at its end it need not be compared once more.
    return this.#head.position < length
  }

  async #write(start: number, events: ReadEvent[], hash: Uint8Array): Promise<void> {
    const batch = new IndexBatch(this.#store, this.#counts)
    let position = start
    await batch.expect(events.map(({ event }) => event))
    for (const { event, json } of events) {
      await takeEffect(batch, batch.add(event, json, position++), this.#source)
    }
    const fresh = batch.visible().filter((event) => !this.#taken.delete(event.id))
    this.#words?.add(events, start)
    await this.#commit(batch, position, { position, hash })
    this.#pace.wrote(events.length)
    if (position > this.#told && fresh.length > 0) {
      const { generation } = this.#head
      this.emit('events', { events: fresh, generation } satisfies IndexedEvents)
    }
    await this.#words?.flush(this.#store)
  }

  /** Takes back what came at a position and after it, the last first. */
  async #goBack(position: number): Promise<void> {
    while (this.#head.position > position && !this.closing) {
      const from = Math.max(position, this.#head.position - BATCH_EVENTS)
      const batch = new IndexBatch(this.#store, this.#counts)
      for (const id of await batch.takeBack(from)) {
        if (this.#taken.size < REMEMBERED) this.#taken.add(id)
        else this.#told = Math.max(this.#told, this.#head.position)
      }
      const words = await this.#words?.takeBack(this.#store, from)
      await this.#commit(batch, from, null, words)
    }
  }

  async #commit(
    batch: IndexBatch,
    position: number,
    mark: { position: number; hash: Uint8Array } | null,
    words?: (write: IndexWrite) => void
  ): Promise<void> {
    const head = { ...this.#head, position, generation: this.#head.generation + 1 }
    const marks = this.#marks.moved(position, mark)
    await batch.flush(head, marks, words)
    this.#marks = marks.after
    this.#head = head
    this.#wake()
  }

  get #store(): HyperDB {
    if (this.#db === null) throw new Error('The index is not open')
    return this.#db
  }
}
