/** The storage directory itself, and the one file in it that says what the rest is. */
import { chmod, mkdir, rm, stat } from 'bare-fs/promises'
import { platform } from 'bare-os'
import { join } from 'bare-path'

import { HypertunaError } from '../protocol/errors.ts'
import { loadOrCreateConfig } from './config.ts'
import type { Config } from './config.ts'
import type { Drive } from './files/drive.ts'
import { makeWithin } from './make-within.ts'

/**
 * Reads the directory's configuration.
 *
 * @param isFirst whether nothing of it was open in this process: then it is made when missing
 * @returns the configuration, and a problem that does not keep the worker from working
 * @throws STORAGE_DENIED, STORAGE_MISSING, BAD_CONFIG for a file that is wrong, which is left as it is
 */
export async function openFolder(
  storage: string,
  isFirst: boolean
): Promise<{ config: Config; problem: HypertunaError | null }> {
  if (isFirst) await makeFolder(storage)
  for (const name of ['index', 'spool', 'known']) await keepPrivate(storage, join(storage, name))
  const path = join(storage, 'relay-config.json')
  const lost = !(await exists(path)) && (await exists(join(storage, 'corestore')))
  return { config: await loadOrCreateConfig(storage), problem: lost ? configLost(path) : null }
}

/** Removes what is kept of a relay beside its cores: its files, what is known of them, its index. */
export async function removeKept(relayKey: string, drive: Drive, storage: string): Promise<void> {
  await drive.removeFolder(relayKey)
  await rm(join(storage, 'index', relayKey), { recursive: true, force: true })
  await rm(join(storage, 'known', relayKey), { force: true })
}

async function makeFolder(storage: string): Promise<void> {
  try {
    await mkdir(storage, { recursive: true, mode: 0o700 })
  } catch (err) {
    throw new HypertunaError(
      'STORAGE_DENIED',
      `The storage directory ${storage} cannot be made: choose another with --storage`,
      { cause: err }
    )
  }
}

/**
 * Makes a folder that this user alone may enter: what lies in it is readable to all, and
 * the directory around it may be older than we are.
 */
async function keepPrivate(storage: string, folder: string): Promise<void> {
  try {
    await makeWithin(storage, folder)
    await closeToOthers(folder)
  } catch (err) {
    if (HypertunaError.from(err).code === 'STORAGE_MISSING') throw err
    // A disk that is full or read-only: whoever writes there says so.
  }
}

/** As far as the disk knows modes. */
export async function closeToOthers(folder: string): Promise<void> {
  if (platform() === 'win32') return
  if (((await stat(folder)).mode & 0o077) !== 0) await chmod(folder, 0o700).catch(() => {})
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch {
    return false // whoever opens it next says why
  }
}

function configLost(path: string): HypertunaError {
  return new HypertunaError(
    'BAD_CONFIG',
    `${path} was missing and a new one was made, which knows no groups. ` +
      'Stop Hypertuna, put your copy back and start again; the groups themselves are untouched'
  )
}
