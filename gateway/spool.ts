import 'bare-abort-controller/global'
import fs from 'bare-fs'
import { randomBytes } from 'bare-crypto'
import sodium from 'sodium-universal'
import { HypertunaError } from '../protocol/errors.ts'
import type { Signal } from '../protocol/file-channel/channel.ts'
import type { NostrEvent } from '../protocol/nostr.ts'
import { FileHasher, PIECE_SIZE, type FileDigest } from '../protocol/pieces.ts'
import { choose, type Choice } from './choose.ts'
import { fetchRange, type Block } from './fetch-range.ts'
import type { GatewayLimits } from './limits.ts'
import type { Located } from './locate.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { Provider, RelayPeers } from './relay-peers.ts'
import { Sizes } from './sizes.ts'
import { create, createUnnamed, encipher, named, write } from './spool-file.ts'
import { abortReason, throwIfAborted } from './wait.ts'

interface SpoolOptions {
  directory: string
  keeper: Keeper
  /** Waits until it may begin; what it gives is called at the end. */
  turn: () => Promise<() => void>
  /** Whether there is room for it, now that its size is told. */
  fits: () => boolean
  relay: RelayPeers
  located: Located
  limits: GatewayLimits
  metrics: Metrics
  log: Log
}

/** Where a public file goes once it has proven right. */
export interface Keeper {
  takes(size: number): boolean
  incoming(): Promise<string>
  adopt(path: string, digest: FileDigest): Promise<boolean>
}

/** What came of a whole file. */
export interface Filled {
  digest: FileDigest
  /** Whether the cache has it now. */
  kept: boolean
}

/**
 * A file whose record has no tree: fetched whole into a temporary file and
 * hashed before any of it is served. Each provider is tried alone, from the
 * beginning, because a wrong whole does not say whose part was wrong.
 *
 * What is for everybody is measured meanwhile, and is the cache's when it is right.
 * Any other temporary file has no name on disk while it is open, so nothing is left
 * behind by a kill. What is for members alone is enciphered in it, by a key that
 * is only in memory.
 */
export class Spool {
  /** Settles when the whole is there and right; see FileClient for the codes. */
  readonly filled: Promise<Filled>
  readonly hash: string
  /** Bytes; where the event tells none, as the provider has it that is being heard. */
  size: number
  users = 0
  settled = false
  /** Whether it has failed: who comes now is not to join it. */
  isOver = false
  /** Whether the cache has it now. */
  kept = false
  readonly #stop = new AbortController()
  #file: number | null = null
  /** Of the pieces in the file; null for what anybody may read. */
  #key: Buffer | null = null
  #authorization: NostrEvent | null

