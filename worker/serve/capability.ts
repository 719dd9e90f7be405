/**
 * Links that open for a while: how the UI's pictures and videos reach the files of
 * private relays, where no header can be set.
 *
 * A capability is for one relay and one run of the worker: the key that signs it
 * is never written down.
 */
import b4a from 'b4a'
import sodium from 'sodium-universal'

/** Seconds. A link lives for one to two of these, and stays the same within one. */
export const SLOT = 6 * 3600

const CONTEXT = 'hypertuna-capability/1'
const SHAPE = /^([1-9]\d{0,11})\.([0-9a-f]{64})$/

export class Capabilities {
  readonly #key = b4a.alloc(32)
  readonly #now: () => number

  /** @param now seconds since 1970 */
  constructor(now = (): number => Math.floor(Date.now() / 1000)) {
    this.#now = now
    sodium.randombytes_buf(this.#key)
  }

  /** What opens a relay's files to who holds it; goes into a URL as it is. */
  capabilityFor(relayKey: string): string {
    const expires = (Math.floor(this.#now() / SLOT) + 2) * SLOT
    return `${expires}.${b4a.toString(this.#sign(relayKey, expires), 'hex')}`
  }

  /** Whether this opens the relay's files now. */
  admits(relayKey: string, capability: string): boolean {
    const [, expires = '', signature = ''] = SHAPE.exec(capability) ?? []
    if (expires === '' || Number(expires) <= this.#now()) return false
    return same(this.#sign(relayKey, Number(expires)), b4a.from(signature, 'hex'))
  }

  #sign(relayKey: string, expires: number): Uint8Array {
    const out = b4a.alloc(32)
    sodium.crypto_generichash(out, b4a.from(`${CONTEXT}:${relayKey}:${expires}`), this.#key)
    return out
  }
}

/** In a time that does not tell where they differ. */
function same(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.byteLength ^ b.byteLength
  for (let i = 0; i < a.byteLength; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0)
  return difference === 0
}
