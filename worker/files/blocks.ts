/**
 * The size of a block in the drive, in bytes. Every block of a blob but its last
 * has it, so that a byte's block is found by a division; and a source's tiny
 * chunks do not become tiny blocks, which cost eight times the time.
 */
export const BLOCK_SIZE = 65536

/** Cuts chunks of any size into blocks of BLOCK_SIZE. */
export class BlockCutter {
  #partial: Uint8Array | null = null
  #filled = 0

  /**
   * The blocks that `chunk` completes. Blocks that lie whole in the chunk are
   * views of it, not copies: it must stay as it is until they are written.
   */
  cut(chunk: Uint8Array): Uint8Array[] {
    const blocks: Uint8Array[] = []
    let at = 0
    while (at < chunk.byteLength) {
      const left = chunk.byteLength - at
      if (this.#filled === 0 && left >= BLOCK_SIZE) {
        blocks.push(chunk.subarray(at, at + BLOCK_SIZE))
        at += BLOCK_SIZE
        continue
      }
      this.#partial ??= new Uint8Array(BLOCK_SIZE)
      const taken = Math.min(left, BLOCK_SIZE - this.#filled)
      this.#partial.set(chunk.subarray(at, at + taken), this.#filled)
      this.#filled += taken
      at += taken
      if (this.#filled === BLOCK_SIZE) blocks.push(...this.rest())
    }
    return blocks
  }

  /** What is left over: no block, or the last and short one. */
  rest(): Uint8Array[] {
    if (this.#partial === null || this.#filled === 0) return []
    const { byteLength } = this.#partial
    // A copy when short: many small files waiting must not hold 64 KiB each.
    const block = this.#filled === byteLength ? this.#partial : this.#partial.slice(0, this.#filled)
    this.#partial = null
    this.#filled = 0
    return [block]
  }
}

/** The sum of the blocks' sizes, in bytes. */
export function byteLength(blocks: Uint8Array[]): number {
  return blocks.reduce((sum, block) => sum + block.byteLength, 0)
}
