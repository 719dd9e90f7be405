/**
 * Takes from the disk what a relay no longer names: whoever took its last live record
 * away, its author, an admin, a removal or the end of the group.
 *
 * The announcement is withdrawn first, then the entry goes, and the bytes with it unless
 * another folder has them. Bytes do not come back, so this waits until the deletion is
 * below the signed length: until then it may still turn out not to count. What is to go
 * follows from the relay's state alone, so that a killed worker goes on where it was.
 */
import ReadyResource from 'ready-resource'

import { HypertunaError } from '../../protocol/errors.ts'
import type { Log } from '../log.ts'
import type { Group } from '../relays/group.ts'
import { ANNOUNCE_LIMIT } from '../relays/records.ts'
import type { RelayUpdate } from '../relays/relay.ts'
import { isGone, readEventFacts, readProviders, readRecord } from '../relays/state.ts'
import { Again } from './again.ts'
import type { Drive, DriveChange } from './drive.ts'
import type { Transfers } from './transfers.ts'

export interface RemovalOptions {
  group: Group
  drive: Drive
  /** Hashes of files in the relay's folder that no live record names, as far as that is known. */
  unnamed: ReadonlySet<string>
  transfers: Transfers
  log: Log
  /** How long a file may lie here before somebody posts it, in ms. */
  patience?: number
}

const SWEEP = 10 * 60_000
/** Long enough for a face to come back and post what it had stored. */
const PATIENCE = 60 * 60_000
/** When it is looked again whether a deletion is signed, in ms. */
const AGAIN = { first: 500, longest: 30_000 }

export class Removal extends ReadyResource {
  readonly #group: Group
  readonly #drive: Drive
  readonly #unnamedFiles: ReadonlySet<string>
  readonly #transfers: Transfers
  readonly #log: Log
  readonly #patience: number
  /** Files without a record, and the log's length when that was first seen. */
  readonly #gone = new Map<string, number>()
  /** Files that were stored and wait for their record, and since when we know of them. */
  readonly #waiting = new Map<string, number>()
  readonly #again = new Again(() => this.#soon(() => this.#settle()), AGAIN)
  #sweeping: ReturnType<typeof setInterval> | null = null
  #work: Promise<void> = Promise.resolve()

  constructor({ group, drive, unnamed, transfers, log, patience = PATIENCE }: RemovalOptions) {
    super()
    this.#group = group
    this.#drive = drive
    this.#unnamedFiles = unnamed
    this.#transfers = transfers
    this.#log = log
    this.#patience = patience
  }

  override async _open(): Promise<void> {
    await this.#group.ready()
    this.#group.on('update', this.#onupdate)
    this.#drive.on('change', this.#ondrive)
    this.#sweeping = setInterval(() => this.#soon(() => this.#sweep()), SWEEP)
    this.#soon(() => this.#sweep())
  }

  override async _close(): Promise<void> {
    if (this.#sweeping !== null) clearInterval(this.#sweeping)
    this.#again.stop()
    this.#group.off('update', this.#onupdate)
    this.#drive.off('change', this.#ondrive)
    await this.#work
  }

  /** Somebody stores this file now and is about to post it: it stays for a while. */
  spare(hash: string): void {
    this.#gone.delete(hash)
    this.#waiting.set(hash, Date.now())
  }

  /** What no record names may be more than before: all of that is looked at. */
  lookAgain(): void {
    this.#soon(() => this.#sweep())
  }

  /** Resolves when what is known of so far was looked at. */
  settled(): Promise<void> {
    return this.#work
  }

  readonly #onupdate = ({ touched }: RelayUpdate): void => {
    if (touched === null || this.#isEnded) this.#soon(() => this.#sweep())
    else if (touched.size > 0) this.#soon(() => this.#look(touched))
    else if (this.#gone.size > 0) this.#soon(() => this.#settle())
  }

  /** A fetch that was under way when its file was deleted ends here. */
  readonly #ondrive = (changes: DriveChange[]): void => {
    const { relayKey } = this.#group.relay
    const added = changes.filter((one) => one.relayKey === relayKey && one.change !== 'removed')
    const hashes = added.map(({ hash }) => hash)
    if (hashes.length > 0) this.#soon(() => this.#look(hashes))
  }

  get #isEnded(): boolean {
    return this.#group.relay.facts?.deleted === true
  }

