import b4a from 'b4a'

import type { Term } from './terms.ts'

/** Terms whose counts are remembered: most of those that an event has come again. */
const REMEMBERED = 16_384

/**
 * How many visible entries terms have, as the disk has it; of those asked for last.
 * Nobody else writes the index, so what was written is known.
 */
export class IndexCounts {
  readonly #events = new Map<string, number>()

  /** A term as a text, for maps. */
  nameOf(term: Term): string {
    return (term.text ??= b4a.toString(term, 'latin1'))
  }

  get(name: string): number | undefined {
    return this.#events.get(name)
  }

  wrote(name: string, events: number): void {
    if (this.#events.size >= REMEMBERED && !this.#events.has(name)) this.#events.clear()
    this.#events.set(name, events)
  }

  /** Of what could not be written nothing is known. */
  forget(): void {
    this.#events.clear()
  }
}
