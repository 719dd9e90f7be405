/** ms in which a client that says nothing is not taken to wait for the challenge. */
const SILENCE = 250
/** ms after the challenge in which what needs a proof waits for it. */
const PATIENCE = 1000

/**
 * When NIP-42's challenge is sent: at once where nothing is read without a proof. Elsewhere
 * when a proof would help, as relays do it mostly; a client may take a challenge for the demand
 * of a proof (welshman, without its policy, takes no answer before). So to who has written: not
 * every client brings an event again once it has a proof (NDK). And when the client says nothing,
 * as it may be waiting for it.
 */
export class Challenge {
  readonly #send: () => void
  readonly #answered = Promise.withResolvers<void>()
  #silence: ReturnType<typeof setTimeout> | null
  #patience: ReturnType<typeof setTimeout> | null = null
  #isSent = false

  constructor(send: () => void) {
    this.#send = send
    this.#silence = setTimeout(() => this.now(), SILENCE)
  }

  /** Sends it, unless it was. */
  now(): void {
    if (this.#isSent) return
    this.#isSent = true
    this.rest()
    this.#patience = setTimeout(() => this.answered(), PATIENCE)
    this.#send()
  }

  /** Something is said to the client. */
  before(message: readonly unknown[]): void {
    if (String(message.at(-1)).startsWith('auth-required: ')) this.now()
  }

  /**
   * Resolves when the client proved something, or did not within a second of the challenge: a
   * client may write before it has heard the challenge, and not again after (NDK).
   */
  answer(): Promise<void> {
    this.now()
    return this.#answered.promise
  }

  /** The client proved something, or nobody waits any longer. */
  answered(): void {
    if (this.#patience !== null) clearTimeout(this.#patience)
    this.#patience = null
    this.#answered.resolve()
  }

  /** The client said something. */
  rest(): void {
    if (this.#silence !== null) clearTimeout(this.#silence)
    this.#silence = null
  }

  /** The client is gone. */
  end(): void {
    this.#isSent = true
    this.rest()
    this.answered()
  }
}
