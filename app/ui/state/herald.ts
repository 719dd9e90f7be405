import { Value } from '../session/store.ts'

/** So long nothing more has to come before it is told, in ms */
const QUIET = 1500
/** And so long at most, while more keeps coming */
const LONGEST = 15_000

/**
 * What is told to those who hear the page, and stands on it already for those who see it. Much at
 * once is told once: who listens to one sentence does not hear the next twenty.
 */
export class Herald {
  readonly words = new Value('')
  readonly #quiet: number
  readonly #longest: number
  #timer: ReturnType<typeof setTimeout> | undefined
  #since = 0
  #words: (() => string) | null = null

  /** @param quiet how long it waits for more, in ms */
  constructor(quiet = QUIET, longest = LONGEST) {
    this.#quiet = quiet
    this.#longest = longest
  }

  /** @param words of all there is to tell by then; '' for nothing */
  soon(words: () => string): void {
    const now = Date.now()
    if (this.#words === null) this.#since = now
    this.#words = words
    clearTimeout(this.#timer)
    const most = Math.max(0, this.#since + this.#longest - now)
    this.#timer = setTimeout(() => this.#tell(), Math.min(this.#quiet, most))
  }

  /** What was to be told is of no interest any more. */
  hush(): void {
    clearTimeout(this.#timer)
    this.#words = null
    this.words.set('')
  }

  #tell(): void {
    const words = this.#words?.() ?? ''
    this.#words = null
    // The same words twice are a change only with nothing between them
    if (words === this.words.get()) this.words.set('')
    this.words.set(words)
  }
}
