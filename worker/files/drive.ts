import type Corestore from 'corestore'
import type Hypercore from 'hypercore'
import Hyperdrive from 'hyperdrive'
import ReadyResource from 'ready-resource'
import { HypertunaError } from '../../protocol/errors.ts'
import { diskError } from '../disk-error.ts'
import '../guard-bee.ts'
import '../warm-bee.ts'
import { closeParts, openParts } from './drive-parts.ts'
import type { DriveOptions, DriveParts } from './drive-parts.ts'
import type { ContentUsage } from './contents.ts'
import { publicEntry } from './entry-value.ts'
import type { FileEntry, FileMetadata } from './entry-value.ts'
import { checkKey } from './file-facts.ts'
import { FileKeys } from './file-keys.ts'
import type { WholeFile } from './folders/batch-writer.ts'
import type { StoreFileOptions, StoredFile } from './intake.ts'
import { storeLocalFile } from './local-file.ts'
import type { StorePathOptions } from './local-file.ts'
import type { Partials } from './partials.ts'
import { countHeld } from './reclaim.ts'
import type { Survey } from './survey.ts'
import { Stop } from './stop.ts'
import type { Signal } from './stop.ts'
import type { DriveChange } from './watch.ts'
import { WriteGuard } from './write-guard.ts'

export type { DriveOptions } from './drive-parts.ts'
export type { FileEntry, FileMetadata } from './entry-value.ts'
export type { StoreFileOptions, StoreOptions, StoredFile } from './intake.ts'
export type { StorePathOptions } from './local-file.ts'
export type { Signal } from './stop.ts'
export type { DriveChange } from './watch.ts'

/**
 * How many forks are left out when the drive goes on from an older copy: each kill makes one,
 * and those since that copy was made must not be met again.
 */
const FORKS = 1000

/**
 * This device's one Hyperdrive, and its only user: a folder for each relay, named by
 * its relayKey, and in it an entry for each file, named by its hash. The driveKey is no
 * secret: the files of private relays are sealed in it, and plain wherever they are
 * handed in or out here.
 *
 * Emits `change` with a list of DriveChange whenever files came or went, `compacted` when
 * the disk got room back, and `failure` with a HypertunaError once, when the storage takes no more writes.
 */
export class Drive extends ReadyResource {
  readonly #drive: Hyperdrive
  readonly #store: Corestore
  readonly #options: DriveOptions
  readonly #guard: WriteGuard
  readonly #keys = new FileKeys()
  readonly #begun = Promise.withResolvers<void>()
  #parts: DriveParts | null = null

