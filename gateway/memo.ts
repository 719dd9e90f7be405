/** Answers that are good for a moment, so that many who ask at once cost one question. */
export class Memo<T> {
  readonly #entries = new Map<string, { until: number; answer: Promise<T> }>()
  readonly #most: number
  readonly #life: number

  /** @param options.life in milliseconds */
  constructor(options: { most: number; life: number }) {
    this.#most = options.most
    this.#life = options.life
  }

  /** What was answered a moment ago, or what `ask` gives now. Failures are not kept. */
  get(key: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#entries.get(key)
    if (known !== undefined && known.until > Date.now()) return known.answer
    const answer = ask()
    const entry = { until: Date.now() + this.#life, answer }
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#most) break
      this.#entries.delete(oldest)
    }
    answer.catch(() => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key)
    })
    return answer
  }
}
