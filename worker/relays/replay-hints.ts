import type { Replay } from './apply.ts'

/** Beyond so many files it is cheaper to look at all of them. */
const TOLD = 10_000

/** What a replay did: from where on the log was written, and which files it touched. */
export interface Replayed {
  /** A position of the log; Infinity when it was not written. */
  from: number
  /** Hashes; null for any file. */
  touched: Set<string> | null
}

/**
 * What `apply` tells while it runs, kept until the view shows it: whoever looked at
 * a hint earlier would find the view as it was, and not look again.
 */
export class ReplayHints implements Replay {
  #from = Infinity
  #touched: Set<string> | null = new Set()

  from(position: number): void {
    this.#from = Math.min(this.#from, position)
  }

  touched(hash: string): void {
    this.#touched?.add(hash)
    if (this.#touched !== null && this.#touched.size > TOLD) this.#touched = null
  }

  /** To be called when the view has moved, before anything else is applied. */
  take(): Replayed {
    const replayed = { from: this.#from, touched: this.#touched }
    this.#from = Infinity
    this.#touched = new Set()
    return replayed
  }
}
