/** What a relay's state and the own drive say of its files, read in passes over ranges. */
import type { Group } from '../relays/group.ts'
import { fileRange, filekeyRange, parseFilekey } from '../relays/keys.ts'
import { readProviders } from '../relays/state.ts'
import type { FileFacts, StateReader } from '../relays/state.ts'
import type { Choices } from './choices.ts'
import type { Drive } from './drive.ts'
import { providerOf } from './providers.ts'
import type { Finder, Span } from './survey.ts'
import { chooseRecord, keepNotes, syncedFile } from './synced-file.ts'
import type { Doubts, Record, SyncedFile } from './synced-file.ts'

export class KnownFiles {
  readonly files = new Map<string, SyncedFile>()
  /** Bytes of those that are here. */
  bytes = 0
  readonly #group: Group
  readonly #drive: Drive
  readonly #choices: Choices
  readonly #doubts: Doubts
  /** Each provider's name once, however many files it has. */
  readonly #names = new Map<string, string>()

  constructor(group: Group, drive: Drive, choices: Choices, doubts: Doubts) {
    this.#group = group
    this.#drive = drive
    this.#choices = choices
    this.#doubts = doubts
  }

  /** Reads all of them, each from three ranges: records, who has what, and what is here. */
  async readAll(): Promise<void> {
    const { state, relayKey } = this.#group.relay
    const fresh = new Map<string, SyncedFile>()
    const holders = new Map<string, string[]>()
    const spans = new Map<string, Span>()
    const readRecords = async (): Promise<void> => {
      for await (const node of state.createReadStream(fileRange)) {
        const hash = node.key.slice('file:'.length, 'file:'.length + 64)
        const record = { ...(node.value as FileFacts), eventId: node.key.slice(-64) }
        const older = fresh.get(hash) // which counts, unless it proved wrong
        if (older !== undefined && !this.#doubts.prefers(record.eventId, older.eventId)) continue
        fresh.set(hash, this.#look(hash, record))
      }
    }
    const readHolders = async (): Promise<void> => {
      for await (const node of state.createReadStream(filekeyRange)) {
        const entry = parseFilekey(node.key)
        if (entry === null) continue
        const known = holders.get(entry.hash)
        if (known === undefined) holders.set(entry.hash, [this.#nameOf(entry)])
        else known.push(this.#nameOf(entry))
      }
    }
    const readSpans = async (): Promise<void> => {
      for await (const { hash, span } of this.#drive.survey.list(relayKey)) spans.set(hash, span)
    }
    // Beside each other, because most of the time each waits for the disk.
    await Promise.all([readRecords(), readHolders(), readSpans()])
    for (const [hash, file] of fresh) {
      for (const name of holders.get(hash) ?? []) file.providers.add(name)
      file.span = spans.get(hash) ?? null
      file.here = file.span !== null
    }
    // What was noted of a file while the ranges were read is not lost.
    for (const [hash, file] of fresh) keepNotes(file, this.files.get(hash))
    this.files.clear()
    this.bytes = 0
    for (const [hash, file] of fresh) {
      this.files.set(hash, file)
      if (file.here) this.bytes += file.size
    }
  }

  /**
   * Looks at files again, over one reading of the state.
   * @param onfile told of each, of null when no live record names it; perhaps more than once
   */
  async reread(
    hashes: string[],
    onfile: (hash: string, file: SyncedFile | null) => void = () => {}
  ): Promise<void> {
    const { relay } = this.#group
    const finder = this.#drive.survey.finder(relay.relayKey, hashes.length)
    try {
      await relay.at(async (state) => {
        for (const hash of hashes) onfile(hash, await this.#reread(hash, state, finder))
      })
    } finally {
      await finder.close()
    }
  }

  async #reread(hash: string, state: StateReader, finder: Finder): Promise<SyncedFile | null> {
    const record = await chooseRecord(state, hash, this.#doubts)
    if (record === null) {
      this.#forget(hash)
      return null
    }
    const providers = await readProviders(state, hash)
    const span = await finder.find(hash)
    // From here on nothing is awaited: what others note of the file meanwhile is not lost.
    const file = this.#look(hash, record)
    for (const provider of providers) file.providers.add(this.#nameOf(provider))
    file.span = span
    file.here = span !== null
    this.#forget(hash)
    this.files.set(hash, file)
    if (file.here) this.bytes += file.size
    return file
  }

  /** Whether the file's blocks are still here: from memory, for all files in a fraction of a second. */
  isStillHere({ here, span }: SyncedFile): boolean {
    return here && (span === null || this.#drive.survey.holds(span))
  }

  #look(hash: string, record: Record): SyncedFile {
    const file = syncedFile(hash, record, this.files.get(hash))
    file.pinned = this.#choices.isPinned(this.#group.relay.relayKey, hash)
    return file
  }

  #forget(hash: string): void {
    const file = this.files.get(hash)
    if (file?.here === true) this.bytes -= file.size
    this.files.delete(hash)
  }

  #nameOf(provider: { driveKey: string; pubkey: string }): string {
    const name = providerOf(provider)
    const known = this.#names.get(name)
    if (known !== undefined) return known
    this.#names.set(name, name)
    return name
  }
}
