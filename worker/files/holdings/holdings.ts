/**
 * Who holds what, as far as it was proved: all relays of this device.
 *
 * Entries in a relay's database are claims. A copy counts when its holder passed a
 * challenge, and is reachable when it has a live handshake; nothing here is counted
 * from the database alone. What was proved is kept in one small file, so that it is
 * known after a restart when each was last seen and last proved.
 *
 * Emits `change` (relayKey, hashes | null for all of them) when a view of them may be
 * another, and `proved` (relayKey, hash) when it is so because somebody was asked.
 */
import { readFile } from 'bare-fs/promises'
import ReadyResource from 'ready-resource'

import { HypertunaError } from '../../../protocol/errors.ts'
import { replaceFile } from '../../atomic-file.ts'
import { isSystemCode } from '../../disk-error.ts'
import type { Log } from '../../log.ts'
import type { Group } from '../../relays/group.ts'
import type { Drive } from '../drive.ts'
import type { Sync } from '../sync.ts'
import { Budget, Budgets } from '../../budget.ts'
import { Door } from './door.ts'
import { Ledger } from './ledger.ts'
import { PACE } from './pace.ts'
import type { Pace } from './pace.ts'
import { RelayHoldings } from './relay-holdings.ts'
import { sum, worstOf } from './safety.ts'
import type { GroupSafety, Holder, SafetyState, Tally } from './safety.ts'

export type { GroupSafety, Holder, SafetyState, Tally } from './safety.ts'
export type { Pace } from './pace.ts'

export interface HoldingsOptions {
  drive: Drive
  /** The file that keeps what was proved. */
  path: string
  /** Copies that this device wants of a relay's files, where its admins have not said; or null. */
  copies(relayKey: string): number | null
  /** Whether this device keeps of a relay what was asked for alone. */
  onDemand(relayKey: string): boolean
  /** Whether this device still has a relay, served or not. */
  isKnown(relayKey: string): boolean
  pace?: Partial<Pace>
  log: Log
}

export interface Safety {
  state: SafetyState
  here: Tally
  few: Tally
  away: Tally
  onlyHere: Tally
  groups: GroupSafety[]
}

/** Holders whose budget is remembered. */
const HOLDERS = 10_000

export class Holdings extends ReadyResource {
  readonly door = new Door()
  readonly #options: HoldingsOptions
  readonly #pace: Pace
  readonly #relays = new Map<string, RelayHoldings>()
  readonly #budgets: { all: Budget; each: Budgets; bytes: Budget }
  #ledger = new Ledger()
  /** Not written again before this time, in ms. */
  #rest = 0
  #saving: ReturnType<typeof setInterval> | null = null
  #saved: Promise<void> = Promise.resolve()

  constructor(options: HoldingsOptions) {
    super()
    this.#options = options
    this.#pace = { ...PACE, ...options.pace }
    const { all, bytes, eachHolder } = this.#pace
    this.#budgets = {
      all: new Budget(all.burst, all.perSecond),
      bytes: new Budget(bytes.burst, bytes.perSecond),
      each: new Budgets(() => new Budget(eachHolder.burst, eachHolder.perSecond), HOLDERS)
    }
  }

  override async _open(): Promise<void> {
    this.#ledger = await this.#load()
    this.#saving = setInterval(() => void this.#save(), this.#pace.save)
  }

  override async _close(): Promise<void> {
    if (this.#saving !== null) clearInterval(this.#saving)
    for (const relayKey of [...this.#relays.keys()]) await this.remove(relayKey)
    await this.#save()
  }

  /** Begins to ask a relay's members; null while closing. */
  async add(group: Group, sync: Sync): Promise<RelayHoldings | null> {
    await this.ready()
    const { drive, log, copies, onDemand } = this.#options
    const { relayKey } = group.relay
    if (this.closing) return null
    const relay = new RelayHoldings({
      group,
      sync,
      drive,
      log,
      ledger: this.#ledger,
      door: this.door,
      pace: this.#pace,
      budgets: this.#budgets,
      copies: () => copies(relayKey),
      onDemand: () => onDemand(relayKey)
    })
    this.#relays.set(relayKey, relay)
    relay.on('change', (hashes) => this.emit('change', relayKey, hashes))
    relay.on('proved', (hash) => this.emit('proved', relayKey, hash))
    this.emit('change', relayKey, null)
    return relay
  }

  /** Asks them no more. What was proved stays known. */
  async remove(relayKey: string): Promise<void> {
    const relay = this.#relays.get(relayKey)
    this.#relays.delete(relayKey)
    await relay?.close()
    this.emit('change', relayKey, null)
  }

  /** Null while the relay's files are not served. */
  of(relayKey: string): RelayHoldings | null {
    return this.#relays.get(relayKey) ?? null
  }

  /** How many other drives were proved to hold a file of the relay. */
  proved(relayKey: string, hash: string): number {
    return this.of(relayKey)?.proved(hash) ?? 0
  }

  /** Who says to hold a file of the relay, and what is known of each. */
  holders(relayKey: string, hash: string): Holder[] {
    return this.of(relayKey)?.holders(hash) ?? []
  }

  /** Whether this device may go offline: by group and in all, or for one group alone. */
  safety(relayKey: string | null = null): Safety {
    const relays = [...this.#relays.values()]
    const asked = relays.filter((relay) => relayKey === null || relay.relayKey === relayKey)
    const groups = asked.map((relay) => relay.safety())
    return {
      state: worstOf(groups),
      here: sum(groups.map(({ here }) => here)),
      few: sum(groups.map(({ few }) => few)),
      away: sum(groups.map(({ away }) => away)),
      onlyHere: sum(groups.map(({ onlyHere }) => onlyHere)),
      groups
    }
  }

  async #load(): Promise<Ledger> {
    try {
      const text = await readFile(this.#options.path, { encoding: 'utf8' })
      return Ledger.decode(text as string)
    } catch (err) {
      // What cannot be read is proved anew.
      if (!isSystemCode(err, 'ENOENT')) this.#warn('holdings-unreadable', err)
      return new Ledger()
    }
  }

  /** Of a group that is forgotten nothing is kept, and writing takes a hundredth of the time at most. */
  #save(): Promise<void> {
    this.#saved = this.#saved.then(async () => {
      for (const relayKey of this.#ledger.relays()) {
        if (!this.#options.isKnown(relayKey)) this.#ledger.forgetRelay(relayKey)
      }
      const begun = Date.now()
      if (!this.#ledger.changed || (begun < this.#rest && !this.closing)) return
      try {
        const text = this.#ledger.encode()
        this.#rest = begun + 100 * (Date.now() - begun)
        await replaceFile(this.#options.path, text)
      } catch (err) {
        this.#ledger.changed = true
        this.#warn('holdings-unsaved', err)
      }
    })
    return this.#saved
  }

  #warn(event: string, err: unknown): void {
    const { code, message } = HypertunaError.from(err, 'STORAGE_FAILED')
    this.#options.log(event, { code, message })
  }
}
