import type { HTTPIncomingMessage } from 'bare-http1'
import type { Named } from './cache/names.ts'
import { makePacket } from './outgoing.ts'
import type { Rules } from './rules.ts'

/** A whole small file as it is answered to whoever asks for it without conditions. */
export interface HotAnswer {
  named: Named
  headers: Record<string, string>
  body: Buffer
}

/** As it goes over the wire, with the date of when it was put together. */
interface Packet {
  bytes: Buffer
  /** Seconds since 1970. */
  date: number
}

/** Bytes of a body at most. */
export const HOT_BODY = 64 * 1024

// With any of these the answer is not the plain one.
const CONDITIONS = [
  ...['range', 'cache-control', 'authorization', 'service-worker', 'upgrade'],
  ...['if-none-match', 'if-match', 'if-range']
]
const MAX_BYTES = 32 * 1024 * 1024
const OVERHEAD = 2048

/**
 * Small public files in memory, by the address they are asked for at. One is good for
 * as long as what a member said of its file holds, and the operator lets it.
 */
export class Hot {
  readonly #rules: Pick<Rules, 'check'>
  readonly #fresh: number
  readonly #keepAlive: number
  readonly #answers = new Map<string, HotAnswer>()
  readonly #packets = new WeakMap<HotAnswer, Packet>()
  #bytes = 0

  /**
   * @param options.fresh - ms for which what a member said holds
   * @param options.keepAlive - ms that the server waits for the next request
   */
  constructor(options: { rules: Pick<Rules, 'check'>; fresh: number; keepAlive: number }) {
    this.#rules = options.rules
    this.#fresh = options.fresh
    this.#keepAlive = options.keepAlive
  }

  /**
   * The answer to a request, if it is one.
   *
   * @throws {HypertunaError} what the operator's rules say
   */
  get({ method, url, headers }: HTTPIncomingMessage): HotAnswer | null {
    if (method !== 'GET') return null
    const answer = this.#answers.get(url)
    if (answer === undefined) return null
    const { gone, asked, publicIdentifier, hash } = answer.named
    if (gone) {
      this.#drop(url, answer)
      return null
    }
    if (Date.now() - asked >= this.#fresh) return null
    for (const name of CONDITIONS) if (headers[name] !== undefined) return null
    if (headers['host'] === undefined) return null
    this.#rules.check(publicIdentifier, hash)
    return answer
  }

  /** The answer in one piece, made once a second at most. */
  packetOf(answer: HotAnswer): Buffer {
    const date = Math.floor(Date.now() / 1000)
    const known = this.#packets.get(answer)
    if (known?.date === date) return known.bytes
    const bytes = makePacket(answer.headers, answer.body, this.#keepAlive)
    this.#packets.set(answer, { bytes, date })
    return bytes
  }

  set(url: string, answer: HotAnswer): void {
    const before = this.#answers.get(url)
    if (before !== undefined) this.#drop(url, before)
    this.#answers.set(url, answer)
    this.#bytes += weightOf(answer)
    for (const [oldest, other] of this.#answers) {
      if (this.#bytes <= MAX_BYTES) break
      this.#drop(oldest, other)
    }
  }

  /** Forgets a file by its hash. */
  purge(hash: string): void {
    for (const [url, answer] of this.#answers) {
      if (answer.named.hash === hash) this.#drop(url, answer)
    }
  }

  #drop(url: string, answer: HotAnswer): void {
    this.#answers.delete(url)
    this.#bytes -= weightOf(answer)
  }
}

/** Its body, and once more in its packet. */
function weightOf({ body }: HotAnswer): number {
  return body.byteLength * 2 + OVERHEAD
}
