/**
 * Negentropy V1 (the appendix of NIP-77), the side that answers: two sets of
 * records are compared by fingerprints of ranges, which are split where they
 * differ, until the ids themselves are few enough to be listed.
 *
 * The bytes come from strangers: whatever they are, they are either answered or
 * refused by a throw, at a cost that follows their length and the answer's.
 */
import { ID_BYTES, Reader, Writer, wrong } from './negentropy-bytes.ts'
import type { Bound } from './negentropy-bytes.ts'
import { sha256 } from './sha256.ts'

export const NEGENTROPY_VERSION = 0x61

const FINGERPRINT_BYTES = 16
const WORDS = ID_BYTES / 4
/** Into so many ranges one is split; a shorter one is listed. */
const BUCKETS = 16
/** What the end of an answer may need beyond its limit. */
const RESERVE = 1024

const SKIP = 0
const FINGERPRINT = 1
const ID_LIST = 2

/** Records in order of time and, within a second, of ids. */
export class RecordSet {
  readonly size: number
  readonly #timestamps: Float64Array
  readonly #ids: Uint8Array
  /** Of each record, the sum of all ids before it, modulo 2^256. */
  readonly #sums: Uint32Array

  /**
   * @param timestamps ascending, in seconds
   * @param ids of 32 bytes each, one after the other; ascending where times are the same
   */
  constructor(timestamps: ArrayLike<number>, ids: Uint8Array) {
    this.size = timestamps.length
    this.#timestamps = Float64Array.from(timestamps)
    this.#ids = ids
    this.#sums = new Uint32Array((this.size + 1) * WORDS)
    const view = new DataView(ids.buffer, ids.byteOffset, ids.byteLength)
    for (let i = 0; i < this.size; i++) {
      let carry = 0
      for (let w = 0; w < WORDS; w++) {
        const at = i * WORDS + w
        const sum = this.#sums[at]! + view.getUint32(at * 4, true) + carry
        this.#sums[at + WORDS] = sum // what is beyond 32 bits is cut off here
        carry = sum > 0xffffffff ? 1 : 0
      }
    }
  }

  id(index: number): Uint8Array {
    return this.#ids.subarray(index * ID_BYTES, (index + 1) * ID_BYTES)
  }

  timestamp(index: number): number {
    return this.#timestamps[index]!
  }

  /** The first record, from `low` on, that is not before a bound. */
  lowerBound(low: number, bound: Bound): number {
    let high = this.size
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#isBefore(middle, bound)) low = middle + 1
      else high = middle
    }
    return low
  }

  #isBefore(index: number, { timestamp, prefix }: Bound): boolean {
    const own = this.timestamp(index)
    return own === timestamp ? compare(this.id(index), prefix) < 0 : own < timestamp
  }

  /** The sum of the ids from `lower` up to `upper` and how many they are, hashed. */
  fingerprint(lower: number, upper: number): Uint8Array {
    const out = new Writer()
    const sum = new Uint8Array(ID_BYTES)
    const view = new DataView(sum.buffer)
    let borrow = 0
    for (let w = 0; w < WORDS; w++) {
      const difference = this.#sums[upper * WORDS + w]! - this.#sums[lower * WORDS + w]! - borrow
      view.setUint32(w * 4, difference, true) // modulo 2^32
      borrow = difference < 0 ? 1 : 0
    }
    out.bytes(sum)
    out.varint(upper - lower)
    return sha256(out.taken()).subarray(0, FINGERPRINT_BYTES)
  }
}

/**
 * Answers a message of the other side. A version that is not ours is answered by
 * ours alone.
 *
 * @param most bytes of an answer; what does not fit is left for the next one
 * @throws {HypertunaError} BAD_REQUEST for what is no message
 */
export function reconcile(set: RecordSet, message: Uint8Array, most: number): Uint8Array {
  const query = new Reader(message)
  const version = query.byte()
  if (version < 0x60 || version > 0x6f) throw wrong('not a message of Negentropy')
  if (version !== NEGENTROPY_VERSION) return Uint8Array.of(NEGENTROPY_VERSION)
  return new Answer(set, query, most - RESERVE).make()
}

