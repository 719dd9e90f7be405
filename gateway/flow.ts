import 'bare-abort-controller/global'
import { HypertunaError } from '../protocol/errors.ts'
import type { Signal } from '../protocol/file-channel/channel.ts'
import { PIECE_SIZE } from '../protocol/pieces.ts'
import { createSha256, type Sha256 } from '../protocol/sha256.ts'
import type { Cache } from './cache/cache.ts'
import type { CacheObject } from './cache/object.ts'
import type { Block } from './fetch-range.ts'
import { Passing } from './passing.ts'
import type { Shares } from './shares.ts'
import { throwIfAborted } from './wait.ts'

/** Checked pieces `[first, last)` from members. */
export interface Upstream {
  /** Whose failure is whose: readers of one relay share what became of a download. */
  name: string
  fetch(first: number, last: number, signal: Signal): AsyncGenerator<Block>
}

interface Reader {
  /** The piece it needs next, and the one after its last. */
  at: number
  last: number
}

/** A download under way: what comes next, and where it ends. */
interface Run {
  next: number
  to: number
  name: string
  error: HypertunaError | null
  readonly stop: AbortController
  ended: Promise<void>
}

// How many pieces a reader waits for a download that is behind before it begins another.
const NEAR = 32

/**
 * One file on its way to everybody who asks for it: a piece that is on disk is
 * read from there, a missing one is fetched once for all who wait for it. The
 * fastest reader sets the pace; who is slower reads from the disk.
 */
export class Flow {
  users = 0
  readonly object: CacheObject
  readonly #cache: Cache
  readonly #shares: Shares
  readonly #readers = new Set<Reader>()
  readonly #runs = new Set<Run>()
  readonly #passing: Passing
  #hasher: Sha256 | null = null
  /** Bytes from the beginning that are hashed. */
  #hashed = 0
  #proving: Promise<void> | null = null
  #change = Promise.withResolvers<void>()

  constructor(object: CacheObject, options: { cache: Cache; shares: Shares }) {
    this.object = object
    this.#cache = options.cache
    this.#shares = options.shares
    this.#shares.flows++
    this.#passing = new Passing(object, options.shares)
  }

