/** Pieces of work, one after the other, until it is stopped. */
export class Steps {
  readonly #onerror: (err: unknown) => void
  #last: Promise<void> = Promise.resolve()
  #stopped = false

  /** @param onerror told what a piece of work threw; the next one goes on */
  constructor(onerror: (err: unknown) => void) {
    this.#onerror = onerror
  }

  /** Does it when everything before is done. */
  add(work: () => Promise<void>): void {
    this.#last = this.#last.then(async () => {
      if (this.#stopped) return
      try {
        await work()
      } catch (err) {
        this.#onerror(err)
      }
    })
  }

  /** Resolves when all that was added so far is done. */
  settled(): Promise<void> {
    return this.#last
  }

  /** Begins nothing more, and waits for what is under way. */
  stop(): Promise<void> {
    this.#stopped = true
    return this.#last
  }
}
