import { HypertunaError } from '../protocol/errors.ts'
import type { FileRecord } from '../protocol/file-event.ts'
import type { Signal } from '../protocol/file-channel/channel.ts'
import type { NostrEvent } from '../protocol/nostr.ts'
import { PIECE_SIZE, verifyPiece } from '../protocol/pieces.ts'
import { sha256 } from '../protocol/sha256.ts'
import { choose } from './choose.ts'
import { fetchRange, type Block } from './fetch-range.ts'
import { begin } from './hedge.ts'
import type { GatewayLimits } from './limits.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { Provider, RelayPeers } from './relay-peers.ts'
import { throwIfAborted } from './wait.ts'

export interface ReadOptions {
  relay: RelayPeers
  record: FileRecord
  /** Checked against the record's root. */
  layer: Uint8Array
  /** The member to begin with, if one is known to have it. */
  provider: Provider | null
  /** See Located. */
  authorization: NostrEvent | null
  limits: GatewayLimits
  metrics: Metrics
  log: Log
  signal: Signal
}

/**
 * Pieces `[first, last)` of a file, each of them checked. A member that stalls,
 * vanishes or lies is replaced, and the next one goes on from the first piece
 * that is missing; whoever lied is set aside.
 *
 * @throws {HypertunaError} HASH_MISMATCH when the record is wrong. When nobody can go on: WRONG_BYTES if all that is
 *   left to say is that everybody lied, else the reason of one of them
 */
export async function* readPieces(
  first: number,
  last: number,
  options: ReadOptions
): AsyncGenerator<Block> {
  const { relay, record, layer, limits, metrics, signal } = options
  const failed = new Map<Provider, HypertunaError>()
  const fail = (provider: Provider, error: HypertunaError, index: number): void => {
    failed.set(provider, error)
    onfailed(provider, error, index, options)
  }
  let index = first
  while (index < last) {
    const begun = index > first
    const choice = { relay, hash: record.hash, first: options.provider, limits, signal, begun }
    const provider = await choose(choice, failed)
    const range = { start: index * PIECE_SIZE, end: Math.min(last * PIECE_SIZE, record.size) }
    const answer = await begin(provider, {
      ask: (one, stop) => fetchRange(one, record, range, { ...options, signal: stop }),
      other: (not) => relay.usable(record.hash).find((p) => p !== not && !failed.has(p)) ?? null,
      after: limits.hedge,
      onfailed: (one, error) => fail(one, error, index),
      onhedge: () => metrics.hedged(),
      signal
    }).catch((err: unknown) => {
      throwIfAborted(signal)
      return HypertunaError.from(err)
    })
    if (answer instanceof HypertunaError) continue // each of them is in `failed`
    const before = index
    try {
      for (let next = answer.first; next.done !== true; next = await answer.rest.next()) {
        const piece = next.value
        if (!verifyPiece(layer, record.size, index, piece)) throw wrongPiece(record, index, piece)
        index++
        yield piece
      }
    } catch (err) {
      throwIfAborted(signal)
      const error = HypertunaError.from(err)
      if (error.code === 'HASH_MISMATCH') throw error
      // A request that ended after progress (a slow client let it lapse) may be asked again.
      const again = index > before && mayAskAgain(error)
      if (again) onfailed(answer.provider, error, index, options)
      else fail(answer.provider, error, index)
    } finally {
      answer.stop()
    }
  }
}

function onfailed(
  provider: Provider,
  error: HypertunaError,
  piece: number,
  { relay, record, authorization, metrics, log }: ReadOptions
): void {
  if (error.code === 'WRONG_BYTES') relay.setAside(provider, record.hash, error.message)
  metrics.replaced(error.code)
  const why = authorization === null ? error : error.code
  log('provider replaced', { driveKey: provider.driveKey, piece, error: why })
}

/** Who is wrong, the member or the record: where the piece is the whole file, its hash tells. */
function wrongPiece(record: FileRecord, index: number, piece: Block): HypertunaError {
  if (record.size <= PIECE_SIZE && sha256(Buffer.concat(piece)).toString('hex') === record.hash) {
    return new HypertunaError('HASH_MISMATCH', 'The record of this file disagrees with its bytes')
  }
  return new HypertunaError('WRONG_BYTES', `Piece ${index} is not what was published`)
}

function mayAskAgain(error: HypertunaError): boolean {
  return error.code !== 'WRONG_BYTES' && error.code !== 'TIMEOUT'
}
