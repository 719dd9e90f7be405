import b4a from 'b4a'
import { randomBytes } from 'bare-crypto'
import { open } from 'bare-fs'
import fs from 'bare-fs/promises'
import os from 'bare-os'
import { join } from 'bare-path'
import FDLock from 'fd-lock'

const PREFIX = 'hypertuna-gateway-cache-'

/**
 * A folder of this run alone in the system's temporary folder. What runs that were
 * killed left there, which nobody locks any more, is removed.
 *
 * @returns its path, and how to remove it
 */
export async function temporaryFolder(): Promise<{ path: string; remove: () => Promise<void> }> {
  await removeStale()
  const path = join(os.tmpdir(), `${PREFIX}${b4a.toString(randomBytes(8), 'hex')}`)
  await fs.mkdir(path, { mode: 0o700 })
  const lock = new FDLock(await open(join(path, 'lock'), 'w+'))
  await lock.ready()
  const remove = async (): Promise<void> => {
    await lock.close()
    await fs.rm(path, { recursive: true, force: true })
  }
  return { path, remove }
}

async function removeStale(): Promise<void> {
  for (const name of await fs.readdir(os.tmpdir())) {
    if (!String(name).startsWith(PREFIX)) continue
    const path = join(os.tmpdir(), String(name))
    try {
      const lock = new FDLock(await open(join(path, 'lock'), 'r+'))
      await lock.ready()
      await lock.close()
      await fs.rm(path, { recursive: true, force: true })
    } catch {
      continue // in use, or another user's
    }
  }
}
