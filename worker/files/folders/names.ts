/**
 * Paths of records as they are written into a folder. Records come from anybody, and a
 * folder may lie on any file system, or move to another one: so the same name is safe
 * and one file everywhere.
 */
import { cutUtf8, utf8Length } from '../../../protocol/names.ts'

/** Bytes of one name, and of a whole path below its folder. */
const MAX_NAME = 255
const MAX_PATH = 1024
const MAX_DEPTH = 64
/** Bytes of what a conflict copy's name says of who made it. */
const MAX_WHO = 48

/** What Windows takes for a device, with any ending. */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])[ .]*(?:\.|$)/i
/** What some file system does not take, or understands in a way of its own. */
const FORBIDDEN = /[\p{Cc}\p{Cs}<>:"|?*\\/\u2028\u2029]/gu
const TRAILING = /[. ]+$/
/** What HFS+ does not tell apart from nothing. */
const IGNORABLE = /\p{Default_Ignorable_Code_Point}/gu

/** Our own files in a folder: they are never published, and never written by a record. */
export const IGNORE_FILE = '.hypertunaignore'
export const MARKER_FILE = '.hypertuna-folder'
export const PART_PREFIX = '.hypertuna-'

/**
 * A record's path as it is written: each name one that every system takes, and none that
 * leads elsewhere. Null for one too long or too deep.
 */
export function localPath(path: string): string | null {
  const names = path.split('/').filter((name) => name !== '')
  if (names.length === 0 || names.length > MAX_DEPTH) return null
  const local = names.map(localName).join('/')
  return utf8Length(local) > MAX_PATH ? null : local
}

/** One name, made safe; the same again when it is applied to its own result. */
export function localName(name: string): string {
  let clean = name.normalize('NFC').toWellFormed().replace(FORBIDDEN, '_')
  clean = cutName(clean, '')
  clean = clean.replace(TRAILING, (end) => '_'.repeat(end.length))
  if (clean === '') return '_'
  return DEVICE.test(clean) ? cutName('_' + clean, '') : clean
}

/**
 * What a path is known by wherever case or composition do not count: two paths of one key
 * would be one file on some disk.
 */
export function foldPath(path: string): string {
  const plain = path.normalize('NFD').replace(IGNORABLE, '')
  return plain.toUpperCase().toLowerCase().normalize('NFC')
}

/** Whether any part of the path is one of our own files. */
export function isOurs(path: string): boolean {
  return foldPath(path)
    .split('/')
    .some((name) => name === IGNORE_FILE || name.startsWith(PART_PREFIX))
}

/** `dir/name (what).ext`, short enough. */
export function withNote(path: string, what: string): string {
  const slash = path.lastIndexOf('/') + 1
  const [folder, name] = [path.slice(0, slash), path.slice(slash)]
  const dot = name.lastIndexOf('.')
  const ending = dot > 0 && utf8Length(name.slice(dot)) <= 32 ? name.slice(dot) : ''
  const base = name.slice(0, name.length - ending.length)
  return folder + cutName(base, ` (${what})${ending}`)
}

/**
 * What a version's copy is called whose path another version has.
 *
 * @param who a member, by name or key
 * @param at seconds since 1970
 */
export function conflictPath(path: string, who: string, at: number): string {
  const day = new Date(Math.min(at, 8.64e12) * 1000).toISOString().slice(0, 10)
  const member = cutUtf8(localName(who.replace(/[()]/g, '_')), MAX_WHO).trim()
  return withNote(path, `conflict from ${member} ${day}`)
}

/** Gives each file a path that nothing else in the folder has, on any file system. */
export class Paths {
  readonly #files = new Set<string>()
  /** By key: how the folder is spelt. */
  readonly #folders = new Map<string, string>()

  /** Makes the folders of a path known, so that no file takes their names. */
  expect(path: string): void {
    let at = ''
    for (const name of path.split('/').slice(0, -1)) {
      const wished = at + name
      const key = foldPath(wished)
      if (!this.#folders.has(key)) this.#folders.set(key, wished)
      at = this.#folders.get(key)! + '/'
    }
  }

  has(path: string): boolean {
    const key = foldPath(path)
    return this.#files.has(key) || this.#folders.has(key)
  }

  /** Takes a path that is known to be free, or is ours already. */
  hold(path: string): void {
    this.expect(path)
    this.#files.add(foldPath(path))
  }

  /**
   * The wished path, or one like it that is free; it is taken from now on.
   *
   * @param note what tells it apart when it is not free
   */
  take(wished: string, note: string): string {
    this.expect(wished)
    const path = this.#spelt(wished)
    let free = path
    for (let n = 1; this.has(free); n++) {
      free = withNote(path, n === 1 ? note : `${note} ${n}`)
    }
    this.#files.add(foldPath(free))
    return free
  }

  release(path: string): void {
    this.#files.delete(foldPath(path))
  }

  /** In the folders as they were first spelt. */
  #spelt(path: string): string {
    const slash = path.lastIndexOf('/')
    if (slash < 0) return path
    const folder = this.#folders.get(foldPath(path.slice(0, slash)))
    return (folder ?? path.slice(0, slash)) + path.slice(slash)
  }
}

function cutName(base: string, ending: string): string {
  return cutUtf8(base, MAX_NAME - utf8Length(ending)).trimEnd() + ending
}
