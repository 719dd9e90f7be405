import { HypertunaError } from '../protocol/errors.ts'
import type { FileRecord } from '../protocol/file-event.ts'
import type { ByteStream, Signal } from '../protocol/file-channel/channel.ts'
import type { NostrEvent } from '../protocol/nostr.ts'
import { PIECE_SIZE } from '../protocol/pieces.ts'
import type { GatewayLimits } from './limits.ts'
import type { Provider } from './relay-peers.ts'
import { abortReason, within } from './wait.ts'

/** Bytes in a row, as they came: views of the connection's own buffers, never copied. */
export type Block = Uint8Array[]

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
  options: { limits: GatewayLimits; authorization: NostrEvent | null; signal: Signal }
): AsyncGenerator<Block> {
  const { limits, authorization, signal } = options
  const { start, end } = range
  provider.busy++
  let stream: ByteStream | null = null
  try {
    const length = end - start
    const wanted = { hash: record.hash, offset: start, length, event: false }
    const request = { ...wanted, authorization, signal }
    const opened = await within(provider.channel.request(request), limits.stall, signal, (late) =>
      late.stream.destroy()
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
  stream: ByteStream,
  length: number,
  options: { limits: GatewayLimits; signal: Signal }
): AsyncGenerator<Block> {
  const watch = new Watch(stream, options.limits.stall)
  let left = length
  let block: Block = []
  let missing = Math.min(PIECE_SIZE, left)
  try {
    for await (const chunk of stream) {
      if (chunk.byteLength > left) {
        throw new HypertunaError('WRONG_BYTES', 'The member sent more than it was asked for')
      }
      left -= chunk.byteLength
      for (let at = 0; at < chunk.byteLength;) {
        const part = chunk.subarray(at, at + missing)
        block.push(part)
        at += part.byteLength
        missing -= part.byteLength
        if (missing > 0) continue
        watch.rest()
        yield block
        watch.resume()
        block = []
        missing = Math.min(PIECE_SIZE, left + chunk.byteLength - at)
      }
      watch.resume()
    }
  } catch (err) {
    if (options.signal.aborted) throw abortReason(options.signal)
    throw watch.stalled ? new HypertunaError('TIMEOUT', 'The member stopped sending') : err
  } finally {
    watch.close()
  }
  if (left > 0) throw new HypertunaError('TRUNCATED', 'The member sent less than it was asked for')
}

/** Ends a stream whose member sends nothing while it is waited for. One timer for all chunks. */
class Watch {
  stalled = false
  readonly #timer: NodeJS.Timeout
  /** Since when the member is waited for; null while it is the client's turn. */
  #since: number | null = Date.now()

  constructor(stream: ByteStream, stall: number) {
    this.#timer = setInterval(() => {
      if (this.#since === null || Date.now() - this.#since < stall) return
      this.stalled = true
      stream.destroy()
    }, stall / 4)
  }

  rest(): void {
    this.#since = null
  }

  resume(): void {
    this.#since = Date.now()
  }

  close(): void {
    clearInterval(this.#timer)
  }
}
