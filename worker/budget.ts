/** What may be spent: it fills up again steadily, and holds no more than a burst. */
export class Budget {
  readonly #burst: number
  readonly #perSecond: number
  readonly #now: () => number
  #left: number
  #filled: number

  /** @param now in ms; the clock, but for tests */
  constructor(burst: number, perSecond: number, now: () => number = Date.now) {
    this.#burst = burst
    this.#perSecond = perSecond
    this.#now = now
    this.#left = burst
    this.#filled = now()
  }

  get left(): number {
    const now = this.#now()
    const more = (Math.max(0, now - this.#filled) * this.#perSecond) / 1000
    this.#filled = now
    this.#left = Math.min(this.#burst, this.#left + more)
    return this.#left
  }

  get full(): boolean {
    return this.left >= this.#burst
  }

  /** Takes it if there is enough. */
  take(cost: number): boolean {
    if (this.left < cost) return false
    this.#left -= cost
    return true
  }
}

/** A budget for each of many, by name; the names of those that spent nothing lately are forgotten. */
export class Budgets {
  readonly #make: () => Budget
  readonly #most: number
  readonly #of = new Map<string, Budget>()

  /** @param most names that are remembered at once */
  constructor(make: () => Budget, most: number) {
    this.#make = make
    this.#most = most
  }

  of(name: string): Budget {
    const known = this.#of.get(name)
    if (known !== undefined) return known
    if (this.#of.size >= this.#most) this.#forget()
    const made = this.#make()
    this.#of.set(name, made)
    return made
  }

  /** Those that are full are as good as new; if there are none, the one of longest ago goes. */
  #forget(): void {
    for (const [name, budget] of this.#of) if (budget.full) this.#of.delete(name)
    const [oldest] = this.#of.keys()
    if (this.#of.size >= this.#most && oldest !== undefined) this.#of.delete(oldest)
  }
}
