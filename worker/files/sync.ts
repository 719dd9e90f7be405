/**
 * Keeps one relay's folder in step: what live records name is here, or is being
 * fetched, or waits for somebody who has it.
 *
 * It acts on events (the view moved, a member came online, the drive changed)
 * and sweeps once a minute, in case an event was missed. Emits `change`
 * (hashes: Set<string> | null, null for all of them).
 */
import ReadyResource from 'ready-resource'

import { HypertunaError } from '../../protocol/errors.ts'
import type { FileChannel } from '../../protocol/file-channel/channel.ts'
import type { Log } from '../log.ts'
import type { Group } from '../relays/group.ts'
import { fileRange, filekeyRange, parseFilekey } from '../relays/keys.ts'
import type { RelayUpdate } from '../relays/relay.ts'
import { RecordedFiles } from '../relays/relay-files.ts'
import { readProviders } from '../relays/state.ts'
import type { FileFacts } from '../relays/state.ts'
import { Again } from './again.ts'
import { Announcer } from './announcer.ts'
import type { Drive, DriveChange } from './drive.ts'
import { fetchFile } from './fetch.ts'
import { Providers, providerOf } from './providers.ts'
import { Doubts, chooseRecord, mayKeep, syncedFile } from './synced-file.ts'
import type { SyncedFile } from './synced-file.ts'
import type { Transfers } from './transfers.ts'

export type { SyncedFile } from './synced-file.ts'

export interface SyncOptions {
  group: Group
  drive: Drive
  transfers: Transfers
  log: Log
}

const SWEEP = 60_000
/** A file whose record is wrong, or that a person cancelled, is left alone this long, in ms. */
const BAD_AGAIN = 10 * 60_000
/** When providers that are online and did not serve are asked again, in ms. */
const AGAIN = { first: 1000, longest: SWEEP }
/** What comes of a record whose size or piecesRoot is not the file's. */
const OF_WRONG_RECORDS = ['HASH_MISMATCH', 'WRONG_BYTES', 'TOO_LARGE', 'TRUNCATED']

export class Sync extends ReadyResource {
  readonly files = new Map<string, SyncedFile>()
  readonly records: RecordedFiles
  readonly #group: Group
  readonly #drive: Drive
  readonly #pubkey: string
  readonly #transfers: Transfers
  readonly #log: Log
  readonly #announcer: Announcer
  readonly #providers: Providers
  /** Hashes of files and ids of records. */
  readonly #doubts = new Doubts(BAD_AGAIN)
  #sweeping: ReturnType<typeof setInterval> | null = null
  readonly #again = new Again(() => this.#soon(async () => this.#wishAll()), AGAIN)
  #work: Promise<void> = Promise.resolve()

  constructor({ group, drive, transfers, log }: SyncOptions) {
    super()
    this.#group = group
    this.#drive = drive
    this.#pubkey = group.pubkey
    this.#transfers = transfers
    this.#log = log
    this.#providers = new Providers(group, log)
    this.records = new RecordedFiles(group.relay)
    this.#announcer = new Announcer(group.relay, drive.key, (err) => this.#warn(err))
  }

  /** Pubkeys that are set aside, with the reason. */
  get setAside(): ReadonlyMap<string, string> {
    return this.#providers.setAside
  }

  override async _open(): Promise<void> {
    await this.#group.ready()
    await this.#readAll()
    this.#group.on('update', this.#onupdate)
    this.#group.on('online', this.#ononline)
    this.#drive.on('change', this.#ondrive)
    this.#sweeping = setInterval(() => this.#soon(() => this.#sweep()), SWEEP)
  }

  override async _close(): Promise<void> {
    if (this.#sweeping !== null) clearInterval(this.#sweeping)
    this.#again.stop()
    this.#group.off('update', this.#onupdate)
    this.#group.off('online', this.#ononline)
    this.#drive.off('change', this.#ondrive)
    await this.#announcer.close()
    await this.#work
  }

  /** How many providers of a file have a live handshake now. */
  online(file: SyncedFile): number {
    return this.#channels(file).length
  }

  /** Resolves when what is known of so far was looked at. */
  settled(): Promise<void> {
    return this.#work
  }

  /**
   * Fetches a file that a person asked for, before anything else.
   * @throws UNKNOWN_FILE, NOBODY_ONLINE, WRONG_BYTES, STORAGE_*
   */
  async fetchNow(hash: string): Promise<void> {
    const file = this.files.get(hash)
    if (file === undefined) throw new HypertunaError('UNKNOWN_FILE', 'The group has no such file')
    if (file.here || file.fetching) return
    if (this.#channels(file).length === 0) {
      throw new HypertunaError('NOBODY_ONLINE', 'Nobody who has this file is online now')
    }
    this.#doubts.delete(hash)
    await this.#fetch(file, true)
  }

  readonly #onupdate = ({ touched }: RelayUpdate): void => {
    if (touched === null) this.#soon(() => this.#readAll())
    else if (touched.size > 0) this.#soon(() => this.#reread(touched))
  }

