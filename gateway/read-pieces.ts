import { HypertunaError } from '../protocol/errors.ts'
import type { FileRecord } from '../protocol/file-event.ts'
import type { Signal } from '../protocol/file-channel/channel.ts'
import type { NostrEvent } from '../protocol/nostr.ts'
import { PIECE_SIZE, verifyPiece } from '../protocol/pieces.ts'
import { sha256 } from '../protocol/sha256.ts'
import { choose } from './choose.ts'
import { fetchRange, type Block } from './fetch-range.ts'
import type { GatewayLimits } from './limits.ts'
import type { Log } from './log.ts'
import type { Provider, RelayPeers } from './relay-peers.ts'
import { throwIfAborted } from './wait.ts'

export interface ReadOptions {
  relay: RelayPeers
  record: FileRecord
  /** Checked against the record's root. */
  layer: Uint8Array
  /** The member to begin with. */
  provider: Provider
  /** See Located. */
  authorization: NostrEvent | null
  limits: GatewayLimits
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
  const { relay, record, layer, limits, signal, log } = options
  const failed = new Map<Provider, HypertunaError>()
  let index = first
  while (index < last) {
    const begun = index > first
    const choice = { relay, hash: record.hash, first: options.provider, limits, signal, begun }
    const provider = await choose(choice, failed)
    const before = index
    try {
      const range = { start: index * PIECE_SIZE, end: Math.min(last * PIECE_SIZE, record.size) }
      for await (const piece of fetchRange(provider, record, range, options)) {
        if (!verifyPiece(layer, record.size, index, piece)) throw wrongPiece(record, index, piece)
        index++
        yield piece
      }
    } catch (err) {
      throwIfAborted(signal)
      const error = HypertunaError.from(err)
      if (error.code === 'HASH_MISMATCH') throw error
      // A request that ended after progress (a slow client let it lapse) may be asked again.
      if (index === before || !mayAskAgain(error)) failed.set(provider, error)
      if (error.code === 'WRONG_BYTES') relay.setAside(provider, record.hash, error.message)
      const why = options.authorization === null ? error : error.code
      log('provider replaced', { driveKey: provider.driveKey, piece: index, error: why })
    }
  }
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
