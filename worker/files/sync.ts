/**
 * Keeps one relay's folder in step: what live records name, and is wanted on this device,
 * is here, or is being fetched, or waits for its turn or for somebody who has it.
 *
 * It acts on events (the view moved, a member came online, the drive changed)
 * and sweeps once a minute, in case an event was missed. Emits `change` (hashes: Set<string> |
 * null, null for all) and `reread` when all files were looked at for what changed.
 */
import ReadyResource from 'ready-resource'

import { HypertunaError } from '../../protocol/errors.ts'
import type { Group } from '../relays/group.ts'
import type { RelayUpdate } from '../relays/relay.ts'
import { RecordedFiles } from '../relays/relay-files.ts'
import type { DriveChange } from './drive.ts'
import { COPIES } from './holdings/relay-holdings.ts'
import type { RelayHoldings } from './holdings/relay-holdings.ts'
import { providerOf } from './providers.ts'
import type { Kept } from './quota.ts'
import { Steps } from './steps.ts'
import type { Keep, SyncOptions } from './sync-options.ts'
import { makeSyncParts } from './sync-parts.ts'
import type { SyncParts } from './sync-parts.ts'
import { sweepFolder } from './sweep.ts'
import { mayKeep } from './synced-file.ts'
import type { SyncedFile } from './synced-file.ts'

export type { Keep, SyncOptions } from './sync-options.ts'
export type { SyncedFile } from './synced-file.ts'

const SWEEP = 60_000

export class Sync extends ReadyResource implements Kept {
  /** What is proved of these files' holders; null until they are asked. */
  holdings: RelayHoldings | null = null
  readonly records: RecordedFiles
  readonly #options: SyncOptions
  readonly #group: Group
  readonly #parts: SyncParts
  /** Taken off this device by us: nobody is to fetch them back for that. */
  readonly #releasing = new Set<string>()
  readonly #us: string
  #keep: Keep
  #quotaBytes: number | null
  #sweeping: ReturnType<typeof setInterval> | null = null
  readonly #steps = new Steps((err) => this.#warn(err))
  #looking = false
  #removeSource: () => void = () => {}

