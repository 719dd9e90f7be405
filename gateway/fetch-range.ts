import { HypertunaError } from '../protocol/errors.ts'
import type { FileRecord } from '../protocol/file-event.ts'
import type { Signal } from '../protocol/file-channel/channel.ts'
import { PIECE_SIZE } from '../protocol/pieces.ts'
import type { GatewayLimits } from './limits.ts'
import type { Provider } from './relay-peers.ts'
import { abortReason, within } from './wait.ts'

/**
 * Reads `[start, end)` of a file from one member, in blocks of one piece (the
 * last one may be shorter), unverified; `start` is at the beginning of a piece.
 * Ending the iteration early cancels the request.
 *
 * @throws {HypertunaError} the member's code, TIMEOUT after `limits.stall`
 *   without a byte, TRUNCATED, WRONG_BYTES for a size that is not the
 *   record's, or the signal's reason
 */
export async function* fetchRange(
  provider: Provider,
  record: FileRecord,
  range: { start: number; end: number },
  options: { limits: GatewayLimits; signal: Signal }
): AsyncGenerator<Uint8Array> {
  const { limits, signal } = options
  const { start, end } = range
  provider.busy++
  let stream: { destroy(): void } | null = null
  try {
    const opened = await within(
      provider.channel.request({
        hash: record.hash,
        offset: start,
        length: end - start,
        event: false,
        signal
      }),
      limits.stall,
      signal,
      (late) => late.stream.destroy()
    )
    stream = opened.stream
    if (opened.head.size !== record.size) {
      throw new HypertunaError('WRONG_BYTES', 'The size of the file is not the published one')
    }
    yield* blocks(opened.stream, end - start, options)
  } finally {
    provider.busy--
    stream?.destroy()
  }
}

async function* blocks(
  stream: AsyncIterable<Uint8Array>,
  length: number,
  options: { limits: GatewayLimits; signal: Signal }
): AsyncGenerator<Uint8Array> {
  const chunks = stream[Symbol.asyncIterator]()
  let left = length
  let block = allocate(left)
  let filled = 0
  while (left > 0) {
    const { done, value } = await within(chunks.next(), options.limits.stall, options.signal)
    if (done) throw new HypertunaError('TRUNCATED', 'The member sent less than it was asked for')
    if (value.byteLength > left - filled) {
      throw new HypertunaError('WRONG_BYTES', 'The member sent more than it was asked for')
    }
    for (let at = 0; at < value.byteLength;) {
      const part = value.subarray(at, at + block.byteLength - filled)
      block.set(part, filled)
      at += part.byteLength
      filled += part.byteLength
      if (filled < block.byteLength) continue
      left -= filled
      yield block
      if (options.signal.aborted) throw abortReason(options.signal)
      block = allocate(left)
      filled = 0
    }
  }
}

function allocate(left: number): Uint8Array {
  return Buffer.allocUnsafeSlow(Math.min(PIECE_SIZE, left))
}
