import { HypertunaError } from '../../protocol/errors.ts'
import {
  layerRoot,
  pieceCount,
  PIECE_SIZE,
  verifyPiece,
  type FileDigest
} from '../../protocol/pieces.ts'
import { Bits } from './bits.ts'
import { PieceFile } from './piece-file.ts'
import { Places } from './places.ts'
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
 *
 * Of a file that is too large for the cache the pieces that came last are here, each in
 * the place of one that came long before.
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
  /** Pieces that there is room for: of a very large file only the last ones that came are here. */
  readonly #places: Places
  readonly #present: Bits
  readonly #trusted: Bits
  readonly #file: PieceFile
  #changed = 0
  #layerKept = false
  readonly #bench: Workbench
  /** Since it was sealed. */
  #wrote = false

  /**
   * @param options.bench - where pieces are looked at before they are trusted
   * @param options.room - pieces that may be here at once
   */
  constructor(
    path: string,
    root: string,
    size: number,
    { bench, room }: { bench: Workbench; room: number }
  ) {
    this.#path = path
    this.#file = new PieceFile(path)
    this.#places = new Places(Math.min(room, pieceCount(size)), pieceCount(size))
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
    const { present, proven, hashes, places = this.#present.length } = kept
    if (places !== this.#places.count) return remove(this.#path) // the cache was larger, or smaller
    if (typeof present === 'string') this.#present.load(Buffer.from(present, 'base64'))
    this.#places.load(this.#present)
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
    const now = await this.#file.stamp()
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
    return (await this.#fill(index, from, into)) || this.#lose(index)
  }

  /** Reads a whole piece into `place`. @param part - what gets some of it, when it is right */
  async #verify(
    index: number,
    place: Buffer,
    part?: { from: number; into: Buffer }
  ): Promise<boolean> {
    const piece = place.subarray(0, this.lengthOf(index))
    const { layer } = this
    if (layer === null || !(await this.#fill(index, 0, piece))) return false
    if (!verifyPiece(layer, this.size, index, piece)) return false
    if (this.#trusted.count === 0) this.#changed = await this.#file.stamp()
    this.#trusted.add(index)
    if (part !== undefined) piece.copy(part.into, 0, part.from)
    return true
  }

  /** What cannot be relied on is as good as not there: members have it. */
  #lose(index: number): false {
    if (!this.#present.has(index)) return false // another one has its place now
    this.#present.delete(index)
    this.#trusted.delete(index)
    if (this.#places.isEnough) this.proven = null
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
    const free = await this.#places.take(index, (other) => {
      this.#present.delete(other)
      this.#trusted.delete(other)
    })
    try {
      await this.#file.write(this.#places.of(index) * PIECE_SIZE, piece)
    } catch (err) {
      const full = (err as { code?: unknown } | null)?.code === 'ENOSPC'
      const code = full ? 'STORAGE_FULL' : 'STORAGE_FAILED'
      throw new HypertunaError(code, 'The cache cannot be written', { cause: err })
    } finally {
      free()
    }
    this.#present.add(index)
    this.#trusted.add(index)
    this.#wrote = true
    this.dirty = true
  }

  /**
   * Takes over a file that holds all of it, hashed whole a moment ago. Nobody else may use the
   * object meanwhile.
   *
   * @throws what the disk says
   */
  async adopt(path: string, { hash, layer }: Pick<FileDigest, 'hash' | 'layer'>): Promise<void> {
    try {
      await this.#file.replaceBy(path)
    } catch (err) {
      this.#present.clear()
      this.#trusted.clear()
      this.dirty = true
      throw err
    }
    this.layer = layer
    for (let i = 0; i < this.#present.length; i++) {
      this.#present.add(i)
      this.#trusted.add(i)
    }
    this.proven = hash
    this.name(hash)
    this.dirty = true
    this.#wrote = true
    await this.seal()
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
    const places = this.#places.count
    const present = this.#present.save().toString('base64')
    const hashes = [...this.hashes]
    const kept = { version: VERSION, root, size, proven, hashes, places, present }
    await replace(`${this.#path}.json`, JSON.stringify(kept))
  }

  /** Nothing is written for now: from here on whoever writes is somebody else. */
  async seal(): Promise<void> {
    if (!this.#file.isOpen || !this.#wrote) return
    this.#wrote = false
    this.#changed = await this.#file.stamp()
  }

  /** Lets go of the file; what is read again opens it again. */
  async rest(): Promise<void> {
    this.#changed = (await this.#file.close()) ?? this.#changed
  }

  /** Off the disk. Who reads it now goes on until the file is let go. */
  async drop(): Promise<void> {
    this.dropped = true
    this.#present.clear()
    for (const suffix of ['', '.json', '.layer']) await remove(`${this.#path}${suffix}`)
  }

  async #fill(index: number, from: number, bytes: Buffer): Promise<boolean> {
    const at = this.#places.of(index) * PIECE_SIZE + from
    const turn = this.#places.turnOf(index)
    const filled = await this.#file.read(at, bytes)
    return filled && this.#places.turnOf(index) === turn // else another piece may have been read
  }
}