  /**
   * Bytes `[start, end)` of the file that a record calls `hash`. What it yields may be given
   * back to the pool once it is out.
   *
   * @param options.onhit - told how many bytes came from the disk, without waiting for members
   * @throws {HypertunaError} HASH_MISMATCH before the last part of a whole that is not
   *   `hash`, what members failed with, STORAGE_FULL, STORAGE_FAILED, or the signal's reason
   */
  async *read(
    range: { start: number; end: number },
    options: {
      hash: string
      upstream: Upstream
      signal: Signal
      onhit: (bytes: number) => void
    }
  ): AsyncGenerator<Block> {
    const { start, end } = range
    const { hash, signal, onhit } = options
    const { object } = this
    if (object.proven !== null && object.proven !== hash) throw mismatch()
    const whole = start === 0 && end === object.size
    const reader = { at: Math.floor(start / PIECE_SIZE), last: Math.ceil(end / PIECE_SIZE) }
    const wake = (): void => this.#wake()
    signal.addEventListener('abort', wake)
    this.#readers.add(reader)
    if (this.#runs.size > 0) this.#wake() // one that rests may be needed now
    this.#shares.readers++
    try {
      for (let at = start; at < end;) {
        throwIfAborted(signal)
        if (object.dropped) throw new HypertunaError('BUSY', 'The cache let go of it; ask again')
        const index = Math.floor(at / PIECE_SIZE)
        if (index !== reader.at) {
          reader.at = index
          if (this.#runs.size > 0) this.#wake()
        }
        const from = at - index * PIECE_SIZE
        const to = Math.min(
          object.lengthOf(index),
          end - index * PIECE_SIZE,
          from + this.#shares.chunk
        )
        const kept = await this.#passing.take(index, from, to)
        const part = kept ?? (await this.#await(index, { from, to }, reader, options))
        if (kept !== null) onhit(part.byteLength)
        if (whole) this.#hash(at, part)
        at += part.byteLength
        // The last part leaves only when all of it is right: without it no client takes the body.
        if (whole && at === end) await this.#prove(hash)
        yield [part]
      }
    } finally {
      this.#shares.readers--
      this.#readers.delete(reader)
      signal.removeEventListener('abort', wake)
      this.#wake()
    }
  }

  /** Ends all readers: the bytes may be served no more. */
  cut(): void {
    this.object.dropped = true
    this.#wake()
  }

  /** Ends what is under way; settles when nothing of it writes any more. */
  async close(): Promise<void> {
    const runs = [...this.#runs]
    for (const run of runs) run.stop.abort(new HypertunaError('CANCELLED', 'Nobody waits'))
    this.#wake()
    await Promise.all(runs.map((run) => run.ended))
    this.#passing.clear()
    this.#shares.flows--
    await this.object.seal()
  }

  /** Of a piece that is not here: from the download that will bring it, or a new one. */
  async #await(
    index: number,
    { from, to }: { from: number; to: number },
    reader: Reader,
    { upstream, signal }: { upstream: Upstream; signal: Signal }
  ): Promise<Buffer> {
    let run: Run | null = null
    for (;;) {
      throwIfAborted(signal)
      if (this.object.dropped) throw new HypertunaError('BUSY', 'The cache let go of it; ask again')
      const here = await this.#passing.take(index, from, to)
      if (here !== null) return here
      if (this.object.has(index) || this.#passing.has(index)) continue // it came just now
      if (run !== null && run.error !== null && run.name === upstream.name) throw run.error
      const change = this.#change.promise
      run = this.#runTo(index) ?? this.#start(index, reader.last, upstream)
      await change
    }
  }

  #runTo(index: number): Run | null {
    for (const run of this.#runs) {
      if (run.next <= index && index < run.to && index - run.next <= NEAR) return run
    }
    return null
  }

  #start(index: number, last: number, upstream: Upstream): Run {
    let to = index + 1
    while (to < last && !this.object.has(to)) to++
    for (const other of this.#runs) {
      if (other.next > index) to = Math.min(to, other.next)
      else if (other.to > index) other.to = index // from here on the new one brings it
    }
    const stop = new AbortController()
    const ended = Promise.resolve()
    const run: Run = { next: index, to, name: upstream.name, error: null, stop, ended }
    this.#runs.add(run)
    this.#shares.downloads++
    run.ended = this.#run(run, upstream)
    return run
  }

  /** Never rejects: what fails is told to those who wait for it. */
  async #run(run: Run, upstream: Upstream): Promise<void> {
    try {
      const source = upstream.fetch(run.next, run.to, run.stop.signal)
      for await (const block of source) {
        await this.#keep(run.next, block)
        run.next++
        this.#wake()
        if (run.next >= run.to || !(await this.#wanted(run))) break
      }
    } catch (err) {
      run.error = HypertunaError.from(err)
    } finally {
      this.#runs.delete(run)
      this.#shares.downloads--
      if (this.#runs.size === 0) this.#passing.rest()
      this.#wake()
    }
  }

  async #keep(index: number, block: Block): Promise<void> {
    const { pool } = this.#shares
    const piece = pool.take(this.object.lengthOf(index))
    try {
      let at = 0
      for (const part of block) {
        piece.set(part, at)
        at += part.byteLength
      }
      await this.#cache.reserve(piece.byteLength)
      this.#passing.show(index, piece)
      await this.object.write(index, piece)
    } finally {
      pool.give(piece)
    }
    this.#cache.grown(this.object)
  }

  /** Waits until a download may go on. False when nobody needs what comes next. */
  async #wanted(run: Run): Promise<boolean> {
    for (;;) {
      if (run.stop.signal.aborted || run.next >= run.to) return false
      let needed = false
      for (const { at, last } of this.#readers) {
        // Somebody waits for a piece that is soon to come, see `#runTo`.
        if (at > run.next && at < run.to && at - run.next <= NEAR) return true
        if (at > run.next || run.next >= last) continue
        if (run.next - at < this.#shares.ahead) return true
        needed = true
      }
      if (!needed) return false
      await this.#change.promise
    }
  }

  /** @throws {HypertunaError} HASH_MISMATCH unless the whole is the file called `hash` */
  async #prove(hash: string): Promise<void> {
    const { object } = this
    if (object.proven === null) {
      this.#proving ??= this.#hashAll().finally(() => (this.#proving = null))
      await this.#proving
    }
    if (object.proven !== hash) throw mismatch()
  }

  /** Whoever reads all of it and is the furthest hashes it for all of them. */
  #hash(at: number, part: Uint8Array): void {
    if (this.object.proven !== null || this.#proving !== null) return
    if (this.#hasher === null) {
      this.#hasher = createSha256()
      this.#hashed = 0
    }
    const known = this.#hashed - at
    if (known < 0 || known >= part.byteLength) return
    this.#hasher.update(part.subarray(known))
    this.#hashed = at + part.byteLength
  }

  /** What nobody has hashed on the way, because it was known and then was lost on the disk. */
  async #hashAll(): Promise<void> {
    const { object } = this
    const hasher = (this.#hasher ??= createSha256())
    while (this.#hashed < object.size) {
      const index = Math.floor(this.#hashed / PIECE_SIZE)
      const piece = await this.#passing.take(index, 0, object.lengthOf(index))
      if (piece === null) throw new HypertunaError('TRUNCATED', 'A part was lost on the disk')
      hasher.update(piece.subarray(this.#hashed - index * PIECE_SIZE))
      this.#hashed = index * PIECE_SIZE + piece.byteLength
      this.#shares.pool.give(piece)
    }
    object.proven = hasher.digest().toString('hex')
    object.dirty = true
    this.#hasher = null
    this.#hashed = 0
  }

  #wake(): void {
    this.#change.resolve()
    this.#change = Promise.withResolvers<void>()
  }
}

function mismatch(): HypertunaError {
  return new HypertunaError('HASH_MISMATCH', 'The record of this file disagrees with its bytes')
}
