/** Events of one write that are a load: fewer are written as they come. */
const MANY = 8
/** ms from one write to the next under load. */
const PACE = 64

/**
 * Lets more events come before an index is written again, while many come: what a write
 * costs by itself, in counts, marks and the way to the disk, is taken from those that wait
 * for their OK. Nobody who reads waits for that.
 */
export class IndexPace {
  #written = -Infinity
  #isLoad = false
  #go: () => void = () => {}

  /** @param events that were written just now */
  wrote(events: number): void {
    this.#isLoad = events >= MANY
    this.#written = Date.now()
  }

  /** Resolves when the next write may begin. */
  async next(): Promise<void> {
    const left = this.#written + PACE - Date.now()
    if (!this.#isLoad || left <= 0 || left > PACE) return
    let timer: ReturnType<typeof setTimeout> | undefined
    await new Promise<void>((resolve) => {
      this.#go = resolve
      timer = setTimeout(resolve, left)
    })
    clearTimeout(timer)
  }

  /** Somebody waits for the next write, or there is enough for it. */
  hurry(): void {
    this.#go()
  }
}
