import b4a from 'b4a'
import type HyperDB from 'hyperdb'

import type { NostrEvent } from '../../protocol/nostr.ts'
import type { MarksMove } from './index-marks.ts'
import type { Head } from './index-reader.ts'
import {
  ageOf,
  eventOf,
  expiryOf,
  HIDDEN,
  idTerm,
  namesOf,
  replaceableTerm,
  termsOf
} from './terms.ts'
import type { Entry, Term } from './terms.ts'

/** What an entry was before the event at a log position changed it. */
interface Change {
  position: number
  age: number
  id: Uint8Array
  hidden: number
  /** Where the log had it. */
  at: number
}

/** What an entry is to be after the flush. */
interface Pending {
  key: Entry
  /** Null for one that goes. */
  entry: Entry | null
  /** Whether it came with this batch. */
  fresh: boolean
}

/**
 * One step of the index, gathered in memory and written at once: entries that
 * come, are hidden, shown again or taken back, and the counts of their terms.
 *
 * Whatever an event does to earlier entries is noted with its position, so that
 * taking the event back undoes it.
 */
export class IndexBatch {
  readonly #db: HyperDB
  readonly #pending = new Map<string, Pending>()
  /** The fresh entries' ids by their lasting terms. */
  readonly #named = new Map<string, Set<string>>()
  /** Entries that came to stand at a position, or did. */
  readonly #positions = new Map<number, Entry>()
  readonly #changes = new Map<string, Change>()
  readonly #undone: Change[] = []
  readonly #counts = new Map<string, { term: Term; change: number }>()

  constructor(db: HyperDB) {
    this.#db = db
  }

  /** The events of this batch that can be found after it. */
  visible(): NostrEvent[] {
    const events: NostrEvent[] = []
    for (const { entry, fresh } of this.#pending.values()) {
      if (fresh && entry !== null && entry.hidden === 0) events.push(eventOf(entry))
    }
    return events
  }

