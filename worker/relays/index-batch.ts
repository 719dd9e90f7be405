import b4a from 'b4a'
import type HyperDB from 'hyperdb'

import type { NostrEvent } from '../../protocol/nostr.ts'
import { entriesAt, entriesFrom, entriesOf, entriesWith } from './index-entries.ts'
import type { IndexCounts } from './index-counts.ts'
import type { MarksMove } from './index-marks.ts'
import type { Head } from './index-reader.ts'
import { IndexWrite } from './index-write.ts'
import type { Held } from './index-write.ts'
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

/** How many visible entries a term has. */
interface Count {
  name: string
  term: Term
  events: number
}

/** What an entry is to be after the flush. */
interface Pending {
  key: Entry
  /** Null for one that goes. */
  entry: Entry | null
  /** Whether it came with this batch. */
  fresh: boolean
  /** How the disk has it; null when it has not. */
  held: Held | null
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
  readonly #known: IndexCounts
  readonly #pending = new Map<string, Pending>()
  /** The fresh entries' ids by their lasting terms. */
  readonly #named = new Map<string, Set<string>>()
  /** Entries that came to stand at a position, or did. */
  readonly #positions = new Map<number, Entry>()
  readonly #changes = new Map<string, Change>()
  readonly #undone: Change[] = []
  readonly #counts = new Map<string, { term: Term; change: number }>()

  constructor(db: HyperDB, known: IndexCounts) {
    this.#db = db
    this.#known = known
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
    for (const held of await entriesOf(this.#db, events.map(keyOf))) {
      if (held === null) continue
      const { id } = eventOf(held)
      if (!this.#pending.has(id)) this.#pending.set(id, pendingOf(held))
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
    this.#pending.set(event.id, { key: entry, entry, fresh: true, held: null })
    this.#positions.set(position, entry)
    for (const term of namesOf(event)) {
      const name = this.#known.nameOf(term)
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
    for await (const entry of entriesWith(this.#db, term)) return entry
    return null
  }

  /** The entry of a log position, hidden or not. */
  async entryAt(position: number): Promise<Entry | null> {
    const moved = this.#positions.get(position)
    if (moved?.position === position) return moved
    const [held = null] = await entriesAt(this.#db, [position])
    const entry = held === null ? null : this.#now(held)
    return entry?.position === position ? entry : null
  }

  /** The entries of a lasting term that are on the disk, hidden or not, newest first. */
  async *heldOf(term: Term): AsyncGenerator<Entry, void, undefined> {
    for await (const entry of entriesWith(this.#db, term)) {
      const now = this.#now(entry)
      if (now !== null) yield now
    }
  }

  /** Those that came with this batch. */
  freshOf(term: Term): Entry[] {
    const ids = this.#named.get(this.#known.nameOf(term)) ?? []
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
    for await (const held of entriesFrom(this.#db, position)) {
      const entry = this.#now(held)
      if (entry === null || entry.position < position) continue
      const { id } = eventOf(entry)
      ids.push(id)
      this.#count(entry, -1)
      const known = this.#pending.get(id) ?? pendingOf(entry)
      this.#pending.set(id, { ...known, key: entry, entry: null, fresh: false })
    }
    return ids
  }

  /** Writes all of it, or nothing. @param more what goes with it */
  async flush(head: Head, marks: MarksMove, more?: (write: IndexWrite) => void): Promise<void> {
    const counts = await this.#readCounts()
    const write = new IndexWrite()
    for (const { key, entry, held } of this.#pending.values()) {
      if (entry !== null) write.putEntry(entry, held)
      else if (held !== null) write.deleteEntry(key, held)
    }
    for (const change of this.#undone) write.delete('@index/change', change)
    for (const change of this.#changes.values()) write.put('@index/change', change)
    for (const count of counts) {
      if (count.events > 0) write.put('@index/count', count)
      else write.delete('@index/count', count)
    }
    for (const mark of marks.removed) write.delete('@index/mark', mark)
    if (marks.added !== null) write.put('@index/mark', marks.added)
    write.put('@index/head', head)
    more?.(write)
    try {
      await write.flush(this.#db)
    } catch (err) {
      this.#known.forget()
      throw err
    }
    for (const { name, events } of counts) this.#known.wrote(name, events)
  }

  async #readCounts(): Promise<Count[]> {
    const counts: Count[] = []
    const reading: Promise<void>[] = []
    this.#db.cork()
    for (const [name, { term, change }] of this.#counts) {
      if (change === 0) continue
      const known = this.#known.get(name)
      const count = { name, term, events: (known ?? 0) + change }
      counts.push(count)
      if (known !== undefined) continue
      reading.push(this.#readCount(term).then((events) => void (count.events += events)))
    }
    this.#db.uncork()
    await Promise.all(reading)
    return counts
  }

  async #readCount(term: Term): Promise<number> {
    return (await this.#db.get<{ events: number }>('@index/count', { term }))?.events ?? 0
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
    if (!this.#pending.has(id)) this.#pending.set(id, pendingOf(entry))
    this.#count(entry, -1)
    entry.hidden = hidden
    entry.position = position
    this.#positions.set(position, entry)
    this.#count(entry, 1)
  }

  /** Terms count their visible entries, but for ids, which have one. */
  #count(entry: Entry, change: 1 | -1): void {
    if (entry.hidden > 0) return
    for (const term of termsOf(entry).slice(1)) {
      const name = this.#known.nameOf(term)
      const count = this.#counts.get(name)
      if (count === undefined) this.#counts.set(name, { term, change })
      else count.change += change
    }
  }
}

const pendingOf = (entry: Entry): Pending => {
  const { hidden, position } = entry
  return { key: entry, entry, fresh: false, held: { hidden, position } }
}

const keyOf = ({ created_at, id }: NostrEvent): Pick<Entry, 'age' | 'id'> => ({
  age: ageOf(created_at),
  id: b4a.from(id, 'hex')
})
