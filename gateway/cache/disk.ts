/** Small files of the cache, each replaced whole or not at all. */
import fs from 'bare-fs'
import { dirname, join } from 'bare-path'
import { isHex32 } from '../../protocol/ids.ts'

/** The JSON in a file; null when there is none, or none that can be read. */
export async function readJson(path: string): Promise<Record<string, unknown> | null> {
  const bytes = await readBytes(path)
  if (bytes === null) return null
  try {
    const value: unknown = JSON.parse(bytes.toString())
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null // cut off or damaged: what it stood for is fetched again
  }
}

/** A file's bytes; null when there is none, or it cannot be read. */
export async function readBytes(path: string): Promise<Buffer | null> {
  try {
    return Buffer.from(await fs.readFile(path))
  } catch {
    return null // the cache holds nothing that cannot be had again
  }
}

/** @throws what the disk says */
export async function replace(path: string, bytes: Uint8Array | string): Promise<void> {
  const temporary = `${path}.new`
  await fs.mkdir(dirname(path), { recursive: true })
  await fs.writeFile(temporary, Buffer.from(bytes as string), { mode: 0o600 })
  await fs.rename(temporary, path)
}

/** Removes a file that may not be there. */
export async function remove(path: string): Promise<void> {
  try {
    await fs.unlink(path)
  } catch (err) {
    if ((err as { code?: unknown }).code !== 'ENOENT') throw err
  }
}

/** The roots of the objects that are kept below a directory. */
export async function* rootsIn(directory: string): AsyncGenerator<string> {
  for (const folder of await foldersOf(directory)) {
    if (!/^[0-9a-f]{2}$/.test(folder)) continue
    for (const name of (await fs.readdir(join(directory, folder))).map(String)) {
      const root = name.slice(0, 64)
      if (name === `${root}.json` && isHex32(root)) yield root
    }
  }
}

async function foldersOf(directory: string): Promise<string[]> {
  try {
    return (await fs.readdir(directory)).map(String)
  } catch (err) {
    if ((err as { code?: unknown }).code === 'ENOENT') return [] // made with the first object
    throw err
  }
}
