import { HypertunaError } from '../protocol/errors.ts'
import type { FileRecord } from '../protocol/file-event.ts'
import type { Signal } from '../protocol/file-channel/channel.ts'
import { PIECE_SIZE } from '../protocol/pieces.ts'
import { createSha256, type Sha256 } from '../protocol/sha256.ts'
import type { Block } from './fetch-range.ts'
import type { Layers, TreeOf } from './layers.ts'
import type { GatewayLimits } from './limits.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import { readPieces } from './read-pieces.ts'
import type { RelayPeers } from './relay-peers.ts'

export interface TreeReading {
  layers: Layers
  limits: GatewayLimits
  log: Log
  metrics: Metrics
  signal: Signal
}

/**
 * Bytes `[start, end)` of a file with a tree, for one reader, from members; nothing is kept.
 *
 * @throws {HypertunaError} see FileReader
 */
export async function* readTree(
  relay: RelayPeers,
  tree: TreeOf,
  range: { start: number; end: number },
  { layers, limits, log, metrics, signal }: TreeReading
): AsyncGenerator<Block> {
  const { record, provider, authorization } = tree
  const { start, end } = range
  const layer = await layers.acquire(relay, tree, signal)
  try {
    const first = Math.floor(start / PIECE_SIZE)
    const last = Math.ceil(end / PIECE_SIZE)
    const whole = start === 0 && end === record.size ? createSha256() : null
    const source = {
      relay,
      record,
      layer,
      provider,
      authorization,
      limits,
      log,
      metrics,
      signal
    }
    let at = first * PIECE_SIZE
    for await (const piece of readPieces(first, last, source)) {
      metrics.fetched(piece)
      if (whole !== null) for (const chunk of piece) whole.update(chunk)
      const begin = at
      at = Math.min(at + PIECE_SIZE, record.size)
      // The last part leaves only when all of it is right: without it no client takes the body.
      if (whole !== null && at === end) checkWhole(whole, record)
      yield cut(piece, start - begin, end - begin)
    }
  } finally {
    layers.release(record)
  }
}

/** Of a block, the bytes from `start` (if that is in it) to `end`. */
function cut(block: Block, start: number, end: number): Block {
  const parts: Block = []
  let at = 0
  for (const chunk of block) {
    const part = chunk.subarray(Math.max(0, start - at), Math.max(0, end - at))
    if (part.byteLength > 0) parts.push(part)
    at += chunk.byteLength
  }
  return parts
}

function checkWhole(whole: Sha256, record: FileRecord): void {
  if (whole.digest().toString('hex') !== record.hash) throw mismatch()
}

/** What is told when a record is wrong. */
export function mismatch(): HypertunaError {
  return new HypertunaError('HASH_MISMATCH', 'The record of this file disagrees with its bytes')
}
