/**
 * Which missing file is fetched next: what a person asked for, then the rarest, then the
 * newest. A heap, because a group may miss a hundred thousand, and each that arrives
 * must not sort them all.
 */

/** Compared from the first number to the last; the lower goes first. */
export type Rank = number[]

interface Place {
  hash: string
  rank: Rank
}

export class FetchOrder {
  #heap: Place[] = []
  readonly #queued = new Set<string>()

  get size(): number {
    return this.#heap.length
  }

  /** Forgets all of them and takes these. */
  reset(places: Place[]): void {
    this.#heap = places
    this.#queued.clear()
    for (const { hash } of places) this.#queued.add(hash)
    for (let i = (places.length >> 1) - 1; i >= 0; i--) this.#sink(i)
  }

  /** Adds one; one that is there already keeps its place. */
  add(hash: string, rank: Rank): void {
    if (this.#queued.has(hash)) return
    this.#queued.add(hash)
    this.#heap.push({ hash, rank })
    this.#rise(this.#heap.length - 1)
  }

  /** The next one, which stays. */
  peek(): Place | null {
    return this.#heap[0] ?? null
  }

  /** Takes the next one out. */
  shift(): void {
    const [first] = this.#heap
    const last = this.#heap.pop()
    if (first === undefined || last === undefined) return
    this.#queued.delete(first.hash)
    if (this.#heap.length === 0) return
    this.#heap[0] = last
    this.#sink(0)
  }

  #rise(i: number): void {
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!this.#swapIfBefore(i, parent)) return
      i = parent
    }
  }

  #sink(i: number): void {
    for (;;) {
      const left = 2 * i + 1
      const right = left + 1
      if (left >= this.#heap.length) return
      const smaller = right < this.#heap.length && this.#isBefore(right, left) ? right : left
      if (!this.#swapIfBefore(smaller, i)) return
      i = smaller
    }
  }

  #swapIfBefore(i: number, j: number): boolean {
    if (!this.#isBefore(i, j)) return false
    const [a, b] = [this.#heap[i]!, this.#heap[j]!]
    this.#heap[i] = b
    this.#heap[j] = a
    return true
  }

  #isBefore(i: number, j: number): boolean {
    return isBefore(this.#heap[i]!.rank, this.#heap[j]!.rank)
  }
}

export function isBefore(a: Rank, b: Rank): boolean {
  for (const [i, value] of a.entries()) {
    const other = b[i] ?? 0
    if (value !== other) return value < other
  }
  return false
}