  constructor(options: SpoolOptions) {
    this.hash = options.located.record.hash
    const { record, isSized } = options.located
    this.size = isSized ? record.size : 0
    this.#authorization = options.located.authorization
    this.filled = this.#inTurn(options).finally(() => {
      this.settled = true
    })
    this.filled.catch(() => {}) // whoever waits for it hears of it
  }

  /**
   * Another client waits for it too, who was let: who came first may be let no more
   * before all is here.
   */
  join({ authorization }: Located): void {
    this.#authorization = authorization
  }

  /** Whether anybody may have it. */
  get isPublic(): boolean {
    return this.#authorization === null
  }

  /** Bytes `[start, end)` once it is filled. */
  async *read(start: number, end: number, signal: Signal): AsyncGenerator<Block> {
    for (let at = start; at < end;) {
      throwIfAborted(signal)
      const index = Math.floor(at / PIECE_SIZE)
      const from = at - index * PIECE_SIZE
      const piece = await this.#take(index)
      const part = piece.subarray(from, Math.min(piece.byteLength, from + end - at))
      at += part.byteLength
      yield [part]
    }
  }

  async #take(index: number): Promise<Buffer> {
    const begin = index * PIECE_SIZE
    const piece = Buffer.allocUnsafeSlow(Math.min(PIECE_SIZE, this.size - begin))
    for (let done = 0; done < piece.byteLength;) {
      if (this.#file === null) throw new HypertunaError('CLOSED', 'The file is no longer here')
      const read = await fs.read(this.#file, piece, done, piece.byteLength - done, begin + done)
      if (read === 0) throw new HypertunaError('STORAGE_FAILED', 'The temporary file was cut off')
      done += read
    }
    if (this.#key !== null) encipher(piece, index, this.#key)
    return piece
  }

  /** Hashes what a provider sends, and keeps it. @throws {HypertunaError} see fetchRange, STORAGE_* */
  async #keep(file: number, blocks: AsyncIterable<Block>, metrics: Metrics): Promise<FileDigest> {
    const hasher = new FileHasher()
    // A new key for each try: the same one would show what two of them have in common.
    this.#key =
      this.#authorization === null ? null : Buffer.from(randomBytes(sodium.crypto_stream_KEYBYTES))
    let index = 0
    for await (const block of blocks) {
      const piece = Buffer.concat(block)
      hasher.update(piece)
      metrics.fetched(block)
      if (this.#key !== null) encipher(piece, index, this.#key)
      await write(file, piece, index * PIECE_SIZE)
      index++
    }
    return hasher.digest()
  }

  /**
   * Stops fetching and frees the disk. Closing twice is safe.
   *
   * @param reason - told to who waits
   */
  async close(
    reason = new HypertunaError('CANCELLED', 'Nobody waits for this file any more')
  ): Promise<void> {
    this.#stop.abort(reason)
    await this.filled.catch(() => {})
    const file = this.#file
    this.#file = null
    if (file !== null) await fs.close(file)
  }

  async #inTurn(options: SpoolOptions): Promise<Filled> {
    const end = await options.turn()
    try {
      throwIfAborted(this.#stop.signal)
      return await this.#fill(options)
    } finally {
      end()
    }
  }

  /** Into a file of the cache's, that is the cache's or gone in the end; else into one without a name. */
  async #fill(options: SpoolOptions): Promise<Filled> {
    const { keeper, located, directory } = options
    const isKept = keeper.takes(located.isSized ? this.size : 1) // in the end its size is known
    if (located.authorization !== null || !isKept) {
      this.#file = await createUnnamed(directory)
      return { digest: await this.#fetch(this.#file, options), kept: false }
    }
    const path = await named(keeper)
    let kept = false
    try {
      this.#file = await create(path)
      const digest = await this.#fetch(this.#file, options)
      throwIfAborted(this.#stop.signal)
      this.kept = kept = await keeper.adopt(path, digest)
      return { digest, kept }
    } finally {
      if (!kept) await fs.unlink(path).catch(() => {}) // it may not have been made
    }
  }

  /** The whole, from whoever has it, right. @throws {HypertunaError} see FileReader */
  async #fetch(file: number, options: SpoolOptions): Promise<FileDigest> {
    const { relay, located, limits, log } = options
    const { hash } = located.record
    const { signal } = this.#stop
    const told = located.isSized ? null : new Sizes(hash, limits)
    const choice: Choice = { relay, hash, first: located.provider, limits, signal, begun: false }
    const failed = new Map<Provider, HypertunaError>()
    let tried: NostrEvent | null | undefined
    for (;;) {
      throwIfAborted(signal)
      if (told !== null) {
        const usable = relay.usable(hash).filter((provider) => !failed.has(provider))
        choice.first = await told.least(usable, this.#authorization, signal)
      }
      const chosen = await choose(choice, failed).catch((err: unknown) => err)
      // Who came meanwhile may be let where the one before was not.
      const renewed = tried !== undefined && tried !== this.#authorization
      if (chosen instanceof Error) {
        if (!renewed || signal.aborted) {
          this.isOver = true
          throw chosen
        }
        failed.clear()
        tried = this.#authorization
        continue
      }
      const provider = chosen as Provider
      const authorization = this.#authorization
      tried = authorization
      try {
        if (told !== null) this.#expect(await told.of(provider, authorization, signal), options)
        return await this.#fetchFrom(provider, authorization, file, options)
      } catch (err) {
        if (signal.aborted) throw abortReason(signal)
        const error = HypertunaError.from(err)
        if (error.code === 'STORAGE_FULL' || error.code === 'STORAGE_FAILED') throw error
        const renewed = error.code === 'FORBIDDEN' && authorization !== this.#authorization
        if (!renewed) failed.set(provider, error)
        if (error.code === 'WRONG_BYTES') relay.setAside(provider, hash, error.message)
        log('provider replaced', {
          driveKey: provider.driveKey,
          error: authorization === null ? error : error.code
        })
      }
    }
  }

  /** The whole from one provider, which has the hash. @throws {HypertunaError} see fetchRange */
  async #fetchFrom(
    provider: Provider,
    authorization: NostrEvent | null,
    file: number,
    { located, limits, metrics }: SpoolOptions
  ): Promise<FileDigest> {
    const { size } = this
    const asked = { limits, authorization, signal: this.#stop.signal }
    const blocks = fetchRange(provider, { ...located.record, size }, { start: 0, end: size }, asked)
    const digest = await this.#keep(file, blocks, metrics)
    // One who told more may have been heard before.
    if (!located.isSized) await fs.ftruncate(file, size)
    if (digest.hash === located.record.hash) return digest
    throw new HypertunaError('WRONG_BYTES', 'The file is not the one that was published')
  }

  /** So much is told now. @throws {HypertunaError} BUSY without room for it */
  #expect(size: number, { fits }: SpoolOptions): void {
    this.size = size
    if (fits()) return
    this.size = 0
    throw new HypertunaError('BUSY', 'This gateway has no room to check the file')
  }
}
