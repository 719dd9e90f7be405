/**
 * Which bytes in the drive turned out not to be what they were: a file whose entry refers to
 * them is as good as not here. What is noted is their place, so that nothing that is said of
 * them late falls on the sound ones that took their place meanwhile.
 */
import type { KeptFile } from './entry-value.ts'

/** An entry, as far as it says whose bytes are where. */
export type Placed = Pick<KeptFile, 'relayKey' | 'hash' | 'blob'>

export class SpoiltBytes {
  /** The first block of the bytes, by their file. */
  readonly #places = new Map<string, number>()

  add(file: Placed): void {
    this.#places.set(nameOf(file), file.blob.blockOffset)
  }

  /** Whether this entry refers to spoilt bytes. */
  has(file: Placed): boolean {
    return this.#places.get(nameOf(file)) === file.blob.blockOffset
  }

  /** Whether the file has spoilt bytes, or had them. */
  hadAny(file: Pick<Placed, 'relayKey' | 'hash'>): boolean {
    return this.#places.has(nameOf(file))
  }

  /** An entry was written. */
  wasPut(file: Placed): void {
    if (!this.has(file)) this.#places.delete(nameOf(file))
  }
}

const nameOf = ({ relayKey, hash }: Pick<Placed, 'relayKey' | 'hash'>): string =>
  `${relayKey}/${hash}`