  constructor(options: SyncOptions) {
    super()
    const { group, drive } = options
    this.#options = options
    this.#group = group
    this.#keep = options.keep
    this.#quotaBytes = options.quotaBytes
    this.#us = providerOf({ driveKey: drive.key, pubkey: group.pubkey })
    this.records = new RecordedFiles(group.relay)
    this.#parts = makeSyncParts(this, options, this.#steps, {
      onfile: (hash, file, wasHere) => this.#seen(hash, file, wasHere),
      onlooked: (hashes) => this.#looked(hashes),
      onerror: (err) => this.#warn(err)
    })
  }

  get relayKey(): string {
    return this.#group.relay.relayKey
  }

  get files(): ReadonlyMap<string, SyncedFile> {
    return this.#parts.known.files
  }

  /** How many files there are for people: the same bytes are one for each of their names. */
  get names(): number {
    let names = 0
    for (const { others } of this.files.values()) names += 1 + others.length
    return names
  }

  /** Hashes of files in the relay's folder of the drive that no live record names. */
  get unnamed(): ReadonlySet<string> {
    return this.#parts.known.unnamed
  }

  /** Bytes of the relay that are here. */
  get bytes(): number {
    return this.#parts.known.bytes
  }

  /** Other members. */
  get others(): number {
    return Math.max(0, this.#group.relay.members.size - 1)
  }

  /** Copies that the group wants of each file. */
  get copies(): number {
    return this.holdings?.copies ?? COPIES
  }

  /** Pubkeys that are set aside, with the reason. */
  get setAside(): ReadonlyMap<string, string> {
    return this.#parts.providers.setAside
  }

  get keep(): Keep {
    return this.#keep
  }

  set keep(keep: Keep) {
    this.#keep = keep
    this.lookAgain()
    this.emit('change', null)
  }

  get quotaBytes(): number | null {
    return this.#quotaBytes
  }

  set quotaBytes(bytes: number | null) {
    this.#quotaBytes = bytes
    this.lookAgain()
  }

  override async _open(): Promise<void> {
    await this.#group.ready()
    const { quota, transfers, drive } = this.#options
    // Before the first look: what changes meanwhile is looked at after it, and not lost.
    this.#group.on('update', this.#onupdate)
    this.#group.on('online', this.#ononline)
    drive.on('change', this.#ondrive)
    const first = Promise.withResolvers<void>()
    this.#steps.add(() => this.#parts.known.open().then(first.resolve, first.reject))
    await first.promise
    await quota.look()
    quota.add(this)
    this.#removeSource = transfers.addSource(this.#parts.fetching)
    this.#sweeping = setInterval(() => this.#steps.add(() => this.#sweep()), SWEEP)
    this.#wishAll()
    this.emit('change', null)
  }

  override async _close(): Promise<void> {
    if (this.#sweeping !== null) clearInterval(this.#sweeping)
    this.#removeSource()
    this.#parts.fetching.stop()
    this.#parts.known.stop()
    this.#options.quota.remove(this)
    this.#group.off('update', this.#onupdate)
    this.#group.off('online', this.#ononline)
    this.#options.drive.off('change', this.#ondrive)
    await this.#parts.announcer.close()
    await this.#steps.stop()
    await this.#parts.upkeep.close()
    await this.#parts.replicas.close()
  }

  /** How many providers of a file have a live handshake now. */
  online(file: SyncedFile): number {
    return mayKeep(this.records) ? this.#parts.providers.channels(file.providers).length : 0
  }

  /** Whether the file is to be on this device. */
  wants({ hash, pinned }: SyncedFile): boolean {
    if (this.#keep === 'all' || pinned) return true
    if (this.#options.choices.isAsked(this.relayKey, hash)) return true
    return this.holdings?.isMeant(hash) ?? false // too few others have it
  }

  /** How many other members' drives proved that they hold the file. */
  proven(hash: string): number {
    return this.#options.proven(hash)
  }

  /** Resolves when what is known of so far was looked at. */
  settled(): Promise<void> {
    return this.#steps.settled()
  }

  /** There may be more, or less, to fetch than before. */
  lookAgain(): void {
    if (this.#looking) return
    this.#looking = true
    this.#steps.add(async () => {
      this.#looking = false
      this.#wishAll()
    })
  }

  /** Looks at everything now, as each minute. Resolves when it did. */
  async sweep(): Promise<void> {
    this.#steps.add(() => this.#sweep())
    await this.#steps.settled()
  }

  /**
   * Fetches a file that a person asked for, before anything else. When it cannot be had
   * now, it is fetched as soon as it can, also after a restart.
   * @throws UNKNOWN_FILE, NOBODY_ONLINE, WRONG_BYTES, STORAGE_*
   */
  async fetchNow(hash: string): Promise<void> {
    const file = this.#file(hash)
    if (!file.here) await this.#parts.fetching.now(file)
  }

  /**
   * Whether the file stays on this device, whatever is kept of the others; then it is fetched.
   * @throws UNKNOWN_FILE, BAD_REQUEST when too many do, STORAGE_*
   */
  async pin(hash: string, pinned: boolean): Promise<void> {
    const file = this.#file(hash)
    const { choices } = this.#options
    if (pinned) await choices.pin(this.relayKey, hash)
    else await choices.unpin(this.relayKey, hash)
    Object.assign(this.files.get(hash) ?? file, { pinned })
    this.emit('change', new Set([hash]))
    this.lookAgain()
  }

  /** Takes a file off this device, and says so to the others. */
  async release(hash: string): Promise<void> {
    this.#releasing.add(hash)
    try {
      await this.#options.drive.removeFile(this.relayKey, hash)
      await this.#parts.known.reread([hash])
      this.#parts.announcer.withdraw(hash)
    } finally {
      this.#releasing.delete(hash)
    }
    this.#options.log('file-released', { relayKey: this.relayKey, hash })
    this.emit('change', new Set([hash]))
  }

  readonly #onupdate = ({ touched }: RelayUpdate): void => {
    if (touched === null) this.#parts.upkeep.anything()
    else this.#parts.upkeep.soon(touched)
  }

  /** Somebody is connected who was not: whoever has no more than copies of others' drives too. */
  newcomer(): void {
    this.#parts.replicas.newcomer()
    this.lookAgain()
  }

  readonly #ononline = (): void => {
    this.newcomer()
    this.emit('change', null)
  }

  readonly #ondrive = (changes: DriveChange[]): void => {
    const ours = changes.filter(({ relayKey }) => relayKey === this.relayKey)
    this.#parts.upkeep.soon(ours.map(({ hash }) => hash))
  }

  #looked(hashes: Set<string> | null): void {
    if (hashes === null) this.#wishAll()
    else this.#options.transfers.wake()
    this.emit('change', hashes)
    if (hashes === null) this.emit('reread')
  }

  #seen(hash: string, file: SyncedFile | null, wasHere: boolean): void {
    if (file === null) return this.#options.choices.answered(this.relayKey, hash)
    // It was here and nobody here took it away: whoever had it wants it still.
    const isLost = wasHere && !file.here && !this.#releasing.has(hash)
    if (isLost) this.#options.choices.ask(this.relayKey, hash)
    this.#announceOnce(file)
    this.#parts.fetching.consider(file)
  }

  #wishAll(): void {
    for (const file of this.files.values()) this.#announceOnce(file)
    this.#parts.fetching.reset()
  }

  async #sweep(): Promise<void> {
    const ours = { relayKey: this.relayKey, us: this.#us, kept: this }
    await sweepFolder({ ...this.#parts, ...ours }, this.#options)
    this.#wishAll()
  }

  /** Says what is here and unsaid. */
  #announceOnce(file: SyncedFile): void {
    if (file.here && !file.providers.has(this.#us)) this.#parts.announcer.announce(file.hash)
  }

  #file(hash: string): SyncedFile {
    const file = this.files.get(hash)
    if (file === undefined) throw new HypertunaError('UNKNOWN_FILE', 'The group has no such file')
    return file
  }

  #warn(err: unknown): void {
    if (this.closing) return
    const { code, message } = HypertunaError.from(err)
    this.#options.log('sync-failed', { relayKey: this.relayKey, code, message })
  }
}
