import type Hypercore from 'hypercore'
import type Hyperdrive from 'hyperdrive'
import { HypertunaError } from '../../protocol/errors.ts'
import type { Seal } from '../../protocol/seal.ts'
import { BLOCK_SIZE } from './blocks.ts'
import type { Stop } from './stop.ts'

/** How many blocks are read at once, and how many more while those are consumed. */
const AHEAD = 8

export interface BlobRange {
  /** Plain bytes, `end` exclusive. */
  start: number
  end: number
  /** What opens the blob's blocks; null when they lie open. */
  seal: Seal | null
  stop?: Stop
}

/**
 * The plain bytes `start` to `end` of a blob, block by block, from this disk alone: it
 * never waits for other drives. A sealed block is a chunk, so that it holds the same
 * plain bytes as an open one.
 *
 * @throws UNKNOWN_FILE when the blocks were cleared meanwhile, WRONG_BYTES when a
 *   sealed one does not open, STORAGE_* from the disk
 */
export async function* readBlob(
  core: Hypercore,
  blob: Hyperdrive.BlobId,
  { start, end, seal, stop }: BlobRange
): AsyncGenerator<Uint8Array> {
  if (end <= start) return
  const first = blob.blockOffset + Math.floor(start / BLOCK_SIZE)
  const last = blob.blockOffset + Math.ceil(end / BLOCK_SIZE)
  let next = readGroup(core, first, last)
  for (let at = first; at < last;) {
    const group = await next
    const following = at + group.length
    next = readGroup(core, following, last)
    // Whoever consumes may stop here for good: the blocks read ahead are then nobody's.
    next.catch(() => {})
    for (const block of group) {
      stop?.check()
      if (block === null) throw cleared()
      const index = at++ - blob.blockOffset
      const offset = index * BLOCK_SIZE
      const plain = seal === null ? block : seal.open(index, block)
      yield plain.subarray(Math.max(0, start - offset), Math.min(plain.byteLength, end - offset))
    }
  }
}

/** All of a blob of `size` plain bytes that is small enough for memory. */
export async function readWhole(
  core: Hypercore,
  blob: Hyperdrive.BlobId,
  size: number,
  seal: Seal | null
): Promise<Uint8Array> {
  const bytes = new Uint8Array(size)
  let at = 0
  for await (const block of readBlob(core, blob, { start: 0, end: size, seal })) {
    bytes.set(block, at)
    at += block.byteLength
  }
  return bytes
}

function readGroup(core: Hypercore, from: number, end: number): Promise<(Uint8Array | null)[]> {
  const blocks: Promise<Uint8Array | null>[] = []
  for (let i = from; i < Math.min(from + AHEAD, end); i++) {
    blocks.push(core.get(i, { wait: false }))
  }
  return Promise.all(blocks)
}

function cleared(): HypertunaError {
  return new HypertunaError('UNKNOWN_FILE', 'The file was removed while it was being read')
}
