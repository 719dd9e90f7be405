import fs from 'bare-fs'
import { dirname } from 'bare-path'
import { HypertunaError } from '../../protocol/errors.ts'
import { layerRoot, pieceCount, PIECE_SIZE, verifyPiece } from '../../protocol/pieces.ts'
import { Bits } from './bits.ts'
import { readBytes, readJson, remove, replace } from './disk.ts'
import type { Workbench } from './workbench.ts'

const VERSION = 1
const MAX_HASHES = 8

/**
 * The pieces of one file that are on disk, named by the root of its tree: what a
 * record claims can put nothing under a root that does not belong there.
 *
 * A piece is checked before it is written, and once more before it is first
 * read in a run of the gateway, or after somebody else touched the file. What
 * does not hold is gone, and fetched again.
 */
export class CacheObject {
  readonly root: string
  readonly size: number
  /** Who reads it now; it stays as long as there is one. */
  users = 0
  /** Of whole files that records call it; purging goes by these. */
  readonly hashes = new Set<string>()
  /** The sha256 of the whole once it was computed from these pieces. */
  proven: string | null = null
  /** Whether its use is over for good. */
  dropped = false
  /** Whether what is kept about it is behind. */
  dirty = false
  layer: Uint8Array | null = null
  readonly #path: string
  readonly #present: Bits
  readonly #trusted: Bits
  #file: Promise<number> | null = null
  #changed = 0
  #layerKept = false
  readonly #bench: Workbench
  /** Since it was sealed. */
  #wrote = false

  /** @param bench - where pieces are looked at before they are trusted */
  constructor(path: string, root: string, size: number, bench: Workbench) {
    this.#path = path
    this.#bench = bench
    this.root = root
    this.size = size
    this.#present = new Bits(pieceCount(size))
    this.#trusted = new Bits(pieceCount(size))
  }

  /** Bytes on disk. */
  get bytes(): number {
    const last = this.#present.length - 1
    const short = last >= 0 && this.#present.has(last) ? PIECE_SIZE - this.lengthOf(last) : 0
    return this.#present.count * PIECE_SIZE - short
  }

  get complete(): boolean {
    return this.#present.count === this.#present.length
  }

  has(index: number): boolean {
    return this.#present.has(index)
  }

  /** Whether all of `[start, end)` is here. */
  covers(start: number, end: number): boolean {
    for (let i = Math.floor(start / PIECE_SIZE); i * PIECE_SIZE < end; i++) {
      if (!this.has(i)) return false
    }
    return true
  }

  lengthOf(index: number): number {
    return Math.min(PIECE_SIZE, this.size - index * PIECE_SIZE)
  }

  /** Reads what an earlier run kept about it. */
  async load(): Promise<void> {
    const kept = await readJson(`${this.#path}.json`)
    if (kept === null || kept['version'] !== VERSION || kept['size'] !== this.size) return
    const { present, proven, hashes } = kept
    if (typeof present === 'string') this.#present.load(Buffer.from(present, 'base64'))
    if (typeof proven === 'string') this.proven = proven
    if (Array.isArray(hashes)) for (const hash of hashes) this.name(String(hash))
    await this.#loadLayer()
    this.dirty = false
  }

