import b4a from 'b4a'
import type HyperDB from 'hyperdb'

import { tagValues } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { MarksMove } from './index-marks.ts'
import type { Head } from './index-reader.ts'
import { ageOf, eventOf, expiryOf, idTerm, replaceableTerm, termsOf } from './terms.ts'
import type { Entry, Term } from './terms.ts'

/** NIP-09 and NIP-29: kinds whose `e` tags may have deleted something. */
const DELETING = new Set([5, 9005])

/**
 * One step of the index, gathered in memory and written at once: entries that
 * come, are hidden, shown again or taken back, and the counts of their terms.
 */
export class IndexBatch {
  readonly #db: HyperDB
  /** What is to be there after the flush, by id; null for what goes. */
  readonly #entries = new Map<string, { key: Entry; entry: Entry | null }>()
  /** The visible entry of each replaceable in this batch, by its term. */
  readonly #newest = new Map<string, Entry>()
  readonly #counts = new Map<string, { term: Term; change: number }>()

  constructor(db: HyperDB) {
    this.#db = db
  }

  /** The events of this batch that can be found after it. */
  visible(): NostrEvent[] {
    const events: NostrEvent[] = []
    for (const { entry } of this.#entries.values()) {
      if (entry !== null && entry.hidden === 0 && !entry.old) events.push(eventOf(entry))
    }
    return events
  }

  async add(
    event: NostrEvent,
    json: string,
    position: number,
    isDeleted: (id: string) => Promise<boolean>
  ): Promise<void> {
    const entry: Entry = {
      age: ageOf(event.created_at),
      id: b4a.from(event.id, 'hex'),
      position,
      hidden: 0,
      expires: expiryOf(event),
      json,
      event
    }
    if (DELETING.has(event.kind)) await this.#hideDeleted(event, position, isDeleted)
    const replaceable = replaceableTerm(event)
    if (replaceable !== null) await this.#replace(entry, replaceable)
    this.#put(event.id, entry)
    if (entry.hidden === 0) this.#count(entry, 1)
  }

  /**
   * Takes back what came at a position and after it.
   * @returns the ids
   */
  async takeBack(position: number): Promise<string[]> {
    const ids: string[] = []
    const gone = this.#db.find<Entry>('@index/by-position', { gte: { position } })
    for await (const entry of gone) {
      const event = eventOf(entry)
      ids.push(event.id)
      this.#entries.set(event.id, { key: entry, entry: null })
      if (entry.hidden === 0) this.#count(entry, -1)
    }
    const hidden = this.#db.find<Entry>('@index/by-hidden', { gte: position + 1 })
    for await (const entry of hidden) {
      const { id } = eventOf(entry)
      if (!this.#entries.has(id)) this.#show(entry)
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
      for (const { key, entry } of this.#entries.values()) {
        writing.push(
          entry === null ? tx.delete('@index/entry', key) : tx.insert('@index/entry', entry)
        )
      }
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

  async #hideDeleted(
    deletion: NostrEvent,
    position: number,
    isDeleted: (id: string) => Promise<boolean>
  ): Promise<void> {
    for (const id of new Set(tagValues(deletion, 'e'))) {
      const entry = await this.#find(id)
      if (entry === null || entry.hidden > 0 || !(await isDeleted(id))) continue
      this.#hide(entry, position)
    }
  }

  /** Of two versions the newer is seen, of the same second the one with the lower id. */
  async #replace(entry: Entry, term: Term): Promise<void> {
    const name = b4a.toString(term, 'hex')
    const held = this.#newest.get(name) ?? (await this.#visibleBy(term))
    if (held !== null && held.hidden === 0) {
      const newer =
        entry.age < held.age || (entry.age === held.age && b4a.compare(entry.id, held.id) < 0)
      if (newer) this.#hide(held, entry.position)
      else entry.hidden = entry.position + 1
    }
    if (entry.hidden === 0) this.#newest.set(name, entry)
  }

  #hide(entry: Entry, position: number): void {
    const event = eventOf(entry)
    this.#put(event.id, { ...entry, hidden: position + 1 })
    entry.hidden = position + 1
    this.#count(entry, -1)
  }

  #show(entry: Entry): void {
    const event = eventOf(entry)
    this.#put(event.id, { ...entry, hidden: 0 })
    this.#count(entry, 1)
  }

  async #find(id: string): Promise<Entry | null> {
    const pending = this.#entries.get(id)
    if (pending !== undefined) return pending.entry
    const entry = await this.#visibleBy(idTerm(id))
    return entry === null || eventOf(entry).id !== id ? null : entry
  }

  /** The first visible entry of a term, as written; what this batch does to it comes on top. */
  async #visibleBy(term: Term): Promise<Entry | null> {
    const range = { gte: { term }, lte: { term }, limit: 1 }
    const entry = await this.#db.find<Entry>('@index/by-term', range).one()
    if (entry === null) return null
    entry.old = true
    const pending = this.#entries.get(eventOf(entry).id)
    return pending === undefined ? entry : pending.entry
  }

  #put(id: string, entry: Entry): void {
    this.#entries.set(id, { key: entry, entry })
  }

  #count(entry: Entry, change: 1 | -1): void {
    for (const term of termsOf(entry)) {
      const name = b4a.toString(term, 'latin1')
      const count = this.#counts.get(name)
      if (count === undefined) this.#counts.set(name, { term, change })
      else count.change += change
    }
  }
}
