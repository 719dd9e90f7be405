/** Runs something again after a while, and after a longer one each time it did not help. */
export class Again {
  readonly #run: () => void
  readonly #first: number
  readonly #longest: number
  #timer: ReturnType<typeof setTimeout> | null = null
  #wait: number

  /** @param wait how long, in ms: at first, and at most */
  constructor(run: () => void, wait: { first: number; longest: number }) {
    this.#run = run
    this.#first = wait.first
    this.#longest = wait.longest
    this.#wait = wait.first
  }

  /** Runs it when the wait is over; asking twice is asking once. */
  later(): void {
    if (this.#timer !== null) return
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#run()
    }, this.#wait)
    this.#wait = Math.min(2 * this.#wait, this.#longest)
  }

  /** It helped: the next wait is short again. */
  helped(): void {
    this.#wait = this.#first
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }
}
