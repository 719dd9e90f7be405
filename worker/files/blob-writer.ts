import type Hypercore from 'hypercore'
import type Hyperdrive from 'hyperdrive'
import { HypertunaError } from '../../protocol/errors.ts'
import { byteLength } from './blocks.ts'
import { Lock } from './lock.ts'
import { cutTail } from './reclaim.ts'
import type { WriteGuard } from './write-guard.ts'

type BlobId = Hyperdrive.BlobId

/**
 * Writes blobs into the drive's blob core. A blob's blocks lie side by side, so
 * only one is written at a time: whoever takes a turn must have its bytes at
 * hand, or all others wait for its source.
 */
export class BlobWriter {
  readonly core: Hypercore
  readonly #guard: WriteGuard
  readonly #lock = new Lock()

  constructor(core: Hypercore, guard: WriteGuard) {
    this.core = core
    this.#guard = guard
  }

  /** How many wait for the turn that is being taken. */
  get waiting(): number {
    return this.#lock.waiting
  }

  /** The next turn to write; it must be ended, or nothing is ever written again. */
  async take(): Promise<BlobTurn> {
    return new BlobTurn(this.core, this.#guard, await this.#lock.take())
  }

  /** A turn that nobody has or waits for; null when somebody does. */
  takeIfIdle(): BlobTurn | null {
    const release = this.#lock.takeIfFree()
    return release === null ? null : new BlobTurn(this.core, this.#guard, release)
  }

  /** A turn that goes on where this tail ends; null when it is the tail no more, or not our turn. */
  resumeIfIdle(tail: Tail): BlobTurn | null {
    if (tail.end !== this.core.length) return null
    const release = this.#lock.takeIfFree()
    return release === null ? null : new BlobTurn(this.core, this.#guard, release, tail)
  }
}

/** The tail of the core as somebody left it: its first block and byte, and its end. */
export interface Tail {
  start: number
  byte: number
  end: number
}

/** One turn at the end of the blob core. */
export class BlobTurn {
  readonly #core: Hypercore
  readonly #guard: WriteGuard
  readonly #release: () => void
  readonly #firstBlock: number
  #appending: Promise<unknown> | null = null
  #nextBlock: number
  #nextByte: number
  #blobStart: { block: number; byte: number }
  #planned: { block: number; byte: number }
  #ended = false

  /** @param tail what was written before, where a turn goes on */
  constructor(core: Hypercore, guard: WriteGuard, release: () => void, tail: Tail | null = null) {
    const { start, byte } = tail ?? { start: core.length, byte: core.byteLength }
    this.#core = core
    this.#guard = guard
    this.#release = release
    this.#firstBlock = start
    this.#nextBlock = core.length
    this.#nextByte = core.byteLength
    this.#blobStart = { block: start, byte }
    this.#planned = { block: start, byte }
  }

  /** Where this turn's first block is, and how many blocks it has so far. */
  get blocks(): { start: number; length: number } {
    return { start: this.#firstBlock, length: this.#nextBlock - this.#firstBlock }
  }

  /** All that it has written; whole once it was settled. */
  get tail(): Tail {
    const { block, byte } = this.#blobStart
    return { start: block, byte, end: this.#nextBlock }
  }

  /** Takes back all but its first `count` blocks. */
  async cutTo(count: number): Promise<void> {
    await this.#settle()
    const end = this.#firstBlock + count
    if (this.#core.length > end) await this.#guard.run(() => this.#core.truncate(end))
    this.#nextBlock = end
    this.#nextByte = this.#core.byteLength
  }

  /** Leaves what it wrote where it is, for `resumeIfIdle`, and lets the next one write. */
  async suspend(): Promise<Tail> {
    try {
      await this.#settle()
      return this.tail
    } finally {
      this.end()
    }
  }

  /**
   * Begins to append the blocks and returns when the ones before them are in: the
   * caller reads and hashes the next ones meanwhile. A failure shows up in the next call.
   */
  async write(blocks: Uint8Array[]): Promise<void> {
    await this.#settle()
    if (blocks.length === 0) return
    this.#nextBlock += blocks.length
    this.#nextByte += byteLength(blocks)
    this.#appending = this.#guard.run(() => this.#core.append(blocks))
    // The rejection is handled by whoever settles; until then it must not count as unhandled.
    this.#appending.catch(() => {})
  }

  /** Where these blocks will be, if they and all that was planned before are written next. */
  plan(blocks: Uint8Array[]): BlobId {
    const blob = {
      blockOffset: this.#planned.block,
      blockLength: blocks.length,
      byteOffset: this.#planned.byte,
      byteLength: byteLength(blocks)
    }
    this.#planned.block += blob.blockLength
    this.#planned.byte += blob.byteLength
    return blob
  }

  /** The blob of everything written since the last cut, once it is all in. */
  async cut(): Promise<BlobId> {
    await this.#settle()
    const { block, byte } = this.#blobStart
    this.#blobStart = { block: this.#nextBlock, byte: this.#nextByte }
    return {
      blockOffset: block,
      blockLength: this.#nextBlock - block,
      byteOffset: byte,
      byteLength: this.#nextByte - byte
    }
  }

  /** What this turn has appended so far, block by block. */
  async *read(): AsyncGenerator<Uint8Array> {
    await this.#settle()
    for (let i = this.#firstBlock; i < this.#nextBlock; i++) {
      const block = await this.#core.get(i, { wait: false })
      if (block === null) {
        throw new HypertunaError('STORAGE_CORRUPT', 'A block just written is gone')
      }
      yield block
    }
  }

  /** Takes back everything this turn wrote: it is the tail, so the core is cut there. */
  async undo(): Promise<void> {
    try {
      await this.#settle()
    } finally {
      if (this.#core.length > this.#firstBlock) {
        await this.#guard.run(() => cutTail(this.#core, this.#firstBlock))
      }
    }
  }

  /** Lets the next one write. Calling it twice is safe. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#release()
  }

  async #settle(): Promise<void> {
    const appending = this.#appending
    this.#appending = null
    await appending
  }
}
