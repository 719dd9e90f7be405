import { open, readFile, stat, unlink } from 'bare-fs/promises'
import { join } from 'bare-path'
import Hypercore from 'hypercore'
import { HypertunaError } from '../protocol/errors.ts'
import type { ErrorCode } from '../protocol/errors.ts'
import type { Closers } from './closers.ts'
import type { RelayConfig } from './config-fields.ts'
import { diskErrorCode, isSystemCode } from './disk-error.ts'
import { initializeHyperdrive } from './files/drive.ts'
import type { Drive } from './files/drive.ts'
import type { Log } from './log.ts'
import { GatedStore } from './network/gated-store.ts'
import { storageGone } from './make-within.ts'
import { closeToOthers } from './storage-folder.ts'
import { UNCACHED } from './uncached.ts'

/**
 * Bytes that the store collects in memory before it writes a file of its own. It has
 * up to three such buffers, and its own choice of 64 MB made storing a large file cost
 * 150 to 200 MB of memory; with this it costs 80 to 100, and a tenth of the speed.
 */
const WRITE_BUFFER = 16 * 1024 * 1024

/**
 * Nodes of Hypercores' trees that stay in memory, up to double of it. They are what others
 * ask for together with the blocks beside each other; its own choice of 8192 kept each one
 * for so long that it was let go only when all memory was looked at, 30 MB while one joins.
 */
const TREE_CACHE = { maxSize: 256 }

/**
 * The share of the oldest blocks that each of the store's own compactions writes again,
 * garbage among them or not. Its choice of 0.25 cost a tenth of the processor's time for
 * a large file; blocks hardly ever become garbage, and when a file is removed we compact.
 */
const REWRITTEN = 0

const PROBE = '.probe'

/** What the store's own errors mean; the first that fits counts. */
const MEANINGS: [RegExp, ErrorCode, string][] = [
  [
    /could not be locked|lock hold by|while lock file/i,
    'STORAGE_LOCKED',
    'is used by another Hypertuna that is running: close that one first, or choose another storage'
  ],
  [
    /invalid device file/i,
    'STORAGE_MOVED',
    'was copied or moved from elsewhere. Two copies of one storage damage each other: use the original'
  ],
  [/another corestore/i, 'STORAGE_CORRUPT', 'belongs to another key than the one it holds'],
  [
    /corruption/i,
    'STORAGE_CORRUPT',
    'is damaged. A copy does not open; begin anew in an empty folder with your identity.json'
  ]
]

const REASONS: Partial<Record<ErrorCode, string>> = {
  STORAGE_FULL: 'cannot be opened because the disk is full: make room and start again',
  STORAGE_READONLY: 'is on a disk that can only be read: choose another with --storage',
  STORAGE_DENIED: 'may not be written by this user: mend its owner or permissions'
}

/**
 * Opens the Corestore in `<dir>/corestore`, or makes it for a storage that never had
 * a drive.
 *
 * @param known what the configuration says: a store that should be there is not made anew
 * @throws STORAGE_LOCKED, STORAGE_DENIED, STORAGE_READONLY, STORAGE_MOVED, STORAGE_MISSING,
 * STORAGE_CORRUPT, STORAGE_FULL, STORAGE_FAILED
 */
export async function openStore(
  dir: string,
  known: Pick<RelayConfig, 'driveKey' | 'driveVersion'>
): Promise<GatedStore> {
  const path = join(dir, 'corestore')
  if (known.driveKey !== null && known.driveVersion > 0) await checkThere(path)
  await checkWritable(dir, path)
  let store: GatedStore | null = null
  try {
    const storage = Hypercore.defaultStorage(path, {
      writeBufferSize: WRITE_BUFFER,
      treeCache: TREE_CACHE,
      ...UNCACHED,
      blobGarbageCollectionAgeCutOff: REWRITTEN
    })
    store = new GatedStore(storage)
    await store.ready()
    await closeToOthers(path) // its files are readable, keys and all
    return store
  } catch (err) {
    // The first failure is the one to tell; what a half-open store says on closing follows from it.
    await store?.close().catch(() => {})
    throw explain(path, err)
  }
}

/**
 * Opens the store and this device's drive in it, and has them closed in reverse.
 *
 * @throws as openStore, and what checkDrive finds
 */
