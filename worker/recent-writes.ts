/**
 * Has what was written to a store, or read from it, a moment ago read from memory.
 *
 * For each change of a view Hypercore and Autobase read again what they have just written,
 * and the same few nodes of their trees: for one event a hundred records in some thirty
 * readings, each of which goes to a thread and back. What is kept here is what the disk
 * holds, or nothing: a record that is being written is not known until it was, and only when
 * nobody else wrote it meanwhile; one that was read, when nothing was written meanwhile.
 */
import b4a from 'b4a'

/** Records of one generation: those of some hundred events. The one before it is known too. */
const KEPT = 768
/**
 * Bytes of a record that is kept. Pages of Hypercore's bitfields are larger, and are changed
 * in place when they were written; nothing else is.
 */
const LARGEST = 2048
/** Bytes of a name that say of which Hypercore the record is. */
const SHELF = 4

/** A change on its way to the disk: a record, its end, or the end of a range. */
export interface Operation {
  readonly key?: Uint8Array
  readonly value?: Uint8Array
  readonly start?: Uint8Array
  readonly end?: Uint8Array
}

/** The names from `start` on and before `end`. */
interface Range {
  readonly start: string
  readonly end: string
}

/** Changes that are being written together. */
export interface Writing {
  readonly operations: ReadonlyMap<string, Uint8Array | null>
  readonly ranges: readonly Range[]
  /** Records that others were writing, or ending, at the same time: the last to end may be any. */
  contested: Set<string> | null
}

/**
 * What begins alike is together, so that the end of a range need not look at all: the
 * blocks of one Hypercore, say.
 */
class Generation {
  readonly #shelves = new Map<string, Map<string, Uint8Array | null>>()
  size = 0

  get(name: string): Uint8Array | null | undefined {
    return this.#shelves.get(shelfOf(name))?.get(name)
  }

  set(name: string, value: Uint8Array | null): void {
    const shelf = this.#shelves.get(shelfOf(name))
    if (shelf === undefined) {
      this.#shelves.set(shelfOf(name), new Map([[name, value]]))
      this.size++
      return
    }
    const before = shelf.size
    shelf.set(name, value)
    this.size += shelf.size - before
  }

  delete(name: string): void {
    if (this.#shelves.get(shelfOf(name))?.delete(name) === true) this.size--
  }

  deleteRange(range: Range): void {
    const [first, last] = [shelfOf(range.start), shelfOf(range.end)]
    for (const [place, shelf] of this.#shelves) {
      if (place < first || place > last) continue
      for (const name of shelf.keys()) if (isIn(range, name)) this.delete(name)
      if (shelf.size === 0) this.#shelves.delete(place)
    }
  }
}

export class RecentWrites {
  #young = new Generation()
  #old = new Generation()
  /**
   * Those that have not ended, few at a time. A map of all their records would be made anew for
   * every few of them, and what lasting maps are made of is looked at for garbage last.
   */
  readonly #writings: Writing[] = []
  /** Writings that began, and those of them that have ended. */
  #begun = 0
  #ended = 0

  /** A copy of a record; null when the disk has none, undefined when that is not known. */
  get(key: Uint8Array): Uint8Array | null | undefined {
    const name = nameOf(key)
    let value = this.#young.get(name)
    if (value === undefined) {
      value = this.#old.get(name)
      if (value !== undefined) this.#keep(name, value)
    }
    return value ? b4a.from(value) : value
  }

  /** What a reading that begins now is to be given to `found` with; null while there are writings. */
  get quiet(): number | null {
    return this.#begun === this.#ended ? this.#begun : null
  }

  /** What was read; kept when nothing was written since. @param quiet as it was when that began */
  found(key: Uint8Array, value: Uint8Array | null, quiet: number): void {
    if (this.#begun !== quiet || (value !== null && value.byteLength > LARGEST)) return
    this.#keep(nameOf(key), value === null ? null : b4a.from(value))
  }

  /** To be called as the changes are handed over; then `ended` is to be, in any case. */
  begin(changes: readonly Operation[]): Writing {
    this.#begun++
    const operations = new Map<string, Uint8Array | null>()
    const ranges: Range[] = []
    for (const { key, value, start, end } of changes) {
      if (key !== undefined) operations.set(nameOf(key), value ?? null)
      else if (start !== undefined && end !== undefined) {
        ranges.push({ start: nameOf(start), end: nameOf(end) })
      }
    }
    const writing: Writing = { operations, ranges, contested: null }
    for (const other of this.#writings) contest(writing, other)
    contestWithin(writing, writing)
    this.#writings.push(writing)
    for (const range of ranges) this.#forget(range)
    for (const name of operations.keys()) {
      this.#young.delete(name)
      this.#old.delete(name)
    }
    return writing
  }

  /** @param written whether the changes are on the disk */
  ended(writing: Writing, written: boolean): void {
    const { operations, ranges, contested } = writing
    this.#ended++
    this.#writings.splice(this.#writings.indexOf(writing), 1)
    for (const range of ranges) this.#forget(range)
    if (!written) return
    for (const [name, value] of operations) {
      if (contested?.has(name) === true) continue
      if (value === null || value.byteLength <= LARGEST) this.#keep(name, alone(value))
    }
  }

  #keep(name: string, value: Uint8Array | null): void {
    if (this.#young.size >= KEPT) {
      this.#old = this.#young
      this.#young = new Generation()
    }
    this.#young.set(name, value)
  }

  #forget(range: Range): void {
    this.#young.deleteRange(range)
    this.#old.deleteRange(range)
  }
}

/** What both change is neither's from now on. */
function contest(one: Writing, other: Writing): void {
  const [few, many] = one.operations.size < other.operations.size ? [one, other] : [other, one]
  for (const name of few.operations.keys()) {
    if (!many.operations.has(name)) continue
    ;(one.contested ??= new Set()).add(name)
    ;(other.contested ??= new Set()).add(name)
  }
  contestWithin(one, other)
  contestWithin(other, one)
}

/** What one writes of what the other ends, or itself, may come before that end or after it. */
function contestWithin(one: Writing, { ranges }: Writing): void {
  for (const range of ranges) {
    for (const name of one.operations.keys()) {
      if (isIn(range, name)) (one.contested ??= new Set()).add(name)
    }
  }
}

const isIn = ({ start, end }: Range, name: string): boolean => start <= name && name < end
const shelfOf = (name: string): string => name.slice(0, SHELF)
const nameOf = (key: Uint8Array): string => b4a.toString(key, 'latin1')

/** A part of something larger (a message that came) would keep all of it. */
function alone(value: Uint8Array | null): Uint8Array | null {
  if (value === null || value.buffer.byteLength <= 2 * value.byteLength) return value
  return b4a.from(value)
}