  /** Looks which of the events are on the disk already, before they are added. */
  async expect(events: readonly NostrEvent[]): Promise<void> {
    this.#db.cork()
    const reading = events.map((event) => this.#db.get<Entry>('@index/entry', keyOf(event)))
    this.#db.uncork()
    for (const held of await Promise.all(reading)) {
      if (held === null) continue
      const { id } = eventOf(held)
      if (!this.#pending.has(id)) this.#pending.set(id, { key: held, entry: held, fresh: false })
    }
  }

  /**
   * One more, which was expected. A version of a replaceable event counts as
   * superseded until it is compared. What was taken back may come again, and then
   * stands at the new position.
   */
  add(event: NostrEvent, json: string, position: number): Entry {
    const hidden = replaceableTerm(event) === null ? 0 : HIDDEN.superseded
    const again = this.#pending.get(event.id)
    if (again !== undefined && again.entry !== null) {
      again.fresh = true
      this.#note(again.entry, position)
      this.#set(again.entry, hidden, position)
      return again.entry
    }
    const entry: Entry = {
      ...keyOf(event),
      position,
      hidden,
      expires: expiryOf(event),
      json,
      event
    }
    this.#pending.set(event.id, { key: entry, entry, fresh: true })
    this.#positions.set(position, entry)
    for (const term of namesOf(event)) {
      const name = b4a.toString(term, 'latin1')
      const ids = this.#named.get(name)
      if (ids === undefined) this.#named.set(name, new Set([event.id]))
      else ids.add(event.id)
    }
    this.#count(entry, 1)
    return entry
  }

  /**
   * Sets or clears one reason for which an entry is hidden, because of the event
   * at a position.
   */
  mark(entry: Entry, reason: number, on: boolean, position: number): void {
    const hidden = on ? entry.hidden | reason : entry.hidden & ~reason
    if (hidden === entry.hidden) return
    this.#note(entry, position)
    this.#set(entry, hidden, entry.position)
  }

  /** Lets an entry be seen whatever hid it, and stand at a position of the log. */
  show(entry: Entry, at: number, position: number): void {
    if (entry.hidden === 0 && entry.position === at) return
    this.#note(entry, position)
    this.#set(entry, 0, at)
  }

  /** An entry by its event's id, hidden or not. */
  async entryOf(id: string): Promise<Entry | null> {
    const pending = this.#pending.get(id)
    if (pending !== undefined) return pending.entry
    const term = idTerm(id)
    return this.#db.find<Entry>('@index/by-term', { gte: { term }, lte: { term }, limit: 1 }).one()
  }

  /** The entry of a log position, hidden or not. */
  async entryAt(position: number): Promise<Entry | null> {
    const moved = this.#positions.get(position)
    if (moved?.position === position) return moved
    const range = { gte: { position }, lte: { position } }
    const held = await this.#db.find<Entry>('@index/by-position', range).one()
    const entry = held === null ? null : this.#now(held)
    return entry?.position === position ? entry : null
  }

  /** The entries of a lasting term that are on the disk, hidden or not, newest first. */
  async *heldOf(term: Term): AsyncGenerator<Entry, void, undefined> {
    const held = this.#db.find<Entry>('@index/by-term', { gte: { term }, lte: { term } })
    for await (const entry of held) {
      const now = this.#now(entry)
      if (now !== null) yield now
    }
  }

  /** Those that came with this batch. */
  freshOf(term: Term): Entry[] {
    const ids = this.#named.get(b4a.toString(term, 'latin1')) ?? []
    return Array.from(ids, (id) => this.#pending.get(id)!.entry!)
  }

  /**
   * Takes back what came at a position and after it, and what that did.
   * @returns the ids
   */
  async takeBack(position: number): Promise<string[]> {
    const range = { gte: { position }, reverse: true }
    for await (const change of this.#db.find<Change>('@index/change', range)) {
      this.#undone.push(change)
      const { age, id } = change
      const held = await this.#db.get<Entry>('@index/entry', { age, id })
      const entry = held === null ? null : this.#now(held)
      if (entry !== null) this.#set(entry, change.hidden, change.at)
    }
    const ids: string[] = []
    for await (const held of this.#db.find<Entry>('@index/by-position', { gte: { position } })) {
      const entry = this.#now(held)
      if (entry === null || entry.position < position) continue
      const { id } = eventOf(entry)
      ids.push(id)
      this.#count(entry, -1)
      this.#pending.set(id, { key: entry, entry: null, fresh: false })
    }
    return ids
  }

  /** Writes all of it, or nothing. */
  async flush(head: Head, marks: MarksMove): Promise<void> {
    const counts = await this.#readCounts()
    const tx = this.#db.transaction()
    try {
      const writing: Promise<void>[] = []
      tx.cork() // what is read while writing is read at once
      for (const { key, entry } of this.#pending.values()) {
        writing.push(
          entry === null ? tx.delete('@index/entry', key) : tx.insert('@index/entry', entry)
        )
      }
      for (const change of this.#changes.values()) writing.push(tx.insert('@index/change', change))
      for (const change of this.#undone) writing.push(tx.delete('@index/change', change))
      for (const count of counts) {
        writing.push(
          count.events > 0 ? tx.insert('@index/count', count) : tx.delete('@index/count', count)
        )
      }
      for (const mark of marks.removed) writing.push(tx.delete('@index/mark', mark))
      if (marks.added !== null) writing.push(tx.insert('@index/mark', marks.added))
      writing.push(tx.insert('@index/head', head))
      tx.uncork()
      await Promise.all(writing)
      await tx.flush()
    } catch (err) {
      await tx.close()
      throw err
    }
  }

  async #readCounts(): Promise<{ term: Term; events: number }[]> {
    this.#db.cork()
    const reading: Promise<{ term: Term; events: number }>[] = []
    for (const { term, change } of this.#counts.values()) {
      if (change === 0) continue
      const held = this.#db.get<{ events: number }>('@index/count', { term })
      reading.push(held.then((count) => ({ term, events: (count?.events ?? 0) + change })))
    }
    this.#db.uncork()
    return Promise.all(reading)
  }

  /** What this batch has made of an entry of the disk. */
  #now(entry: Entry): Entry | null {
    const pending = this.#pending.get(eventOf(entry).id)
    return pending === undefined ? entry : pending.entry
  }

  /** Keeps what an entry was before an event; the first of its changes counts. */
  #note(entry: Entry, position: number): void {
    const { age, id, hidden, position: at } = entry
    const name = `${position}:${eventOf(entry).id}`
    if (at === position || this.#changes.has(name)) return
    this.#changes.set(name, { position, age, id, hidden, at })
  }

  #set(entry: Entry, hidden: number, position: number): void {
    const { id } = eventOf(entry)
    if (!this.#pending.has(id)) this.#pending.set(id, { key: entry, entry, fresh: false })
    this.#count(entry, -1)
    entry.hidden = hidden
    entry.position = position
    this.#positions.set(position, entry)
    this.#count(entry, 1)
  }

  /** Terms count their visible entries. */
  #count(entry: Entry, change: 1 | -1): void {
    if (entry.hidden > 0) return
    for (const term of termsOf(entry)) {
      const name = b4a.toString(term, 'latin1')
      const count = this.#counts.get(name)
      if (count === undefined) this.#counts.set(name, { term, change })
      else count.change += change
    }
  }
}

const keyOf = ({ created_at, id }: NostrEvent): Pick<Entry, 'age' | 'id'> => ({
  age: ageOf(created_at),
  id: b4a.from(id, 'hex')
})
