/** Files of this computer, on their way into the drive. */
import { basename } from 'bare-path'
import { open, stat } from 'bare-fs/promises'
import { HypertunaError } from '../../protocol/errors.ts'
import { FileHasher, cutPieces, verifyPiece } from '../../protocol/pieces.ts'
import type { FileDigest } from '../../protocol/pieces.ts'
import { fill } from '../file-handle.ts'
import type { FileHandle } from '../file-handle.ts'
import { SMALL_FILE } from './incoming-file.ts'
import type { Intake, StoreOptions, StoredFile } from './intake.ts'
import { Stop } from './stop.ts'
import type { Signal } from './stop.ts'

const CHUNK_SIZE = 1024 * 1024
/** One being read, one held back, and two in an append that is under way. */
const BUFFERS = 4

export interface StorePathOptions extends StoreOptions {
  /** A regular file of this computer. */
  path: string
}

/**
 * Stores a file of this computer, named after its path unless `metadata` names it.
 *
 * One that is to be sealed is read twice: its key is made from its hash, and nothing
 * but the file of that hash may be sealed with it. The second time every piece is
 * compared with the first, so that a file that changes meanwhile is noticed in time.
 *
 * @param isClosing for a file that is to be sealed, else null: the reason to stop while
 *   it is read for the first time
 */
export async function storeLocalFile(
  intake: Intake,
  { path, ...options }: StorePathOptions,
  isClosing: (() => HypertunaError | null) | null
): Promise<StoredFile> {
  const file = await openLocalFile(path)
  try {
    const metadata = { ...options.metadata, name: options.metadata.name ?? basename(path) }
    const { size, checkUnchanged } = file
    const known = { ...options, metadata, size, direct: true }
    if (isClosing === null || size <= SMALL_FILE) {
      return await intake.store({ ...known, source: file.read() }, checkUnchanged)
    }
    const digest = await digestOf(file, options.signal, isClosing)
    const fileHash = options.fileHash ?? digest.hash
    if (fileHash !== digest.hash) {
      await checkUnchanged()
      const message = 'The bytes are not those of the hash: nothing was kept'
      throw new HypertunaError('HASH_MISMATCH', message)
    }
    const source = readChecked(file, digest)
    const { layer } = digest
    return await intake.store({ ...known, fileHash, source, layer: () => layer }, checkUnchanged)
  } finally {
    await file.close()
  }
}

async function digestOf(
  file: LocalFile,
  signal: Signal | undefined,
  isClosing: () => HypertunaError | null
): Promise<FileDigest> {
  const hasher = new FileHasher()
  const stop = new Stop(signal)
  try {
    for await (const chunk of file.read()) {
      const reason = stop.reason ?? isClosing()
      if (reason !== null) throw reason
      hasher.update(chunk)
    }
  } finally {
    stop.end()
  }
  return hasher.digest()
}

/** Chunks are whole pieces, but for the last. */
async function* readChecked(
  file: LocalFile,
  { layer, size }: FileDigest
): AsyncGenerator<Uint8Array> {
  let index = 0
  for await (const chunk of file.read()) {
    for (const piece of cutPieces([chunk])) {
      if (!verifyPiece(layer, size, index++, piece)) throw changed()
    }
    yield chunk
  }
}

/** A file on this computer that is being stored. */
interface LocalFile {
  size: number
  /**
   * Reads it from its beginning, 1 MiB at a time. The buffers are used again: at most two
   * chunks back stay valid.
   */
  read(): AsyncIterable<Uint8Array>
  /** @throws SOURCE_CHANGED when the file is not what it was on opening */
  checkUnchanged(): Promise<void>
  close(): Promise<void>
}

/**
 * Opens a regular file for storing.
 *
 * @throws SOURCE_UNREADABLE for what is not there, not a file, or not ours to read
 */
async function openLocalFile(path: string): Promise<LocalFile> {
  try {
    // Before opening: opening a pipe would wait for its other end.
    if (!(await stat(path)).isFile()) throw new Error('It is not a regular file')
    const file = await open(path, 'r')
    const before = await file.stat()
    return {
      size: before.size,
      read: () => readAll(file, before.size),
      close: () => file.close(),
      checkUnchanged: async () => {
        if (!isSame(before, await file.stat()) || !isSame(before, await statOrNull(path))) {
          throw changed()
        }
      }
    }
  } catch (err) {
    const message = `The file cannot be read: ${(err as Error).message}`
    throw new HypertunaError('SOURCE_UNREADABLE', message, { cause: err })
  }
}

type Stats = Awaited<ReturnType<typeof stat>>

async function* readAll(file: FileHandle, size: number): AsyncGenerator<Uint8Array> {
  const buffers: Uint8Array[] = []
  let seen = 0
  for (let i = 0; ; i++) {
    // One byte more than the file has, so that the last read also finds its end.
    const length = Math.min(CHUNK_SIZE, size + 1)
    const buffer = (buffers[i % BUFFERS] ??= new Uint8Array(length))
    const filled = await fill(file, buffer, seen)
    seen += filled
    if (seen > size) throw changed()
    if (filled > 0) yield buffer.subarray(0, filled)
    if (filled < buffer.byteLength) break
  }
  if (seen !== size) throw changed()
}

async function statOrNull(path: string): Promise<Stats | null> {
  try {
    return await stat(path)
  } catch {
    return null // gone, which is a change like any other
  }
}

function isSame(a: Stats, b: Stats | null): boolean {
  if (b === null) return false
  const { ino, size, mtimeMs, ctimeMs } = a
  return b.ino === ino && b.size === size && b.mtimeMs === mtimeMs && b.ctimeMs === ctimeMs
}

function changed(): HypertunaError {
  return new HypertunaError(
    'SOURCE_CHANGED',
    'The file changed while it was being read: try again once it rests'
  )
}
