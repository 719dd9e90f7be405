import { link, open, rename, unlink } from 'bare-fs/promises'
import { pid, platform } from 'bare-os'
import { dirname } from 'bare-path'
import { writeAll } from './file-handle.ts'

/** Two creations at once must not write into each other's file. */
let created = 0

/**
 * Replaces the file at `path` so that a reader, and a crash at any moment,
 * finds either the old content or the new, whole. The mode is 0600. The folder must be there.
 */
export function replaceFile(path: string, text: string): Promise<void> {
  return replaceFileBy(path, [Buffer.from(text)])
}

/** The same for what is too large to be in memory at once. */
export async function replaceFileBy(
  path: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>
): Promise<void> {
  const temporary = path + '.tmp'
  await writeWhole(temporary, chunks)
  await rename(temporary, path)
  await syncFolder(dirname(path))
}

/**
 * Creates the file at `path` (0600), whole or not at all.
 *
 * @throws EEXIST when there is one already; it is left as it is
 */
export async function createFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${pid()}-${created++}.new`
  await writeWhole(temporary, [Buffer.from(text)])
  try {
    // A link, unlike a rename, fails when somebody else was first.
    await link(temporary, path)
  } finally {
    await unlink(temporary)
  }
  await syncFolder(dirname(path))
}

async function writeWhole(
  path: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>
): Promise<void> {
  const file = await open(path, 'w', 0o600)
  try {
    await file.chmod(0o600) // a leftover of an earlier crash keeps its own mode
    for await (const chunk of chunks) await writeAll(file, chunk)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Makes the new name itself survive a power cut, where folders can be synced. */
async function syncFolder(path: string): Promise<void> {
  if (platform() === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
