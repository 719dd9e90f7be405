/** The folder that the demo publishes: a real one, or one made on the spot. */
import { closeSync, constants, createReadStream, openSync, writeSync } from 'bare-fs'
import type { Dirent } from 'bare-fs'
import { access, copyFile, mkdir, readdir, stat } from 'bare-fs/promises'
import { basename, extname, join } from 'bare-path'
import { fileURLToPath, URL } from 'bare-url'
import Localdrive from 'localdrive'

import { HypertunaError } from '../../protocol/errors.ts'
import { createSha256 } from '../../protocol/sha256.ts'

export interface Source {
  path: string
  name: string
  mime: string | null
  size: number
  hash: string
}

const BIG = 256 * 1024 * 1024
const MIME: Record<string, string> = {
  '.md': 'text/markdown',
  '.txt': 'text/plain',
  '.json': 'application/json',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.webp': 'image/webp',
  '.gif': 'image/gif',
  '.pdf': 'application/pdf',
  '.mp4': 'video/mp4',
  '.mp3': 'audio/mpeg',
  '.flac': 'audio/flac'
}
/** More files than this make no better demonstration. */
const FILE_LIMIT = 500

/** What there is to publish in a folder. */
export interface Found {
  files: { path: string; size: number }[]
  /** How many entries of which kind are not published, in words: `hidden` → 3. */
  leftOut: ReadonlyMap<string, number>
}

/**
 * The regular files of a folder and its subfolders, in the order of their names.
 * @throws USAGE when it is no directory or has no files, SOURCE_UNREADABLE
 */
export async function findFiles(folder: string): Promise<Found> {
  const files: Found['files'] = []
  const leftOut = new Map<string, number>()
  const leave = (kind: string): void => void leftOut.set(kind, (leftOut.get(kind) ?? 0) + 1)
  const walk = async (directory: string): Promise<void> => {
    const read = await readdir(directory, { withFileTypes: true })
    const entries = read as unknown as Dirent<string>[] // their types say Dir
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(directory, entry.name)
      if (entry.name.startsWith('.')) leave('hidden')
      else if (entry.isSymbolicLink()) leave('by symbolic link')
      else if (!entry.isDirectory() && !entry.isFile()) leave('special (no file, no folder)')
      else if (!(await isReadable(path))) leave('not readable')
      else if (entry.isDirectory()) await walk(path)
      else if (files.length >= FILE_LIMIT) leave(`beyond the first ${FILE_LIMIT}`)
      else files.push({ path, size: (await stat(path)).size })
    }
  }
  await checkDirectory(folder)
  try {
    await walk(folder)
  } catch (err) {
    throw new HypertunaError('SOURCE_UNREADABLE', `Cannot read ${folder}`, { cause: err })
  }
  if (files.length > 0) return { files, leftOut }
  const what = ['has no files to publish', ...describeLeftOut({ files, leftOut })].join('; ')
  throw new HypertunaError('USAGE', `--folder ${folder} ${what}`)
}

/** What was left out, as a person says it: one line or none. */
export function describeLeftOut({ leftOut }: Found): string[] {
  if (leftOut.size === 0) return []
  const kinds = Array.from(leftOut, ([kind, count]) => `${count} ${kind}`)
  return [`left out: ${kinds.join(', ')}`]
}

/** @throws SOURCE_UNREADABLE */
export async function hashFiles({ files }: Found): Promise<Source[]> {
  const sources: Source[] = []
  for (const { path, size } of files) {
    const name = basename(path)
    const mime = MIME[extname(name).toLowerCase()] ?? null
    sources.push({ path, name, mime, size, hash: await hashOf(path) })
  }
  return sources
}

async function checkDirectory(folder: string): Promise<void> {
  let what = 'is not a directory'
  try {
    if ((await stat(folder)).isDirectory()) return
  } catch (err) {
    if ((err as { code?: string }).code === 'ENOENT') what = 'does not exist'
  }
  throw new HypertunaError('USAGE', `--folder ${folder} ${what}`)
}

async function isReadable(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    () => false
  )
}

/** README, the guides, pictures of the app, and one file of 256 MB. */
export async function makeFolder(folder: string): Promise<Found> {
  await mkdir(folder, { recursive: true })
  const root = fileURLToPath(new URL('../../../', import.meta.url))
  for (const name of ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', 'LICENSE']) {
    await copyFile(join(root, name), join(folder, name))
  }
  const guides = new Localdrive(join(root, 'docs'))
  const copy = guides.mirror(new Localdrive(join(folder, 'docs')))
  await copy.done()
  writeBig(join(folder, 'recording.bin'))
  return findFiles(folder)
}

/** Bytes that no block of the file repeats, so that nothing along the way can be saved. */
function writeBig(path: string): void {
  const chunk = new Uint8Array(1024 * 1024)
  let seed = Date.now() >>> 0
  const fd = openSync(path, 'w')
  for (let written = 0; written < BIG; written += chunk.byteLength) {
    const words = new Uint32Array(chunk.buffer)
    for (let i = 0; i < words.length; i++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
      words[i] = seed
    }
    writeSync(fd, chunk)
  }
  closeSync(fd)
}

async function hashOf(path: string): Promise<string> {
  const hash = createSha256()
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array)
  } catch (err) {
    throw new HypertunaError('SOURCE_UNREADABLE', `Cannot read ${path}`, { cause: err })
  }
  return hash.digest().toString('hex')
}
