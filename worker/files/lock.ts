/** Gives turns, one at a time and in the order they were asked for. */
export class Lock {
  #tail: Promise<void> = Promise.resolve()
  #waiting = 0

  /** How many are waiting for their turn. */
  get waiting(): number {
    return this.#waiting
  }

  /** Resolves when it is our turn, with the call that ends it (calling it twice is safe). */
  async take(): Promise<() => void> {
    const before = this.#tail
    let release = (): void => {}
    this.#tail = new Promise((resolve) => (release = resolve))
    this.#waiting++
    await before
    this.#waiting--
    return release
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
}
