/**
 * What one step of the index writes, as one write to the disk.
 *
 * The same bytes as HyperDB would write, by its own encodings, but for how it finds them:
 * it reads each record once more, and compares and makes a text of each of its keys. We
 * know what was there, and that an event's keys begin with its terms and all end alike.
 */
import b4a from 'b4a'
import HyperDB from 'hyperdb'

import definition from './index-spec/generated/index.js'
import { eventOf, namesOf, termsOf } from './terms.ts'
import type { Entry, Term } from './terms.ts'

interface Collection {
  readonly version: number
  encodeKey(record: unknown): Uint8Array
  encodeKeyRange(range: { gte: object }): { gte: Uint8Array }
  encodeValue(schema: number, version: number, record: unknown): Uint8Array
}

interface Definition extends HyperDB.Definition {
  resolveCollection(name: string): Collection | null
}

type Change = [key: Uint8Array, value: Uint8Array | null]

/** How HyperDB writes. */
interface Store {
  readonly engine: { commit(changes: { batch(): Change[] }): Promise<void> }
  /** Reads from now on see what was written. */
  update(): void
}

/** What an entry on the disk is like. */
export interface Held {
  hidden: number
  position: number
}

const spec = definition as unknown as Definition
const entries = collectionOf('@index/entry')
const places = collectionOf('@index/place')
const byTerm = collectionOf('@index/term')

const EMPTY = b4a.alloc(0)
/** Bytes that follow the term in a key of no entry in particular. */
const NO_AGE = beginningOf(EMPTY).byteLength
/** A term's record is its key. */
const NOTHING = valueOf(byTerm, {})

export class IndexWrite {
  readonly #gone: Change[] = []
  readonly #there: Change[] = []

  put(collection: string, record: object): void {
    const of = collectionOf(collection)
    this.#there.push([of.encodeKey(record), valueOf(of, record)])
  }

  delete(collection: string, record: object): void {
    this.#gone.push([collectionOf(collection).encodeKey(record), null])
  }

  /** @param held how the disk has the entry; null when it has not */
  putEntry(entry: Entry, held: Held | null): void {
    this.#there.push([entries.encodeKey(entry), valueOf(entries, entry)])
    if (held === null || held.position !== entry.position) {
      if (held !== null) this.#gone.push([places.encodeKey(held), null])
      this.#there.push([places.encodeKey(entry), valueOf(places, entry)])
    }
    const before = held === null ? [] : shownBy(entry, held.hidden)
    const after = shownBy(entry, entry.hidden)
    if (before.length === after.length) return // the names alone, or all of the terms
    const names = held === null ? 0 : namesOf(eventOf(entry)).length
    if (before.length < after.length) {
      for (const made of keysOf(entry, after.slice(names))) this.#there.push([made, NOTHING])
    } else {
      for (const made of keysOf(entry, before.slice(names))) this.#gone.push([made, null])
    }
  }

  /** @param held how the disk has the entry */
  deleteEntry(entry: Entry, held: Held): void {
    this.#gone.push([entries.encodeKey(entry), null], [places.encodeKey(held), null])
    for (const made of keysOf(entry, shownBy(entry, held.hidden))) this.#gone.push([made, null])
  }

  /** Writes all of it, or nothing. A place that one left and another took is the other's. */
  async flush(db: HyperDB): Promise<void> {
    const store = db as unknown as Store
    await store.engine.commit({ batch: () => [...this.#gone, ...this.#there] })
    store.update()
  }
}

/** The names come first among the terms. */
const shownBy = (entry: Entry, hidden: number): Term[] =>
  hidden === 0 ? termsOf(entry) : namesOf(eventOf(entry))

/** The keys of an entry's terms, in one piece of memory. */
function keysOf({ age, id }: Entry, terms: Term[]): Uint8Array[] {
  const end = byTerm.encodeKey({ term: EMPTY, age, id }).subarray(NO_AGE)
  const begins = terms.map(beginningOf)
  const bytes = begins.reduce((sum, { byteLength }) => sum + byteLength + end.byteLength, 0)
  const memory = b4a.allocUnsafe(bytes)
  let at = 0
  return begins.map((begin) => {
    const from = at
    memory.set(begin, at)
    memory.set(end, (at += begin.byteLength))
    return memory.subarray(from, (at += end.byteLength))
  })
}

/** A term's key as an index has it, without what follows: most terms come again. */
function beginningOf(term: Term): Uint8Array {
  if (term.beginning !== undefined) return term.beginning
  const made = byTerm.encodeKeyRange({ gte: { term } }).gte
  return (term.beginning = term.kept?.keep(made) ?? made)
}

function collectionOf(name: string): Collection {
  const collection = spec.resolveCollection(name)
  if (collection === null) throw new RangeError(`There is no ${name}`)
  return collection
}

function valueOf({ encodeValue, version }: Collection, record: object): Uint8Array {
  return encodeValue(spec.versions.schema, Math.min(spec.versions.db, version), record)
}
