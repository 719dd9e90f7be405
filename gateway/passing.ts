import { PIECE_SIZE } from '../protocol/pieces.ts'
import type { CacheObject } from './cache/object.ts'
import { Chunks } from './chunks.ts'
import type { Shares } from './shares.ts'

/** The bytes of one file that pass through memory: pieces that came just now, and parts being sent. */
export class Passing {
  readonly #object: CacheObject
  readonly #shares: Shares
  /** Each of them the pool's, the oldest first. */
  readonly #recent = new Map<number, Buffer>()
  readonly #chunks: Chunks

  constructor(object: CacheObject, shares: Shares) {
    this.#object = object
    this.#shares = shares
    this.#chunks = new Chunks(shares.pool, () => shares.behind)
  }

  /** Whether a piece came just now. */
  has(index: number): boolean {
    return this.#recent.has(index)
  }

  /** Bytes `[from, to)` of a piece, to be given back to the pool; null when it is not here. */
  async take(index: number, from: number, to: number): Promise<Buffer | null> {
    const recent = this.#recent.get(index)
    // Whoever holds a part holds the piece: of a small part there is a copy.
    if (recent !== undefined && (to - from) * 2 > recent.byteLength) {
      return this.#shares.pool.share(recent).subarray(from, to)
    }
    if (recent === undefined && !this.#object.has(index)) return null
    const at = index * PIECE_SIZE
    return this.#chunks.take(at + from, at + to, (bytes) => {
      if (recent === undefined) return this.#object.read(index, from, bytes)
      recent.copy(bytes, 0, from, to)
      return Promise.resolve(true)
    })
  }

  /** Shows a piece, that is still the caller's as well, to those who wait for it. */
  show(index: number, piece: Buffer): void {
    const { pool, ahead } = this.#shares
    const before = this.#recent.get(index)
    if (before !== undefined) pool.give(before)
    this.#recent.set(index, pool.share(piece))
    this.#hide(ahead + 1)
  }

  /** Nothing comes now: what came is read from the disk. */
  rest(): void {
    this.#hide(0)
  }

  /** Lets go of everything. */
  clear(): void {
    this.#hide(0)
    this.#chunks.clear()
  }

  #hide(most: number): void {
    for (const [oldest, piece] of this.#recent) {
      if (this.#recent.size <= most) break
      this.#recent.delete(oldest)
      this.#shares.pool.give(piece)
    }
  }
}
