/** Where folders are: their true paths, and whether two are in each other's way. */
import { mkdir, realpath, stat } from 'bare-fs/promises'
import { homedir } from 'bare-os'
import { isAbsolute, relative } from 'bare-path'
import b4a from 'b4a'

import { HypertunaError } from '../../../protocol/errors.ts'
import { sha256 } from '../../../protocol/sha256.ts'
import type { FolderEntry } from '../../config-fields.ts'
import { diskError, isSystemCode } from '../../disk-error.ts'
import { storageGone } from '../../make-within.ts'

/** A folder's one true path. @throws SOURCE_UNREADABLE, BAD_REQUEST */
export async function existingFolder(path: string): Promise<string> {
  if (!isAbsolute(path)) throw badRequest('A folder is given by its whole path')
  try {
    const folder = (await realpath(path)) as string
    if (!(await stat(folder)).isDirectory()) throw new Error('It is not a folder')
    return folder
  } catch (err) {
    throw new HypertunaError('SOURCE_UNREADABLE', `${path} is no folder`, { cause: err })
  }
}

/** One's true path that is made when it is missing. @throws SOURCE_UNREADABLE, STORAGE_* */
export async function madeFolder(path: string): Promise<string> {
  try {
    await mkdir(path, { recursive: true })
  } catch (err) {
    throw diskError(err, `The folder ${path} cannot be made`)
  }
  return existingFolder(path)
}

/**
 * Two links to one file would send each other round in circles.
 * @param others the folders that are linked
 * @throws BAD_REQUEST
 */
export async function checkFree(
  folder: string,
  storage: string,
  others: FolderEntry[]
): Promise<void> {
  await checkApart(folder, storage)
  for (const { path } of others) {
    if (isWithin(folder, path) || isWithin(path, folder)) {
      throw badRequest(`${path} is linked already: a folder has one group`)
    }
  }
}

/**
 * Our own storage has the secret key: nothing of it is ever published, and no record is
 * written into it.
 * @param folder by its true path
 * @throws BAD_REQUEST, STORAGE_MISSING
 */
export async function checkApart(folder: string, storage: string): Promise<void> {
  const own = await storageFolder(storage)
  // What programs run at each start lies in a home folder, and records name paths.
  if (isWithin(await homeFolder(), folder)) {
    throw badRequest('That is a home folder, or has one in it: take a folder inside of it')
  }
  if (!isWithin(folder, own) && !isWithin(own, folder)) return
  throw badRequest('That folder has Hypertuna’s own storage in it, or is in it: take another one')
}

async function storageFolder(storage: string): Promise<string> {
  try {
    return (await realpath(storage)) as string
  } catch (err) {
    throw isSystemCode(err, 'ENOENT') ? storageGone(storage, err) : diskError(err, storage)
  }
}

async function homeFolder(): Promise<string> {
  const home = homedir()
  try {
    return (await realpath(home)) as string
  } catch {
    return home // there is none on this computer
  }
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return way === '' || (!way.startsWith('..') && !isAbsolute(way))
}

/** Of an import, so that the next one of the same folder finds what this one knew. */
export function idOf(relayKey: string, folder: string, prefix: string): string {
  const text = JSON.stringify([relayKey, folder, prefix])
  return 'import-' + b4a.toString(sha256(b4a.from(text)), 'hex').slice(0, 32)
}

export function nameOf(path: string): string | null {
  const name =
    path
      .replace(/[\\/]+$/, '')
      .split(/[\\/]/)
      .at(-1) ?? ''
  return name === '' ? null : name
}

const badRequest = (message: string): HypertunaError => new HypertunaError('BAD_REQUEST', message)
