/** The folder that the demo publishes: a real one, or one made on the spot. */
import { closeSync, openSync, writeSync } from 'bare-fs'
import { copyFile, mkdir } from 'bare-fs/promises'
import { basename, extname, join } from 'bare-path'
import { fileURLToPath, URL } from 'bare-url'
import Localdrive from 'localdrive'

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

/** The regular files of a folder and its subfolders, hidden ones aside, each hashed. */
export async function readFolder(folder: string): Promise<Source[]> {
  const drive = new Localdrive(folder)
  const sources: Source[] = []
  for await (const { key, value } of drive.list('/')) {
    if (value.blob === null || /(^|\/)\./.test(key)) continue
    if (sources.length >= FILE_LIMIT) break
    const name = basename(key)
    const mime = MIME[extname(name).toLowerCase()] ?? null
    const hash = await hashOf(drive, key)
    sources.push({ path: join(folder, key), name, mime, size: value.blob.byteLength, hash })
  }
  await drive.close()
  return sources
}

/** README, the guides, pictures of the app, and one file of 256 MB. */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const root = fileURLToPath(new URL('../../../', import.meta.url))
  for (const name of ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', 'LICENSE']) {
    await copyFile(join(root, name), join(folder, name))
  }
  const guides = new Localdrive(join(root, 'docs'))
  const copy = guides.mirror(new Localdrive(join(folder, 'docs')))
  await copy.done()
  writeBig(join(folder, 'recording.bin'))
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

async function hashOf(drive: Localdrive, key: string): Promise<string> {
  const hash = createSha256()
  for await (const chunk of drive.createReadStream(key)) hash.update(chunk as Uint8Array)
  return hash.digest().toString('hex')
}
