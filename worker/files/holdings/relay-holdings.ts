/**
 * What is proved of one relay's files. Emits `change` (hashes | null for all of them), and
 * `proved` (hash) after a challenge that changed something.
 */
import EventEmitter from 'bare-events'

import { coalesce } from '../../coalesce.ts'
import type { Group } from '../../relays/group.ts'
import type { Drive } from '../drive.ts'
import { providerOf } from '../providers.ts'
import type { SyncedFile } from '../synced-file.ts'
import type { Sync } from '../sync.ts'
import { Challenger } from './challenger.ts'
import type { ChallengerOptions } from './challenger.ts'
import type { Ledger } from './ledger.ts'
import type { Pace } from './pace.ts'
import { mayDrop, shouldFetch } from './repair.ts'
import { judgeSafety } from './safety.ts'
import type { GroupSafety, Holder } from './safety.ts'

export interface RelayHoldingsOptions extends Omit<
  ChallengerOptions,
  'files' | 'asksForMissing' | 'group'
> {
  group: Group
  sync: Sync
  /** Copies that this device wants of each file, where the group's admins have not said; or null. */
  copies(): number | null
  /** Whether this device keeps what was asked for alone. */
  onDemand(): boolean
}

/** Copies of each file that are wanted while nobody has said. */
export const COPIES = 3
/** Holders of a file that are looked at, at most. */
const MOST = 1000

export class RelayHoldings extends EventEmitter {
  readonly #group: Group
  readonly #sync: Sync
  readonly #drive: Drive
  readonly #ledger: Ledger
  readonly #pace: Pace
  readonly #challenger: Challenger
  readonly #copies: () => number | null
  readonly #onDemand: () => boolean
  /** Files that are ours to fetch, because there are too few copies. */
  readonly #meant = new Set<string>()
  readonly #meanAll: { (): void; stop(): void }
  #online = new Set<string>()
  #lastTarget = 0

