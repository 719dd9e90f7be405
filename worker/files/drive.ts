import { basename } from 'bare-path'
import type Corestore from 'corestore'
import Hyperdrive from 'hyperdrive'
import ReadyResource from 'ready-resource'
import { HypertunaError } from '../../protocol/errors.ts'
import { diskError } from '../disk-error.ts'
import type { Log } from '../log.ts'
import { BlobWriter } from './blob-writer.ts'
import { Catalog, unknownFile } from './catalog.ts'
import { Entries, checkKey } from './entries.ts'
import type { FileEntry, FileMetadata, HeldFile } from './entries.ts'
import { Intake } from './intake.ts'
import type { StoreFileOptions, StoreOptions, StoredFile } from './intake.ts'
import { readBlob, readWhole } from './read-blob.ts'
import { countHeld, markClean, reclaim } from './reclaim.ts'
import { openLocalFile } from './source.ts'
import { Space } from './space.ts'
import { Spool } from './spool.ts'
import { Stop } from './stop.ts'
import type { Signal } from './stop.ts'
import { watchDrive } from './watch.ts'
import type { DriveChange, DriveWatch } from './watch.ts'
import { WriteGuard } from './write-guard.ts'

export type { FileEntry, FileMetadata } from './entries.ts'
export type { StoreFileOptions, StoreOptions, StoredFile } from './intake.ts'
export type { Signal } from './stop.ts'
export type { DriveChange } from './watch.ts'

export interface StorePathOptions extends StoreOptions {
  /** A regular file of this computer. */
  path: string
}

export interface DriveOptions {
  /** Where bytes of slow sources wait; emptied of leftovers on opening. */
  spoolDir: string
  log: Log
  /** The last version known to exist: an older drive is not written to. */
  expectedVersion?: number
}

/** Cleared bytes after which the disk's room is given back without being asked. */
const COMPACT_AFTER = 64 * 1024 * 1024

/**
 * This device's one Hyperdrive, and its only user: a folder for each relay, named by
 * its relayKey, and in it an entry for each file, named by its hash.
 *
 * Emits `change` with a list of DriveChange whenever files came or went, and
 * `failure` with a HypertunaError once, when the storage takes no more writes.
 */
export class Drive extends ReadyResource {
  readonly #drive: Hyperdrive
  readonly #store: Corestore
  readonly #log: Log
  readonly #expectedVersion: number
  readonly #spool: Spool
  readonly #guard: WriteGuard
  readonly #entries: Entries
  #parts: { blobs: Hyperdrive.Blobs; catalog: Catalog; intake: Intake; watch: DriveWatch } | null =
    null
  #compacting: Promise<void> | null = null

