import type { NostrEvent } from '../../../protocol/nostr.ts'
import { isEphemeral, KIND } from '../../relays/kinds.ts'
import type { Received } from '../../relays/reception.ts'
import type { Proofs } from './auth.ts'
import { wantsProof } from './challenge.ts'
import type { Challenge } from './challenge.ts'
import { refusal } from './entry-rules.ts'
import { seconds } from './served-relay.ts'
import type { ServedRelay } from './served-relay.ts'

export interface EntryOptions {
  served: ServedRelay
  proofs: Proofs
  challenge: Challenge
  /** Whether the client came by a gateway, and not from this computer. */
  isStranger: boolean
}

/** What becomes of the events that one connection brings. */
export class Entry {
  readonly #options: EntryOptions

  constructor(options: EntryOptions) {
    this.#options = options
  }

  /**
   * One that wants a proof waits for it before it is refused.
   *
   * @param bytes of the message that brought it
   */
  async take(event: unknown, bytes: number): Promise<Received> {
    const { challenge } = this.#options
    const answer = await this.#judge(event, bytes)
    if (!wantsProof(answer.message) || challenge.isOver) return answer
    await challenge.answer()
    return this.#judge(event, bytes)
  }

  async #judge(event: unknown, bytes: number): Promise<Received> {
    const { served, proofs, isStranger } = this.#options
    const { facts } = served.relay
    const isPrivate = facts?.access === 'private'
    const alias = facts?.alias ?? null
    const reason = refusal(event, { proofs, isStranger, isPrivate, alias }, seconds())
    if (reason !== null) return { ok: false, message: reason }
    const { kind, pubkey } = event as NostrEvent
    if (isEphemeral(kind)) return served.passOn(event as NostrEvent)
    // Who asks to join shows to all who replay the log that it asked here.
    const proof = kind === KIND.joinRequest ? proofs.of(pubkey) : null
    return served.store(event as NostrEvent, bytes, proof)
  }
}
