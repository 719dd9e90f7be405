import type Corestore from 'corestore'
import type { HypertunaError } from '../../protocol/errors.ts'
import { diskError } from '../disk-error.ts'
import type { DriveOptions } from './drive-parts.ts'
import { DriveStore, closed } from './drive-store.ts'
import { publicEntry } from './entry-value.ts'
import type { FileEntry, FileMetadata } from './entry-value.ts'
import { checkKey } from './file-facts.ts'
import type { WholeFile } from './folders/batch-writer.ts'
import type { StoreFileOptions, StoredFile } from './intake.ts'
import { storeLocalFile } from './local-file.ts'
import type { StorePathOptions } from './local-file.ts'
import { Stop } from './stop.ts'
import type { Signal } from './stop.ts'

export type { DriveOptions } from './drive-parts.ts'
export type { FileEntry, FileMetadata } from './entry-value.ts'
export type { StoreFileOptions, StoreOptions, StoredFile } from './intake.ts'
export type { StorePathOptions } from './local-file.ts'
export type { Signal } from './stop.ts'
export type { DriveChange } from './watch.ts'

/**
 * This device's one Hyperdrive, and its only user: a folder for each relay, named by
 * its relayKey, and in it an entry for each file, named by its hash. The driveKey is no
 * secret: the files of private relays are sealed in it, and plain wherever they are
 * handed in or out here.
 *
 * Emits `change` with a list of DriveChange whenever files came or went, `compacted` when
 * the disk got room back, and `failure` with a HypertunaError once, when the storage takes no more writes.
 */
export class Drive extends DriveStore {
  /**
   * Seals this relay's files with `fileKey` (32 bytes) from now on, and opens them with it;
   * null for a relay whose files lie open. To be said before anything of the relay is
   * stored or read: without its key a private relay's file cannot be read.
   */
  useKey(relayKey: string, fileKey: Uint8Array | null): void {
    checkKey(relayKey, 'relayKey')
    this.keys.use(relayKey, fileKey)
  }

  /** Makes the relay's folder: an empty entry `/<relayKey>/.relay`, if it is not there. */
  async makeFolder(relayKey: string): Promise<void> {
    const { entries } = await this.whenOpened()
    if (!(await entries.hasFolder(relayKey))) {
      await this.guard.run(() => entries.makeFolder(relayKey))
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
    const { intake } = await this.whenOpened()
    this.guard.check()
    return intake.store(options)
  }

  /**
   * Takes a file of this computer, named after the path unless `metadata` names it.
   *
   * @throws as storeFile, and SOURCE_CHANGED when the file changed while it was read
   */
  async storePath(options: StorePathOptions): Promise<StoredFile> {
    const { intake } = await this.whenOpened()
    this.guard.check()
    const { relayKey, fileHash } = options
    const sealed = this.keys.of(relayKey) !== null
    // What is here already is not read at all.
    if (!sealed || (fileHash !== null && (await this.has(relayKey, fileHash)))) {
      return storeLocalFile(intake, options, null)
    }
    const isClosing = (): HypertunaError | null => (this.closing ? closed() : null)
    return storeLocalFile(intake, options, isClosing)
  }

  /** Stores many small files at once, all or none. @throws CANCELLED, CLOSED, STORAGE_* */
  async storeBatch(relayKey: string, files: WholeFile[], signal: Signal): Promise<void> {
    const { batches } = await this.whenOpened()
    this.guard.check()
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
    const { reader } = await this.whenOpened()
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
    const { entries } = await this.whenOpened()
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
    return (await this.whenOpened()).reader.layer(relayKey, hash)
  }

  /** The files of the relay's folder, by hash. */
  async *list(relayKey: string): AsyncGenerator<FileEntry> {
    const { entries } = await this.whenOpened()
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
    const { catalog } = await this.whenOpened()
    await catalog.annotate({ relayKey, hash, facts })
  }

  /**
   * Removes the file from the relay's folder, and its bytes when no other folder has it.
   * Removing what is not there does nothing.
   */
  async removeFile(relayKey: string, hash: string): Promise<void> {
    const { catalog, compaction } = await this.whenOpened()
    checkKey(relayKey, 'relayKey')
    checkKey(hash, 'The file hash')
    await catalog.remove(relayKey, hash)
    await compaction.whenWorthIt()
  }

  /** Removes a relay's folder and all files in it, also those that do not open any more. */
  async removeFolder(relayKey: string): Promise<void> {
    const { catalog, entries, compaction } = await this.whenOpened()
    checkKey(relayKey, 'relayKey')
    for (const hash of await entries.hashes(relayKey)) await catalog.remove(relayKey, hash)
    await this.guard.run(() => entries.removeFolder(relayKey))
    await compaction.whenWorthIt()
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
