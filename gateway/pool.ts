const LEAST = 16 * 1024
const MOST = 256 * 1024
// Of what nobody uses, no more than this is kept for later.
const KEPT = 4 * 1024 * 1024

interface Lease {
  readonly whole: Buffer
  users: number
}

/**
 * Buffers for what goes to clients, filled again and again: a gateway that sends a gigabyte
 * a second would otherwise leave as much garbage, and hold what is not collected yet.
 *
 * Whoever took or shares one gives it back once; a buffer that is never given back (its
 * client has gone) is simply not used again.
 */
export class Pool {
  readonly #free = new Map<number, Buffer[]>()
  readonly #leases = new WeakMap<ArrayBufferLike, Lease>()
  #kept = 0

  /** @param length - at most 256 KiB, or it is a buffer like any other */
  take(length: number): Buffer {
    if (length > MOST) return Buffer.allocUnsafeSlow(length)
    let size = LEAST
    while (size < length) size *= 2
    let whole = this.#free.get(size)?.pop()
    if (whole === undefined) whole = Buffer.allocUnsafeSlow(size)
    else this.#kept -= size
    this.#leases.set(whole.buffer, { whole, users: 1 })
    return whole.subarray(0, length)
  }

  /** One more has to give it back. What is not from here passes. */
  share<T extends Uint8Array>(bytes: T): T {
    const lease = this.#leases.get(bytes.buffer)
    if (lease !== undefined) lease.users++
    return bytes
  }

  /** To be called by each who took or shares it, when nothing of it is read any more. */
  give(bytes: Uint8Array): void {
    const lease = this.#leases.get(bytes.buffer)
    if (lease === undefined || --lease.users > 0) return
    this.#leases.delete(bytes.buffer)
    const { whole } = lease
    if (this.#kept + whole.byteLength > KEPT) return
    this.#kept += whole.byteLength
    const free = this.#free.get(whole.byteLength)
    if (free === undefined) this.#free.set(whole.byteLength, [whole])
    else free.push(whole)
  }
}
