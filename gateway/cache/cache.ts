import b4a from 'b4a'
import { randomBytes } from 'bare-crypto'
import fs from 'bare-fs/promises'
import { join } from 'bare-path'
import ReadyResource from 'ready-resource'
import { HypertunaError } from '../../protocol/errors.ts'
import { MAX_LAYER } from '../../protocol/file-channel/limits.ts'
import { isHex32 } from '../../protocol/ids.ts'
import { PIECE_SIZE, type FileDigest } from '../../protocol/pieces.ts'
import type { Log } from '../log.ts'
import { readJson, rootsIn } from './disk.ts'
import { Holdings } from './holdings.ts'
import { CacheObject } from './object.ts'
import { Workbench } from './workbench.ts'

const SAVE_EVERY = 10_000
const ROOM = 0.95
/** With less, those who read a large file would take the places from each other. */
const LEAST_ROOM = 32
/** Files that are not yet known to be right: nothing of theirs is served. */
const INCOMING = 'incoming'
const MAX_OBJECTS = 131_072
/** Pieces that are looked at once more at the same time: the processor has no more to give. */
const CHECKED_AT_ONCE = 8
/** How many objects keep their file open after their use. */
const WARM = 64
/** Bytes of a file of which no tree is taken: nothing of a larger one can be checked. */
const LARGEST = (MAX_LAYER / 32) * PIECE_SIZE

/**
 * Checked pieces of public files on disk, shared by all relays and kept over
 * restarts. Bounded in bytes and objects: what has been idle for long goes first,
 * large ones sooner than small ones.
 */
export class Cache extends ReadyResource {
  readonly size: number
  readonly #directory: string
  readonly #log: Log
  readonly #holdings = new Holdings()
  readonly #objects = new Map<string, Promise<CacheObject>>()
  readonly #warm = new Map<string, CacheObject>()
  readonly #bench = new Workbench(CHECKED_AT_ONCE)
  #timer: NodeJS.Timeout | null = null
  #scan: Promise<void> = Promise.resolve()

  /**
   * @param options.directory - its own; made when missing
   * @param options.size - bytes at most; 0 keeps nothing
   */
  constructor(options: { directory: string; size: number; log: Log }) {
    super()
    this.#directory = options.directory
    this.size = options.size
    this.#log = options.log
  }

  /** Bytes and objects on disk. */
  get usage(): { bytes: number; objects: number } {
    const { bytes, objects } = this.#holdings
    return { bytes, objects }
  }

  /** Settles when what earlier runs left is counted. */
  get scanned(): Promise<void> {
    return this.#scan
  }

