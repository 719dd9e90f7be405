import type { Skipped } from './local-folder.ts'

/** What is told of each; of the rest how many there are. */
const TOLD = 200

/** What a job left out: the first of them by name, and how many. */
export class SkipList {
  readonly #first: Skipped[] = []
  #count = 0

  add(skipped: Skipped): void {
    if (this.#count++ < TOLD) this.#first.push(skipped)
  }

  told(): { skipped: Skipped[]; leftOut: number } {
    return { skipped: [...this.#first], leftOut: this.#count }
  }
}