  readonly #ononline = (): void => {
    this.#soon(async () => {
      this.#wishAll()
      this.emit('change', null)
    })
  }

  readonly #ondrive = (changes: DriveChange[]): void => {
    const ours = changes.filter(({ relayKey }) => relayKey === this.#group.relay.relayKey)
    if (ours.length > 0) this.#soon(() => this.#reread(ours.map(({ hash }) => hash)))
  }

  /** One piece of work after the other: two views of one file never race. */
  #soon(work: () => Promise<void>): void {
    this.#work = this.#work.then(async () => {
      if (this.closing) return
      try {
        await work()
      } catch (err) {
        this.#warn(err)
      }
    })
  }

  async #readAll(): Promise<void> {
    const { state, relayKey } = this.#group.relay
    const fresh = new Map<string, SyncedFile>()
    for await (const node of state.createReadStream(fileRange)) {
      const hash = node.key.slice('file:'.length, 'file:'.length + 64)
      const record = { ...(node.value as FileFacts), eventId: node.key.slice(-64) }
      const older = fresh.get(hash) // which counts, unless it proved wrong
      if (older !== undefined && !this.#doubts.prefers(record.eventId, older.eventId)) continue
      fresh.set(hash, syncedFile(hash, record, this.files.get(hash)))
    }
    for await (const node of state.createReadStream(filekeyRange)) {
      const entry = parseFilekey(node.key)
      if (entry !== null) fresh.get(entry.hash)?.providers.add(providerOf(entry))
    }
    for await (const { hash } of this.#drive.list(relayKey)) {
      const file = fresh.get(hash)
      if (file !== undefined) file.here = true
    }
    this.files.clear()
    for (const [hash, file] of fresh) this.files.set(hash, file)
    for (const file of fresh.values()) this.#wish(file)
    this.emit('change', null)
  }

  async #reread(hashes: Iterable<string>): Promise<void> {
    const { state, relayKey } = this.#group.relay
    const changed = new Set<string>()
    for (const hash of hashes) {
      if (this.closing) return
      changed.add(hash)
      const record = await chooseRecord(state, hash, this.#doubts)
      if (record === null) {
        this.files.delete(hash)
        continue
      }
      const file = syncedFile(hash, record, this.files.get(hash))
      for (const provider of await readProviders(state, hash)) {
        file.providers.add(providerOf(provider))
      }
      file.here = await this.#drive.has(relayKey, hash)
      this.files.set(hash, file)
      this.#wish(file)
    }
    this.emit('change', changed)
  }

  #wishAll(): void {
    for (const file of this.files.values()) this.#wish(file)
  }

  async #sweep(): Promise<void> {
    for (const file of this.files.values()) {
      if (this.closing) return
      file.here = await this.#drive.has(this.#group.relay.relayKey, file.hash)
      this.#wish(file)
    }
  }

  /** Announces what is here and unsaid; fetches what is not here and can be had. */
  #wish(file: SyncedFile): void {
    if (file.here) {
      const us = { driveKey: this.#drive.key, pubkey: this.#pubkey }
      if (!file.providers.has(providerOf(us))) this.#announcer.announce(file.hash)
      return
    }
    if (file.fetching || this.#channels(file).length === 0) return
    if (this.#doubts.has(file.hash)) return
    this.#fetch(file, false).catch((err: unknown) => this.#warn(err, file.hash))
  }

  async #fetch(file: SyncedFile, urgent: boolean): Promise<void> {
    const { hash } = file
    this.#mark(hash, { fetching: true, received: 0, problem: null })
    try {
      await this.#transfers.add({
        relayKey: this.#group.relay.relayKey,
        hash,
        name: file.name,
        kind: 'fetch',
        size: file.size,
        urgent,
        run: (signal, onprogress) =>
          fetchFile({
            record: { url: null, ...file },
            eventId: file.eventId,
            providers: () => this.#channels(this.files.get(hash) ?? file),
            drive: this.#drive,
            relayKey: this.#group.relay.relayKey,
            signal,
            onprogress: (bytes) => {
              onprogress(bytes)
              this.#mark(hash, { received: bytes })
            },
            onbadprovider: (driveKey, reason) => this.#providers.putAside(hash, driveKey, reason)
          })
      })
      this.#again.helped()
      this.#mark(hash, { fetching: false, here: true, problem: null })
      const now = this.files.get(hash)
      if (now !== undefined) this.#wish(now)
    } catch (err) {
      const problem = HypertunaError.from(err)
      this.#mark(hash, { fetching: false, problem })
      if (await this.#tryNextRecord(file, problem)) throw problem
      // Not so for WRONG_BYTES: who served them is set aside, and others are welcome at once.
      if (['HASH_MISMATCH', 'CANCELLED'].includes(problem.code)) this.#doubts.add(hash)
      else if (problem.code === 'NOBODY_ONLINE') this.#askAgain(file)
      throw problem
    }
  }

  /** The oldest record counts, but a wrong one must not hide what others say of the file. */
  async #tryNextRecord(file: SyncedFile, { code }: HypertunaError): Promise<boolean> {
    const { hash, eventId, size, piecesRoot } = file
    if (!OF_WRONG_RECORDS.includes(code) || this.closing) return false
    this.#doubts.add(eventId)
    const next = await chooseRecord(this.#group.relay.state, hash, this.#doubts)
    const isNew = next !== null && !this.#doubts.has(next.eventId)
    if (!isNew || (next.size === size && next.piecesRoot === piecesRoot)) return false
    this.#log('record-set-aside', { relayKey: this.#group.relay.relayKey, hash, eventId })
    this.#soon(() => this.#reread([hash]))
    return true
  }

  /** Who is online and did not serve may do so in a moment: it may not know of us yet. */
  #askAgain(file: SyncedFile): void {
    if (this.#channels(file).length > 0) this.#again.later()
  }

  #mark(hash: string, facts: Partial<SyncedFile>): void {
    const file = this.files.get(hash)
    if (file === undefined) return
    Object.assign(file, facts)
    this.emit('change', new Set([hash]))
  }

  #channels({ providers }: SyncedFile): FileChannel[] {
    return mayKeep(this.records) ? this.#providers.channels(providers) : []
  }

  #warn(err: unknown, hash?: string): void {
    if (this.closing) return
    const { code, message } = HypertunaError.from(err)
    this.#log('sync-failed', { relayKey: this.#group.relay.relayKey, hash, code, message })
  }
}
