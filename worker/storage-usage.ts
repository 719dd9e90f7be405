/** What the storage takes on the disk, and what for. */
import { lstat, readdir, statfs } from 'bare-fs/promises'
import { join } from 'bare-path'

import type { StorageUsage } from '../protocol/rpc/generated/types.ts'
import { diskError, isSystemCode } from './disk-error.ts'
import type { Drive } from './files/drive.ts'

/** How long what was measured on the disk is good enough, in ms. */
const FRESH = 1_000
/** Bytes of one block, as the system counts them. */
const BLOCK = 512

interface OnDisk {
  corestore: number
  index: number
  spool: number
  other: number
}

/**
 * Measures the storage folder. The store keeps everything in a few large files, so that
 * one look costs a look-up for each of them; contents are counted by the drive as they
 * come and go. Asking often is asking once.
 */
export class StorageMeter {
  readonly #storage: string
  readonly #drive: Pick<Drive, 'usage' | 'cleared'>
  #measured: { at: number; onDisk: Promise<OnDisk> } | null = null

  constructor(storage: string, drive: Pick<Drive, 'usage' | 'cleared'>) {
    this.#storage = storage
    this.#drive = drive
  }

  /**
   * All figures in bytes; what lies in the store is told apart by what is known of it, so
   * `cores` is what its files take beyond the contents and what was deleted.
   * @throws STORAGE_*
   */
  async look(): Promise<StorageUsage> {
    const [usage, disk, room] = await Promise.all([
      this.#drive.usage(),
      this.#measure(),
      roomOf(this.#storage)
    ])
    const { corestore, index, spool, other } = disk
    const reclaimable = Math.min(this.#drive.cleared, Math.max(0, corestore - usage.bytes))
    const groups = [...usage.folders].map(([relayKey, folder]) => ({ relayKey, ...folder }))
    return {
      total: corestore + index + spool + other,
      ...room,
      contents: usage.files,
      files: usage.bytes,
      shared: usage.shared,
      groups: groups.sort((a, b) => b.bytes - a.bytes),
      cores: Math.max(0, corestore - usage.bytes - reclaimable),
      index,
      spool,
      reclaimable,
      other
    }
  }

  #measure(): Promise<OnDisk> {
    if (this.#measured !== null && Date.now() - this.#measured.at < FRESH) {
      return this.#measured.onDisk
    }
    const onDisk = measure(this.#storage)
    this.#measured = { at: Date.now(), onDisk }
    return onDisk
  }
}

async function measure(storage: string): Promise<OnDisk> {
  const onDisk: OnDisk = { corestore: 0, index: 0, spool: 0, other: await ownBytes(storage) }
  for (const name of await namesIn(storage)) {
    const part = name === 'corestore' || name === 'index' || name === 'spool' ? name : 'other'
    onDisk[part] += await bytesOf(join(storage, name))
  }
  return onDisk
}

/** As `du` counts: what the blocks take, of files and of folders; links are not followed. */
async function bytesOf(path: string): Promise<number> {
  let sum = await ownBytes(path)
  for (const name of await namesIn(path)) sum += await bytesOf(join(path, name))
  return sum
}

/** The store deletes its files while we look: what is gone takes nothing. */
async function ownBytes(path: string): Promise<number> {
  try {
    const { blocks, size } = await lstat(path)
    return blocks > 0 || size === 0 ? blocks * BLOCK : size // not every system counts blocks
  } catch (err) {
    if (isSystemCode(err, 'ENOENT')) return 0
    throw diskError(err, `${path} cannot be measured`)
  }
}

async function namesIn(path: string): Promise<string[]> {
  try {
    return (await readdir(path)) as string[]
  } catch (err) {
    if (isSystemCode(err, 'ENOTDIR') || isSystemCode(err, 'ENOENT')) return []
    throw diskError(err, `${path} cannot be measured`)
  }
}

async function roomOf(dir: string): Promise<{ free: number; capacity: number }> {
  try {
    const { bavail, blocks, bsize } = (await statfs(dir)) as unknown as Record<
      'bavail' | 'blocks' | 'bsize',
      number
    >
    return { free: bavail * bsize, capacity: blocks * bsize }
  } catch (err) {
    throw diskError(err, `The free space of ${dir} cannot be read`)
  }
}
