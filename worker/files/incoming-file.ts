import { HypertunaError } from '../../protocol/errors.ts'
import { FileHasher } from '../../protocol/pieces.ts'
import type { FileDigest } from '../../protocol/pieces.ts'
import { TAG_SIZE } from '../../protocol/seal.ts'
import type { Seal } from '../../protocol/seal.ts'
import type { BlobTurn } from './blob-writer.ts'
import { BLOCK_SIZE, BlockCutter, byteLength } from './blocks.ts'
import { BlockSealer } from './file-keys.ts'
import type { Slot } from './partials.ts'
import { replay } from './replay.ts'
import { takeUp } from './landing.ts'
import type { Directness, Expected, Landing } from './landing.ts'
import type { Reservation } from './space.ts'
import type { SpooledFile } from './spool.ts'
import type { SourceReader } from './source.ts'

/** A file of up to this many bytes waits in memory and is written together with others. */
export const SMALL_FILE = 1024 * 1024

/** What all small files on their way in may hold together; the rest is spooled. */
const MEMORY = 64 * 1024 * 1024

/** Bytes that go to the spool or the drive at once. */
const STEP = 1024 * 1024

/** A direct source that is silent for this long, in ms, gives its turn to those who wait. */
const PATIENCE = 1000

/** One that is not silent, and yet would need longer than this, in ms, does so too. */
const TO_THE_END = 5000

/**
 * One file between its source and the drive: in memory while it is small, then in
 * the drive itself (direct) or in the spool. What is to be sealed is plain in memory and,
 * as long as nobody vouches for it, in the spool.
 */
export class IncomingFile {
  /** The turn that the bytes are written in; null unless they go straight into the drive. */
  turn: BlobTurn | null = null
  spooled: SpooledFile | null = null
  /** The blocks that are nowhere else yet, in order, after whatever was written. */
  blocks: Uint8Array[] = []
  /** Seals what is written, and did so with what is there; null when that lies open. */
  sealer: BlockSealer | null = null

  readonly #landing: Landing
  readonly #reservation: Reservation
  readonly #layer: () => Uint8Array | null
  #hasher: FileHasher | null = null
  /** Whether the source checks every piece. */
  #checked = false
  readonly #cutter = new BlockCutter()
  readonly #direct: Directness
  readonly #seal: Seal | null
  readonly #slot: Slot | null
  readonly #limit: number | null
  #began = 0
  #waitedSince = 0
  #held = 0
  #counted = 0
  #size = 0

  constructor(landing: Landing, reservation: Reservation, expected: Expected) {
    this.#landing = landing
    this.#reservation = reservation
    this.#direct = expected.direct
    this.#seal = expected.seal
    this.#limit = expected.size
    this.#layer = expected.layer ?? (() => null)
    this.#slot = expected.slot
  }

  /** Bytes received so far. */
  get size(): number {
    return this.#size
  }

