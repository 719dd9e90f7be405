import type Hypercore from 'hypercore'

import type { View } from './apply.ts'

/**
 * Blocks that are asked for at once, at least and at most. Hypercore's own choice is 16
 * unless an answer takes more than 50 ms: who joins waits for most of the time.
 */
const ASKED = { least: 128, most: 512 }
/** ms after which the state is fetched beside the log: nobody may have all of the log. */
const LATER = 30_000

/**
 * Keeps a member's copy of the view whole. Who takes a view over from those who signed
 * it has its length at once and its blocks only as they are asked for; whoever they come
 * from may be gone for ever by then, and `apply` would wait for them without end.
 */
export class WholeView {
  readonly #wait: number
  #ranges: { destroy(): void }[] = []
  #later: ReturnType<typeof setTimeout> | null = null

  /** @param wait ms for the log; less for tests */
  constructor(wait = LATER) {
    this.#wait = wait
  }

  /**
   * Fetches what is missing, now and as it grows; again after the view became another one.
   * The log comes first, in order: the index follows it, and then every filter is answered.
   */
  keep({ log, state }: View): void {
    this.stop()
    const { core } = state as unknown as { core: Hypercore }
    log.core.replicator.setInflightRange(ASKED.least, ASKED.most)
    const first = log.download({ start: 0, end: log.length, linear: true })
    const ranges = [first, log.download({ start: 0, end: -1, linear: true })]
    this.#ranges = ranges
    const rest = (): void => {
      if (this.#ranges !== ranges || ranges.length > 2) return
      if (this.#later !== null) clearTimeout(this.#later)
      ranges.push(core.download({ start: 0, end: -1, linear: true }))
    }
    this.#later = setTimeout(rest, this.#wait)
    first.done().then(rest, () => {}) // it was stopped
  }

  stop(): void {
    if (this.#later !== null) clearTimeout(this.#later)
    for (const range of this.#ranges) range.destroy()
    this.#ranges = []
  }
}
