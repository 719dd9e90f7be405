/** Milliseconds in which a client that says nothing is not taken to wait for the challenge. */
const SILENCE = 250

/**
 * When a client gets NIP-42's challenge: as at a member's own computer, which knows when a proof
 * would help, and says so by its own; that one was for nobody, if the client was not through yet.
 */
export class SocketChallenge {
  readonly #send: () => void
  #silence: NodeJS.Timeout | null
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
    this.#send()
  }

  /** A member said something. */
  before(message: readonly unknown[]): void {
    if (message[0] === 'AUTH' || String(message.at(-1)).startsWith('auth-required: ')) this.now()
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
  }
}
