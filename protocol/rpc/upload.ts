import { HypertunaError } from '../errors.ts'
import type { StoreChunk, StoreHeader } from './generated/types.ts'
import type { CallStream } from './wire.ts'

/**
 * Splits an upload into its header and its bytes, and holds the face to the size
 * it announced: hrpc ends the stream in the same way for "done" and "gone".
 */
export async function receive(
  stream: CallStream
): Promise<{ header: StoreHeader; source: AsyncIterable<Uint8Array> }> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<StoreChunk>
  const first = await next(chunks)
  const header = first?.header
  if (header === null || header === undefined) {
    throw new HypertunaError('BAD_REQUEST', 'The first chunk of an upload carries its header')
  }
  return { header, source: bytesOf(chunks, header.size, first?.bytes ?? null) }
}

async function* bytesOf(
  chunks: AsyncIterator<StoreChunk>,
  size: number,
  bytes: Uint8Array | null
): AsyncGenerator<Uint8Array> {
  let received = 0
  for (;;) {
    if (bytes !== null && bytes.byteLength > 0) {
      received += bytes.byteLength
      if (received > size) {
        throw new HypertunaError('TOO_LARGE', `More bytes arrived than the ${size} announced`)
      }
      yield bytes
    }
    const chunk = await next(chunks)
    if (chunk === null) break
    bytes = chunk.bytes ?? null
  }
  if (received < size) {
    throw new HypertunaError('TRUNCATED', `Only ${received} of ${size} bytes arrived`)
  }
}

async function next(chunks: AsyncIterator<StoreChunk>): Promise<StoreChunk | null> {
  try {
    const { done, value } = await chunks.next()
    return done === true ? null : value
  } catch (err) {
    throw new HypertunaError('CANCELLED', 'The upload was given up', { cause: err })
  }
}
