/**
 * One question to one holder: show that you have this file.
 *
 * Whoever has the file too asks for the digest of a random range, keyed with a fresh
 * nonce: 32 bytes come back, and nothing can be prepared. Whoever has not asks for one
 * random piece and checks it against the tree that the file's record names.
 */
import AbortController from 'bare-abort-controller'
import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import sodium from 'sodium-universal'

import { HypertunaError } from '../../../protocol/errors.ts'
import type { FileChannel, Signal } from '../../../protocol/file-channel/channel.ts'
import { layerRoot, PIECE_SIZE, pieceCount, verifyPiece } from '../../../protocol/pieces.ts'
import type { Drive } from '../drive.ts'
import type { SyncedFile } from '../synced-file.ts'
import type { Failure } from './ledger.ts'

/** `unknown`: the answer says nothing about the file. */
export type Verdict = 'held' | 'unknown' | Failure

export interface Challenge {
  file: Pick<SyncedFile, 'hash' | 'size' | 'piecesRoot' | 'here'>
  channel: Pick<FileChannel, 'sample' | 'request' | 'pieces'>
  drive: Pick<Drive, 'getFile' | 'layer'>
  relayKey: string
  /** Milliseconds that the holder has. */
  patience: number
  /** Told of the question before it leaves. */
  onask?(question: Question): void
}

export interface Question {
  hash: string
  offset: number
  length: number
  nonce: Uint8Array
}

/** Bytes of a sample at most: enough to notice, and cheap to read. */
const SAMPLE = 64 * 1024

/** What other sides say that has not got the bytes, and means it. */
const SAID: Partial<Record<string, Failure>> = {
  NOT_HELD: 'not-held',
  STORAGE: 'unreadable',
  INTERNAL: 'unreadable',
  WRONG_BYTES: 'wrong-bytes',
  TOO_LARGE: 'wrong-bytes',
  TRUNCATED: 'wrong-bytes',
  BAD_REQUEST: 'wrong-bytes', // the range is not in its file
  TIMEOUT: 'silent'
}

/** Asks, and judges the answer. Never throws. */
export async function challenge(options: Challenge): Promise<Verdict> {
  const abort = new AbortController()
  const signal = abort.signal as unknown as Signal
  let late = false
  const timer = setTimeout(() => {
    late = true
    abort.abort(undefined)
  }, options.patience)
  try {
    return options.file.here ? await bySample(options, signal) : await byPiece(options, signal)
  } catch (err) {
    if (late) return 'silent'
    // Anything else is a failure of ours.
    return err instanceof HypertunaError ? (SAID[err.code] ?? 'unknown') : 'unknown'
  } finally {
    clearTimeout(timer)
  }
}

/** What the question may cost in bytes on the wire. */
export function costOf({ here, size }: Challenge['file']): number {
  if (here || size === null) return 0
  return Math.min(size, PIECE_SIZE) + (size > PIECE_SIZE ? 32 * pieceCount(size) : 0)
}

async function bySample(
  { file, channel, drive, relayKey, onask }: Challenge,
  signal: Signal
): Promise<Verdict> {
  const { hash, size } = file
  if (size === null) return 'unknown'
  const piece = randomBelow(pieceCount(size))
  const start = piece * PIECE_SIZE
  const end = Math.min(size, start + PIECE_SIZE)
  const length = Math.min(SAMPLE, end - start)
  const offset = start + randomBelow(end - start - length + 1)
  const nonce = crypto.randomBytes(32)
  const read = (from: number, to: number): Promise<Uint8Array[] | null> =>
    from === to ? Promise.resolve([]) : readOwn(drive, relayKey, hash, from, to)
  const own = await read(offset, offset + length)
  if (own === null) return 'unknown'
  const expected = b4a.alloc(32)
  sodium.crypto_generichash_batch(expected, own, nonce)
  onask?.({ hash, offset, length, nonce })
  if (b4a.equals(await channel.sample({ hash, offset, length, nonce, signal }), expected)) {
    return 'held'
  }
  // Before others are blamed: is what we have here still what it was?
  const ours = await read(start, end)
  const layer = await layerOf(drive, relayKey, hash)
  const right = ours !== null && layer !== null && verifyPiece(layer, size, piece, ours)
  return right ? 'wrong-bytes' : 'unknown'
}

async function byPiece({ file, channel, onask }: Challenge, signal: Signal): Promise<Verdict> {
  const { hash, size, piecesRoot } = file
  if (piecesRoot === null || size === null || size === 0) return 'unknown'
  let layer: Uint8Array = b4a.from(piecesRoot, 'hex')
  if (size > PIECE_SIZE) {
    layer = await channel.pieces({ hash, size, signal })
    if (layerRoot(layer, size) !== piecesRoot) return 'wrong-bytes'
  }
  const piece = randomBelow(pieceCount(size))
  const offset = piece * PIECE_SIZE
  const length = Math.min(PIECE_SIZE, size - offset)
  onask?.({ hash, offset, length, nonce: new Uint8Array(0) })
  const { stream } = await channel.request({ hash, offset, length, event: false, signal })
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return verifyPiece(layer, size, piece, chunks) ? 'held' : 'wrong-bytes'
}

/** Null when our own copy cannot be read: it proves nothing about others. */
async function readOwn(
  drive: Challenge['drive'],
  relayKey: string,
  hash: string,
  start: number,
  end: number
): Promise<Uint8Array[] | null> {
  try {
    const chunks: Uint8Array[] = []
    let length = 0
    for await (const chunk of drive.getFile(relayKey, hash, { start, end })) {
      length += chunk.byteLength
      chunks.push(chunk)
    }
    return length === end - start ? chunks : null
  } catch {
    return null // the reader has said what is wrong; here it only means no verdict
  }
}

async function layerOf(
  drive: Challenge['drive'],
  relayKey: string,
  hash: string
): Promise<Uint8Array | null> {
  try {
    return await drive.layer(relayKey, hash)
  } catch {
    return null // as above
  }
}

/** A whole number from 0 up to and without `limit`; 0 for a limit of 0. */
function randomBelow(limit: number): number {
  const six = crypto.randomBytes(6)
  const value = six.reduce((sum, byte) => sum * 256 + byte, 0)
  return limit <= 0 ? 0 : value % limit
}
