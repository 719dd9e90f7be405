/** Bytes per second, shared by whoever asks: a bucket that fills with time. */

/** How much may pass at once after a pause, in seconds' worth. */
const BURST = 0.25

export class Bandwidth {
  #perSecond: number | null
  /** Bytes that may pass now; less than nothing when what passed is still to be waited for. */
  #level = 0
  #at = Date.now()
  #turn: Promise<void> = Promise.resolve()

  /** @param perSecond bytes; null for no limit */
  constructor(perSecond: number | null = null) {
    this.#perSecond = perSecond
  }

  set limit(perSecond: number | null) {
    this.#perSecond = perSecond
    this.#level = Math.min(this.#level, 0)
  }

  /** Resolves when `bytes` may pass, one asker after the other; null when they may at once. */
  take(bytes: number): Promise<void> | null {
    if (this.#perSecond === null) return null
    const turn = this.#turn.then(() => this.#pass(bytes))
    this.#turn = turn
    return turn
  }

  async #pass(bytes: number): Promise<void> {
    this.#level -= bytes
    for (;;) {
      const perSecond = this.#perSecond
      if (perSecond === null) return
      const now = Date.now()
      const filled = this.#level + ((now - this.#at) / 1000) * perSecond
      this.#level = Math.min(filled, BURST * perSecond)
      this.#at = now
      if (this.#level >= 0) return
      // Looked at again in a while, because the limit may be lifted meanwhile.
      const wait = Math.min(250, (-this.#level / perSecond) * 1000)
      await new Promise((resolve) => setTimeout(resolve, Math.ceil(wait)))
    }
  }
}
