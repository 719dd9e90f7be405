import type { Entry } from './terms.ts'

/** Characters that one question has of its next entries: whoever reads slowly holds them up. */
const ROOM = 128 * 1024
/** Of all terms of a question together, and of each at least. */
const ALL = 512 * 1024
const LEAST = 4 * 1024
/** What an entry is taken to be before any was read. */
const UNKNOWN = 16 * 1024

/** How many entries are read at once, by how large those were that were read last. */
export class PageRoom {
  #largest = UNKNOWN

  /** @param terms that are read side by side */
  entries(terms = 1): number {
    const each = Math.min(ROOM, Math.max(LEAST, ALL / terms))
    return Math.max(1, Math.floor(each / this.#largest))
  }

  /** A large one is remembered for a while: those that belong together come together. */
  learn(page: readonly Entry[]): void {
    let largest = Math.max(1, this.#largest / 2)
    for (const { json } of page) if (json.length > largest) largest = json.length
    this.#largest = largest
  }
}
