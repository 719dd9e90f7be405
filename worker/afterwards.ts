/**
 * Lets what can wait begin once what people wait for is there, one after the other: between
 * two of them whoever asks something is answered.
 */
export class Afterwards {
  #waiting: (() => void)[] = []
  #hasBegun = false

  /** Resolves when it is one's turn; at once where nobody waits any more. */
  turn(): Promise<void> {
    if (this.#hasBegun && this.#waiting.length === 0) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** From now on turns are given. */
  begin(): void {
    if (this.#hasBegun) return
    this.#hasBegun = true
    this.#next()
  }

  #next(): void {
    if (this.#waiting.length === 0) return
    setTimeout(() => {
      this.#waiting[0]?.()
      this.#waiting.shift()
      this.#next()
    }, 0)
  }
}
