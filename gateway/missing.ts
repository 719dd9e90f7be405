import { HypertunaError, type ErrorCode } from '../protocol/errors.ts'

const KEPT = 8192

/** Of an error its words alone: its stack would keep whatever it came from. */
interface Said {
  code: ErrorCode
  message: string
  until: number
}

/** What members said is not there, or nobody could be found for: not asked again for seconds. */
export class Missing {
  readonly #ms: number
  readonly #said = new Map<string, Said>()

  /** @param ms - for how long */
  constructor(ms: number) {
    this.#ms = ms
  }

  /** @throws {HypertunaError} what was said about it a moment ago */
  check(name: string): void {
    const said = this.#said.get(name)
    if (said === undefined) return
    if (said.until > Date.now()) throw new HypertunaError(said.code, said.message)
    this.#said.delete(name)
  }

  add(name: string, { code, message }: HypertunaError, codes: ReadonlySet<ErrorCode>): void {
    if (this.#ms === 0 || !codes.has(code)) return
    this.#said.delete(name)
    this.#said.set(name, { code, message, until: Date.now() + this.#ms })
    for (const oldest of this.#said.keys()) {
      if (this.#said.size <= KEPT) break
      this.#said.delete(oldest)
    }
  }

  delete(name: string): void {
    this.#said.delete(name)
  }
}
