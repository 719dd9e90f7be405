import { HypertunaError } from '../protocol/errors.ts'

/** A storage that failed, for no reason that its error names. */
const UNEXPLAINED = 'STORAGE_FAILED'

/** What is wrong with the worker now, each thing once, and told when that changes. */
export class Problems {
  readonly #onchange: (told: HypertunaError | null) => void
  #all: HypertunaError[] = []
  /** The one about a disk that is nearly full, which comes and goes. */
  #space: HypertunaError | null = null
  /** The one about our clock. */
  #clock: HypertunaError | null = null

  /** @param onchange called with what is new, or null when something is over */
  constructor(onchange: (told: HypertunaError | null) => void) {
    this.#onchange = onchange
  }

  get list(): readonly HypertunaError[] {
    return [...this.#all, ...[this.#space, this.#clock].filter((problem) => problem !== null)]
  }

  report(problem: HypertunaError): void {
    const { code, message } = problem
    if (this.#all.some((other) => other.code === code && other.message === message)) return
    const reason = this.storage
    // Writes that fail say only that they do; why, is what a person can mend.
    if (code === UNEXPLAINED && reason !== null && reason.code !== UNEXPLAINED) return
    if (isStorage(problem)) this.#all = this.#all.filter((other) => other.code !== UNEXPLAINED)
    this.#all.push(problem)
    this.#onchange(problem)
  }

  /** @param problem null when there is room again */
  space(problem: HypertunaError | null): void {
    this.#space = problem
    this.#onchange(problem)
  }

  /** @param problem null when our clock is right, or nobody says otherwise */
  clock(problem: HypertunaError | null): void {
    if (problem?.message === this.#clock?.message) return
    this.#clock = problem
    this.#onchange(problem)
  }

  /** A storage that does not work; null when it does, be it nearly full. */
  get storage(): HypertunaError | null {
    return this.#all.find(isStorage) ?? null
  }

  /** Everything is begun anew: what is still wrong is told again. */
  clear(): void {
    this.#all = []
  }
}

export const isStorage = ({ code }: HypertunaError): boolean => code.startsWith('STORAGE')
