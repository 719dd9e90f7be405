/**
 * A folder of this computer: Localdrive, with what it lets happen when a folder is not
 * ours alone. What it leaves out is told; it writes through no link, and each file
 * appears whole or not at all.
 */
import { constants } from 'bare-fs'
import {
  access,
  lstat,
  mkdir,
  open,
  readFile,
  rename,
  stat,
  unlink,
  utimes
} from 'bare-fs/promises'
import { dirname, join } from 'bare-path'
import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import Localdrive from 'localdrive'

import { HypertunaError } from '../../../protocol/errors.ts'
import { isSystemCode } from '../../disk-error.ts'
import { writeAll } from '../../file-handle.ts'
import { IgnoreRules, MAX_RULES } from './ignore-rules.ts'
import { IGNORE_FILE, PART_PREFIX } from './names.ts'

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
  vanished: 'it went away meanwhile'
}

export class LocalFolder extends Localdrive {
  #rules = new IgnoreRules(null)

  /** @param root absolute */
  constructor(root: string) {
    super(root, { atomic: true })
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
   * The regular files that no rule leaves out, below all of its folders.
   *
   * @param onskip told of what is no such file, or cannot be read; a folder among them
   *   has a `/` at its end
   */
  async *scan(onskip: (skipped: Skipped) => void): AsyncGenerator<LocalFile> {
    const unknown = new Set<string>()
    const look = (key: string): boolean => {
      const path = key.slice(1)
      if (this.#rules.has(path)) return true
      unknown.add(path)
      return false
    }
    for await (const entry of this.list('/', { ignore: look })) {
      const path = entry.key.slice(1)
      unknown.delete(path)
      const { linkname, blob } = entry.value
      if (linkname !== null) onskip({ path, reason: REASONS.link })
      else if (blob !== null) yield { path, size: blob.byteLength, mtime: entry.mtime }
    }
    for (const path of unknown) {
      const reason = await this.#whyLeftOut(path)
      if (reason !== null) onskip(reason)
    }
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

  /** Where a file grows until it is whole: a name that nobody can have put a link at. */
  override _alloc(filename: string): string {
    const random = b4a.toString(crypto.randomBytes(8), 'hex')
    return join(dirname(filename), `${PART_PREFIX}${random}.part`)
  }

  override _free(): void {}

  async #readRules(): Promise<Uint8Array | null> {
    const found = await this.look(IGNORE_FILE)
    return found === null ? null : this.read(IGNORE_FILE, MAX_RULES)
  }

  /** Of what the list named and did not give: folders, devices, and what is unreadable. */
  async #whyLeftOut(path: string): Promise<Skipped | null> {
    const stats = await lstatOrNull(this.pathOf(path))
    if (stats === null) return { path, reason: REASONS.vanished }
    if (!stats.isDirectory()) return { path, reason: REASONS.special }
    try {
      await access(this.pathOf(path), constants.R_OK | constants.X_OK)
      return null
    } catch {
      return { path: path + '/', reason: REASONS.unreadable } // which is what is told
    }
  }
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
