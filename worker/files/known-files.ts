/**
 * What a relay's state and the own drive say of its files: kept on the disk from one start to
 * the next and brought up to date by what changed since, or read in passes over ranges.
 */
import type { Log } from '../log.ts'
import type { Group } from '../relays/group.ts'
import { readProviders } from '../relays/state.ts'
import type { StateReader } from '../relays/state.ts'
import type { Choices } from './choices.ts'
import type { Drive } from './drive.ts'
import { changedSince, markNow } from './known-mark.ts'
import type { KnownMark } from './known-mark.ts'
import type { KnownStore } from './known-store.ts'
import { Lock } from './lock.ts'
import { providerOf } from './providers.ts'
import { readRanges } from './read-ranges.ts'
import type { Finder } from './survey.ts'
import { chooseRecord, keepNotes, lieAt, otherNames, recordsOf, syncedFile } from './synced-file.ts'
import type { Doubts, SyncedFile } from './synced-file.ts'

/** Files that are looked at over one reading of the state. */
const AT_ONCE = 256
/** All are read anew so often, in ms, however well what is kept was brought up to date. */
const WHOLLY = 7 * 24 * 60 * 60_000

export interface KnownFilesOptions {
  group: Pick<Group, 'relay'>
  drive: Pick<Drive, 'survey'>
  choices: Pick<Choices, 'isPinned'>
  doubts: Doubts
  store: KnownStore
  log: Log
}

export class KnownFiles {
  readonly files = new Map<string, SyncedFile>()
  /** Hashes of files in the relay's folder of the drive that no live record names. */
  readonly unnamed = new Set<string>()
  /** Hashes of files that are to be looked at again, until they are. */
  readonly owed = new Set<string>()
  /** Bytes of those that are here. */
  bytes = 0
  readonly #options: KnownFilesOptions
  /** Each provider's name once, however many files it has. */
  readonly #names = new Map<string, string>()
  /** Who reads later must not be overtaken by who read before. */
  readonly #lock = new Lock()
  /** Up to here everything is known. */
  #mark: KnownMark | null = null
  #readAt = 0
  /** Whether something is known that is not kept. */
  #changed = false
  #stopped = false
  /** What is looked at together, as soon as it can be. */
  readonly #soon = new Set<string>()
  #rereading: Promise<void> | null = null

  constructor(options: KnownFilesOptions) {
    this.#options = options
  }

  /** Whether there is something to keep. */
  get changed(): boolean {
    return this.#changed
  }

  /** Whether it is long ago that all were read. */
  get isOld(): boolean {
    return Date.now() - this.#readAt > WHOLLY
  }

  /** From what was kept, and what changed since. */
  async open(): Promise<void> {
    const { store, log } = this.#options
    const kept = await store.read()
    if (kept === null) return this.readAll()
    const { mark, readAt, unsure, unnamed } = kept.head
    this.#mark = mark
    this.#readAt = readAt
    this.#take(kept.files, unnamed)
    for (const hash of unsure) this.owed.add(hash)
    const changed = await this.catchUp()
    const { relayKey } = this.#options.group.relay
    log('known-files', { relayKey, files: this.files.size, changed: changed?.size ?? null })
  }

  /**
   * Looks at what changed since the last moment that was noted, and at what is owed.
   * @returns the hashes; null when all of them had to be read
   */
  async catchUp(): Promise<Set<string> | null> {
    const { relay } = this.#options.group
    const { survey } = this.#options.drive
    const { state } = relay.base.view
    const changed =
      this.#mark === null ? null : await changedSince(this.#mark, state, survey, relay.relayKey)
    if (changed === null) {
      await this.readAll()
      return null
    }
    for (const hash of changed) this.owed.add(hash)
    await this.reread([...this.owed])
    return changed
  }

