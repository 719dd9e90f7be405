import { HypertunaError } from '../../protocol/errors.ts'
import { FileHasher } from '../../protocol/pieces.ts'
import type { FileDigest } from '../../protocol/pieces.ts'
import type { Seal } from '../../protocol/seal.ts'
import type { BlobTurn, BlobWriter } from './blob-writer.ts'
import { BlockCutter, byteLength } from './blocks.ts'
import { BlockSealer } from './file-keys.ts'
import type { Reservation } from './space.ts'
import type { Spool, SpooledFile } from './spool.ts'
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
 * How a file gets to the drive: `true` straight into it, waiting for the turn to
 * write; `if-idle` straight into it as long as nobody else wants to write; `false`
 * by way of the spool.
 */
export type Directness = boolean | 'if-idle'

/** What is shared by all files on their way in. */
export interface Landing {
  writer: BlobWriter
  spool: Spool
  /** Bytes that small files hold in memory now. */
  memory: { used: number }
}

/** What is known of a file before its first byte. */
export interface Expected {
  direct: Directness
  size: number | null
  layer: (() => Uint8Array | null) | undefined
  /** What seals it on its way straight into the drive; null where files lie open. */
  seal: Seal | null
}

/**
 * One file between its source and the drive: in memory while it is small, then in
 * the drive itself (direct) or in the spool. In memory and in the spool it is plain.
 */
export class IncomingFile {
  /** The turn that the bytes are written in; null unless they go straight into the drive. */
  turn: BlobTurn | null = null
  spooled: SpooledFile | null = null
  /** The blocks that are nowhere else yet, in order, after whatever was written. */
  blocks: Uint8Array[] = []
  /** Seals what goes into the turn, and did so with what is there; null when it lies open. */
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
  }

  /** Bytes received so far. */
  get size(): number {
    return this.#size
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
    }
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
    else if (this.#seal !== null) this.sealer = new BlockSealer(this.#seal)
    this.#began = Date.now()
    await this.#write()
    this.#forgetMemory()
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
    if (turn !== null) await turn.write(sealer === null ? blocks : sealer.take(blocks))
    else await spooled?.write(blocks)
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
    const seal = this.sealer?.seal ?? null
    let index = 0
    for await (const block of turn.read()) {
      await this.spooled.write([seal === null ? block : seal.open(index++, block)])
    }
    await turn.undo()
    turn.end()
    this.turn = null
    this.sealer = null
  }
}
