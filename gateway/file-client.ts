import 'bare-abort-controller/global'
import { HypertunaError, type ErrorCode } from '../protocol/errors.ts'
import type { FileRecord } from '../protocol/file-event.ts'
import type { Signal } from '../protocol/file-channel/channel.ts'
import type { FileDigest } from '../protocol/pieces.ts'
import { BadRecords } from './bad-records.ts'
import type { Cache } from './cache/cache.ts'
import type { Named, Names } from './cache/names.ts'
import type { Block } from './fetch-range.ts'
import { FileReader, hasTree, isForMembers, type Found } from './file-reader.ts'
import { Hot } from './hot.ts'
import type { GatewayLimits } from './limits.ts'
import { locate, type Located, type LocateOptions } from './locate.ts'
import type { Log } from './log.ts'
import type { Measured } from './measured.ts'
import type { Metrics } from './metrics.ts'
import { Locating } from './locating.ts'
import { Missing } from './missing.ts'
import type { Peers } from './peers.ts'
import { isAuthorization } from './record.ts'
import type { RelayPeers } from './relay-peers.ts'
import type { Rules } from './rules.ts'
import type { Spools } from './spools.ts'
import { within } from './wait.ts'

/** A file that was found, for one response. */
export interface OpenFile {
  readonly record: FileRecord
  /** Whether it is for members alone, and who asked has shown to be one. */
  readonly isPrivate: boolean
  /** As it is known for later requests; null for what is not kept. */
  readonly named: Named | null
  /** Whether `[start, end)` can be read without asking anybody. */
  isCached(start: number, end: number): Promise<boolean>
  /** Bytes `[start, end)`, none of which is wrong; the whole file only if its sha256 is right. */
  read(start: number, end: number): AsyncGenerator<Block>
  /** To be called when a block has gone out, where that is known; nobody looks at it any more. */
  sent(block: Block): void
  /** Whether there is room to read one block while another is on its way. */
  readonly readsAhead: boolean
  close(): void
}

interface Options {
  peers: Peers
  spools: Spools
  cache: Cache
  names: Names
  measured: Measured
  /** What the operator lets be served. */
  rules: Pick<Rules, 'check'>
  limits: GatewayLimits
  metrics: Metrics
  log: Log
}

const GONE: ReadonlySet<ErrorCode> = new Set(['DELETED', 'NOT_IN_RELAY'])
const MISSING: ReadonlySet<ErrorCode> = new Set([...GONE, 'NOBODY_ONLINE'])

/**
 * Files of relays, from the cache and from whichever members are online, checked
 * on the way.
 *
 * Everything it throws is a HypertunaError. From `open`: see `locate`, and BUSY,
 * CLOSED, or what the operator's rules say. From `read`: see FileReader, and
 * what the rules say meanwhile.
 */
export class FileClient {
  readonly #options: Options
  readonly #limits: GatewayLimits
  readonly #log: Log
  readonly #reader: FileReader
  /** Small files that are asked for often. */
  readonly hot: Hot
  readonly #missing: Missing
  readonly #locating = new Locating()
  readonly #rechecks = new Map<string, Promise<void>>()
  readonly #badRecords: BadRecords
  readonly #closing = new AbortController()

  constructor(options: Options) {
    const { limits, rules } = options
    this.#options = options
    this.#limits = limits
    this.#log = options.log
    this.#badRecords = new BadRecords(options.log)
    this.#reader = new FileReader(options)
    this.hot = new Hot({ rules, fresh: limits.fresh, keepAlive: limits.keepAlive })
    this.#missing = new Missing(limits.missing)
  }

  /**
   * Finds a file; close what it gives.
   *
   * @param options.authorize - see LocateOptions
   */
  async open(
    publicIdentifier: string,
    hash: string,
    options: Pick<LocateOptions, 'authorize' | 'signal'>
  ): Promise<OpenFile> {
    const { rules, names, peers } = this.#options
    rules.check(publicIdentifier, hash)
    const named = names.recent(publicIdentifier, hash) ?? (await names.get(publicIdentifier, hash))
    if (named !== null) {
      if (Date.now() - named.asked >= this.#limits.fresh) await this.#recheck(named)
      const known = names.recent(publicIdentifier, hash)
      if (known !== null) return this.#fromName(known, options.signal)
    }
    const name = `${publicIdentifier}/${hash}`
    this.#missing.check(name)
    const relay = peers.use(publicIdentifier)
    try {
      const located = await this.#locateShared(relay, hash, options)
      const { record, eventId } = located
      const told = { publicIdentifier, record, eventId, located, relay }
      const { found, end } = await this.#reader.settle(told, options.signal)
      return this.#openFile(found, options.signal, end)
    } catch (err) {
      peers.release(relay)
      if (!relay.membership.isPrivate) this.#missing.add(name, HypertunaError.from(err), MISSING)
      throw err
    }
  }

  /** A file came to a relay: that it was not there a moment ago says nothing now. */
  arrived(publicIdentifier: string, hash: string): void {
    this.#missing.delete(`${publicIdentifier}/${hash}`)
  }

  /**
   * A public file whose record is known here, without asking anybody.
   *
   * @returns null when it is not known
   * @throws {HypertunaError} what the operator's rules say
   */
  async openCached(
    publicIdentifier: string,
    hash: string,
    signal: Signal
  ): Promise<OpenFile | null> {
    const { rules, names } = this.#options
    rules.check(publicIdentifier, hash)
    const named = await names.get(publicIdentifier, hash)
    return named === null ? null : this.#fromName(named, signal)
  }

  /** A public file was hashed here, whole, on its way to a member. */
  know(digest: FileDigest): void {
    this.#reader.know(digest)
  }

  /** Forgets what was kept of a file under this hash. Returns how many copies there were. */
  async purge(hash: string): Promise<number> {
    this.hot.purge(hash)
    this.#reader.end(hash)
    return this.#options.cache.purge(hash)
  }

  /** Ends what is under way for nobody in particular. */
  close(): void {
    this.#closing.abort(new HypertunaError('CLOSED', 'The gateway is closing'))
  }

  /** One search for all who ask for a public file; in a private relay each asks for itself. */
  async #locateShared(
    relay: RelayPeers,
    hash: string,
    options: Pick<LocateOptions, 'authorize' | 'signal'>
  ): Promise<Located> {
    if (relay.membership.isPrivate) return this.#locate(relay, hash, options)
    const seek = (signal: Signal): Promise<Located> =>
      this.#locate(relay, hash, { authorize: refuse, signal })
    const name = `${relay.publicIdentifier}/${hash}`
    try {
      return await this.#locating.find(name, seek, options.signal)
    } catch (err) {
      // It has turned out to be a private one.
      if (HypertunaError.from(err).code !== 'UNAUTHORIZED') throw err
      return this.#locate(relay, hash, options)
    }
  }

