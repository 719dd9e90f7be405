import fs from 'bare-fs'
import { join } from 'bare-path'

/** Bytes that a folder takes on the disk. */
export function used(dir: string): number {
  let sum = 0
  for (const name of fs.readdirSync(dir) as string[]) {
    const path = join(dir, name)
    try {
      const info = fs.lstatSync(path)
      sum += info.isDirectory() ? used(path) : info.blocks * 512
    } catch (err) {
      // The store deletes its files while we look.
      if ((err as { code?: string }).code !== 'ENOENT') throw err
    }
  }
  return sum
}
