/**
 * Folders in the storage directory. The directory itself is made once, when a worker starts
 * for the first time: if it is gone later (a disk that was taken away), a new and empty one in
 * its place would hide what comes back, or keep it from coming back.
 */
import { mkdir } from 'bare-fs/promises'
import { join, relative, sep } from 'bare-path'

import { HypertunaError } from '../protocol/errors.ts'
import { isSystemCode } from './disk-error.ts'

/**
 * Makes `path` and what is missing of the folders between it and `root`, for this user alone.
 *
 * @throws STORAGE_MISSING when `root` is not there; whatever else the system says
 */
export async function makeWithin(root: string, path: string): Promise<void> {
  let at = root
  for (const name of relative(root, path).split(sep)) {
    at = join(at, name)
    try {
      await mkdir(at, { mode: 0o700 })
    } catch (err) {
      if (isSystemCode(err, 'EEXIST')) continue
      throw isSystemCode(err, 'ENOENT') ? storageGone(root, err) : err
    }
  }
}

/** The directory, or something in it that is never away while it is there, is not there. */
export function storageGone(storage: string, cause?: unknown): HypertunaError {
  const message = `${storage} is gone, whole or in part: bring it back, and it goes on by itself`
  return new HypertunaError('STORAGE_MISSING', message, { cause })
}
