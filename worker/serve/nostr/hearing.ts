import type { Limits } from './limits.ts'
import type { Transport } from './transport.ts'

export interface HearingOptions {
  socket: Transport
  limits: Limits
  /** Whether so much waits for the client that it should read first. */
  answers(): boolean
  /** Questions that wait for their turn. */
  questions(): number
}

/**
 * Whether a client is heard: who says more than can be answered is not read meanwhile. A question
 * that was taken back waits for its turn like any other, so their number is bounded here.
 */
export class Hearing {
  readonly #options: HearingOptions
  /** Not answered yet, and their bytes: events, and what waits for a proof. */
  readonly #held = { messages: 0, bytes: 0 }
  #isDeaf = false
  #ended = false

  constructor(options: HearingOptions) {
    this.#options = options
  }

  /** So many more messages are not answered yet, and bytes of them. */
  hold(messages: number, bytes: number): void {
    this.#held.messages += messages
    this.#held.bytes += bytes
    this.look()
  }

  look(): void {
    const { socket, limits, answers, questions } = this.#options
    const { messages, bytes } = this.#held
    const isAsked = questions() >= 2 * limits.subscriptions
    const isTaken = messages >= limits.incoming || bytes >= limits.incomingBytes
    const isDeaf = isAsked || isTaken || answers()
    if (isDeaf === this.#isDeaf || this.#ended) return
    this.#isDeaf = isDeaf
    if (isDeaf) socket.pause()
    else socket.resume()
  }

  /** The client is gone. */
  end(): void {
    this.#ended = true
  }
}
