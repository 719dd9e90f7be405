import type Hypercore from 'hypercore'
import type Hyperdrive from 'hyperdrive'
import { isStill, markCore } from '../core-mark.ts'
import type { CoreMark } from '../core-mark.ts'
import type { Entries } from './entries.ts'
import { parsePath } from './entry-value.ts'
import type { KeptFile } from './entry-value.ts'

/** Blocks of the drive's blob core. */
export interface Span {
  start: number
  length: number
}

/** An entry of a folder; without a span when its bytes are not here whole. */
export interface Found {
  span: Span | null
  /** Bytes of the file, which its entry has measured. */
  size: number
}

export interface Finder {
  /** Null when the folder has no such file. */
  find(hash: string): Promise<Found | null>
  close(): Promise<void>
}

/**
 * What the own drive has of a relay, cheaply for a hundred thousand files: one pass over
 * the folder instead of a look-up each, no key, and no byte of any file.
 */
export class Survey {
  readonly #core: Hypercore
  readonly #entries: Entries
  readonly #drive: Hyperdrive
  readonly #told: () => number

  /**
   * @param core of the blobs
   * @param told up to which version whoever follows the drive has heard of its changes
   */
  constructor(core: Hypercore, entries: Entries, drive: Hyperdrive, told: () => number) {
    this.#core = core
    this.#entries = entries
    this.#drive = drive
    this.#told = told
  }

  /** The files of a relay's folder. */
  async *list(relayKey: string): AsyncGenerator<Found & { hash: string }> {
    for await (const kept of this.#entries.survey(relayKey)) {
      yield { hash: kept.hash, ...this.#look(kept) }
    }
  }

  /** Looks for files of a relay, one after the other; to be closed. @param count how many, about */
  finder(relayKey: string, count: number): Finder {
    const looks = count < MANY ? once(this.#entries) : this.#entries.looks()
    return {
      find: async (hash) => {
        const kept = await looks.kept(relayKey, hash)
        return kept === null || !this.#entries.counts(kept) ? null : this.#look(kept)
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

  /** The moment up to which the drive's changes were told. */
  mark(): Promise<CoreMark> {
    return markCore(this.#drive.core, this.#told())
  }

  /** Hashes of a folder's files whose entries changed since; null when that cannot be told. */
  async changedSince(relayKey: string, since: CoreMark): Promise<string[] | null> {
    if (!(await isStill(this.#drive.core, since))) return null
    const hashes: string[] = []
    for await (const { left, right } of this.#drive.diff(since.length, '/' + relayKey)) {
      const path = parsePath((left ?? right)?.key ?? '')
      if (path !== null) hashes.push(path.hash)
    }
    return hashes
  }

  #look({ blob, size }: KeptFile): Found {
    const span = { start: blob.blockOffset, length: blob.blockLength }
    return { span: this.holds(span) ? span : null, size }
  }
}

/** From so many on it pays to open something for all of them. */
const MANY = 8

const once = (entries: Entries): ReturnType<Entries['looks']> => ({
  kept: (relayKey, hash) => entries.kept(relayKey, hash),
  close: () => Promise.resolve()
})
