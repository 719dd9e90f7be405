import { HypertunaError } from '../errors.ts'
import { pieceCount } from '../pieces.ts'
import { MAX_LAYER } from './limits.ts'
import type { ByteStream, FileHead } from './types.ts'

/**
 * The layer of a tree as it comes, not verified.
 *
 * @param size - bytes of the file, if they are known
 * @throws {HypertunaError} TOO_LARGE for one that no such file has, or what the stream fails with
 */
export async function readLayer(
  head: FileHead,
  stream: ByteStream,
  size: number | undefined
): Promise<Uint8Array> {
  // Anybody may say that a file is immense: what is set aside for its layer has a bound.
  const most = size === undefined ? MAX_LAYER : Math.max(1, pieceCount(size)) * 32
  if (head.size > Math.min(most, MAX_LAYER)) {
    stream.destroy()
    throw new HypertunaError('TOO_LARGE', 'The layer is longer than the file can have')
  }
  const layer = new Uint8Array(head.size)
  let at = 0
  for await (const chunk of stream) {
    layer.set(chunk, at)
    at += chunk.byteLength
  }
  return layer
}
