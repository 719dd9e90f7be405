/** Reads back what is there of a half file, checks it, and says how much of it is good. */
import { cutPieces, PIECE_SIZE, verifyPiece } from '../../protocol/pieces.ts'
import type { Seal } from '../../protocol/seal.ts'

/** Blocks that are checked together: whole pieces, and what one request asks for. */
export const STRIDE = 16
const STRIDE_BYTES = 1024 * 1024

export interface Replayed {
  layer: Uint8Array
  /** Bytes of the whole file. */
  size: number
  /** What opens the blocks; null where they lie open. */
  seal: Seal | null
  /** Given the good bytes, in order. They may be used again afterwards. */
  onbytes(chunk: Uint8Array): void
}

/**
 * @param blocks as they were written, in order
 * @returns how many of the blocks are good: all strides before the first one that is
 *   not whole, does not open, or is not the file's
 */
export async function replay(
  blocks: AsyncIterable<Uint8Array>,
  { layer, size, seal, onbytes }: Replayed
): Promise<number> {
  let good = 0
  let stride: Uint8Array[] = []
  for await (const block of blocks) {
    const plain = openBlock(seal, good + stride.length, block)
    if (plain === null) return good
    stride.push(plain)
    if (stride.length < STRIDE) continue
    const first = ((good / STRIDE) * STRIDE_BYTES) / PIECE_SIZE
    const right = cutPieces(stride).every((piece, i) => verifyPiece(layer, size, first + i, piece))
    if (!right) return good
    for (const each of stride) onbytes(each)
    good += STRIDE
    stride = []
  }
  return good
}

function openBlock(seal: Seal | null, index: number, block: Uint8Array): Uint8Array | null {
  if (seal === null) return block
  try {
    return seal.open(index, block)
  } catch {
    return null // it is not what it was: fetched again, like anything that is not here
  }
}
