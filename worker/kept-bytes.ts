/**
 * Small pieces of bytes that are kept for long, one after the other.
 *
 * A small Buffer is a part of two kilobytes that it shares with what was made before and
 * after it (small-buffers.ts), and whoever keeps it keeps those: eight thousand of them held
 * 28 MB. What is copied here lies beside what else is kept.
 */

const PIECE = 8192

export class KeptBytes {
  #piece = Buffer.alloc(0)
  #used = 0

  /** A copy. It lives as long as anybody has it, or what was kept just before or after it. */
  keep(bytes: Uint8Array): Buffer {
    const { byteLength } = bytes
    if (this.#used + byteLength > this.#piece.byteLength) {
      this.#piece = Buffer.alloc(Math.max(PIECE, byteLength))
      this.#used = 0
    }
    const kept = this.#piece.subarray(this.#used, (this.#used += byteLength))
    kept.set(bytes)
    return kept
  }
}
