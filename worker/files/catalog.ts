import type Hyperdrive from 'hyperdrive'
import { HypertunaError } from '../../protocol/errors.ts'
import { Contents } from './contents.ts'
import type { ContentUsage } from './contents.ts'
import type { Entries } from './entries.ts'
import type { FileMetadata, HeldFile, KeptFile } from './entry-value.ts'
import { makeMetadata } from './file-facts.ts'
import type { FileKeys } from './file-keys.ts'
import { Lock } from './lock.ts'
import type { WriteGuard } from './write-guard.ts'

/** Which entry a file is stored under, and what the caller knows about it. */
export interface Target {
  relayKey: string
  hash: string
  facts: Partial<FileMetadata>
}

/**
 * The entries together with the blobs they refer to. The same content is one blob,
 * whoever refers to it: it is found by its hash, and cleared when its last entry
 * went. Finding and referring are one step, so that nothing is cleared in between.
 * A private relay's files are apart: theirs are looked for in their own folder, and
 * found from nowhere else.
 */
export class Catalog {
  readonly entries: Entries
  readonly #blobs: Hyperdrive.Blobs
  readonly #guard: WriteGuard
  readonly #keys: FileKeys
  readonly #lock = new Lock()
  #contents: Contents | null = null
  #cleared = 0

  constructor(entries: Entries, blobs: Hyperdrive.Blobs, guard: WriteGuard, keys: FileKeys) {
    this.entries = entries
    this.#keys = keys
    this.#blobs = blobs
    this.#guard = guard
  }

  /** Bytes cleared since the last compaction. */
  get cleared(): number {
    return this.#cleared
  }

