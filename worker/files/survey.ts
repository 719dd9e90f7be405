import type Hypercore from 'hypercore'
import type { Entries } from './entries.ts'
import type { KeptFile } from './entry-value.ts'

/** Blocks of the drive's blob core. */
export interface Span {
  start: number
  length: number
}

export interface Finder {
  /** Where a file's blocks are; null when it is not here whole. */
  find(hash: string): Promise<Span | null>
  close(): Promise<void>
}

/**
 * What the own drive has of a relay, cheaply for a hundred thousand files: one pass over
 * the folder instead of a look-up each, no key, and no byte of any file.
 */
export class Survey {
  readonly #core: Hypercore
  readonly #entries: Entries

  constructor(core: Hypercore, entries: Entries) {
    this.#core = core
    this.#entries = entries
  }

  /** The files of a relay's folder whose bytes are here. */
  async *list(relayKey: string): AsyncGenerator<{ hash: string; span: Span }> {
    for await (const kept of this.#entries.survey(relayKey)) {
      const span = spanOf(kept)
      if (this.holds(span)) yield { hash: kept.hash, span }
    }
  }

  /** Looks for files of a relay, one after the other; to be closed. @param count how many, about */
  finder(relayKey: string, count: number): Finder {
    const looks = count < MANY ? once(this.#entries) : this.#entries.looks()
    return {
      find: async (hash) => {
        const kept = await looks.kept(relayKey, hash)
        if (kept === null || !this.#entries.counts(kept)) return null
        const span = spanOf(kept)
        return this.holds(span) ? span : null
      },
      close: () => looks.close()
    }
  }

  /** Whether every block is on this disk, as far as the bitfield tells. */
  holds({ start, length }: Span): boolean {
    if (length === 0) return true
    const end = start + length
    if (end > this.#core.length) return false
    const { bitfield } = this.#core.core
    const gap = bitfield.firstUnset(start)
    return gap === -1 || gap >= end
  }
}

/** From so many on it pays to open something for all of them. */
const MANY = 8

const once = (entries: Entries): ReturnType<Entries['looks']> => ({
  kept: (relayKey, hash) => entries.kept(relayKey, hash),
  close: () => Promise.resolve()
})

function spanOf({ blob }: KeptFile): Span {
  return { start: blob.blockOffset, length: blob.blockLength }
}
