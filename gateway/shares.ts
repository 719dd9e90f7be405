import { PIECE_SIZE } from '../protocol/pieces.ts'
import { Pool } from './pool.ts'

const LEAST = 16 * 1024
const MOST = PIECE_SIZE
const MOST_AHEAD = 8

/** How much each running answer may hold in memory, so that all of them stay within bounds. */
export class Shares {
  readonly pool = new Pool()
  readonly #bytes: number
  /** Answers that are being read from, and the files they are of. */
  readers = 0
  flows = 0
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

  /**
   * Bytes to take at once, a power of two: one part is on its way while the next is read,
   * and who came when there were few may hold the large part it got.
   */
  get chunk(): number {
    const each = this.#bytes / 4 / Math.max(1, this.readers)
    let chunk = MOST
    while (chunk > LEAST && chunk > each) chunk /= 2
    return chunk
  }

  /** Whether the next part is read while one is on its way; when there are many, it is not. */
  get readsAhead(): boolean {
    return this.chunk > LEAST
  }

  /** Bytes of each file that are remembered for who comes right behind. */
  get behind(): number {
    return Math.max(LEAST, this.#bytes / 8 / Math.max(1, this.flows))
  }
}
