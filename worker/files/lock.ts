/** Gives turns, one at a time and in the order they were asked for. */
export class Lock {
  #tail: Promise<void> = Promise.resolve()
  #waiting = 0
  /** Turns that were asked for and have not ended. */
  #open = 0

  /** How many are waiting for their turn. */
  get waiting(): number {
    return this.#waiting
  }

  /** Resolves when it is our turn, with the call that ends it (calling it twice is safe). */
  async take(): Promise<() => void> {
    const before = this.#tail
    const release = this.#queue()
    this.#waiting++
    await before
    this.#waiting--
    return release
  }

  /** A turn at once, or null when somebody has it or waits for it. */
  takeIfFree(): (() => void) | null {
    return this.#open === 0 ? this.#queue() : null
  }

  /** Runs `work` in a turn of its own. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const release = await this.take()
    try {
      return await work()
    } finally {
      release()
    }
  }

  #queue(): () => void {
    this.#open++
    let next = (): void => {}
    this.#tail = new Promise((resolve) => (next = resolve))
    let ended = false
    return () => {
      if (ended) return
      ended = true
      this.#open--
      next()
    }
  }
}
