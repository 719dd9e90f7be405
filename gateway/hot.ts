import type { HTTPIncomingMessage } from 'bare-http1'
import type { Named } from './cache/names.ts'
import type { Rules } from './rules.ts'

/** A whole small file as it is answered to whoever asks for it without conditions. */
export interface HotAnswer {
  named: Named
  headers: Record<string, string>
  body: Buffer
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
  readonly #answers = new Map<string, HotAnswer>()
  #bytes = 0

  /** @param options.fresh - ms for which what a member said holds */
  constructor(options: { rules: Pick<Rules, 'check'>; fresh: number }) {
    this.#rules = options.rules
    this.#fresh = options.fresh
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

  set(url: string, answer: HotAnswer): void {
    const before = this.#answers.get(url)
    if (before !== undefined) this.#drop(url, before)
    this.#answers.set(url, answer)
    this.#bytes += answer.body.byteLength + OVERHEAD
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

  #drop(url: string, { body }: HotAnswer): void {
    this.#answers.delete(url)
    this.#bytes -= body.byteLength + OVERHEAD
  }
}