  async #loadLayer(): Promise<void> {
    if (this.size <= PIECE_SIZE) {
      this.layer = Buffer.from(this.root, 'hex')
      return
    }
    const layer = await readBytes(`${this.#path}.layer`)
    if (layer === null) return
    if (layer.byteLength !== pieceCount(this.size) * 32) return
    if (layerRoot(layer, this.size) === this.root) this.layer = layer
    this.#layerKept = this.layer !== null
  }

  /** A record calls this file so. Whether that is new. */
  name(hash: string): boolean {
    if (this.hashes.has(hash) || this.hashes.size >= MAX_HASHES) return false
    this.hashes.add(hash)
    this.dirty = true
    return true
  }

  /**
   * To be called when it is taken into use: whoever else wrote to the file makes
   * all of it doubtful.
   */
  async check(): Promise<void> {
    if (this.users > 1 || this.#trusted.count === 0) return
    const now = await this.#stamp()
    if (now !== this.#changed) this.#trusted.clear()
    this.#changed = now
  }

  /**
   * Bytes of a piece that is here, as many as `into` has.
   *
   * @param from - where they begin in the piece
   * @returns false when it is not here, or is not what it was: then it has to be fetched
   */
  async read(index: number, from: number, into: Buffer): Promise<boolean> {
    if (!this.#present.has(index)) return false
    const { byteLength } = into
    if (!this.#trusted.has(index)) {
      const verified = await (byteLength === this.lengthOf(index)
        ? this.#verify(index, into)
        : this.#bench.use((place) => this.#verify(index, place, { from, into })))
      return verified || this.#lose(index)
    }
    return (await this.#fill(into, index * PIECE_SIZE + from)) || this.#lose(index)
  }

  /** Reads a whole piece into `place`. @param part - what gets some of it, when it is right */
  async #verify(
    index: number,
    place: Buffer,
    part?: { from: number; into: Buffer }
  ): Promise<boolean> {
    const piece = place.subarray(0, this.lengthOf(index))
    const { layer } = this
    if (layer === null || !(await this.#fill(piece, index * PIECE_SIZE))) return false
    if (!verifyPiece(layer, this.size, index, piece)) return false
    if (this.#trusted.count === 0) this.#changed = await this.#stamp()
    this.#trusted.add(index)
    if (part !== undefined) piece.copy(part.into, 0, part.from)
    return true
  }

  /** What cannot be relied on is as good as not there: members have it. */
  #lose(index: number): false {
    this.#present.delete(index)
    this.#trusted.delete(index)
    this.proven = null
    this.dirty = true
    return false
  }

  /**
   * Keeps a piece that was checked.
   *
   * @throws {HypertunaError} STORAGE_FULL, STORAGE_FAILED
   */
  async write(index: number, piece: Uint8Array): Promise<void> {
    if (this.#present.has(index) || this.dropped) return
    try {
      const file = await this.#open()
      const at = index * PIECE_SIZE
      for (let done = 0; done < piece.byteLength;) {
        done += await fs.write(file, piece, done, piece.byteLength - done, at + done)
      }
    } catch (err) {
      const full = (err as { code?: unknown } | null)?.code === 'ENOSPC'
      const code = full ? 'STORAGE_FULL' : 'STORAGE_FAILED'
      throw new HypertunaError(code, 'The cache cannot be written', { cause: err })
    }
    this.#present.add(index)
    this.#trusted.add(index)
    this.#wrote = true
    this.dirty = true
  }

  /** Keeps what there is to know about it for the next run. @throws what the disk says */
  async save(): Promise<void> {
    if (!this.dirty || this.dropped) return
    this.dirty = false
    if (this.layer !== null && !this.#layerKept && this.size > PIECE_SIZE) {
      await replace(`${this.#path}.layer`, this.layer)
      this.#layerKept = true
    }
    const { root, size, proven } = this
    const present = this.#present.save().toString('base64')
    const kept = { version: VERSION, root, size, proven, hashes: [...this.hashes], present }
    await replace(`${this.#path}.json`, JSON.stringify(kept))
  }

  /** Nothing is written for now: from here on whoever writes is somebody else. */
  async seal(): Promise<void> {
    if (this.#file === null || !this.#wrote) return
    this.#wrote = false
    this.#changed = await this.#stamp()
  }

  /** Lets go of the file; what is read again opens it again. */
  async rest(): Promise<void> {
    const opened = this.#file
    if (opened === null) return
    this.#file = null
    const file = await opened
    this.#changed = (await fs.fstat(file)).ctimeMs
    await fs.close(file)
  }

  /** Off the disk. Who reads it now goes on until the file is let go. */
  async drop(): Promise<void> {
    this.dropped = true
    this.#present.clear()
    for (const suffix of ['', '.json', '.layer']) await remove(`${this.#path}${suffix}`)
  }

  async #fill(bytes: Buffer, at: number): Promise<boolean> {
    const { byteLength } = bytes
    try {
      const file = await this.#open()
      for (let done = 0; done < byteLength;) {
        const read = await fs.read(file, bytes, done, byteLength - done, at + done)
        if (read === 0) return false
        done += read
      }
      return true
    } catch {
      return false // a disk that cannot be read is as good as an empty one: members have it
    }
  }

  async #stamp(): Promise<number> {
    try {
      return (await fs.fstat(await this.#open())).ctimeMs
    } catch {
      return -1 // as above
    }
  }

  #open(): Promise<number> {
    this.#file ??= this.#openFile()
    return this.#file
  }

  async #openFile(): Promise<number> {
    try {
      await fs.mkdir(dirname(this.#path), { recursive: true })
      return await fs.open(this.#path, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600)
    } catch (err) {
      this.#file = null
      throw err
    }
  }
}
