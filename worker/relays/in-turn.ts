/** Does something again whenever it is asked to: one round at a time, and one more after it. */
export class InTurn {
  readonly #round: () => Promise<void>
  readonly #onfailure: (err: unknown) => void
  #running: Promise<void> | null = null
  #wanted = false
  #stopped = false
  /** When a round was last asked for, and the one that is put off. */
  #asked = -Infinity
  #later: ReturnType<typeof setTimeout> | null = null

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
    if (this.#later !== null) clearTimeout(this.#later)
    this.#later = null
    this.#asked = Date.now()
    this.#wanted = true
    this.#running ??= this.#run()
  }

  /** As `soon`, unless a round was asked for less than `ms` ago: then when that time is over. */
  within(ms: number): void {
    if (this.#stopped || this.#later !== null) return
    const left = this.#asked + ms - Date.now()
    if (left <= 0 || left > ms) this.soon()
    else this.#later = setTimeout(() => this.soon(), left)
  }

  /** Begins no more; resolves when what runs has ended. */
  stop(): Promise<void> {
    this.#stopped = true
    if (this.#later !== null) clearTimeout(this.#later)
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
