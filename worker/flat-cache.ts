/**
 * A cache of many small records in one piece of memory outside of V8's heap.
 *
 * Sixteen thousand records as objects, with the maps that find them, are 25 MB that V8
 * walks each time it looks for garbage, and it lets four times of what is alive gather
 * before it looks. Here a record is a few numbers and bytes in a ring: the newest
 * overwrites the oldest, and what is asked for while it is old is written anew.
 */

/** Words before each record: whose it is, its number, and how many words all of it takes. */
const HEAD = 3
/** Places in the table that a record may be found by. */
const WAYS = 8
/** Words for each of them: where the record begins, in which round of the ring, and its hash. */
const SLOT = 3
const WORD = 4
const LIMIT = 2 ** 32

/** Who has records; for who forgets all of them another one. */
export type Owner = number

export interface FlatSize {
  bytes: number
  /** Records that it is likely to hold: the table has room for twice as many. */
  records: number
}

export class FlatCache {
  /** The ring: what a record says is to be written and read at once, for it moves. */
  words = new Uint32Array(0)
  /** The same memory. */
  bytes = new Uint8Array(0)
  readonly #size: number
  readonly #groups: number
  #table = new Int32Array(0)
  /** Where the next record begins, and how often the ring was gone round; 0 is no round. */
  #end = 0
  #round = 1
  #owners = 0

  constructor({ bytes, records }: FlatSize) {
    this.#size = Math.floor(bytes / WORD)
    this.#groups = 2 ** Math.ceil(Math.log2((2 * records) / WAYS))
  }

  /** Somebody who has no records yet. */
  owner(): Owner {
    return ++this.#owners
  }

  /** @returns where a record's words begin; -1 when it is not here */
  find(owner: Owner, seq: number): number {
    const slot = this.#slotOf(owner, seq)
    if (slot < 0) return -1
    const at = this.#table[slot]!
    const age = this.#end - at + (this.#table[slot + 1] === this.#round ? 0 : this.#size)
    if (age < this.#size / 2) return at + HEAD
    // The next round would overwrite it.
    const size = this.words[at + 2]!
    const to = this.#take(size)
    this.words.copyWithin(to, at, at + size)
    this.#table[slot] = to
    this.#table[slot + 1] = this.#round
    return to + HEAD
  }

  /**
   * Makes room for a record, in place of the one that was there.
   *
   * @param words how long it is
   * @returns where it is to be written, at once; -1 when it is too large to be kept
   */
  put(owner: Owner, seq: number, words: number): number {
    this.delete(owner, seq)
    const size = HEAD + words
    if (seq >= LIMIT || size > this.#size / WAYS) return -1
    if (this.words.length === 0) this.#begin()
    const at = this.#take(size)
    const slot = this.#slotFor(owner, seq)
    this.#table[slot] = at
    this.#table[slot + 1] = this.#round
    this.#table[slot + 2] = hash(owner, seq)
    this.words[at] = owner
    this.words[at + 1] = seq
    this.words[at + 2] = size
    return at + HEAD
  }

  delete(owner: Owner, seq: number): void {
    const slot = this.#slotOf(owner, seq)
    if (slot >= 0) this.#table[slot + 1] = 0
  }

  /** Only now: most programs that could use it never do. */
  #begin(): void {
    const memory = new ArrayBuffer(this.#size * WORD)
    this.words = new Uint32Array(memory)
    this.bytes = new Uint8Array(memory)
    this.#table = new Int32Array(this.#groups * WAYS * SLOT)
  }

  /** The next so many words of the ring, which hang together. */
  #take(size: number): number {
    if (this.#end + size > this.#size) {
      this.#end = 0
      this.#round++
    }
    const at = this.#end
    this.#end += size
    return at
  }

  /** Whether the record of a place was not overwritten. */
  #stands(slot: number): boolean {
    const round = this.#table[slot + 1]
    if (round === this.#round) return true
    return round === this.#round - 1 && round > 0 && this.#table[slot]! >= this.#end
  }

  #slotOf(owner: Owner, seq: number): number {
    if (this.words.length === 0) return -1
    const tag = hash(owner, seq)
    const first = this.#first(tag)
    for (let slot = first; slot < first + WAYS * SLOT; slot += SLOT) {
      if (this.#table[slot + 2] !== tag || !this.#stands(slot)) continue
      const at = this.#table[slot]!
      if (this.words[at] === owner && this.words[at + 1] === seq) return slot
    }
    return -1
  }

  /** A free place, or else that of the record that was written first. */
  #slotFor(owner: Owner, seq: number): number {
    const first = this.#first(hash(owner, seq))
    let oldest = first
    for (let slot = first; slot < first + WAYS * SLOT; slot += SLOT) {
      if (!this.#stands(slot)) return slot
      const later = this.#table[slot + 1]! - this.#table[oldest + 1]!
      if (later < 0 || (later === 0 && this.#table[slot]! < this.#table[oldest]!)) oldest = slot
    }
    return oldest
  }

  #first(tag: number): number {
    return (tag & (this.#groups - 1)) * WAYS * SLOT
  }
}

function hash(owner: Owner, seq: number): number {
  let mixed = Math.imul(seq ^ Math.imul(owner, 0x9e3779b1), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}
