/** Does something again whenever it is asked to: one round at a time, and one more after it. */
export class InTurn {
  readonly #round: () => Promise<void>
  readonly #onfailure: (err: unknown) => void
  #running: Promise<void> | null = null
  #wanted = false
  #stopped = false

  constructor(round: () => Promise<void>, onfailure: (err: unknown) => void) {
    this.#round = round
    this.#onfailure = onfailure
  }

  /** Resolves when nothing is to be done that was asked for by now. */
  get done(): Promise<void> {
    return this.#running ?? Promise.resolve()
  }

  /** Begins a round now, or after the one that runs; however often it is asked, one. */
  soon(): void {
    if (this.#stopped) return
    this.#wanted = true
    this.#running ??= this.#run()
  }

  /** Begins no more; resolves when what runs has ended. */
  stop(): Promise<void> {
    this.#stopped = true
    return this.done
  }

  async #run(): Promise<void> {
    while (this.#wanted && !this.#stopped) {
      this.#wanted = false
      try {
        await this.#round()
      } catch (err) {
        this.#onfailure(err)
      }
    }
    this.#running = null // at once: whoever asks from now on begins anew
  }
}