  protected override async _open(): Promise<void> {
    if (this.size === 0) return
    await fs.rm(join(this.#directory, INCOMING), { recursive: true, force: true })
    this.#scan = this.#count().catch((err: unknown) => this.#log('cache not read', { error: err }))
    this.#timer = setInterval(() => void this.#saveAll(), SAVE_EVERY)
  }

  /**
   * The object under a root, in use until `release`. Null where nothing of that
   * size is to be kept. One file has half of the cache at most: of a larger one there are
   * the pieces that came last.
   *
   * @param size - of the file
   */
  async open(root: string, size: number): Promise<CacheObject | null> {
    if (this.closing !== null || size === 0 || !isHex32(root)) return null
    // What is remembered of an object grows with the size that its record claims.
    if (size > LARGEST) return null
    if (size > this.size / 2 && this.#room < LEAST_ROOM) return null
    let object: CacheObject
    for (;;) {
      const loading = this.#load(root, size)
      object = await loading
      if (this.#objects.get(root) === loading) break // else it was put to rest meanwhile
    }
    if (object.size !== size || object.dropped) return null
    object.users++
    this.#warm.delete(root)
    this.#touch(object)
    await object.check()
    return object
  }

  /** Pieces of one file that may be here at once. */
  get #room(): number {
    return Math.floor(this.size / 2 / PIECE_SIZE)
  }

  /** Whether a file of that many bytes may be here as a whole. */
  takes(size: number): boolean {
    return this.closing === null && size > 0 && size <= LARGEST && size <= this.size / 2
  }

  /** Where a file may be put together that `adopt` is to take; what is left there goes at a start. */
  async incoming(): Promise<string> {
    const folder = join(this.#directory, INCOMING)
    await fs.mkdir(folder, { recursive: true, mode: 0o700 })
    return join(folder, b4a.toString(randomBytes(8), 'hex'))
  }

  /**
   * Takes a whole file over that was hashed a moment ago.
   *
   * @param path - from `incoming`; still the caller's when it is not taken
   * @returns whether it was taken: not when there is no room, or others write to it now
   */
  async adopt(path: string, digest: FileDigest): Promise<boolean> {
    const { piecesRoot, size } = digest
    if (!this.takes(size)) return false
    const object = await this.open(piecesRoot, size)
    if (object === null) return false
    try {
      await this.reserve(size - object.bytes)
      if (object.users > 1 || object.dropped) return false
      await object.adopt(path, digest)
      return true
    } catch (err) {
      this.#log('cache passed by', { error: HypertunaError.from(err) })
      return false
    } finally {
      this.release(object)
    }
  }

  /** Ends one use. */
  release(object: CacheObject): void {
    object.users--
    this.#touch(object)
    if (object.users > 0) return
    if (object.dropped) return this.#rest(object)
    if (object.bytes === 0) return this.#giveUp(object)
    this.#warm.set(object.root, object)
    for (const [root, oldest] of this.#warm) {
      if (this.#warm.size <= WARM) break
      this.#warm.delete(root)
      this.#rest(oldest)
    }
  }

  /**
   * Makes room for bytes of an object in use.
   *
   * @throws {HypertunaError} STORAGE_FULL when all that is kept is in use
   */
  async reserve(bytes: number): Promise<void> {
    const holdings = this.#holdings
    if (holdings.bytes + bytes > this.size || holdings.objects > MAX_OBJECTS) {
      await this.#evict(bytes)
    }
    if (holdings.bytes + bytes <= this.size) return
    throw new HypertunaError('STORAGE_FULL', 'The cache is full of files in use')
  }

  /** To be called when an object has got more bytes. */
  grown(object: CacheObject): void {
    this.#touch(object)
  }

  /**
   * Takes every copy of a file away.
   *
   * @param hash - of the file, as records name it
   * @returns how many there were
   */
  async purge(hash: string): Promise<number> {
    await this.#scan
    const roots = this.#holdings.named(hash)
    for (const root of roots) await this.#drop(root)
    return roots.length
  }

  async #drop(root: string): Promise<void> {
    const object = await (this.#objects.get(root) ?? this.#load(root, null))
    this.#forget(root)
    await object.drop()
    if (object.users === 0) await object.rest()
  }

  /** What was only looked for, or came to nothing, is no object. */
  #giveUp(object: CacheObject): void {
    this.#forget(object.root)
    object.dropped = true
    this.#rest(object)
  }

  #forget(root: string): void {
    this.#holdings.forget(root)
    this.#objects.delete(root)
    this.#warm.delete(root)
  }

  #load(root: string, size: number | null): Promise<CacheObject> {
    const known = this.#objects.get(root)
    if (known !== undefined) return known
    const loading = this.#read(root, size)
    this.#objects.set(root, loading)
    loading.catch(() => this.#objects.delete(root))
    return loading
  }

  async #read(root: string, size: number | null): Promise<CacheObject> {
    const path = this.#path(root)
    const sized = size ?? Number((await readJson(`${path}.json`))?.['size'] ?? 0)
    const object = new CacheObject(path, root, sized, { bench: this.#bench, room: this.#room })
    await object.load()
    return object
  }

  #touch(object: CacheObject): void {
    if (!object.dropped) this.#holdings.note(object, Date.now())
  }

  /** What has been idle for long goes, a large file sooner than many small ones. */
  async #evict(bytes: number): Promise<void> {
    const holdings = this.#holdings
    for (const root of holdings.leastMissed(Date.now())) {
      const full = holdings.bytes + bytes > this.size * ROOM
      if (!full && holdings.objects < MAX_OBJECTS * ROOM) return
      const object = await this.#objects.get(root)
      if (object !== undefined && object.users > 0) continue
      await this.#drop(root)
    }
  }

  #rest(object: CacheObject): void {
    const end = async (): Promise<void> => {
      await object.save()
      if (object.users > 0) return
      await object.rest()
      // Of what was dropped there may be another one by now.
      if (object.users === 0 && !object.dropped) this.#objects.delete(object.root)
    }
    end().catch((err: unknown) => this.#log('cache not saved', { error: err }))
  }

  async #saveAll(): Promise<void> {
    for (const loading of [...this.#objects.values()]) {
      try {
        await (await loading).save()
      } catch (err) {
        this.#log('cache not saved', { error: err })
        return
      }
    }
  }

  async #count(): Promise<void> {
    for await (const root of rootsIn(this.#directory)) {
      if (this.closing !== null) return
      await this.#countOne(root)
    }
    if (this.#holdings.bytes > this.size) await this.#evict(0)
  }

  async #countOne(root: string): Promise<void> {
    if (this.#holdings.has(root)) return
    const object = await this.#read(root, null)
    if (this.#holdings.has(root)) return // it came into use meanwhile
    const { mtimeMs } = await fs.stat(`${this.#path(root)}.json`)
    this.#holdings.note(object, mtimeMs)
  }

  #path(root: string): string {
    return join(this.#directory, root.slice(0, 2), root)
  }

  protected override async _close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer)
    await this.#scan
    await this.#saveAll()
    for (const loading of this.#objects.values()) await (await loading).rest()
    this.#objects.clear()
  }
}