  #soon(work: () => Promise<void>): void {
    this.#work = this.#work.then(async () => {
      // Before its card has arrived, a relay's state says nothing of what was deleted.
      if (this.closing || this.#group.relay.facts === null) return
      try {
        await work()
      } catch (err) {
        this.#warn(err)
      }
    })
  }

  async #sweep(): Promise<void> {
    const kept = new Set<string>()
    for await (const { hash, eventId } of this.#candidates()) {
      if (this.closing) return
      kept.add(hash)
      await this.#judge(hash, eventId)
    }
    for (const hash of this.#waiting.keys()) if (!kept.has(hash)) this.#waiting.delete(hash)
    await this.#settle()
  }

  /** Of a group that ended all of its files; else those that are here and nothing names. */
  async *#candidates(): AsyncGenerator<{ hash: string; eventId: string | null }> {
    const { relayKey } = this.#group.relay
    if (this.#isEnded) {
      for await (const { hash, metadata } of this.#drive.list(relayKey)) {
        yield { hash, eventId: metadata.eventId }
      }
      return
    }
    for (const hash of [...this.#unnamedFiles]) {
      const entry = await this.#drive.entry(relayKey, hash)
      yield { hash, eventId: entry?.metadata.eventId ?? null }
    }
  }

  async #look(hashes: Iterable<string>): Promise<void> {
    const { relayKey } = this.#group.relay
    for (const hash of await this.#unnamed(hashes)) {
      if (this.closing) return
      if (this.#isSpared(hash)) continue // about to be posted: there is nothing to do yet
      if (await this.#isNamed(hash)) {
        this.#forget(hash)
        continue
      }
      this.#stopFetching(hash)
      const entry = await this.#drive.entry(relayKey, hash)
      if (entry !== null) await this.#judge(hash, entry.metadata.eventId)
      else if (await this.#isAnnounced(hash)) this.#see(hash)
    }
    await this.#settle()
  }

  /** Those that nothing names; over one reading of the state, as most that are touched have a name. */
  async #unnamed(hashes: Iterable<string>): Promise<string[]> {
    if (this.#isEnded) return [...hashes]
    const unnamed: string[] = []
    const all = [...hashes]
    for (let at = 0; at < all.length; at += ANNOUNCE_LIMIT) {
      const some = all.slice(at, at + ANNOUNCE_LIMIT)
      const named = await this.#group.relay.at((state) =>
        Promise.all(some.map(async (hash) => (await readRecord(state, hash)) !== null))
      )
      for (const [i, hash] of some.entries()) {
        if (named[i]) this.#forget(hash)
        else unnamed.push(hash)
      }
    }
    return unnamed
  }

  #isSpared(hash: string): boolean {
    const since = this.#waiting.get(hash)
    return since !== undefined && Date.now() - since < this.#patience
  }

  /** Puts a file that nothing names among those that are to go, unless it is on its way in. */
  async #judge(hash: string, eventId: string | null): Promise<void> {
    if (await this.#isNamed(hash)) return this.#forget(hash)
    const { state } = this.#group.relay
    const since = this.#waiting.get(hash)
    const isSpared = this.#isSpared(hash)
    // One that was published and is not: its record went. Else somebody is about to post it.
    const hasGone = await isGone(state, hash)
    // A view that has not heard of the record says nothing: it may be behind, and bytes do not come back.
    if (eventId !== null && !hasGone && (await readEventFacts(state, eventId)) === null) return
    const wasPublished = eventId !== null || (since === undefined && hasGone)
    if (!isSpared && (wasPublished || since !== undefined)) return this.#see(hash)
    if (since === undefined) this.#waiting.set(hash, Date.now())
  }

  async #isNamed(hash: string): Promise<boolean> {
    return !this.#isEnded && (await readRecord(this.#group.relay.state, hash)) !== null
  }

  async #isAnnounced(hash: string): Promise<boolean> {
    const { key } = this.#drive
    const providers = await readProviders(this.#group.relay.state, hash)
    return providers.some(
      ({ driveKey, pubkey }) => driveKey === key && pubkey === this.#group.pubkey
    )
  }

  #see(hash: string): void {
    if (!this.#gone.has(hash)) this.#gone.set(hash, this.#group.relay.base.view.log.length)
  }

  #forget(hash: string): void {
    this.#gone.delete(hash)
    this.#waiting.delete(hash)
  }

  /** Removes what is signed to be gone; looks again later for the rest. */
  async #settle(): Promise<void> {
    const { signedLength } = this.#group.relay.base.view.log
    const due = [...this.#gone].filter(([, length]) => length <= signedLength)
    const hashes: string[] = []
    for (const [hash] of due) {
      if (await this.#isNamed(hash)) this.#forget(hash)
      else hashes.push(hash)
    }
    for (let at = 0; at < hashes.length && !this.closing; at += ANNOUNCE_LIMIT) {
      await this.#remove(hashes.slice(at, at + ANNOUNCE_LIMIT))
    }
    if (this.#gone.size > 0 && !this.closing) this.#again.later()
    else this.#again.helped()
  }

  async #remove(hashes: string[]): Promise<void> {
    const { relayKey } = this.#group.relay
    await this.#withdraw(hashes)
    for (const hash of hashes) {
      if (this.closing) return
      this.#stopFetching(hash)
      await this.#drive.removeFile(relayKey, hash)
      this.#forget(hash)
    }
    this.#log('files-removed', { relayKey, files: hashes.length })
  }

  /** Most announcements went with the record; one that came after it is still there. */
  async #withdraw(hashes: string[]): Promise<void> {
    const { relay } = this.#group
    if (this.#isEnded || !relay.base.writable || this.#group.role === 'none') return
    const withdrawn: string[] = []
    for (const hash of hashes) if (await this.#isAnnounced(hash)) withdrawn.push(hash)
    if (withdrawn.length === 0) return
    await relay.append([{ type: 'announce', driveKey: this.#drive.key, held: [], withdrawn }])
  }

  #stopFetching(hash: string): void {
    const { relayKey } = this.#group.relay
    for (const { id, kind, phase, ...transfer } of this.#transfers.list()) {
      if (transfer.hash !== hash || transfer.relayKey !== relayKey || kind !== 'fetch') continue
      if (['running', 'checking', 'waiting'].includes(phase)) this.#transfers.cancel(id, deleted())
    }
  }

  #warn(err: unknown): void {
    if (this.closing) return
    const { code, message } = HypertunaError.from(err)
    this.#log('removal-failed', { relayKey: this.#group.relay.relayKey, code, message })
    if (this.#gone.size > 0) this.#again.later()
  }
}

const deleted = (): HypertunaError =>
  new HypertunaError('DELETED', 'The file was deleted from the group')
