/** The bytes of Negentropy's messages: numbers, and bounds of ranges. Those of strangers throw. */
import { HypertunaError } from './errors.ts'

export const ID_BYTES = 32

/** Where a range ends: before this time, or in it before ids with this beginning. */
export interface Bound {
  /** Infinity for the end of all. */
  timestamp: number
  prefix: Uint8Array
}

/** Times in a message are differences to the one before. */
export class Reader {
  readonly #message: Uint8Array
  #at = 0
  #time = 0

  constructor(message: Uint8Array) {
    this.#message = message
  }

  get ended(): boolean {
    return this.left === 0
  }

  get left(): number {
    return this.#message.byteLength - this.#at
  }

  byte(): number {
    const byte = this.#message[this.#at++]
    if (byte === undefined) throw wrong('it ends early')
    return byte
  }

  bytes(count: number): Uint8Array {
    if (count > this.left) throw wrong('it ends early')
    return this.#message.subarray(this.#at, (this.#at += count))
  }

  varint(): number {
    for (let value = 0; ;) {
      const byte = this.byte()
      value = value * 128 + (byte & 127)
      if (value > Number.MAX_SAFE_INTEGER) throw wrong('a number is too large')
      if (byte < 128) return value
    }
  }

  bound(): Bound {
    const encoded = this.varint()
    this.#time = encoded === 0 ? Infinity : this.#time + encoded - 1
    const length = this.varint()
    if (length > ID_BYTES) throw wrong('a bound is longer than an id')
    return { timestamp: this.#time, prefix: this.bytes(length) }
  }
}

export class Writer {
  #buffer = new Uint8Array(1024)
  #time = 0
  length = 0

  byte(value: number): void {
    this.bytes(Uint8Array.of(value))
  }

  bytes(bytes: Uint8Array): void {
    const end = this.length + bytes.byteLength
    if (end > this.#buffer.byteLength) {
      const larger = new Uint8Array(Math.max(end, this.#buffer.byteLength * 2))
      larger.set(this.#buffer)
      this.#buffer = larger
    }
    this.#buffer.set(bytes, this.length)
    this.length = end
  }

  /** Seven bits in each byte, the most significant first. */
  varint(value: number): void {
    const digits = [value % 128]
    for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
      digits.unshift((rest % 128) + 128)
    }
    this.bytes(Uint8Array.from(digits))
  }

  bound({ timestamp, prefix }: Bound): void {
    if (timestamp === Infinity) {
      this.varint(0)
    } else {
      this.varint(timestamp - this.#time + 1)
      this.#time = timestamp
    }
    this.varint(prefix.byteLength)
    this.bytes(prefix)
  }

  taken(): Uint8Array {
    return this.#buffer.subarray(0, this.length)
  }
}

export function wrong(reason: string): HypertunaError {
  return new HypertunaError('BAD_REQUEST', `not a message of Negentropy: ${reason}`)
}