class Answer {
  readonly #set: RecordSet
  readonly #query: Reader
  readonly #most: number
  readonly #out = new Writer()
  /** Whether a range that needs no answer precedes. */
  #skipped = false
  #bound: Bound = { timestamp: 0, prefix: new Uint8Array(0) }

  constructor(set: RecordSet, query: Reader, most: number) {
    this.#set = set
    this.#query = query
    this.#most = most
    this.#out.byte(NEGENTROPY_VERSION)
  }

  make(): Uint8Array {
    let lower = 0
    while (!this.#query.ended) {
      const bound = this.#query.bound()
      const upper = this.#set.lowerBound(lower, bound)
      const end = this.#range(lower, upper, bound)
      if (end < upper || this.#out.length > this.#most) {
        this.#leaveRest(end)
        break
      }
      lower = upper
      this.#bound = bound
    }
    return this.#out.taken()
  }

  /** @returns up to where the range was answered */
  #range(lower: number, upper: number, bound: Bound): number {
    switch (this.#query.varint()) {
      case SKIP:
        this.#skipped = true
        return upper
      case FINGERPRINT: {
        const theirs = this.#query.bytes(FINGERPRINT_BYTES)
        if (compare(theirs, this.#set.fingerprint(lower, upper)) === 0) this.#skipped = true
        else return this.#split(lower, upper, bound)
        return upper
      }
      case ID_LIST: {
        // Who began the comparison works out the difference; it needs our list alone.
        const count = this.#query.varint()
        if (count > this.#query.left / ID_BYTES) throw wrong('a list of ids ends early')
        this.#query.bytes(count * ID_BYTES)
        return this.#list(lower, upper, bound)
      }
      default:
        throw wrong('an unknown mode')
    }
  }

  /** @returns up to where the range was answered */
  #split(lower: number, upper: number, bound: Bound): number {
    const count = upper - lower
    if (count < BUCKETS * 2) return this.#list(lower, upper, bound)
    this.#passOver()
    const each = Math.floor(count / BUCKETS)
    const longer = count % BUCKETS
    let at = lower
    for (let i = 0; i < BUCKETS; i++) {
      const end = at + each + (i < longer ? 1 : 0)
      this.#out.bound(end === upper ? bound : this.#between(end))
      this.#out.varint(FINGERPRINT)
      this.#out.bytes(this.#set.fingerprint(at, end))
      at = end
    }
    return upper
  }

  /** Lists as many ids of a range as there is room for; @returns up to where */
  #list(lower: number, upper: number, bound: Bound): number {
    this.#passOver()
    const room = Math.max(0, Math.floor((this.#most - this.#out.length) / ID_BYTES))
    const end = Math.min(upper, lower + room)
    this.#out.bound(end === upper ? bound : this.#at(end))
    this.#out.varint(ID_LIST)
    this.#out.varint(end - lower)
    for (let i = lower; i < end; i++) this.#out.bytes(this.#set.id(i))
    return end
  }

  #passOver(): void {
    if (!this.#skipped) return
    this.#skipped = false
    this.#out.bound(this.#bound)
    this.#out.varint(SKIP)
  }

  /** What no room is left for is compared in the next round. */
  #leaveRest(from: number): void {
    this.#out.bound({ timestamp: Infinity, prefix: new Uint8Array(0) })
    this.#out.varint(FINGERPRINT)
    this.#out.bytes(this.#set.fingerprint(from, this.#set.size))
  }

  #at(index: number): Bound {
    return { timestamp: this.#set.timestamp(index), prefix: this.#set.id(index) }
  }

  /** The shortest bound between a record and the one before it. */
  #between(index: number): Bound {
    const timestamp = this.#set.timestamp(index)
    if (this.#set.timestamp(index - 1) !== timestamp) {
      return { timestamp, prefix: new Uint8Array(0) }
    }
    const [before, id] = [this.#set.id(index - 1), this.#set.id(index)]
    let common = 0
    while (common < ID_BYTES - 1 && before[common] === id[common]) common++
    return { timestamp, prefix: id.subarray(0, common + 1) }
  }
}

/** By bytes; of two that begin alike the shorter is less, as what it lacks is zeros. */
function compare(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.byteLength, b.byteLength)
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return a.byteLength - b.byteLength
}
