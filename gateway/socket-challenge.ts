import { Silence } from '../protocol/silence.ts'

const wantsProof = (message: readonly unknown[]): boolean =>
  String(message.at(-1)).startsWith('auth-required: ')

/**
 * When a client gets NIP-42's challenge: as at a member's own computer, which knows when a proof
 * would help, and says so by its own; that one was for nobody, if the client was not through yet.
 */
export class SocketChallenge {
  readonly #send: () => void
  readonly #silence: Silence
  #isSent = false

  /** @param ping asks the client for a sign of life */
  constructor(send: () => void, ping: () => void) {
    this.#send = send
    this.#silence = new Silence({ ping, over: () => this.now() })
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
    if (message[0] === 'AUTH' || wantsProof(message)) this.now()
  }

  /** The client was told of it. */
  after(message: readonly unknown[]): void {
    if (wantsProof(message)) this.#send()
  }

  /** The client said something. */
  rest(): void {
    this.#silence.end()
  }

  /** It answered a ping. */
  pong(): void {
    this.#silence.pong()
  }

  /** The client is gone. */
  end(): void {
    this.#isSent = true
    this.rest()
  }
}
