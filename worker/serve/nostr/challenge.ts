import { Silence } from '../../../protocol/silence.ts'

/** ms after the challenge in which what needs a proof waits for it. */
const PATIENCE = 1000
const WANTS_PROOF = 'auth-required: '

export const wantsProof = (message: string): boolean => message.startsWith(WANTS_PROOF)

/**
 * When NIP-42's challenge is sent: at once where nothing is read without a proof. Elsewhere
 * when a proof would help, as strfry and khatru do it; a client may take a challenge for the
 * demand of a proof (welshman, without its policy, takes no EOSE from then on). When the client
 * says nothing, as it may be waiting for it. And again with each refusal that wants a proof, as
 * khatru does, for who listens from then on.
 *
 * What wants a proof then waits for it: not every client brings an event or asks again once it
 * has proved itself (NDK, nostr-tools' `Relay`).
 */
export class Challenge {
  readonly #send: () => void
  readonly #answered = Promise.withResolvers<void>()
  readonly #silence: Silence | null
  #patience: ReturnType<typeof setTimeout> | null = null
  #isSent = false
  #isOver = false

  /** @param ping asks for a sign of life; null where a gateway listens for silence */
  constructor(send: () => void, ping: (() => void) | null) {
    this.#send = send
    this.#silence = ping === null ? null : new Silence({ ping, over: () => this.now() })
  }

  /** Whether what wants a proof waits no longer. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Sends it, unless it was. */
  now(): void {
    if (this.#isSent) return
    this.#isSent = true
    this.rest()
    this.#patience = setTimeout(() => this.answered(), PATIENCE)
    this.#send()
  }

  /** Something is about to be said to the client. */
  before(message: readonly unknown[]): void {
    if (wantsProof(String(message.at(-1)))) this.now()
  }

  /** It was said. */
  after(message: readonly unknown[]): void {
    if (wantsProof(String(message.at(-1)))) this.#send()
  }

  /** Resolves when the client proved something, or did not within a second of the challenge. */
  answer(): Promise<void> {
    this.now()
    return this.#answered.promise
  }

  /** The client proved something, or nobody waits any longer. */
  answered(): void {
    if (this.#patience !== null) clearTimeout(this.#patience)
    this.#patience = null
    this.#isOver = true
    this.#answered.resolve()
  }

  /** The client said something. */
  rest(): void {
    this.#silence?.end()
  }

  /** It answered a ping. */
  pong(): void {
    this.#silence?.pong()
  }

  /** The client is gone. */
  end(): void {
    this.#isSent = true
    this.rest()
    this.answered()
  }
}
