import { HypertunaError } from '../protocol/errors.ts'
import type { FileRecord } from '../protocol/file-event.ts'
import type { Signal } from '../protocol/file-channel/channel.ts'
import { PIECE_SIZE } from '../protocol/pieces.ts'
import { createSha256, type Sha256 } from '../protocol/sha256.ts'
import type { Block } from './fetch-range.ts'
import { Layers } from './layers.ts'
import type { GatewayLimits } from './limits.ts'
import { locate, type Located, type LocateOptions } from './locate.ts'
import type { Log } from './log.ts'
import type { Peers } from './peers.ts'
import { readPieces } from './read-pieces.ts'
import type { RelayPeers } from './relay-peers.ts'
import type { Spools } from './spools.ts'
import { within } from './wait.ts'

/** A file that was found, for one response. */
export interface OpenFile {
  readonly record: FileRecord
  /** Whether it is for members alone, and who asked has shown to be one. */
  readonly isPrivate: boolean
  /** Bytes `[start, end)`, none of which is wrong; the whole file only if its sha256 is right. */
  read(start: number, end: number): AsyncGenerator<Block>
  close(): void
}

interface Options {
  peers: Peers
  spools: Spools
  limits: GatewayLimits
  log: Log
}

const EMPTY_HASH = createSha256().digest().toString('hex')
const BAD_KEPT = 1024

/**
 * Files of relays, from whichever members are online, checked on the way.
 *
 * Everything it throws is a HypertunaError. From `open`: see `locate`, and BUSY
 * or CLOSED. From `read`: WRONG_BYTES when everybody lied, HASH_MISMATCH when
 * the record itself disagrees with the bytes, STORAGE_FULL, or why the last
 * member did not go on.
 */
export class FileClient {
  readonly #peers: Peers
  readonly #spools: Spools
  readonly #limits: GatewayLimits
  readonly #log: Log
  readonly #layers: Layers
  readonly #badRecords = new Set<string>()

  constructor(options: Options) {
    this.#peers = options.peers
    this.#spools = options.spools
    this.#limits = options.limits
    this.#log = options.log
    this.#layers = new Layers(options.limits)
  }

  /**
   * Finds a file; close what it gives.
   *
   * @param options.authorize - see LocateOptions
   */
  async open(
    publicIdentifier: string,
    hash: string,
    { authorize, signal }: Pick<LocateOptions, 'authorize' | 'signal'>
  ): Promise<OpenFile> {
    const relay = this.#peers.use(publicIdentifier)
    try {
      const isBad = (eventId: string, file: string): boolean =>
        this.#badRecords.has(`${eventId}:${file}`)
      const asked = { limits: this.#limits, signal, isBad, authorize }
      const located = await locate(relay, hash, asked)
      return {
        record: located.record,
        isPrivate: located.authorization !== null,
        read: (start, end) => this.#read(relay, located, { start, end }, signal),
        close: () => this.#peers.release(relay)
      }
    } catch (err) {
      this.#peers.release(relay)
      throw err
    }
  }

  async *#read(
    relay: RelayPeers,
    located: Located,
    range: { start: number; end: number },
    signal: Signal
  ): AsyncGenerator<Block> {
    const { record, eventId } = located
    try {
      if (record.size === 0) {
        if (record.hash !== EMPTY_HASH) throw mismatch()
      } else if (hasTree(located)) {
        yield* this.#readTree(relay, located, range, signal)
      } else {
        yield* this.#readWhole(relay, located, range, signal)
      }
    } catch (err) {
      if (HypertunaError.from(err).code === 'HASH_MISMATCH') this.#markBad(eventId, record.hash)
      throw err
    }
  }

  async *#readTree(
    relay: RelayPeers,
    located: Located & { record: { piecesRoot: string } },
    range: { start: number; end: number },
    signal: Signal
  ): AsyncGenerator<Block> {
    const { record, provider, authorization } = located
    const { start, end } = range
    const layer = await this.#layers.acquire(relay, located, signal)
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
        limits: this.#limits,
        log: this.#log,
        signal
      }
      let at = first * PIECE_SIZE
      for await (const piece of readPieces(first, last, source)) {
        if (whole !== null) for (const chunk of piece) whole.update(chunk)
        const begin = at
        at = Math.min(at + PIECE_SIZE, record.size)
        // The last part leaves only when all of it is right: without it no client takes the body.
        if (whole !== null && at === end) checkWhole(whole, record)
        yield cut(piece, start - begin, end - begin)
      }
    } finally {
      this.#layers.release(record)
    }
  }

  async *#readWhole(
    relay: RelayPeers,
    located: Located,
    range: { start: number; end: number },
    signal: Signal
  ): AsyncGenerator<Block> {
    const spool = this.#spools.acquire(relay, located)
    try {
      await within(spool.filled, this.#limits.firstByte, signal)
      yield* spool.read(range.start, range.end, signal)
    } finally {
      const { code } = HypertunaError.from(signal.reason)
      this.#spools.release(spool, signal.aborted && code === 'TIMEOUT')
    }
  }

  #markBad(eventId: string, hash: string): void {
    this.#log('bad record', { event: eventId, hash })
    this.#badRecords.add(`${eventId}:${hash}`)
    for (const oldest of this.#badRecords) {
      if (this.#badRecords.size <= BAD_KEPT) break
      this.#badRecords.delete(oldest)
    }
  }
}

function hasTree(located: Located): located is Located & { record: { piecesRoot: string } } {
  return located.record.piecesRoot !== null
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

function mismatch(): HypertunaError {
  return new HypertunaError('HASH_MISMATCH', 'The record of this file disagrees with its bytes')
}
