import { PIECE_SIZE } from '../protocol/pieces.ts'

const LEAST = 16 * 1024
const MOST = PIECE_SIZE
const MOST_AHEAD = 8

/** How much each running answer may hold in memory, so that all of them stay within bounds. */
export class Shares {
  readonly #bytes: number
  /** Answers that are being read from. */
  readers = 0
  /** Downloads under way. */
  downloads = 0

  /** @param bytes - for all of them together, roughly */
  constructor(bytes: number) {
    this.#bytes = bytes
  }

  /** Pieces a download may be ahead of who reads it. */
  get ahead(): number {
    const each = this.#bytes / Math.max(1, this.downloads) / PIECE_SIZE
    return Math.min(MOST_AHEAD, Math.max(1, Math.floor(each)))
  }

  /** Bytes to take at once. */
  get chunk(): number {
    return Math.min(MOST, Math.max(LEAST, Math.floor(this.#bytes / Math.max(1, this.readers))))
  }
}