  /** @param store a session of the Corestore; the drive closes it */
  constructor(store: Corestore, options: DriveOptions) {
    super()
    this.#store = store
    this.#drive = new Hyperdrive(store)
    this.#options = options
    this.#begun.promise.catch(() => {}) // whoever waits for it is told
    this.#guard = new WriteGuard(options.spoolDir, (err) => {
      options.log('drive-failure', { err })
      this.emit('failure', err)
    })
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

  /** The same cores themselves, which stay the drive's. */
  get cores(): Hypercore[] {
    return [this.#drive.core, this.#open.blobs.core]
  }

  /** Why nothing can be written, or null. */
  get failure(): HypertunaError | null {
    return this.#guard.failure
  }

  /** What is here, by look-ups that cost little. Once the drive is open. */
  get survey(): Survey {
    return this.#open.survey
  }

  /** Files that came in half. Once the drive is open. */
  get partials(): Partials {
    return this.#open.partials
  }

  override async _open(): Promise<void> {
    const listeners = {
      onchange: (changes: DriveChange[]) => void this.emit('change', changes),
      oncompacted: () => void this.emit('compacted')
    }
    try {
      const [drive, store, guard, keys] = [this.#drive, this.#store, this.#guard, this.#keys]
      this.#parts = await openParts(drive, store, guard, keys, this.#options, listeners)
      if (this.#options.held === true) guard.hold(this.#begun.promise)
    } catch (err) {
      await this.#drive.close()
      throw err
    }
  }

  override async _close(): Promise<void> {
    this.begin(false)
    const parts = this.#parts
    if (parts !== null) await closeParts(this.#drive, this.#guard, this.#options.log, parts)
    await this.#drive.close()
  }

  /**
   * Writing may begin: nobody is known to have more of this drive than is here.
   * @param may false when that will not be known any more: then nothing is written
   */
  begin(may = true): void {
    if (may) this.#begun.resolve()
    else this.#begun.reject(closed())
  }

  /**
   * Goes on from what is here, though others may have more of this drive: as a new fork of
   * it, which they follow. Without one, the next write would contradict what they have.
   *
   * @param fork the latest that anybody has been seen to have
   */
  async forkFrom(fork: number): Promise<void> {
    const { blobs } = await this.#opened()
    await this.#guard.runNow(async () => {
      for (const core of [blobs.core, this.#drive.core]) {
        await core.truncate(core.length, { fork: Math.max(fork, core.fork) + FORKS })
      }
    })
  }

  /**
   * Seals this relay's files with `fileKey` (32 bytes) from now on, and opens them with it;
   * null for a relay whose files lie open. To be said before anything of the relay is
   * stored or read: without its key a private relay's file cannot be read.
   */
  useKey(relayKey: string, fileKey: Uint8Array | null): void {
    checkKey(relayKey, 'relayKey')
    this.#keys.use(relayKey, fileKey)
  }

  /** Makes the relay's folder: an empty entry `/<relayKey>/.relay`, if it is not there. */
  async makeFolder(relayKey: string): Promise<void> {
    const { entries } = await this.#opened()
    if (!(await entries.hasFolder(relayKey))) {
      await this.#guard.run(() => entries.makeFolder(relayKey))
    }
  }

  /**
   * Takes a file from a source of bytes. Its entry is made only when all of it is here
   * and has the hash; otherwise nothing is left. Content that is here already
   * is not stored again, and with a `fileHash` not even read: in any open or closed
   * relay's folder for the others, in a private one's for itself alone.
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
  async storePath(options: StorePathOptions): Promise<StoredFile> {
    const { intake } = await this.#opened()
    this.#guard.check()
    const { relayKey, fileHash } = options
    const sealed = this.#keys.of(relayKey) !== null
    // What is here already is not read at all.
    if (!sealed || (fileHash !== null && (await this.has(relayKey, fileHash)))) {
      return storeLocalFile(intake, options, null)
    }
    const isClosing = (): HypertunaError | null => (this.closing ? closed() : null)
    return storeLocalFile(intake, options, isClosing)
  }

  /** Stores many small files at once, all or none. @throws CANCELLED, CLOSED, STORAGE_* */
  async storeBatch(relayKey: string, files: WholeFile[], signal: Signal): Promise<void> {
    const { batches } = await this.#opened()
    this.#guard.check()
    return batches.store(relayKey, files, signal)
  }

  /**
   * The file's bytes `start` to `end` (exclusive, clamped), in chunks of up to 64 KiB,
   * from this disk alone.
   *
   * @throws when it is read: UNKNOWN_FILE, CANCELLED, NOT_MEMBER for a private relay's
   * without its key, STORAGE_*. A sealed one that does not open is STORAGE_CORRUPT: it
   * then counts as missing, so that it can be stored again
   */
  async *getFile(
    relayKey: string,
    hash: string,
    { start = 0, end, signal }: { start?: number; end?: number; signal?: Signal } = {}
  ): AsyncGenerator<Uint8Array> {
    const { reader } = await this.#opened()
    const stop = new Stop(signal)
    try {
      yield* reader.read(relayKey, hash, { start, end, stop })
    } catch (err) {
      throw this.closing ? closed() : err
    } finally {
      stop.end()
    }
  }

  /** What the entry says, or null when the file is not here whole. */
  async entry(relayKey: string, hash: string): Promise<FileEntry | null> {
    const { entries } = await this.#opened()
    const file = await entries.get(relayKey, hash)
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
   * @throws as getFile
   */
  async layer(relayKey: string, hash: string): Promise<Uint8Array> {
    return (await this.#opened()).reader.layer(relayKey, hash)
  }

  /** The files of the relay's folder, by hash. */
  async *list(relayKey: string): AsyncGenerator<FileEntry> {
    const { entries } = await this.#opened()
    for await (const file of entries.list(relayKey)) yield publicEntry(file)
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
    const { catalog, compaction } = await this.#opened()
    checkKey(relayKey, 'relayKey')
    checkKey(hash, 'The file hash')
    await catalog.remove(relayKey, hash)
    await compaction.whenWorthIt()
  }

  /** Removes a relay's folder and all files in it, also those that do not open any more. */
  async removeFolder(relayKey: string): Promise<void> {
    const { catalog, entries, compaction } = await this.#opened()
    checkKey(relayKey, 'relayKey')
    for (const hash of await entries.hashes(relayKey)) await catalog.remove(relayKey, hash)
    await this.#guard.run(() => entries.removeFolder(relayKey))
    await compaction.whenWorthIt()
  }

  /** Blocks of 64 KiB that were ever appended, and how many of them hold something. */
  async blocks(): Promise<{ length: number; held: number }> {
    const { core } = (await this.#opened()).blobs
    return { length: core.length, held: countHeld(core) }
  }

  /** What is stored, each content counted once, in bytes. */
  async blobUsage(): Promise<{ files: number; bytes: number }> {
    const { files, bytes } = await this.usage()
    return { files, bytes }
  }

  /** The same, and how much of it each relay's folder has. */
  async usage(): Promise<ContentUsage> {
    const { catalog } = await this.#opened()
    return catalog.usage()
  }

  /** Bytes that were cleared, and take room on the disk until the next compaction. */
  get cleared(): number {
    return this.#parts?.catalog.cleared ?? 0
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
    await this.#guard.runNow(() => this.#store.storage.db.flush())
    return version
  }

  /** Gives the room of removed files back to the disk. */
  async compact(): Promise<void> {
    await (await this.#opened()).compaction.now()
  }

  get #open(): DriveParts {
    if (this.#parts === null) throw closed()
    return this.#parts
  }

  async #opened(): Promise<DriveParts> {
    if (!this.opened) await this.ready()
    if (this.closing) throw closed()
    return this.#open
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

function closed(): HypertunaError {
  return new HypertunaError('CLOSED', 'The drive is closed')
}
