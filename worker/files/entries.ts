import type Hyperdrive from 'hyperdrive'
import { openKept, readKept, storedMetadata } from './entry-value.ts'
import type { FileMetadata, HeldFile, KeptFile } from './entry-value.ts'
import { checkKey, makeMetadata } from './file-facts.ts'
import type { FileKeys } from './file-keys.ts'
import { SpoiltBytes } from './spoilt-bytes.ts'
import type { Placed } from './spoilt-bytes.ts'

const FOLDER_MARK = '.relay'
const HEX_KEY = /^[0-9a-f]{64}$/

/** A file that is to have an entry, before it is known where its bytes are. */
export interface Unplaced {
  relayKey: string
  hash: string
  facts: Partial<FileMetadata>
}

/** The entries `/<relayKey>/<hash>` of a drive and the folders they are in. */
export class Entries {
  readonly #drive: Hyperdrive
  readonly #keys: FileKeys
  readonly #folders = new Set<string>()
  readonly spoilt = new SpoiltBytes()
  /** One for all look-ups: it reads what is there now, where each by itself opens a session. */
  #looks: ReturnType<Entries['looks']> | null = null

  constructor(drive: Hyperdrive, keys: FileKeys) {
    this.#drive = drive
    this.#keys = keys
    // What it remembers of blocks that were cut off is not what comes in their place.
    drive.core.on('truncate', () => (this.#looks = null))
  }

  /** Learns which folders there are: a look-up each, however many files they hold. */
  async open(): Promise<void> {
    for await (const name of this.#drive.readdir('/')) {
      if (HEX_KEY.test(name)) this.#folders.add(name)
    }
  }

  /** Whether the folder was made. */
  async hasFolder(relayKey: string): Promise<boolean> {
    return (await this.#drive.entry(folderPath(relayKey) + '/' + FOLDER_MARK)) !== null
  }

  async makeFolder(relayKey: string): Promise<void> {
    if (!(await this.hasFolder(relayKey))) {
      await this.#drive.putEntry(folderPath(relayKey) + '/' + FOLDER_MARK)
    }
    this.#folders.add(relayKey)
  }

  /** What is left of a folder when its files are gone. */
  async removeFolder(relayKey: string): Promise<void> {
    await this.#drive.del(folderPath(relayKey) + '/' + FOLDER_MARK)
    this.#folders.delete(relayKey)
  }

  /**
   * The file in this relay's folder, if its entry is there and its bytes are too.
   *
   * @throws NOT_MEMBER for a private relay's file without its key, STORAGE_CORRUPT
   */
  async get(relayKey: string, hash: string): Promise<HeldFile | null> {
    const kept = await this.kept(relayKey, hash)
    const file = kept === null ? null : openKept(kept, this.#keys.of(relayKey))
    if (file === null || this.spoilt.has(file)) return null
    return (await this.isHeld(file)) ? file : null
  }

  /** The entry as far as it can be read without a key, whether or not its bytes are here. */
  kept(relayKey: string, hash: string): Promise<KeptFile | null> {
    this.#looks ??= this.looks()
    return this.#looks.kept(relayKey, hash)
  }

  /** For many looks one after the other, which share what they read; to be closed. */
  looks(): { kept: Entries['kept']; close(): Promise<void> } {
    const batch = this.#drive.batch() // in which nothing is written
    return {
      async kept(relayKey, hash) {
        const entry = await batch.entry(filePath(relayKey, hash))
        return entry === null ? null : readKept(entry)
      },
      close: () => batch.close()
    }
  }

  /**
   * The file in any folder but those of private relays, whose files are nobody else's.
   * Relays are few, so a look-up in each beats an index that would have to be kept right.
   */
  async find(hash: string, except: string | null = null): Promise<HeldFile | null> {
    for (const relayKey of this.#folders) {
      if (relayKey === except || this.#keys.of(relayKey) !== null) continue
      const kept = await this.kept(relayKey, hash)
      if (kept === null || kept.sealed || this.spoilt.has(kept)) continue
      if (!(await this.isHeld(kept))) continue
      return openKept(kept, null)
    }
    return null
  }

  /** The folders, but one, whose entry of this hash refers to this blob. */
  async referrers(
    hash: string,
    { blockOffset }: Hyperdrive.BlobId,
    except: string
  ): Promise<string[]> {
    const referrers: string[] = []
    for (const relayKey of this.#folders) {
      if (relayKey === except || this.#keys.of(relayKey) !== null) continue
      const kept = await this.kept(relayKey, hash)
      if (kept?.sealed === false && kept.blob.blockOffset === blockOffset) referrers.push(relayKey)
    }
    return referrers
  }

  /** Whether any folder's entry of the same content refers to the same blob. */
  async isReferred({ hash, blob }: Pick<KeptFile, 'hash' | 'blob'>): Promise<boolean> {
    for (const relayKey of this.#folders) {
      const kept = await this.kept(relayKey, hash)
      if (kept?.blob.blockOffset === blob.blockOffset) return true
    }
    return false
  }

  /** Whether every block of the file is on this disk. */
  async isHeld({ blob }: { blob: Hyperdrive.BlobId }): Promise<boolean> {
    if (blob.blockLength === 0) return true
    const { core } = await this.#drive.getBlobs()
    return core.has(blob.blockOffset, blob.blockOffset + blob.blockLength)
  }

  /**
   * The bytes of this file are not what they were: it counts as missing until it is put again,
   * in every folder that may share them.
   * @returns those folders
   */
  spoil(file: Placed): string[] {
    const isShared = (folder: string): boolean => this.#keys.of(folder) === null
    const isAmong = isShared(file.relayKey)
    const folders = isAmong ? [...this.#folders].filter(isShared) : [file.relayKey]
    for (const relayKey of folders) this.spoilt.add({ ...file, relayKey })
    return folders
  }

  /**
   * Writes all of the entries or, when it fails, none.
   *
   * @throws INTERNAL for a file that is sealed where it must not be, or not where it must
   */
  async put(files: HeldFile[]): Promise<void> {
    const values = files.map((file) => this.#valueOf(file))
    const batch = this.#drive.batch()
    for (const { path, value } of values) await batch.putEntry(path, value)
    await batch.flush()
    for (const file of files) this.#wasPut(file)
  }

  /**
   * Writes many files of one relay in one batch of entries, or none when it fails. Those
   * whose content is here already, in this folder or one that may share it, are linked;
   * for all others `write` makes the blobs.
   *
   * Twice as fast as one look at each and then `put`: in the order of their paths the
   * looks and the writes of a batch go over the same nodes.
   *
   * @param files each hash once
   * @param write called once, with those that are new
   * @returns what was linked
   */
  async putNew(
    files: Unplaced[],
    write: (files: Unplaced[]) => Promise<HeldFile[]>
  ): Promise<HeldFile[]> {
    const linked: HeldFile[] = []
    const fresh: Unplaced[] = []
    const batch = this.#drive.batch()
    for (const file of files.sort((a, b) => (a.hash < b.hash ? -1 : 1))) {
      const { relayKey, hash, facts } = file
      if ((await this.#inBatch(batch, relayKey, hash)) !== null) continue
      const other = await this.#findInBatch(batch, relayKey, hash)
      if (other === null) fresh.push(file)
      else linked.push({ ...other, relayKey, metadata: makeMetadata(facts, other.metadata) })
    }
    const entries = [...linked, ...(await write(fresh))]
    entries.sort((a, b) => (a.hash < b.hash ? -1 : 1))
    const values = entries.map((file) => this.#valueOf(file))
    for (const { path, value } of values) await batch.putEntry(path, value)
    await batch.flush()
    for (const file of entries) this.#wasPut(file)
    return linked
  }

  #wasPut(file: HeldFile): void {
    this.#folders.add(file.relayKey)
    this.spoilt.wasPut(file)
  }

  #valueOf(file: HeldFile): { path: string; value: Hyperdrive.EntryOptions } {
    const metadata = storedMetadata(file, this.#keys.of(file.relayKey))
    return { path: filePath(file.relayKey, file.hash), value: { blob: file.blob, metadata } }
  }

  async #inBatch(
    batch: Hyperdrive.Batch,
    relayKey: string,
    hash: string
  ): Promise<HeldFile | null> {
    const path = filePath(relayKey, hash)
    const entry = await batch.entry(path)
    const kept = entry === null ? null : readKept(entry)
    if (kept === null || this.spoilt.has(kept) || !(await this.isHeld(kept))) return null
    return openKept(kept, this.#keys.of(relayKey))
  }

  async #findInBatch(
    batch: Hyperdrive.Batch,
    relayKey: string,
    hash: string
  ): Promise<HeldFile | null> {
    if (this.#keys.of(relayKey) !== null) return null
    for (const other of this.#folders) {
      if (other === relayKey || this.#keys.of(other) !== null) continue
      const file = await this.#inBatch(batch, other, hash)
      if (file !== null && !file.sealed) return file
    }
    return null
  }

  async remove(relayKey: string, hash: string): Promise<void> {
    await this.#drive.del(filePath(relayKey, hash))
  }

  /**
   * The files of one folder, by hash.
   *
   * @throws NOT_MEMBER for a private relay's folder without its key, STORAGE_CORRUPT
   */
  async *list(relayKey: string): AsyncGenerator<HeldFile> {
    for await (const entry of this.#drive.list(folderPath(relayKey))) {
      const kept = readKept(entry)
      const file = kept === null ? null : openKept(kept, this.#keys.of(relayKey))
      if (file !== null && !this.spoilt.has(file)) yield file
    }
  }

  /** The folder's files that count, as far as they can be told without opening them. */
  async *survey(relayKey: string): AsyncGenerator<KeptFile> {
    for await (const entry of this.#drive.list(folderPath(relayKey))) {
      const kept = readKept(entry)
      if (kept !== null && this.counts(kept)) yield kept
    }
  }

  /** Not spoilt, and not lying open in a private relay's folder. */
  counts(kept: KeptFile): boolean {
    if (this.#keys.of(kept.relayKey) !== null && !kept.sealed) return false
    return !this.spoilt.has(kept)
  }

  /** The hashes of one folder's files, whether or not there is a key for them. */
  async hashes(relayKey: string): Promise<string[]> {
    const hashes: string[] = []
    for await (const entry of this.#drive.list(folderPath(relayKey))) {
      const kept = readKept(entry)
      if (kept !== null) hashes.push(kept.hash)
    }
    return hashes
  }

  /** Every file of every folder, whether or not there is a key for it. */
  async *all(): AsyncGenerator<KeptFile> {
    for await (const entry of this.#drive.list('/')) {
      const kept = readKept(entry)
      if (kept !== null) yield kept
    }
  }
}

function folderPath(relayKey: string): string {
  checkKey(relayKey, 'relayKey')
  return '/' + relayKey
}

function filePath(relayKey: string, hash: string): string {
  checkKey(hash, 'The file hash')
  return `${folderPath(relayKey)}/${hash}`
}
