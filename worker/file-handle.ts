import fs from 'bare-fs'
import { open } from 'bare-fs/promises'

export type FileHandle = Awaited<ReturnType<typeof open>>

/**
 * Reads until `bytes` is full or the file ends; returns how many bytes came.
 *
 * @param position in the file; where the file stands when left out
 */
export async function fill(
  { fd }: FileHandle,
  bytes: Uint8Array,
  position?: number
): Promise<number> {
  let filled = 0
  while (filled < bytes.byteLength) {
    const from = position === undefined ? -1 : position + filled
    const read = await fs.read(fd, bytes, filled, bytes.byteLength - filled, from)
    if (read === 0) break
    filled += read
  }
  return filled
}

/** Writes all of the bytes where the file stands. */
export async function writeAll({ fd }: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.byteLength;) {
    at += await fs.write(fd, bytes, at, bytes.byteLength - at)
  }
}

/** Writes the blocks one after the other where the file stands. */
export async function writeBlocks(file: FileHandle, blocks: Uint8Array[]): Promise<void> {
  let written = await fs.writev(file.fd, blocks)
  // A disk that is nearly full takes a part: what is left goes block by block.
  for (const block of blocks) {
    if (written < block.byteLength) await writeAll(file, block.subarray(written))
    written = Math.max(0, written - block.byteLength)
  }
}
