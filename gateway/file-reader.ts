import { HypertunaError, type ErrorCode } from '../protocol/errors.ts'
import type { FileRecord } from '../protocol/file-event.ts'
import type { Signal } from '../protocol/file-channel/channel.ts'
import { PIECE_SIZE } from '../protocol/pieces.ts'
import { createSha256, type Sha256 } from '../protocol/sha256.ts'
import type { Cache } from './cache/cache.ts'
import type { Block } from './fetch-range.ts'
import type { Flow } from './flow.ts'
import { Flows } from './flows.ts'
import { Layers, type TreeOf } from './layers.ts'
import type { GatewayLimits } from './limits.ts'
import type { Located } from './locate.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { Peers } from './peers.ts'
import { readPieces } from './read-pieces.ts'
import type { RelayPeers } from './relay-peers.ts'
import type { Spools } from './spools.ts'
import { within } from './wait.ts'

/** What a response reads: a file of a relay, found at a member just now or earlier. */
export interface Found {
  publicIdentifier: string
  record: FileRecord
  eventId: string
  located: Located | null
  relay: RelayPeers | null
}

interface Options {
  peers: Peers
  spools: Spools
  cache: Cache
  limits: GatewayLimits
  metrics: Metrics
  log: Log
}

const EMPTY_HASH = createSha256().digest().toString('hex')
const DISK: ReadonlySet<ErrorCode> = new Set(['STORAGE_FULL', 'STORAGE_FAILED'])

/** The bytes of files that were found: from the disk, or from members, checked on the way. */
export class FileReader {
  readonly #options: Options
  readonly #limits: GatewayLimits
  readonly #log: Log
  readonly #layers: Layers
  readonly #flows: Flows

  constructor(options: Options) {
    const { cache, limits } = options
    this.#options = options
    this.#limits = limits
    this.#log = options.log
    this.#layers = new Layers(limits)
    this.#flows = new Flows({ cache, memory: limits.memory })
  }

  /** A block that was read has gone out, and is not looked at any more. */
  sent(block: Block): void {
    for (const part of block) this.#flows.shares.pool.give(part)
  }

  /** Whether there is room to read one block while another is on its way. */
  get readsAhead(): boolean {
    return this.#flows.shares.readsAhead
  }

  /** Ends what is read now of a file, by its hash. */
  end(hash: string): void {
    this.#flows.end(hash)
  }

  /** Whether bytes `[start, end)` are here. */
  async has({ piecesRoot, size }: FileRecord, start: number, end: number): Promise<boolean> {
    if (size === 0 || start >= end) return true
    const object = piecesRoot === null ? null : await this.#options.cache.open(piecesRoot, size, 0)
    if (object === null) return false
    const covers = object.covers(start, end)
    this.#options.cache.release(object)
    return covers
  }

  /**
   * Bytes `[start, end)`, none of which is wrong; the whole file only if its sha256 is right.
   *
   * @throws {HypertunaError} WRONG_BYTES when everybody lied, HASH_MISMATCH when the record
   *   itself disagrees with the bytes, STORAGE_FULL, or why the last member did not go on
   */
  async *read(
    found: Found,
    range: { start: number; end: number },
    signal: Signal
  ): AsyncGenerator<Block> {
    const { record, located } = found
    if (record.size === 0) {
      if (record.hash !== EMPTY_HASH) throw mismatch()
    } else if (record.piecesRoot === null) {
      if (located === null || found.relay === null) throw mismatch()
      yield* this.#readWhole(found.relay, located, range, signal)
    } else if (isForMembers(located) && found.relay !== null && hasTree(located)) {
      yield* this.#readTree(found.relay, located, range, signal)
    } else {
      yield* this.#readShared(found, record.piecesRoot, range, signal)
    }
  }

  /** Public bytes: from the disk, or fetched once for all who ask. */
  async *#readShared(
    found: Found,
    piecesRoot: string,
    range: { start: number; end: number },
    signal: Signal
  ): AsyncGenerator<Block> {
    const { record } = found
    const { metrics } = this.#options
    const flow = await this.#flows.open(piecesRoot, record, range.end - range.start)
    if (flow === null) return yield* this.#readDirect(found, piecesRoot, range, signal)
    let at = range.start
    try {
      const upstream = {
        name: found.publicIdentifier,
        fetch: (first: number, last: number, stop: Signal) =>
          this.#fetch(found, piecesRoot, flow, { first, last }, stop)
      }
      const onhit = (bytes: number): void => metrics.hit(bytes)
      for await (const block of flow.read(range, { hash: record.hash, upstream, signal, onhit })) {
        for (const { byteLength } of block) at += byteLength
        yield block
      }
    } catch (err) {
      const error = HypertunaError.from(err)
      if (!DISK.has(error.code) || at > range.start) throw err
      this.#log('cache passed by', { error })
      yield* this.#readDirect(found, piecesRoot, range, signal)
    } finally {
      this.#flows.release(flow)
    }
  }

  /** Checked pieces for everybody who reads a flow; it holds the relay for itself. */
  async *#fetch(
    { publicIdentifier, record, located }: Found,
    piecesRoot: string,
    flow: Flow,
    { first, last }: { first: number; last: number },
    signal: Signal
  ): AsyncGenerator<Block> {
    const { peers, metrics } = this.#options
    const relay = peers.use(publicIdentifier)
    const provider = located?.provider ?? null
    const tree = { record: { ...record, piecesRoot }, provider, authorization: null }
    let leased = false
    try {
      if (flow.object.layer === null) {
        flow.object.layer = await this.#layers.acquire(relay, tree, signal)
        leased = true
      }
      const { layer } = flow.object
      const source = {
        ...tree,
        relay,
        layer,
        limits: this.#limits,
        log: this.#log,
        signal,
        metrics
      }
      for await (const piece of readPieces(first, last, source)) {
        metrics.fetched(piece)
        yield piece
      }
    } finally {
      if (leased) this.#layers.release(record)
      peers.release(relay)
    }
  }

  async *#readDirect(
    found: Found,
    piecesRoot: string,
    range: { start: number; end: number },
    signal: Signal
  ): AsyncGenerator<Block> {
    const { peers } = this.#options
    const relay = peers.use(found.publicIdentifier)
    try {
      const record = { ...found.record, piecesRoot }
      const provider = found.located?.provider ?? null
      yield* this.#readTree(relay, { record, provider, authorization: null }, range, signal)
    } finally {
      peers.release(relay)
    }
  }

  async *#readTree(
    relay: RelayPeers,
    tree: TreeOf,
    range: { start: number; end: number },
    signal: Signal
  ): AsyncGenerator<Block> {
    const { record, provider, authorization } = tree
    const { start, end } = range
    const layer = await this.#layers.acquire(relay, tree, signal)
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
        metrics: this.#options.metrics,
        signal
      }
      let at = first * PIECE_SIZE
      for await (const piece of readPieces(first, last, source)) {
        this.#options.metrics.fetched(piece)
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
    const { spools } = this.#options
    const spool = spools.acquire(relay, located)
    try {
      await within(spool.filled, this.#limits.firstByte, signal)
      yield* spool.read(range.start, range.end, signal)
    } finally {
      const { code } = HypertunaError.from(signal.reason)
      spools.release(spool, signal.aborted && code === 'TIMEOUT')
    }
  }
}

export function hasTree(located: Located): located is Located & { record: { piecesRoot: string } } {
  return located.record.piecesRoot !== null
}

export function isForMembers(located: Located | null): located is Located {
  return located !== null && located.authorization !== null
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
