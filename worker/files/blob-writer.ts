import type Hypercore from 'hypercore'
import type Hyperdrive from 'hyperdrive'
import { byteLength } from './blocks.ts'
import { Lock } from './lock.ts'
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

  constructor(core: Hypercore, guard: WriteGuard, release: () => void) {
    this.#core = core
    this.#guard = guard
    this.#release = release
    this.#firstBlock = core.length
    this.#nextBlock = core.length
    this.#nextByte = core.byteLength
    this.#blobStart = { block: core.length, byte: core.byteLength }
    this.#planned = { block: core.length, byte: core.byteLength }
  }

  /** Where this turn's first block is, and how many blocks it has so far. */
  get blocks(): { start: number; length: number } {
    return { start: this.#firstBlock, length: this.#nextBlock - this.#firstBlock }
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
    for (let i = this.#firstBlock; i < this.#nextBlock; i++) yield await this.#core.get(i)
  }

  /** Takes back everything this turn wrote: it is the tail, so the core is cut there. */
  async undo(): Promise<void> {
    try {
      await this.#settle()
    } finally {
      if (this.#core.length > this.#firstBlock) {
        await this.#guard.run(() => this.#core.truncate(this.#firstBlock))
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
