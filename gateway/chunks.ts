import type { Pool } from './pool.ts'

interface Chunk {
  readonly bytes: Buffer
  readonly to: number
  readonly filled: Promise<boolean>
}

/** Parts of one file that are being sent: who is as far as another client shares what it gets. */
export class Chunks {
  readonly #pool: Pool
  readonly #room: () => number
  /** By where they begin, the oldest first. */
  readonly #chunks = new Map<number, Chunk>()
  #bytes = 0

  /** @param room - bytes that may be remembered now for clients that come right behind */
  constructor(pool: Pool, room: () => number) {
    this.#pool = pool
    this.#room = room
  }

  /**
   * Bytes `[from, to)` of the file, to be given back to the pool.
   *
   * @param fill - reads them, unless that is under way; false when they are not to be had.
   *   Never rejects
   * @returns null when they are not to be had
   */
  async take(
    from: number,
    to: number,
    fill: (bytes: Buffer) => Promise<boolean>
  ): Promise<Buffer | null> {
    const known = this.#chunks.get(from)
    const { bytes, filled } = known?.to === to ? known : this.#begin(from, to, fill)
    this.#pool.share(bytes) // before anybody else can give it back
    if (await filled) return bytes
    this.#pool.give(bytes)
    return null
  }

  /** Remembers nothing any more. */
  clear(): void {
    for (const from of [...this.#chunks.keys()]) this.#forget(from)
  }

  #begin(from: number, to: number, fill: (bytes: Buffer) => Promise<boolean>): Chunk {
    this.#forget(from)
    const bytes = this.#pool.take(to - from)
    const chunk = { bytes, to, filled: fill(bytes) }
    this.#chunks.set(from, chunk)
    this.#bytes += bytes.byteLength
    for (const oldest of this.#chunks.keys()) {
      if (this.#bytes <= this.#room() || oldest === from) break
      this.#forget(oldest)
    }
    void chunk.filled.then((right) => {
      if (!right && this.#chunks.get(from) === chunk) this.#forget(from)
    })
    return chunk
  }

  #forget(from: number): void {
    const chunk = this.#chunks.get(from)
    if (chunk === undefined) return
    this.#chunks.delete(from)
    this.#bytes -= chunk.bytes.byteLength
    this.#pool.give(chunk.bytes)
  }
}