export async function openStoreAndDrive(
  storage: string,
  known: Pick<RelayConfig, 'driveKey' | 'driveVersion'>,
  closers: Pick<Closers, 'push'>,
  log: Log
): Promise<{ store: GatedStore; drive: Drive }> {
  const store = await openStore(storage, known)
  closers.push(() => store.close())
  const drive = await initializeHyperdrive(store.session({ circle: 'drive' }), {
    spoolDir: join(storage, 'spool'),
    log,
    expectedVersion: known.driveVersion,
    held: known.driveVersion > 0
  })
  closers.push(() => drive.close())
  const lost = checkDrive(drive, known)
  if (lost !== null) throw lost
  return { store, drive }
}

/**
 * What is wrong with the drive that was opened, judged by what was known of it, or
 * null. A lost store opens empty and without an error, and so does a damaged one.
 */
export function checkDrive(
  drive: Pick<Drive, 'key' | 'version' | 'failure'>,
  known: Pick<RelayConfig, 'driveKey' | 'driveVersion'>
): HypertunaError | null {
  if (known.driveKey !== null && known.driveVersion > 0 && drive.key !== known.driveKey) {
    const message =
      'The storage holds another drive than the one in relay-config.json. Move the original ' +
      'folder corestore back, or remove driveKey and driveVersion from the file to begin with an empty drive'
    return new HypertunaError('STORAGE_MISSING', message, {
      details: { driveKey: drive.key, expected: known.driveKey }
    })
  }
  return drive.failure
}

async function checkThere(path: string): Promise<void> {
  const current = join(path, 'db', 'CURRENT')
  let manifest = ''
  try {
    manifest = ((await readFile(current, { encoding: 'utf8' })) as string).trim()
    const { size } = await stat(join(path, 'db', manifest))
    if (size > 0) return
  } catch (err) {
    if (!isSystemCode(err, 'ENOENT') && !isSystemCode(err, 'ENOTDIR')) throw explain(path, err)
  }
  // Opening it now would make a new and empty store in its place.
  const message =
    `${path} is gone or incomplete, but relay-config.json knows of a drive there. Move the ` +
    'original folder back, or remove driveKey and driveVersion from the file to begin with an empty drive'
  throw new HypertunaError('STORAGE_MISSING', message)
}

/** Finds out by trying: the store itself answers ENOENT for a folder that may not be made. */
async function checkWritable(dir: string, path: string): Promise<void> {
  for (const folder of [dir, path]) {
    try {
      const info = await stat(folder)
      if (!info.isDirectory()) throw notFolder(folder)
      const probe = await open(join(folder, PROBE), 'w', 0o600)
      await probe.close()
      await unlink(join(folder, PROBE))
    } catch (err) {
      const isMissing = isSystemCode(err, 'ENOENT')
      if (folder === path && isMissing) return // it is made on opening
      if (isMissing) throw storageGone(dir, err)
      if (isSystemCode(err, 'ENOTDIR') || isSystemCode(err, 'EEXIST')) throw notFolder(folder, err)
      throw explain(folder, err)
    }
  }
}

function notFolder(path: string, cause?: unknown): HypertunaError {
  const message = `${path} cannot be made: a file is in its place. Choose another with --storage`
  return new HypertunaError('STORAGE_DENIED', message, { cause })
}

function explain(path: string, err: unknown): HypertunaError {
  if (err instanceof HypertunaError) return err
  for (const text of messages(err)) {
    const meaning = MEANINGS.find(([pattern]) => pattern.test(text))
    if (meaning === undefined) continue
    return new HypertunaError(meaning[1], `${path} ${meaning[2]}`, { cause: err })
  }
  const code = diskErrorCode(err) ?? 'STORAGE_FAILED'
  const reason = REASONS[code] ?? `cannot be opened: ${messages(err)[0] ?? 'no reason was given'}`
  return new HypertunaError(code, `${path} ${reason}`, { cause: err })
}

/** The error's message and those of what caused it. */
function messages(err: unknown): string[] {
  const found: string[] = []
  for (let at = err, depth = 0; at !== null && typeof at === 'object' && depth < 5; depth++) {
    const { message, cause } = at as { message?: unknown; cause?: unknown }
    if (typeof message === 'string') found.push(message)
    at = cause
  }
  return found
}
