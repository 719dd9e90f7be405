import b4a from 'b4a'
import { open, readdir, stat, truncate, unlink } from 'bare-fs/promises'
import { dirname, join } from 'bare-path'
import crypto from 'hypercore-crypto'
import { diskError, isSystemCode } from '../disk-error.ts'
import { fill, writeBlocks } from '../file-handle.ts'
import type { FileHandle } from '../file-handle.ts'
import { makeWithin } from '../make-within.ts'
import { BLOCK_SIZE, byteLength } from './blocks.ts'

/** The most that one segment of a spooled file holds, in bytes. */
export const SEGMENT_SIZE = 16 * 1024 * 1024

/** Blocks that are read at once. */
const STRIDE = 16
/** One being read, one in an append that is under way. */
const BUFFERS = 2
/** Blocks that are written at once. */
const GROUP = 16
const SEGMENT_NAME = /^([0-9a-f]+)-(\d+)\.spool$/

/**
 * Where the bytes of slow sources wait until the file is complete. They wait in
 * segments that are deleted one by one while they are read back, so that the
 * disk never holds a file twice.
 */
export class Spool {
  readonly dir: string

  constructor(dir: string) {
    this.dir = dir
  }

  /** Makes the folder, and deletes what a killed process left in it but for files of these names. */
  async open(keep: ReadonlySet<string> = new Set()): Promise<void> {
    try {
      await makeWithin(dirname(this.dir), this.dir)
      for (const name of (await readdir(this.dir)) as string[]) {
        const [segment, file = ''] = SEGMENT_NAME.exec(name) ?? []
        if (segment !== undefined && !keep.has(file)) await unlink(join(this.dir, name))
      }
    } catch (err) {
      throw diskError(err, `The spool folder ${this.dir} cannot be used`)
    }
  }

  createFile(): SpooledFile {
    const name = b4a.toString(crypto.randomBytes(8), 'hex')
    return new SpooledFile(join(this.dir, name), name)
  }

  /** A file of before, with all that is there of it. */
  async reopen(name: string): Promise<SpooledFile> {
    const found: number[] = []
    for (const each of (await readdir(this.dir)) as string[]) {
      const [, file, segment] = SEGMENT_NAME.exec(each) ?? []
      if (file === name) found.push(Number(segment))
    }
    const segments = found.sort((a, b) => a - b).map((n) => segmentPath(join(this.dir, name), n))
    return new SpooledFile(join(this.dir, name), name, segments)
  }
}

function segmentPath(prefix: string, n: number): string {
  return `${prefix}-${n}.spool`
}

/** One file on its way in: written once, then read once. */
export class SpooledFile {
  readonly name: string
  readonly #prefix: string
  readonly #segments: string[]
  #file: FileHandle | null = null
  #writing: Promise<void> | null = null
  #filled = 0
  #created: number

  constructor(prefix: string, name: string, segments: string[] = []) {
    this.name = name
    this.#prefix = prefix
    this.#segments = segments
    this.#created = segments.length
  }

  /**
   * Begins to write the blocks and returns when the ones before them are written. A
   * failure shows up in the next call.
   *
   * @throws STORAGE_FULL and the like; the file can then only be discarded
   */
  async write(blocks: Uint8Array[]): Promise<void> {
    await this.#settle()
    this.#writing = this.#append(blocks)
    // The rejection is handled by whoever settles; until then it must not count as unhandled.
    this.#writing.catch(() => {})
  }

  /** The blocks as they were written, of which each but the last has this size. They stay. */
  async *blocks(size: number): AsyncGenerator<Uint8Array> {
    await this.#settle()
    for (const path of this.#segments) {
      for await (const bytes of readSegment(path, STRIDE * size)) {
        for (let at = 0; at < bytes.byteLength; at += size) yield bytes.slice(at, at + size)
      }
    }
  }

  /** Forgets everything beyond the first `count` blocks of this size; more may follow then. */
  async cut(count: number, size: number): Promise<void> {
    await this.#settle()
    await this.#close()
    let left = count * size
    const segments = this.#segments.splice(0)
    for (const path of segments) {
      const { size: bytes } = await stat(path)
      const kept = Math.min(left, bytes)
      left -= kept
      if (kept === 0) await unlink(path)
      else {
        if (kept < bytes) await truncate(path, kept)
        this.#segments.push(path)
      }
    }
  }

  /** Waits until all of it is written; it stays there for `reopen`. */
  async suspend(): Promise<void> {
    await this.#settle()
    await this.#close()
  }

  /**
   * The bytes in the order they came, 16 blocks of `size` at a time; each segment goes once it was read.
   * The buffers are used again: a chunk stays valid until one more was taken.
   */
  async *consume(size = BLOCK_SIZE): AsyncGenerator<Uint8Array> {
    await this.#settle()
    await this.#close()
    for (let path = this.#segments[0]; path !== undefined; path = this.#segments[0]) {
      yield* readSegment(path, STRIDE * size)
      await unlink(path)
      this.#segments.shift()
    }
  }

  /** Deletes what is left of it. */
  async discard(): Promise<void> {
    // Whether the last blocks could be written is nothing that matters any more.
    await this.#writing?.catch(() => {})
    await this.#close()
    for (const path of this.#segments.splice(0)) {
      try {
        await unlink(path)
      } catch (err) {
        if (!isSystemCode(err, 'ENOENT')) throw diskError(err, 'A spooled file cannot be deleted')
      }
    }
  }

  async #append(blocks: Uint8Array[]): Promise<void> {
    for (let at = 0; at < blocks.length; at += GROUP) {
      const group = blocks.slice(at, at + GROUP)
      const bytes = byteLength(group)
      if (this.#file === null || this.#filled + bytes > SEGMENT_SIZE) await this.#nextSegment()
      if (this.#file !== null) await writeBlocks(this.#file, group)
      this.#filled += bytes
    }
  }

  async #nextSegment(): Promise<void> {
    await this.#close()
    const path = segmentPath(this.#prefix, this.#created++)
    this.#segments.push(path)
    this.#file = await open(path, 'w', 0o600)
    this.#filled = 0
  }

  async #settle(): Promise<void> {
    const writing = this.#writing
    this.#writing = null
    try {
      await writing
    } catch (err) {
      throw diskError(err, 'A file on its way in cannot be spooled to the disk')
    }
  }

  async #close(): Promise<void> {
    const file = this.#file
    this.#file = null
    await file?.close()
  }
}

async function* readSegment(path: string, size: number): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r')
  const buffers: Uint8Array[] = []
  try {
    for (let i = 0; ; i++) {
      const bytes = (buffers[i % BUFFERS] ??= new Uint8Array(size))
      const filled = await fill(file, bytes)
      if (filled > 0) yield bytes.subarray(0, filled)
      if (filled < size) return
    }
  } finally {
    await file.close()
  }
}