  async #locate(
    relay: RelayPeers,
    hash: string,
    options: Pick<LocateOptions, 'authorize' | 'signal'>
  ): Promise<Located> {
    const isBad = (eventId: string, file: string): boolean => this.#badRecords.has(eventId, file)
    const located = await locate(relay, hash, { limits: this.#limits, isBad, ...options })
    // What is for members alone is not kept, not even its name.
    if (located.authorization !== null) return located
    const { names, measured } = this.#options
    const record = measured.complete(located.record, located.isSized)
    const whole = { ...located, record }
    const isNamed = !isAuthorization(located.event) && hasTree(whole)
    if (isNamed) names.set(relay.publicIdentifier, record, located.event)
    return whole
  }

  #fromName({ publicIdentifier, record, eventId }: Named, signal: Signal): OpenFile {
    return this.#openFile({ publicIdentifier, record, eventId, located: null, relay: null }, signal)
  }

  #openFile(found: Found, signal: Signal, end: () => void = () => {}): OpenFile {
    const { record, located, relay } = found
    const isPrivate = isForMembers(located)
    const reader = this.#reader
    return {
      record,
      isPrivate,
      named: isPrivate ? null : this.#options.names.recent(found.publicIdentifier, record.hash),
      isCached: (start, end) =>
        isPrivate ? Promise.resolve(false) : this.#reader.has(record, start, end),
      read: (start, end) => this.#read(found, { start, end }, signal),
      sent: (block) => reader.sent(block),
      get readsAhead() {
        return reader.readsAhead
      },
      close: () => {
        end()
        if (relay !== null) this.#options.peers.release(relay)
      }
    }
  }

  /**
   * Asks members again about a file that is served from here. Who is connected is
   * waited for, for a moment; when nobody is, the file is served meanwhile.
   */
  async #recheck(named: Named): Promise<void> {
    const { publicIdentifier, hash } = named
    const name = `${publicIdentifier}/${hash}`
    named.asked = Date.now()
    let asking = this.#rechecks.get(name)
    if (asking === undefined) {
      asking = this.#ask(named).finally(() => this.#rechecks.delete(name))
      this.#rechecks.set(name, asking)
    }
    await within(asking, this.#limits.recheck, this.#closing.signal).catch((err: unknown) => {
      if (HypertunaError.from(err).code !== 'TIMEOUT') throw err
    })
  }

  /** Settles when there is an answer, or it has become clear that there will be none soon. */
  async #ask({ publicIdentifier, hash }: Named): Promise<void> {
    const { peers, names } = this.#options
    let relay: RelayPeers
    try {
      relay = peers.use(publicIdentifier)
    } catch {
      return // too many relays are in use: the file is served as it was known
    }
    const { signal } = this.#closing
    const asked = this.#locate(relay, hash, { authorize: refuse, signal })
      .then(
        () => {},
        async (err: unknown) => {
          const { code } = HypertunaError.from(err)
          const gone = GONE.has(code) || relay.membership.isPrivate
          if (gone) await names.delete(publicIdentifier, hash)
        }
      )
      .finally(() => peers.release(relay))
    if (relay.usable(hash).length > 0) return asked
    asked.catch((err: unknown) => this.#log('cache not saved', { error: err }))
  }

  /** What the operator refuses while it is read ends with the block it has reached. */
  async *#read(
    found: Found,
    range: { start: number; end: number },
    signal: Signal
  ): AsyncGenerator<Block> {
    const { publicIdentifier, record } = found
    try {
      for await (const block of this.#reader.read(found, range, signal)) {
        this.#options.rules.check(publicIdentifier, record.hash)
        yield block
      }
    } catch (err) {
      if (HypertunaError.from(err).code === 'HASH_MISMATCH') {
        this.#badRecords.add(found.eventId, record.hash)
        await this.#options.names.delete(publicIdentifier, record.hash)
      }
      throw err
    }
  }
}

function refuse(): never {
  throw new HypertunaError('UNAUTHORIZED', 'The relay is a private one')
}
