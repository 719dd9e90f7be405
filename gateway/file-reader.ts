import { HypertunaError, type ErrorCode } from '../protocol/errors.ts'
import type { FileRecord } from '../protocol/file-event.ts'
import type { Signal } from '../protocol/file-channel/channel.ts'
import type { FileDigest } from '../protocol/pieces.ts'
import { createSha256 } from '../protocol/sha256.ts'
import type { Cache } from './cache/cache.ts'
import type { Names } from './cache/names.ts'
import type { Block } from './fetch-range.ts'
import type { Flow } from './flow.ts'
import { Flows } from './flows.ts'
import { Layers } from './layers.ts'
import type { GatewayLimits } from './limits.ts'
import type { Located } from './locate.ts'
import type { Log } from './log.ts'
import type { Measured } from './measured.ts'
import type { Metrics } from './metrics.ts'
import type { Peers } from './peers.ts'
import { readPieces } from './read-pieces.ts'
import { mismatch, readTree, type TreeReading } from './read-tree.ts'
import { isAuthorization } from './record.ts'
import type { RelayPeers } from './relay-peers.ts'
import type { Rules } from './rules.ts'
import { settle, type Settled } from './settle.ts'
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
  names: Names
  measured: Measured
  limits: GatewayLimits
  metrics: Metrics
  rules: Pick<Rules, 'check'>
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

  get #way(): Omit<TreeReading, 'signal'> {
    const { limits, log, metrics } = this.#options
    return { layers: this.#layers, limits, log, metrics }
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
    this.#options.spools.end(hash)
  }

  /** Whether bytes `[start, end)` are here. */
  async has({ piecesRoot, size }: FileRecord, start: number, end: number): Promise<boolean> {
    if (size === 0 || start >= end) return true
    const object = piecesRoot === null ? null : await this.#options.cache.open(piecesRoot, size)
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
      yield* this.#readWhole(found, found.relay, located, range, signal)
    } else if (isForMembers(located) && found.relay !== null && hasTree(located)) {
      yield* readTree(found.relay, located, range, { ...this.#way, signal })
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
    const { metrics, rules } = this.#options
    const flow = await this.#flows.open(piecesRoot, record)
    if (flow === null) return yield* this.#readPast(found, piecesRoot, range, signal)
    let at = range.start
    try {
      // Nothing is fetched of what was blocked while its place in the cache was opened.
      rules.check(found.publicIdentifier, record.hash)
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

  /** What the cache does not take: whoever came a moment ago may have had it checked. */
  async *#readPast(
    found: Found,
    piecesRoot: string,
    range: { start: number; end: number },
    signal: Signal
  ): AsyncGenerator<Block> {
    const { spools } = this.#options
    const spool = spools.find(found.publicIdentifier, found.record.hash)
    if (spool === null) return yield* this.#readDirect(found, piecesRoot, range, signal)
    try {
      yield* spool.read(range.start, range.end, signal)
    } finally {
      spools.release(spool, false)
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
      yield* readTree(relay, { record, provider, authorization: null }, range, {
        ...this.#way,
        signal
      })
    } finally {
      peers.release(relay)
    }
  }

  /** The file with its true size; see `settle`. */
  settle(found: Found, signal: Signal): Promise<Settled> {
    const name = (digest: FileDigest, { record }: Found): void =>
      this.#name({ ...found, record }, found.located!, digest)
    return settle(found, { ...this.#options, name, signal })
  }

  /** A file without a tree: when it is right as a whole, the cache has it, with its tree. */
  async *#readWhole(
    found: Found,
    relay: RelayPeers,
    located: Located,
    range: { start: number; end: number },
    signal: Signal
  ): AsyncGenerator<Block> {
    const { spools, cache, metrics } = this.#options
    const spool = spools.acquire(relay, located, { keeper: cache, metrics })
    try {
      const { digest, kept } = await within(spool.filled, this.#limits.firstByte, signal)
      if (!isForMembers(located)) this.#name(found, located, digest)
      if (kept) yield* this.#readShared(found, digest.piecesRoot, range, signal)
      else yield* spool.read(range.start, range.end, signal)
    } finally {
      const { code } = HypertunaError.from(signal.reason)
      spools.release(spool, signal.aborted && code === 'TIMEOUT')
    }
  }

  /** From now on the file is one with a tree. */
  #name({ publicIdentifier, record }: Found, { event }: Located, digest: FileDigest): void {
    const { names, measured } = this.#options
    this.know(digest)
    if (isAuthorization(event)) return // nobody has published it yet
    names.set(publicIdentifier, measured.complete(record), event)
  }

  /** A public file was hashed here, whole: its tree is known. */
  know(digest: FileDigest): void {
    this.#options.measured.set(digest)
    this.#layers.remember(digest.piecesRoot, digest.layer)
  }
}

export function hasTree(located: Located): located is Located & { record: { piecesRoot: string } } {
  return located.record.piecesRoot !== null
}

export function isForMembers(located: Located | null): located is Located {
  return located !== null && located.authorization !== null
}
