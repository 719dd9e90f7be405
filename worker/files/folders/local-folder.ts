/**
 * A folder of this computer: Localdrive, with what it lets happen when a folder is not
 * ours alone. What it leaves out is told; it writes through no link, and each file
 * appears whole or not at all.
 */
import { constants } from 'bare-fs'
import type { Dirent } from 'bare-fs'
import {
  access,
  lstat,
  mkdir,
  open,
  opendir,
  readFile,
  rename,
  stat,
  unlink,
  utimes
} from 'bare-fs/promises'
import { dirname, join } from 'bare-path'
import Localdrive from 'localdrive'

import { HypertunaError } from '../../../protocol/errors.ts'
import { isSystemCode } from '../../disk-error.ts'
import { writeAll } from '../../file-handle.ts'
import { IgnoreRules, MAX_RULES } from './ignore-rules.ts'
import { IGNORE_FILE } from './names.ts'
import { PartFiles } from './part-files.ts'

/** A regular file of the folder; its path has `/` between its parts. */
export interface LocalFile {
  path: string
  /** bytes */
  size: number
  /** ms since 1970 */
  mtime: number
}

/** What was left out, and why, in words. */
export interface Skipped {
  path: string
  reason: string
}

export const REASONS = {
  link: 'a symbolic link',
  special: 'neither a file nor a folder',
  unreadable: 'it cannot be read',
  vanished: 'it went away, or its name is no text',
  backslash: 'a backslash is in its name'
}

/** Files of a folder that are looked at at once. */
const LOOKED_AT = 64

export class LocalFolder extends Localdrive {
  #rules = new IgnoreRules(null)
  readonly #parts: PartFiles

  /**
   * @param root absolute
   * @param owner who writes into it, as hex; left out where nobody does
   */
  constructor(root: string, owner = '') {
    super(root, { atomic: true })
    this.#parts = new PartFiles(owner)
  }

  get rules(): IgnoreRules {
    return this.#rules
  }

  /**
   * Whether there is a folder, and what its `.hypertunaignore` says.
   * @throws SOURCE_UNREADABLE when there is none, or it may not be read
   */
  override async ready(): Promise<void> {
    try {
      if (!(await stat(this.root)).isDirectory()) throw new Error('It is not a folder')
      await access(this.root, constants.R_OK)
    } catch (err) {
      const message = `${this.root} is no folder that can be read`
      throw new HypertunaError('SOURCE_UNREADABLE', message, { cause: err })
    }
    this.#rules = new IgnoreRules(await this.#readRules())
  }

  /** Where a path of the folder is on the disk. */
  pathOf(path: string): string {
    return join(this.root, path)
  }