  /** Reads all of them. */
  readAll(): Promise<void> {
    return this.#lock.run(async () => {
      const { group, drive, doubts } = this.#options
      const mark = await this.markNow() // before the reading, which may say more
      const { files, unnamed } = await readRanges({
        relay: group.relay,
        survey: drive.survey,
        doubts,
        nameOf: (provider) => this.#nameOf(provider)
      })
      // What was noted of a file while the ranges were read is not lost.
      for (const [hash, file] of files) keepNotes(file, this.files.get(hash))
      this.#take(files, unnamed)
      this.#mark = mark
      this.#readAt = Date.now()
      this.#changed = true
    })
  }

  /** Reads no more: what is to be looked at stays owed. */
  stop(): void {
    this.#stopped = true
  }

  /**
   * Looks at files again, over few readings of the state.
   * @param onfile told of each, of null when no live record names it; perhaps more than once
   */
  async reread(
    hashes: string[],
    onfile: (hash: string, file: SyncedFile | null) => void = () => {}
  ): Promise<void> {
    for (const hash of hashes) this.owed.add(hash)
    for (let at = 0; at < hashes.length && !this.#stopped; at += AT_ONCE) {
      await this.#lock.run(() => this.#rereadSome(hashes.slice(at, at + AT_ONCE), onfile))
    }
  }

  /** Looks at a file again, over one reading with others that are asked for at the same time. */
  rereadSoon(hash: string): Promise<void> {
    this.owed.add(hash)
    this.#soon.add(hash)
    this.#rereading ??= this.#lock.run(() => {
      const hashes = [...this.#soon]
      this.#soon.clear()
      this.#rereading = null
      return this.#rereadSome(hashes, () => {})
    })
    return this.#rereading
  }

  /** Whether the file's blocks are still here: from memory, for all files in a fraction of a second. */
  isStillHere({ here, span }: SyncedFile): boolean {
    return here && (span === null || this.#options.drive.survey.holds(span))
  }

  /** This moment; what is known by now may be older. Null when it cannot be told. */
  async markNow(): Promise<KnownMark | null> {
    const { group, drive } = this.#options
    try {
      return await markNow(group.relay.base.view.state, drive.survey)
    } catch {
      return null // the end of the view is being taken back
    }
  }

  /**
   * Keeps on the disk what is known.
   * @param mark a moment of which everything is known, but for what is owed
   * @throws what the disk throws
   */
  keep(mark: KnownMark): Promise<void> {
    return this.#lock.run(() => this.#keep(mark))
  }

  async #keep(mark: KnownMark): Promise<void> {
    const { store, doubts } = this.#options
    const again = new Set(this.owed)
    if (doubts.size > 0) {
      for (const hash of this.files.keys()) if (this.#isDoubted(hash)) again.add(hash)
    }
    this.#changed = false
    try {
      const head = { mark, readAt: this.#readAt, unsure: [...again], unnamed: [...this.unnamed] }
      await store.write(head, this.files)
      this.#mark = mark
    } catch (err) {
      this.#changed = true
      throw err
    }
  }

  /** It goes by another record than the oldest, or may do so again after a restart. */
  #isDoubted(hash: string): boolean {
    const { doubts } = this.#options
    return doubts.has(hash) || doubts.has(this.files.get(hash)!.eventId)
  }

  /** Takes these for all that there are. */
  #take(files: Map<string, SyncedFile>, unnamed: Iterable<string>): void {
    const { group, drive, choices } = this.#options
    const { relayKey } = group.relay
    this.files.clear()
    this.unnamed.clear()
    this.bytes = 0
    for (const hash of unnamed) this.unnamed.add(hash)
    for (const [hash, file] of files) {
      if (file.span !== null && !drive.survey.holds(file.span)) file.span = null
      file.here = file.span !== null
      file.pinned = choices.isPinned(relayKey, hash)
      this.files.set(hash, file)
      if (file.here) this.bytes += file.size ?? 0
    }
  }

  async #rereadSome(
    hashes: string[],
    onfile: (hash: string, file: SyncedFile | null) => void
  ): Promise<void> {
    const { group, drive } = this.#options
    const finder = drive.survey.finder(group.relay.relayKey, hashes.length)
    this.#changed = true
    // What changes from here on is owed anew.
    for (const hash of hashes) this.owed.delete(hash)
    try {
      await group.relay.at(async (state) => {
        for (const hash of hashes) onfile(hash, await this.#reread(hash, state, finder))
      })
    } catch (err) {
      for (const hash of hashes) this.owed.add(hash)
      throw err
    } finally {
      await finder.close()
    }
  }

  async #reread(hash: string, state: StateReader, finder: Finder): Promise<SyncedFile | null> {
    const { choices, group, doubts } = this.#options
    const records = await recordsOf(state, hash)
    const record = chooseRecord(records, doubts)
    const providers = record === null ? [] : await readProviders(state, hash)
    const found = await finder.find(hash)
    // From here on nothing is awaited: what others note of the file meanwhile is not lost.
    const before = this.files.get(hash)
    this.#forget(hash)
    if (record === null) {
      if (found !== null) this.unnamed.add(hash)
      return null
    }
    const file = syncedFile(hash, record, before)
    file.others = otherNames(records, record)
    file.pinned = choices.isPinned(group.relay.relayKey, hash)
    for (const provider of providers) file.providers.add(this.#nameOf(provider))
    lieAt(file, found)
    this.files.set(hash, file)
    if (file.here) this.bytes += file.size ?? 0
    return file
  }

  #forget(hash: string): void {
    const file = this.files.get(hash)
    if (file?.here === true) this.bytes -= file.size ?? 0
    this.files.delete(hash)
    this.unnamed.delete(hash)
  }

  #nameOf(provider: { driveKey: string; pubkey: string }): string {
    const name = providerOf(provider)
    const known = this.#names.get(name)
    if (known !== undefined) return known
    this.#names.set(name, name)
    return name
  }
}