  /** Whether a part of it was received before, and may be gone on from. */
  get isHalfHere(): boolean {
    return (this.#slot?.find() ?? null) !== null
  }

  /** Whether all of it is in memory. */
  get isSmall(): boolean {
    return this.turn === null && this.spooled === null
  }

  /**
   * Takes the whole source in.
   *
   * @param limit the size it must have, or null when nobody knows
   * @param onprogress bytes so far
   */
  async receive(
    source: SourceReader,
    limit: number | null,
    onprogress: (bytes: number) => void
  ): Promise<FileDigest> {
    for (;;) {
      if (this.turn !== null) await this.#keepTurnOnlyIfFast(source)
      const chunk = await source.next()
      if (chunk === null) break
      await this.#take(chunk, limit)
      onprogress(this.#size)
    }
    if (limit !== null && this.#size < limit) {
      const message = `The source ended after ${this.#size} of ${limit} bytes`
      throw new HypertunaError('TRUNCATED', message)
    }
    this.#hold(this.#cutter.rest())
    return (this.#hasher ?? new FileHasher()).digest()
  }

  /** Leaves no trace: the spool's segments and what is in the drive's tail go. */
  async discard(): Promise<void> {
    this.blocks = []
    this.#forgetMemory()
    const { turn, spooled } = this
    this.turn = null
    try {
      await turn?.undo()
    } finally {
      turn?.end()
      await spooled?.discard()
      await this.#slot?.forget()
    }
  }

  /** Leaves what was checked of it where it is, to go on from there. False when it cannot. */
  async suspend(): Promise<boolean> {
    const { turn, spooled } = this
    if (this.#slot === null || !this.#checked || this.isSmall) return false
    this.blocks = []
    this.#forgetMemory()
    this.turn = null
    if (turn !== null) await this.#slot.note(await turn.suspend())
    await spooled?.suspend()
    this.#slot.rest()
    return true
  }

  /**
   * Goes on from what is there of the file, as far as it agrees with `layer`.
   *
   * @returns how many bytes that is: the source is to begin there
   */
  async resume(layer: Uint8Array): Promise<number> {
    const kept = this.#slot?.find() ?? null
    if (kept === null) return 0
    const seal = this.#seal
    const hasher = new FileHasher(layer)
    this.#hasher = hasher
    this.#checked = true
    const { size } = kept
    const blockSize = BLOCK_SIZE + (seal === null ? 0 : TAG_SIZE)
    const check = { layer, size, seal, onbytes: (chunk: Uint8Array) => hasher.update(chunk) }
    const { turn, spooled } = await takeUp(this.#landing, kept)
    this.turn = turn
    this.spooled = spooled
    await this.#slot?.note(turn === null ? { spool: spooled.name } : { ...turn.tail, end: null })
    const blocks = await (turn === null
      ? replay(spooled.blocks(blockSize), check)
      : replay(turn.read(), check))
    if (turn === null) await spooled.cut(blocks, blockSize)
    else await turn.cutTo(blocks)
    if (seal !== null) this.sealer = new BlockSealer(seal, blocks)
    this.#began = Date.now()
    this.#size = blocks * BLOCK_SIZE
    return this.#size
  }

  /** No longer a half: to be called before its entry refers to the bytes. */
  async complete(): Promise<void> {
    await this.#slot?.forget()
  }

  /** The bytes are in the drive for good. */
  finish(): void {
    this.blocks = []
    this.#forgetMemory()
    this.turn?.end()
    this.turn = null
  }

  async #take(chunk: Uint8Array, limit: number | null): Promise<void> {
    this.#size += chunk.byteLength
    if (limit !== null && this.#size > limit) {
      throw new HypertunaError('TOO_LARGE', `The source has more than the ${limit} bytes it said`)
    }
    if (this.#hasher === null) {
      const layer = this.#layer()
      this.#checked = layer !== null
      this.#hasher = new FileHasher(layer)
    }
    this.#hasher.update(chunk)
    this.#hold(this.#cutter.cut(chunk))
    if (this.isSmall && this.#size > SMALL_FILE) await this.#leaveMemory()
    else if (this.isSmall && this.#isMemoryFull()) await this.#leaveMemory()
    else if (!this.isSmall && this.#held >= STEP) await this.#write()
  }

  #hold(blocks: Uint8Array[]): void {
    if (blocks.length === 0) return
    this.blocks.push(...blocks)
    const bytes = byteLength(blocks)
    this.#held += bytes
    if (!this.isSmall) return
    this.#counted += bytes
    this.#landing.memory.used += bytes
  }

  #isMemoryFull(): boolean {
    return this.#landing.memory.used > MEMORY
  }

  #forgetMemory(): void {
    this.#landing.memory.used -= this.#counted
    this.#counted = 0
  }

  async #leaveMemory(): Promise<void> {
    const { writer, spool } = this.#landing
    if (this.#maySeal()) {
      if (this.#direct === true) this.turn = await writer.take()
      else if (this.#direct === 'if-idle') this.turn = writer.takeIfIdle()
    }
    if (this.turn === null) this.spooled = spool.createFile()
    if (this.#seal !== null && this.#checked) this.sealer = new BlockSealer(this.#seal)
    this.#began = Date.now()
    await this.#noteHalf()
    await this.#write()
    this.#forgetMemory()
  }

  /** Where it is from now on, so that it can go on from there. */
  async #noteHalf(): Promise<void> {
    if (this.#slot === null || !this.#checked) return
    if (this.turn !== null) await this.#slot.note({ ...this.turn.tail, end: null })
    else if (this.spooled !== null) await this.#slot.note({ spool: this.spooled.name })
  }

  /**
   * Only bytes that are the file's may ever be sealed with its key, because a nonce must
   * not meet two plain texts. Bytes that no tree vouches for wait in the spool until all
   * of them have the hash.
   */
  #maySeal(): boolean {
    return this.#seal === null || this.#checked
  }

  async #write(): Promise<void> {
    const { blocks, turn, spooled, sealer } = this
    const bytes = this.#held
    this.blocks = []
    this.#held = 0
    await this.#reservation.grow(this.#size)
    await (turn ?? spooled)?.write(sealer === null ? blocks : sealer.take(blocks))
    this.#reservation.use(bytes)
  }

  /**
   * A source that was said to be fast, and is not, would make everybody wait: what
   * it wrote moves to the spool, and it goes on there.
   */
  async #keepTurnOnlyIfFast(source: SourceReader): Promise<void> {
    if (this.turn === null) return
    if (this.#direct === 'if-idle' && this.#isInTheWay()) return this.#giveUpTurn(this.turn)
    if (!(await source.isStalled(PATIENCE))) return
    while (this.#landing.writer.waiting === 0) {
      if (!(await source.isStalled(PATIENCE))) return
    }
    await this.#giveUpTurn(this.turn)
  }

  /** Whether others have waited for a while and the end is not in sight. */
  #isInTheWay(): boolean {
    if (this.#landing.writer.waiting === 0) {
      this.#waitedSince = 0
      return false
    }
    const now = Date.now()
    if (this.#waitedSince === 0) this.#waitedSince = now
    if (now - this.#waitedSince < PATIENCE || this.#limit === null) return false
    const perMs = this.#size / Math.max(1, now - this.#began)
    return (this.#limit - this.#size) / perMs > TO_THE_END
  }

  async #giveUpTurn(turn: BlobTurn): Promise<void> {
    this.spooled = this.#landing.spool.createFile()
    for await (const block of turn.read()) await this.spooled.write([block])
    this.turn = null
    await this.#noteHalf()
    try {
      await turn.undo()
    } finally {
      turn.end()
    }
  }
}
