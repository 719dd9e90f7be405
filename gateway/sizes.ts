import { MAX_UPLOAD } from '../protocol/blossom.ts'
import { HypertunaError } from '../protocol/errors.ts'
import type { Signal } from '../protocol/file-channel/channel.ts'
import type { NostrEvent } from '../protocol/nostr.ts'
import type { GatewayLimits } from './limits.ts'
import { bad } from './record.ts'
import type { Provider } from './relay-peers.ts'
import { throwIfAborted, within } from './wait.ts'

/** Members that are asked at once. */
const ASKED = 8

/**
 * What members say of the size of a file whose event tells none. The least is believed
 * first: who tells too little costs less than the file itself, and is found out.
 */
export class Sizes {
  readonly #hash: string
  readonly #limits: GatewayLimits
  readonly #told = new Map<Provider, number>()

  constructor(hash: string, limits: GatewayLimits) {
    this.#hash = hash
    this.#limits = limits
  }

  /** Of these members the one that tells least; null when none of them tells. */
  async least(
    providers: Provider[],
    authorization: NostrEvent | null,
    signal: Signal
  ): Promise<Provider | null> {
    const asked = providers.slice(0, ASKED)
    const answers = await Promise.allSettled(
      asked.map((provider) => this.of(provider, authorization, signal))
    )
    throwIfAborted(signal)
    let least: Provider | null = null
    let size = Infinity
    for (const [i, answer] of answers.entries()) {
      if (answer.status === 'rejected' || answer.value >= size) continue
      least = asked[i]!
      size = answer.value
    }
    return least
  }

  /**
   * What a member says; it is asked once.
   *
   * @throws {HypertunaError} the member's code, TIMEOUT, WRONG_BYTES for more than such a
   *   file may have
   */
  async of(provider: Provider, authorization: NostrEvent | null, signal: Signal): Promise<number> {
    const known = this.#told.get(provider)
    if (known !== undefined) return known
    const wanted = { hash: this.#hash, offset: 0, length: 0, event: false, authorization, signal }
    const { head, stream } = await within(
      provider.channel.request(wanted),
      this.#limits.ask,
      signal,
      (late) => late.stream.destroy()
    )
    stream.on('error', () => {}) // nothing was asked of it, so nothing can be lost with it
    stream.destroy()
    if (head.size > MAX_UPLOAD) throw bad('It is larger than a file without a size may be')
    this.#told.set(provider, head.size)
    return head.size
  }
}
