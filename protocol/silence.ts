/** ms between two looks at a client that says nothing. */
const LOOK = 250
/** So many signs of life without a word are silence. */
const LOOKS = 4

export interface SilenceOptions {
  /** Asks for a sign of life; throws when the connection is ending. */
  ping(): void
  /** It says nothing, though it could. */
  over(): void
}

/**
 * Tells when a client says nothing because it waits to be spoken to. The clock alone does not
 * show that: its thread, or ours, may be held up, with its first word on the way. So time counts
 * only in so far as the client answers pings, as what it says comes before what it answers.
 */
export class Silence {
  readonly #options: SilenceOptions
  #timer: ReturnType<typeof setTimeout> | null = null
  #looks = 0
  #isAsked = false

  constructor(options: SilenceOptions) {
    this.#options = options
    this.#wait()
  }

  /** The client answered a ping. */
  pong(): void {
    if (!this.#isAsked) return
    this.#isAsked = false
    if (++this.#looks < LOOKS) this.#wait()
    else this.#options.over()
  }

  /** It said something, or is gone. */
  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#isAsked = false
  }

  #wait(): void {
    this.#timer = setTimeout(() => this.#ask(), LOOK)
  }

  #ask(): void {
    this.#timer = null
    this.#isAsked = true
    try {
      this.#options.ping()
    } catch {
      this.#isAsked = false // it is over
    }
  }
}