  constructor(options: RelayHoldingsOptions) {
    super()
    const { group, sync, drive, ledger, pace, copies, onDemand } = options
    this.#group = group
    this.#sync = sync
    this.#drive = drive
    this.#ledger = ledger
    this.#pace = pace
    this.#copies = copies
    this.#onDemand = onDemand
    this.#meanAll = coalesce(pace.look, () => this.#mean(sync.files.keys()))
    this.#challenger = new Challenger({ ...options, files: sync.files, asksForMissing: onDemand })
    this.#challenger.on('verdict', (hash) => {
      this.#mean([hash as string])
      this.emit('proved', hash)
      this.emit('change', new Set([hash as string]))
    })
    this.#challenger.on('asked', (hash) => this.#mean([hash as string]))
    sync.on('change', this.#onfiles)
    group.on('online', this.#ononline)
    group.on('update', this.#onupdate)
    this.#ononline()
  }

  get relayKey(): string {
    return this.#group.relay.relayKey
  }

  async close(): Promise<void> {
    this.#sync.off('change', this.#onfiles)
    this.#group.off('online', this.#ononline)
    this.#group.off('update', this.#onupdate)
    this.#seeAll()
    this.#meanAll.stop()
    await this.#challenger.close()
  }

  /** Copies that are wanted of each file: what admins said, or else this device. */
  get copies(): number {
    return this.#wish ?? COPIES
  }

  /** What somebody said; null while nobody did. */
  get #wish(): number | null {
    return this.#group.relay.facts?.copies ?? this.#copies()
  }

  /** The same, and no more than there are members. */
  get target(): number {
    return Math.max(1, Math.min(this.copies, this.#group.relay.members.size))
  }

  /** When people were last online, by pubkey. */
  seen(): ReadonlyMap<string, number> {
    return this.#ledger.people()
  }

  /** How many other drives were proved to hold a file, whether online or not. */
  proved(hash: string): number {
    const file = this.#sync.files.get(hash)
    return file === undefined ? 0 : this.#drives(file, ({ ours, proved }) => !ours && proved).size
  }

  /** All who say to hold a file, ours among them when it is here. */
  holders(hash: string): Holder[] {
    const file = this.#sync.files.get(hash)
    return file === undefined ? [] : this.#holders(file)
  }

  /**
   * How many other drives can be relied on for a file: all that were proved to hold it; of
   * one that is here those who are online, and none while we are among those who keep it.
   */
  spare(hash: string): number {
    const file = this.#sync.files.get(hash)
    if (file?.here !== true) return this.proved(hash)
    if (!this.mayDrop(hash)) return 0
    return this.#drives(file, ({ ours, online, proved }) => !ours && online && proved).size
  }

  /** Whether this drive fetches a file that nobody here asked for, for the group's sake. */
  isMeant(hash: string): boolean {
    return this.#meant.has(hash)
  }

  /**
   * Whether this drive may drop a file and the group keeps as many copies as it wants,
   * with members who are online and passed a challenge.
   */
  mayDrop(hash: string): boolean {
    const file = this.#sync.files.get(hash)
    if (file === undefined) return true // no record names it
    const others = this.#drives(file, ({ ours, online, proved }) => !ours && online && proved)
    const needed = Math.max(1, Math.min(this.copies, this.#group.relay.members.size - 1))
    return mayDrop(hash, this.#drive.key, needed, others)
  }

  /** Whether this drive should fetch a file unasked, because there are too few copies. */
  #shouldFetch(file: SyncedFile): boolean {
    if (file.here) return false
    const { hash } = file
    const proved = this.#drives(file, (holder) => holder.proved)
    const claimed = this.#drives(file, ({ driveKey, pubkey, online, proved, failure }) => {
      if (!online || proved || failure !== null) return false
      return !this.#wasAsked(hash, providerOf({ driveKey, pubkey }))
    })
    const without = new Set(this.#group.link?.onlineDrives() ?? [])
    for (const provider of file.providers) without.delete(provider.slice(0, 64))
    return shouldFetch(hash, this.#drive.key, this.target, { proved, claimed, without })
  }

  safety(): GroupSafety {
    const { members } = this.#group.relay
    const onlinePubkeys = new Set(this.#group.link?.onlinePubkeys() ?? [])
    onlinePubkeys.delete('')
    const now = Math.floor(Date.now() / 1000)
    return judgeSafety({
      relayKey: this.relayKey,
      files: this.#sync.files.values(),
      holders: (file) => this.#holders(file),
      isCovered: (file, needed) => this.#isCovered(file, needed, now),
      onlinePubkeys,
      members: members.size,
      copies: this.copies
    })
  }

  /**
   * Whether this device fetches for the group's sake what nobody here asked for. Where
   * every member would have to, it is for people to say that they want that.
   */
  get #isDrafted(): boolean {
    return this.#wish !== null || this.#group.relay.members.size > COPIES
  }

  /** Looks at which files are ours to fetch, so that asking for one costs nothing. */
  #mean(hashes: Iterable<string>): void {
    let more = false
    const mayMean = this.#onDemand() && this.#isDrafted
    for (const hash of hashes) {
      const file = this.#sync.files.get(hash)
      if (file === undefined || !mayMean || !this.#shouldFetch(file)) {
        this.#meant.delete(hash)
      } else if (!this.#meant.has(hash)) {
        this.#meant.add(hash)
        more = true
      }
    }
    if (more) this.#sync.lookAgain()
  }

  #wasAsked(hash: string, holder: string): boolean {
    return this.#ledger.of(this.relayKey, hash).get(holder)?.evasive === true
  }

  #drives(file: SyncedFile, which: (holder: Holder) => boolean): Set<string> {
    const found = this.#holders(file).filter(which)
    return new Set(found.map(({ driveKey }) => driveKey))
  }

  /** For a hundred thousand files in a moment: nothing is made of what is only looked at. */
  #isCovered({ hash, providers }: SyncedFile, needed: number, now: number): boolean {
    const proofs = this.#ledger.of(this.relayKey, hash)
    if (proofs.size < needed) return false
    const found: string[] = []
    for (const [holder, { provedAt, failure }] of proofs) {
      if (failure !== null || now - provedAt > this.#pace.fresh) continue
      if (!this.#online.has(holder) || !providers.has(holder)) continue
      const driveKey = holder.slice(0, 64)
      if (driveKey === this.#drive.key || found.includes(driveKey)) continue
      if (found.push(driveKey) >= needed) return true
    }
    return false
  }

  #holders({ hash, here, providers }: SyncedFile): Holder[] {
    const proofs = this.#ledger.of(this.relayKey, hash)
    const holders: Holder[] = []
    const now = Math.floor(Date.now() / 1000)
    for (const name of providers) {
      if (holders.length === MOST) break
      const [driveKey = '', pubkey = ''] = name.split(':')
      const ours = driveKey === this.#drive.key
      const online = ours || this.#online.has(name)
      const { provedAt = 0, failure = null, failedAt = 0 } = proofs.get(name) ?? {}
      const counts = now - provedAt <= (online ? this.#pace.fresh : this.#pace.lasting)
      holders.push({
        driveKey,
        pubkey,
        ours,
        online,
        proved: ours ? here : failure === null && provedAt > 0 && counts,
        provedAt: provedAt || null,
        failure,
        failedAt: failedAt || null,
        seenAt: online ? now : this.#ledger.lastSeen(name)
      })
    }
    return holders
  }

  readonly #onfiles = (hashes: Set<string> | null): void => {
    const { files } = this.#sync
    for (const hash of hashes ?? [...this.#ledger.hashes(this.relayKey)]) this.#prune(hash)
    if (hashes === null) this.#challenger.wake()
    else this.#challenger.hurry([...hashes].filter((hash) => files.has(hash)))
    if (hashes === null) this.#meanAll()
    else this.#mean(hashes)
    this.emit('change', hashes)
  }

  /** What nobody says any more needs no proof. */
  #prune(hash: string): void {
    const file = this.#sync.files.get(hash)
    if (file === undefined) return this.#ledger.forget(this.relayKey, hash)
    for (const holder of [...this.#ledger.of(this.relayKey, hash).keys()]) {
      if (!file.providers.has(holder)) this.#ledger.forgetHolder(this.relayKey, hash, holder)
    }
  }

  readonly #ononline = (): void => {
    this.#seeAll() // also who has just gone: it was there until now
    this.#online = new Set()
    for (const { peer } of this.#group.link?.members() ?? []) {
      const { pubkey = null, driveKey = null } = peer ?? {}
      if (pubkey !== null && driveKey !== null) this.#online.add(providerOf({ driveKey, pubkey }))
    }
    this.#seeAll()
    this.#challenger.wake()
    this.#meanAll()
    this.emit('change', null)
  }

  /** Members came or went, or an admin wants another number of copies. */
  readonly #onupdate = (): void => {
    const { target } = this
    if (target === this.#lastTarget) return
    this.#lastTarget = target
    this.#meanAll()
    this.emit('change', null)
  }

  #seeAll(): void {
    const now = Math.floor(Date.now() / 1000)
    for (const holder of this.#online) this.#ledger.see(holder, now)
  }
}