  /**
   * The regular files that no rule leaves out, below all of its folders. Localdrive's own
   * list would say nothing of what it leaves out, and takes a `\\` in a name for a `/`.
   *
   * @param onskip told of what is no such file, or cannot be read; a folder among them
   *   has a `/` at its end
   */
  async *scan(onskip: (skipped: Skipped) => void, below = ''): AsyncGenerator<LocalFile> {
    const folder = await this.#openFolder(below, onskip)
    if (folder === null) return
    for await (const some of together(folder, LOOKED_AT)) {
      const seen = some.map((entry) => ({ ...entry, path: below + entry.name }))
      const looks = seen.map((one) => (this.#isPlain(one) ? this.entry('/' + one.path) : null))
      const files = await Promise.all(looks)
      for (const [i, { name, path, isFolder, isLink }] of seen.entries()) {
        if (name.includes('\\')) onskip({ path, reason: REASONS.backslash })
        else if (this.#rules.has(path)) continue
        else if (isFolder) yield* this.scan(onskip, path + '/')
        else if (isLink) onskip({ path, reason: REASONS.link })
        else {
          const file = files[i] ?? null
          const size = file?.value.blob?.byteLength
          if (file !== null && size !== undefined) yield { path, size, mtime: file.mtime }
          else onskip({ path, reason: await this.#whyNone(path) })
        }
      }
    }
  }

  #isPlain({ name, path, isFolder, isLink }: Found & { path: string }): boolean {
    return !isFolder && !isLink && !name.includes('\\') && !this.#rules.has(path)
  }

  /** What is there under a path now; null for nothing, or nothing that is a regular file. */
  async look(path: string): Promise<LocalFile | null> {
    const stats = await lstatOrNull(this.pathOf(path))
    if (stats === null || !stats.isFile()) return null
    return { path, size: stats.size, mtime: stats.mtimeMs }
  }

  /**
   * Whether a file may be written there: no part of its way is a link, or anything but a
   * folder, and it is a regular file itself where it exists.
   * @returns what is in the way; null when nothing is
   */
  async obstacle(path: string): Promise<string | null> {
    const names = path.split('/')
    let at = this.root
    for (const [i, name] of names.entries()) {
      at = join(at, name)
      const stats = await lstatOrNull(at)
      if (stats === null) return null
      if (stats.isSymbolicLink()) return 'a symbolic link is in its way'
      const isLast = i === names.length - 1
      if (isLast && !stats.isFile()) return 'something else of its name is there'
      if (!isLast && !stats.isDirectory()) return 'a file is where its folder would be'
    }
    return null
  }

  /** Takes away what a kill left of our writing beside a path; looks once in each folder. */
  async sweep(path: string): Promise<void> {
    await this.#parts.sweep(dirname(this.pathOf(path)))
  }

  /**
   * Replaces a file, whole and synced or not at all.
   *
   * @param bytes its contents; when they fail, nothing has changed
   * @param options.mtime in seconds
   * @param options.ready asked at the end whether it may still be replaced
   * @returns null when it was not replaced, because `ready` said so
   */
  async write(
    path: string,
    bytes: AsyncIterable<Uint8Array>,
    { mtime, ready }: { mtime: number; ready(): Promise<boolean> }
  ): Promise<LocalFile | null> {
    const target = this.pathOf(path)
    await mkdir(dirname(target), { recursive: true })
    await this.sweep(path)
    const part = this._alloc(target)
    try {
      const file = await open(part, 'wx')
      try {
        for await (const chunk of bytes) await writeAll(file, chunk)
        await file.utimes(mtime, mtime)
        await file.sync()
      } finally {
        await file.close()
      }
      if ((await this.obstacle(path)) !== null || !(await ready())) return null
      await rename(part, target)
    } finally {
      await unlink(part).catch(ignoreMissing)
      this._free(part)
    }
    return this.look(path)
  }

  /** Sets when a file was last changed, in seconds. */
  async touch(path: string, seconds: number): Promise<void> {
    await utimes(this.pathOf(path), seconds, seconds)
  }

  async read(path: string, most: number): Promise<Uint8Array | null> {
    try {
      const bytes = (await readFile(this.pathOf(path))) as Uint8Array
      return bytes.byteLength > most ? bytes.subarray(0, most) : bytes
    } catch (err) {
      if (isSystemCode(err, 'ENOENT')) return null
      throw err
    }
  }

  /** Where a file grows until it is whole. */
  override _alloc(filename: string): string {
    return this.#parts.begin(filename)
  }

  override _free(part: string): void {
    this.#parts.end(part)
  }

  async #readRules(): Promise<Uint8Array | null> {
    const found = await this.look(IGNORE_FILE)
    return found === null ? null : this.read(IGNORE_FILE, MAX_RULES)
  }

  async #openFolder(
    below: string,
    onskip: (skipped: Skipped) => void
  ): Promise<AsyncIterable<Found> | null> {
    try {
      return found((await opendir(this.pathOf(below))) as unknown as AsyncIterable<Dirent<string>>)
    } catch (err) {
      if (below === '') throw err
      onskip({ path: below, reason: REASONS.unreadable }) // whatever the cause
      return null
    }
  }

  async #whyNone(path: string): Promise<string> {
    return (await lstatOrNull(this.pathOf(path))) === null ? REASONS.vanished : REASONS.special
  }
}

/** What names a device in its part files. */
export const ownerOf = ({ key }: { key: string }): string => key.slice(0, 8)

interface Found {
  name: string
  isFolder: boolean
  isLink: boolean
}

async function* found(entries: AsyncIterable<Dirent<string>>): AsyncGenerator<Found> {
  for await (const entry of entries) {
    yield { name: entry.name, isFolder: entry.isDirectory(), isLink: entry.isSymbolicLink() }
  }
}

async function* together<T>(all: AsyncIterable<T>, count: number): AsyncGenerator<T[]> {
  let some: T[] = []
  for await (const one of all) {
    some.push(one)
    if (some.length < count) continue
    yield some
    some = []
  }
  if (some.length > 0) yield some
}

type Stats = Awaited<ReturnType<typeof lstat>>

async function lstatOrNull(path: string): Promise<Stats | null> {
  try {
    return await lstat(path)
  } catch (err) {
    const gone = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].some((code) => isSystemCode(err, code))
    if (gone) return null
    throw err
  }
}

function ignoreMissing(err: unknown): void {
  if (!isSystemCode(err, 'ENOENT')) throw err
}
