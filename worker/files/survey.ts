import type Hypercore from 'hypercore'
import type { Entries } from './entries.ts'
import type { KeptFile } from './entry-value.ts'

/** Blocks of the drive's blob core. */
export interface Span {
  start: number
  length: number
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

  /** Where a file's blocks are; null when it is not here whole. */
  async find(relayKey: string, hash: string): Promise<Span | null> {
    const kept = await this.#entries.kept(relayKey, hash)
    if (kept === null || !this.#entries.counts(kept)) return null
    const span = spanOf(kept)
    return this.holds(span) ? span : null
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

function spanOf({ blob }: KeptFile): Span {
  return { start: blob.blockOffset, length: blob.blockLength }
}