  /** @param store a session of the Corestore; the drive closes it */
  constructor(store: Corestore, { spoolDir, log, expectedVersion = 0 }: DriveOptions) {
    super()
    this.#store = store
    this.#drive = new Hyperdrive(store)
    this.#log = log
    this.#expectedVersion = expectedVersion
    this.#spool = new Spool(spoolDir)
    this.#guard = new WriteGuard(spoolDir, (err) => {
      log('drive-failure', { err })
      this.emit('failure', err)
    })
    this.#entries = new Entries(this.#drive)
  }

  /** The driveKey, 64 hex. */
  get key(): string {
    return Buffer.from(this.#drive.key).toString('hex')
  }

  /** Grows with every change of an entry. */
  get version(): number {
    return this.#drive.version
  }

  /** Of the core of entries and the core of blobs: what a replication of the drive needs. */
  get discoveryKeys(): Uint8Array[] {
    return [this.#drive.core.discoveryKey, this.#open.blobs.core.discoveryKey]
  }

  /** Why nothing can be written, or null. */
  get failure(): HypertunaError | null {
    return this.#guard.failure
  }

  override async _open(): Promise<void> {
    try {
      await this.#openParts()
    } catch (err) {
      await this.#drive.close()
      throw err
    }
  }

  async #openParts(): Promise<void> {
    await this.#drive.ready()
    await this.#spool.open()
    const blobs = await this.#drive.getBlobs()
    const isBehind = this.#drive.version < this.#expectedVersion
    if (isBehind) this.#guard.fail(this.#behind())
    else await this.#reclaim(blobs)
    await this.#entries.open()
    const catalog = new Catalog(this.#entries, blobs, this.#guard)
    const writer = new BlobWriter(blobs.core, this.#guard)
    const landing = { writer, spool: this.#spool, memory: { used: 0 } }
    // The spool and the store share a disk: one look at it serves both.
    const intake = new Intake(landing, catalog, new Space(this.#spool.dir), this.#log)
    const watch = watchDrive(this.#drive, {
      onchange: (changes) => this.emit('change', changes),
      onerror: (err) => this.#log('drive-watch-failed', { err })
    })
    this.#parts = { blobs, catalog, intake, watch }
  }

  override async _close(): Promise<void> {
    const parts = this.#parts
    if (parts !== null) {
      await parts.intake.close()
      await this.#compacting
      await parts.watch.close()
      if (this.#guard.failure === null) await this.#markClean(parts.blobs)
    }
    await this.#drive.close()
  }

  /** Makes the relay's folder: an empty entry `/<relayKey>/.relay`, if it is not there. */
  async makeFolder(relayKey: string): Promise<void> {
    await this.#opened()
    await this.#guard.run(() => this.#entries.makeFolder(relayKey))
  }

  /**
   * Takes a file from a source of bytes. Its entry is made only when all of it is here
   * and has the hash; otherwise nothing is left. Content that is here already, in any
   * relay's folder, is not stored again, and with a `fileHash` not even read.
   *
   * @throws HASH_MISMATCH, TOO_LARGE or TRUNCATED (against `size`), SOURCE_UNREADABLE,
   * CANCELLED, CLOSED, BAD_REQUEST, STORAGE_*, or the source's own HypertunaError
   */
  async storeFile(options: StoreFileOptions): Promise<StoredFile> {
    const { intake } = await this.#opened()
    this.#guard.check()
    return intake.store(options)
  }

  /**
   * Takes a file of this computer, named after the path unless `metadata` names it.
   *
   * @throws as storeFile, and SOURCE_CHANGED when the file changed while it was read
   */
  async storePath({ path, ...options }: StorePathOptions): Promise<StoredFile> {
    const { intake } = await this.#opened()
    this.#guard.check()
    const file = await openLocalFile(path)
    try {
      const metadata = { ...options.metadata, name: options.metadata.name ?? basename(path) }
      const local = { source: file.bytes, size: file.size, direct: true }
      return await intake.store({ ...options, ...local, metadata }, file.checkUnchanged)
    } finally {
      await file.close()
    }
  }

  /**
   * The file's bytes `start` to `end` (exclusive, clamped), in chunks of up to 64 KiB,
   * from this disk alone.
   *
   * @throws UNKNOWN_FILE, CANCELLED, STORAGE_*, when it is read
   */
  async *getFile(
    relayKey: string,
    hash: string,
    { start = 0, end, signal }: { start?: number; end?: number; signal?: Signal } = {}
  ): AsyncGenerator<Uint8Array> {
    const { blobs } = await this.#opened()
    const { blob, size } = await this.#held(relayKey, hash)
    const stop = new Stop(signal)
    try {
      yield* readBlob(blobs.core, blob, Math.max(0, start), Math.min(end ?? size, size), stop)
    } catch (err) {
      throw this.closing ? closed() : diskError(err, 'A file cannot be read from the drive')
    } finally {
      stop.end()
    }
  }

  /** What the entry says, or null when the file is not here whole. */
  async entry(relayKey: string, hash: string): Promise<FileEntry | null> {
    await this.#opened()
    const file = await this.#entries.get(relayKey, hash)
    return file === null ? null : publicEntry(file)
  }

  /** Whether the file is here, whole. */
  async has(relayKey: string, hash: string): Promise<boolean> {
    return (await this.entry(relayKey, hash)) !== null
  }

  /**
   * The 256 KiB layer of the file's tree (BEP 52): 32 bytes for each piece. Never
   * computed here: it was kept when the file was stored.
   *
   * @throws UNKNOWN_FILE
   */
  async layer(relayKey: string, hash: string): Promise<Uint8Array> {
    const { blobs } = await this.#opened()
    const { place } = await this.#held(relayKey, hash)
    if (place.layerBlob !== undefined) return readWhole(blobs.core, place.layerBlob)
    return new Uint8Array(Buffer.from(place.layer ?? '', 'base64'))
  }

  /** The files of the relay's folder, by hash. */
  async *list(relayKey: string): AsyncGenerator<FileEntry> {
    await this.#opened()
    for await (const file of this.#entries.list(relayKey)) yield publicEntry(file)
  }

  /**
   * Changes what the entry says about its file, such as the event that published it.
   *
   * @throws UNKNOWN_FILE, BAD_REQUEST, STORAGE_*
   */
  async annotate(
    relayKey: string,
    hash: string,
    facts: Partial<Pick<FileMetadata, 'mime' | 'name' | 'eventId'>>
  ): Promise<void> {
    const { catalog } = await this.#opened()
    await catalog.annotate({ relayKey, hash, facts })
  }

  /**
   * Removes the file from the relay's folder, and its bytes when no other folder has it.
   * Removing what is not there does nothing.
   */
  async removeFile(relayKey: string, hash: string): Promise<void> {
    const { catalog } = await this.#opened()
    checkKey(relayKey, 'relayKey')
    checkKey(hash, 'The file hash')
    await catalog.remove(relayKey, hash)
    if (catalog.cleared >= COMPACT_AFTER) this.#compactAside()
  }

  /** Blocks of 64 KiB that were ever appended, and how many of them hold something. */
  async blocks(): Promise<{ length: number; held: number }> {
    const { core } = (await this.#opened()).blobs
    return { length: core.length, held: countHeld(core) }
  }

  /** What is stored, each content counted once, in bytes. */
  async blobUsage(): Promise<{ files: number; bytes: number }> {
    const { catalog } = await this.#opened()
    return catalog.usage()
  }

  /**
   * Makes all that was written so far survive a power cut, not only a crash.
   *
   * @returns the version that does: the one to keep as `driveVersion`, since a drive
   * that comes back older than what is known of it is not written to
   */
  async sync(): Promise<number> {
    await this.#opened()
    const { version } = this
    await this.#guard.run(() => this.#store.storage.db.flush())
    return version
  }

  /** Gives the room of removed files back to the disk. */
  async compact(): Promise<void> {
    const { catalog } = await this.#opened()
    await this.#guard.run(() => catalog.compact(this.#store.storage))
  }

  get #open(): { blobs: Hyperdrive.Blobs; catalog: Catalog; intake: Intake } {
    if (this.#parts === null) throw closed()
    return this.#parts
  }

  async #opened(): Promise<{ blobs: Hyperdrive.Blobs; catalog: Catalog; intake: Intake }> {
    if (!this.opened) await this.ready()
    if (this.closing) throw closed()
    return this.#open
  }

  async #held(relayKey: string, hash: string): Promise<HeldFile> {
    const file = await this.#entries.get(relayKey, hash)
    if (file === null) throw unknownFile(hash)
    return file
  }

  async #reclaim(blobs: Hyperdrive.Blobs): Promise<void> {
    const found = await this.#guard.run(() => reclaim(this.#drive, this.#entries, blobs.core))
    if (found.blocks > 0) this.#log('orphans-reclaimed', { blocks: found.blocks })
  }

  /** Not worth failing the closing for: the next opening searches then. */
  async #markClean(blobs: Hyperdrive.Blobs): Promise<void> {
    try {
      await markClean(this.#drive, blobs.core)
    } catch (err) {
      this.#log('mark-clean-failed', { err })
    }
  }

  #compactAside(): void {
    this.#compacting ??= this.compact()
      .catch((err: unknown) => this.#log('compact-failed', { err }))
      .finally(() => (this.#compacting = null))
  }

  #behind(): HypertunaError {
    const details = { version: this.#drive.version, expected: this.#expectedVersion }
    const message =
      `The drive is at version ${details.version}, but ${details.expected} was known: ` +
      'the storage was lost or is an older copy. Nothing is written until it is restored'
    return new HypertunaError('STORAGE_CORRUPT', message, { details })
  }
}

/** Opens this device's drive in `store` (a session of the Corestore, which the drive closes). */
export async function initializeHyperdrive(
  store: Corestore,
  options: DriveOptions
): Promise<Drive> {
  const drive = new Drive(store, options)
  try {
    await drive.ready()
    return drive
  } catch (err) {
    throw diskError(err, 'The drive cannot be opened')
  }
}

function publicEntry({ hash, size, metadata }: HeldFile): FileEntry {
  return { hash, size, metadata }
}

function closed(): HypertunaError {
  return new HypertunaError('CLOSED', 'The drive is closed')
}
