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
const KEPT = 2048
/**
 * Bytes of a record that is kept. Pages of Hypercore's bitfields are larger, and are changed
 * in place when they were written; nothing else is.
 */
const LARGEST = 2048

/** A change on its way to the disk: a record, its end, or the end of a range. */
export interface Operation {
  readonly key?: Uint8Array
  readonly value?: Uint8Array
}

/** Changes that are being written together. */
export interface Writing {
  /** Null for one that changes a range. */
  readonly operations: ReadonlyMap<string, Uint8Array | null> | null
  readonly era: number
}

export class RecentWrites {
  #young = new Map<string, Uint8Array | null>()
  #old = new Map<string, Uint8Array | null>()
  /** How many writings each of the records that are on their way is part of. */
  readonly #under = new Map<string, number>()
  /** Records that more than one writing had at once: the last of them to end may be any. */
  readonly #contested = new Set<string>()
  /** One more whenever a range begins to be changed, and when it was. */
  #era = 0
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
    let isRange = false
    for (const { key, value } of changes) {
      if (key === undefined) isRange = true
      else operations.set(nameOf(key), value ?? null)
    }
    if (isRange) {
      this.#forget()
      return { operations: null, era: this.#era }
    }
    for (const name of operations.keys()) {
      this.#young.delete(name)
      this.#old.delete(name)
      const under = this.#under.get(name) ?? 0
      if (under > 0) this.#contested.add(name)
      this.#under.set(name, under + 1)
    }
    return { operations, era: this.#era }
  }

  /** @param written whether the changes are on the disk */
  ended({ operations, era }: Writing, written: boolean): void {
    this.#ended++
    if (operations === null) return this.#forget()
    for (const [name, value] of operations) {
      const under = this.#under.get(name)! - 1
      if (under > 0) {
        this.#under.set(name, under)
        continue
      }
      this.#under.delete(name)
      const contested = this.#contested.delete(name)
      if (!written || contested || era !== this.#era) continue
      if (value === null || value.byteLength <= LARGEST) this.#keep(name, alone(value))
    }
  }

  #keep(name: string, value: Uint8Array | null): void {
    if (this.#young.size >= KEPT) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(name, value)
  }

  #forget(): void {
    this.#era++
    this.#young.clear()
    this.#old.clear()
  }
}

const nameOf = (key: Uint8Array): string => b4a.toString(key, 'latin1')

/** A part of something larger (a message that came) would keep all of it. */
function alone(value: Uint8Array | null): Uint8Array | null {
  if (value === null || value.buffer.byteLength <= 2 * value.byteLength) return value
  return b4a.from(value)
}