  /**
   * Makes the entry if the content is here already, in any folder that may share it. An
   * entry that is there itself keeps its facts and gets those it lacked.
   *
   * @returns the file, or null when the content is not here
   */
  link(target: Target): Promise<HeldFile | null> {
    const { relayKey, hash, facts } = target
    return this.#change(async () => {
      const own = await this.entries.get(relayKey, hash)
      if (own !== null) return this.#complete(own, facts)
      if (this.#keys.of(relayKey) !== null) return null
      const other = await this.entries.find(hash, relayKey)
      if (other === null) return null
      const file = { ...other, relayKey, metadata: makeMetadata(facts, other.metadata) }
      const others = await this.#others(file)
      await this.entries.put([file])
      this.#contents?.added(relayKey, file.size, others)
      return file
    })
  }

  /** Whether `link` may find the content; a look that holds up nobody. */
  async mayLink(relayKey: string, hash: string): Promise<boolean> {
    if ((await this.entries.kept(relayKey, hash)) !== null) return true
    if (this.#keys.of(relayKey) !== null) return false
    return (await this.entries.find(hash, relayKey)) !== null
  }

  /** Makes entries for blobs that were just written, all or none. */
  add(files: HeldFile[]): Promise<void> {
    return this.#change(async () => {
      const replaced = await this.#keptBefore(files)
      await this.entries.put(files)
      for (const { relayKey, size } of files) this.#contents?.added(relayKey, size, [])
      await this.#clearAll(replaced)
    })
  }

  /**
   * Makes entries for many files at once, all or none: of those whose content is here
   * already from what there is, of the others from the blobs that `write` makes.
   *
   * @param files of one relay, each hash once
   */
  addNew(files: Target[], write: (files: Target[]) => Promise<HeldFile[]>): Promise<void> {
    return this.#change(async () => {
      let written: HeldFile[] = []
      let replaced: KeptFile[] = []
      const linked = await this.entries.putNew(files, async (fresh) => {
        written = await write(fresh)
        replaced = await this.#keptBefore(written)
        return written
      })
      for (const { relayKey, size } of written) this.#contents?.added(relayKey, size, [])
      for (const file of linked) {
        this.#contents?.added(file.relayKey, file.size, await this.#others(file))
      }
      await this.#clearAll(replaced)
    })
  }

  /**
   * Changes some facts of an entry.
   *
   * @throws UNKNOWN_FILE
   */
  annotate({ relayKey, hash, facts }: Target): Promise<void> {
    return this.#change(async () => {
      const file = await this.entries.get(relayKey, hash)
      if (file === null) throw unknownFile(hash)
      const metadata = makeMetadata({ ...file.metadata, ...facts }, file.metadata)
      await this.entries.put([{ ...file, metadata }])
    })
  }

  /**
   * Removes the entry, and the blob when no other entry refers to it.
   *
   * @returns the bytes that were cleared
   */
  remove(relayKey: string, hash: string): Promise<number> {
    return this.#change(async () => {
      const kept = await this.entries.kept(relayKey, hash)
      const held = kept !== null && (await this.entries.isHeld(kept))
      await this.entries.remove(relayKey, hash)
      if (kept === null) return 0
      this.#contents?.removed(relayKey, kept.size, await this.#others(kept))
      return held ? this.#clear(kept) : 0
    })
  }

  /** What is kept, and what each folder has of it; looks through all entries the first time. */
  async usage(): Promise<ContentUsage> {
    this.#contents ??= await this.#lock.run(async () => {
      const contents = new Contents()
      const folders = new Map<number, string[]>()
      for await (const { relayKey, blob, size } of this.entries.all()) {
        // The one empty file has no block of its own to be told by.
        const id = blob.blockLength === 0 ? -1 : blob.blockOffset
        const others = folders.get(id) ?? []
        contents.added(relayKey, size, others)
        folders.set(id, [...others, relayKey])
      }
      return contents
    })
    return this.#contents.usage
  }

  /** Gives the cleared blocks' room back to the disk; takes about a second for each GB kept. */
  async compact(store: { compact(options: Record<string, number>): Promise<void> }): Promise<void> {
    this.#cleared = 0
    await this.#blobs.core.compact()
    await store.compact({
      blobGarbageCollectionPolicy: 1,
      blobGarbageCollectionAgeCutoff: 1,
      bottommostLevelCompaction: 2
    })
  }

  async #clearAll(replaced: KeptFile[]): Promise<void> {
    for (const kept of replaced) {
      await this.#clear(kept)
      this.#contents?.removed(kept.relayKey, kept.size, [])
    }
  }

  /** Clears what an entry referred to that is no more, unless another one refers to it. */
  async #clear(kept: KeptFile): Promise<number> {
    if (await this.#isReferred(kept)) return 0
    await this.#blobs.clear(kept.blob)
    if (kept.layerBlob !== null) await this.#blobs.clear(kept.layerBlob)
    this.#cleared += kept.size
    return kept.size
  }

  /** Entries that these take the place of: of spoilt files, whose blobs then go. */
  async #keptBefore(files: HeldFile[]): Promise<KeptFile[]> {
    const before: KeptFile[] = []
    for (const file of files) {
      const isReplaced = file.sealed || this.entries.spoilt.hadAny(file)
      const kept = isReplaced ? await this.entries.kept(file.relayKey, file.hash) : null
      if (kept !== null) before.push(kept)
    }
    return before
  }

  async #isReferred({ relayKey, hash, blob, sealed }: KeptFile): Promise<boolean> {
    if (sealed) return false
    const other = await this.entries.find(hash, relayKey)
    return other !== null && other.blob.blockOffset === blob.blockOffset
  }

  /** The other folders that refer to the same blob; looked for only when somebody counts. */
  async #others({ relayKey, hash, blob, sealed }: Refers): Promise<string[]> {
    if (this.#contents === null || sealed) return []
    return this.entries.referrers(hash, blob, relayKey)
  }

  async #complete(file: HeldFile, facts: Partial<FileMetadata>): Promise<HeldFile> {
    const { metadata } = file
    const completed = makeMetadata(
      {
        mime: metadata.mime ?? facts.mime ?? null,
        name: metadata.name ?? facts.name ?? null,
        eventId: metadata.eventId ?? facts.eventId ?? null
      },
      metadata
    )
    const keys = ['mime', 'name', 'eventId'] as const
    if (keys.every((key) => completed[key] === metadata[key])) return file
    const next = { ...file, metadata: completed }
    await this.entries.put([next])
    return next
  }

  #change<T>(work: () => Promise<T>): Promise<T> {
    return this.#lock.run(() => this.#guard.run(work))
  }
}

type Refers = Pick<KeptFile, 'relayKey' | 'hash' | 'blob' | 'sealed'>

export function unknownFile(hash: string): HypertunaError {
  return new HypertunaError('UNKNOWN_FILE', `There is no file ${hash.slice(0, 8)}… here`)
}
