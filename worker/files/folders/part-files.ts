/**
 * Files that grow beside their place until they are whole. A kill leaves them behind: each
 * name says whose it is, so that the same device takes its own away when it writes there again.
 */
import { readdir, unlink } from 'bare-fs/promises'
import { dirname, join } from 'bare-path'
import b4a from 'b4a'
import crypto from 'hypercore-crypto'

import { isSystemCode } from '../../disk-error.ts'
import { PART_PREFIX } from './names.ts'

/** Those that are being written now, by whichever job of this program; whole paths. */
const growing = new Set<string>()

export class PartFiles {
  readonly #prefix: string
  /** Folders that were looked through. */
  readonly #swept = new Set<string>()

  /** @param owner who writes, as hex: of all programs on this computer the only one of it */
  constructor(owner: string) {
    this.#prefix = `${PART_PREFIX}${owner}-`
  }

  /** A new one beside `target`: a name that nobody can have put a link at. */
  begin(target: string): string {
    const random = b4a.toString(crypto.randomBytes(8), 'hex')
    const path = join(dirname(target), `${this.#prefix}${random}.part`)
    growing.add(path)
    return path
  }

  /** It has its place, or was given up. */
  end(path: string): void {
    growing.delete(path)
  }

  /** Takes away what a kill left of ours in a folder, below it not; looks once. */
  async sweep(folder: string): Promise<void> {
    if (this.#swept.has(folder)) return
    this.#swept.add(folder)
    for (const name of await namesIn(folder)) {
      if (!name.startsWith(this.#prefix) || !name.endsWith('.part')) continue
      const path = join(folder, name)
      if (!growing.has(path)) await unlink(path)
    }
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)) as string[]
  } catch (err) {
    if (isSystemCode(err, 'ENOENT')) return []
    throw err
  }
}
