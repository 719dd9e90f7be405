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
import { readProviders, readRecord } from '../relays/state.ts'
import type { FileFacts } from '../relays/state.ts'
import { Announcer } from './announcer.ts'
import type { Drive, DriveChange } from './drive.ts'
import { fetchFile } from './fetch.ts'
import type { Transfers } from './transfers.ts'

export interface SyncedFile extends FileFacts {
  hash: string
  eventId: string
  here: boolean
  /** Who says to hold it, ours among them: `driveKey:pubkey`, because anybody can name a drive. */
  providers: Set<string>
  fetching: boolean
  received: number
  /** Why the last attempt failed; null after a success. */
  problem: HypertunaError | null
}

export interface SyncOptions {
  group: Group
  drive: Drive
  transfers: Transfers
  log: Log
}

const providerOf = ({ driveKey, pubkey }: { driveKey: string; pubkey: string }): string =>
  `${driveKey}:${pubkey}`

const SWEEP = 60_000
/** A file whose record is wrong, or that a person cancelled, is left alone this long, in ms. */
const BAD_AGAIN = 10 * 60_000

export class Sync extends ReadyResource {
  readonly files = new Map<string, SyncedFile>()
  readonly records: RecordedFiles
  readonly #group: Group
  readonly #drive: Drive
  readonly #pubkey: string
  readonly #transfers: Transfers
  readonly #log: Log
  readonly #announcer: Announcer
  /** Members who served wrong bytes, and why: a driveKey is only claimed, a pubkey is proven. */
  readonly #setAside = new Map<string, string>()
  readonly #badSince = new Map<string, number>()
  #sweeping: ReturnType<typeof setInterval> | null = null
  #work: Promise<void> = Promise.resolve()

  constructor({ group, drive, transfers, log }: SyncOptions) {
    super()
    this.#group = group
    this.#drive = drive
    this.#pubkey = group.pubkey
    this.#transfers = transfers
    this.#log = log
    this.records = new RecordedFiles(group.relay)
    this.#announcer = new Announcer(group.relay, drive.key, (err) => this.#warn(err))
  }

  /** Pubkeys that are set aside, with the reason. */
  get setAside(): ReadonlyMap<string, string> {
    return this.#setAside
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
    this.#badSince.delete(hash)
    await this.#fetch(file, true)
  }

  readonly #onupdate = ({ touched }: RelayUpdate): void => {
    if (touched === null) this.#soon(() => this.#readAll())
    else if (touched.size > 0) this.#soon(() => this.#reread(touched))
  }

  readonly #ononline = (): void => {
    this.#soon(async () => {
      for (const file of this.files.values()) this.#wish(file)
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
      const facts = node.value as FileFacts
      if (fresh.has(hash)) continue // the first is the oldest, which counts
      fresh.set(hash, this.#fileOf(hash, node.key.slice(-64), facts))
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
      const record = await readRecord(state, hash)
      if (record === null) {
        this.files.delete(hash)
        continue
      }
      const file = this.#fileOf(hash, record.eventId, record)
      for (const provider of await readProviders(state, hash)) {
        file.providers.add(providerOf(provider))
      }
      file.here = await this.#drive.has(relayKey, hash)
      this.files.set(hash, file)
      this.#wish(file)
    }
    this.emit('change', changed)
  }

  /** A fresh look at a file that keeps what only we know of it. */
  #fileOf(hash: string, eventId: string, facts: FileFacts): SyncedFile {
    const { fetching = false, received = 0, problem = null } = this.files.get(hash) ?? {}
    const { position, createdAt, pubkey, mime, name, path, size, piecesRoot } = facts
    const known = { position, createdAt, pubkey, mime, name, path, size, piecesRoot }
    const empty = { here: false, providers: new Set<string>() }
    return { ...known, ...empty, hash, eventId, fetching, received, problem }
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
    const bad = this.#badSince.get(file.hash)
    if (bad !== undefined && Date.now() - bad < BAD_AGAIN) return
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
            onbadprovider: (driveKey, reason) => this.#putAside(hash, driveKey, reason)
          })
      })
      this.#mark(hash, { fetching: false, here: true, problem: null })
      const now = this.files.get(hash)
      if (now !== undefined) this.#wish(now)
    } catch (err) {
      const problem = HypertunaError.from(err)
      // Not so for WRONG_BYTES: who served them is set aside, and others are welcome at once.
      if (['HASH_MISMATCH', 'CANCELLED'].includes(problem.code)) {
        this.#badSince.set(hash, Date.now())
      }
      this.#mark(hash, { fetching: false, problem })
      throw problem
    }
  }

  #putAside(hash: string, driveKey: string, reason: string): void {
    const peers = (this.#group.link?.members() ?? []).map(({ peer }) => peer)
    const pubkey = peers.find((peer) => peer?.driveKey === driveKey)?.pubkey ?? null
    if (pubkey === null) return // gone meanwhile; it is judged anew when it is back
    this.#setAside.set(pubkey, reason)
    this.#log('provider-set-aside', { pubkey, driveKey, hash, reason })
  }

  #mark(hash: string, facts: Partial<SyncedFile>): void {
    const file = this.files.get(hash)
    if (file === undefined) return
    Object.assign(file, facts)
    this.emit('change', new Set([hash]))
  }

  /** Live channels to providers of a file that we still believe. */
  #channels(file: SyncedFile): FileChannel[] {
    const channels = this.#group.link?.members() ?? []
    return channels.filter(({ peer }) => {
      if (peer === null || peer.pubkey === null || peer.driveKey === null) return false
      const { pubkey, driveKey } = peer
      return file.providers.has(providerOf({ pubkey, driveKey })) && !this.#setAside.has(pubkey)
    })
  }

  #warn(err: unknown, hash?: string): void {
    if (this.closing) return
    const { code, message } = HypertunaError.from(err)
    this.#log('sync-failed', { relayKey: this.#group.relay.relayKey, hash, code, message })
  }
}
