/**
 * Asks the members of one relay to show what they say to hold: who was never asked
 * first, of those the rarest files and then the newest, and after them the proofs of
 * longest ago. It asks steadily and within its budgets, however much there is.
 *
 * Emits `verdict` (hash) when what is known of a file's holders has changed, and `asked`
 * (hash) after a question that told nothing.
 */
import EventEmitter from 'bare-events'

import type { FileChannel } from '../../../protocol/file-channel/channel.ts'
import type { Log } from '../../log.ts'
import type { Group } from '../../relays/group.ts'
import type { Drive } from '../drive.ts'
import { providerOf } from '../providers.ts'
import type { SyncedFile } from '../synced-file.ts'
import type { Budget, Budgets } from '../../budget.ts'
import { challenge, costOf } from './challenge.ts'
import type { Verdict } from './challenge.ts'
import type { Door, Open } from './door.ts'
import type { Ledger } from './ledger.ts'
import type { Pace } from './pace.ts'

export interface ChallengerOptions {
  group: Group
  files: ReadonlyMap<string, SyncedFile>
  drive: Drive
  ledger: Ledger
  door: Door
  pace: Pace
  budgets: { all: Budget; each: Budgets; bytes: Budget }
  /** Whether the bytes of files that are not here are worth asking for. */
  asksForMissing(): boolean
  log: Log
}

/** Questions that wait for one holder, at most; what is beyond is found at the next look. */
const BACKLOG = 512
/** Holders that are asked at the same time. */
const AT_ONCE = 8

interface Due {
  hash: string
  /** When last, in ms. */
  asked: number
  copies: number
  born: number
}

/** Who was never asked, then the rarest, then the newest; after them those of longest ago. */
const byNeed = (a: Due, b: Due): number =>
  a.asked - b.asked || a.copies - b.copies || b.born - a.born

export class Challenger extends EventEmitter {
  readonly #options: ChallengerOptions
  readonly #backlog = new Map<string, string[]>()
  #timer: ReturnType<typeof setTimeout> | null = null
  #running: Promise<void> | null = null
  #lookedAt = 0
  #closing = false

  constructor(options: ChallengerOptions) {
    super()
    this.#options = options
  }

  /** These files came, or somebody said to have them: they are asked for first. */
  hurry(hashes: Iterable<string>): void {
    for (const hash of hashes) {
      for (const holder of this.#online().keys()) {
        if (!this.#isDue(hash, holder)) continue
        const waiting = this.#backlog.get(holder) ?? []
        if (waiting.length < BACKLOG && !waiting.includes(hash)) waiting.unshift(hash)
        this.#backlog.set(holder, waiting)
      }
    }
    this.wake()
  }

  /** Somebody came: there may be something to ask. */
  wake(): void {
    if (this.#closing || this.#running !== null) return
    this.#stopTimer()
    this.#running = this.#round().finally(() => {
      this.#running = null
      this.#later()
    })
  }

  async close(): Promise<void> {
    this.#closing = true
    this.#stopTimer()
    await this.#running
  }

  #later(): void {
    if (this.#closing || this.#timer !== null) return
    const busy = [...this.#backlog.values()].some((waiting) => waiting.length > 0)
    const { look } = this.#options.pace
    const wait = busy ? Math.min(look, 250) : look
    // Two that look in step would ask each other at the same moment, again and again
    this.#timer = setTimeout(() => this.wake(), wait * (0.75 + Math.random() / 2))
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  /** Members with a live handshake, by the holder that each is. */
  #online(): Map<string, FileChannel> {
    const found = new Map<string, FileChannel>()
    for (const channel of this.#options.group.link?.members() ?? []) {
      const { pubkey = null, driveKey = null } = channel.peer ?? {}
      if (pubkey === null || driveKey === null || driveKey === this.#options.drive.key) continue
      found.set(providerOf({ pubkey, driveKey }), channel)
    }
    return found
  }

  async #round(): Promise<void> {
    const online = this.#online()
    for (const holder of this.#backlog.keys()) if (!online.has(holder)) this.#backlog.delete(holder)
    this.#look(online)
    const holders = [...online].filter(([holder]) => this.#backlog.has(holder))
    const hands = holders.slice(0, AT_ONCE).map(async () => {
      for (let next = holders.shift(); next !== undefined; next = holders.shift()) {
        await this.#askAll(...next)
      }
    })
    await Promise.all(hands)
  }

  /** Finds what is due, once what was found before is asked. */
  #look(online: ReadonlyMap<string, FileChannel>): void {
    const now = Date.now()
    if (now - this.#lookedAt < this.#options.pace.look) return
    if ([...this.#backlog.values()].some((waiting) => waiting.length > 0)) return
    this.#lookedAt = now
    for (const holder of online.keys()) {
      const due = this.#mostDue(holder)
      if (due.length > 0) this.#backlog.set(holder, due)
    }
  }

  /** What this holder is to be asked next; of all the others only the best is remembered. */
  #mostDue(holder: string): string[] {
    const { files, ledger, group } = this.#options
    const { relayKey } = group.relay
    let best: Due[] = []
    for (const { hash, providers, createdAt } of files.values()) {
      if (!this.#isDue(hash, holder)) continue
      const { askedAt = 0, provedAt = 0 } = ledger.of(relayKey, hash).get(holder) ?? {}
      const asked = Math.max(askedAt, 1000 * provedAt)
      best.push({ hash, asked, copies: providers.size, born: createdAt })
      if (best.length === 4 * BACKLOG) best = best.sort(byNeed).slice(0, BACKLOG)
    }
    return best
      .sort(byNeed)
      .slice(0, BACKLOG)
      .map(({ hash }) => hash)
  }

  #isDue(hash: string, holder: string): boolean {
    const { files, ledger, group, pace, asksForMissing } = this.#options
    const file = files.get(hash)
    if (file === undefined || !file.providers.has(holder)) return false
    if (!file.here && (file.piecesRoot === null || !asksForMissing())) return false
    const proof = ledger.of(group.relay.relayKey, hash).get(holder)
    if (proof === undefined) return true
    const { provedAt, failure, failedAt, askedAt } = proof
    const stands = failure === null && provedAt > 0
    const wait = stands ? pace.reprove : pace.retry
    const now = Date.now()
    // Asked and without a verdict, it is not asked the same again at once.
    if (now - askedAt < Math.min(wait, pace.retry)) return false
    return now - 1000 * (stands ? provedAt : failedAt) >= wait
  }

  async #askAll(holder: string, channel: FileChannel): Promise<void> {
    const waiting = this.#backlog.get(holder) ?? []
    const { budgets } = this.#options
    while (waiting.length > 0 && !this.#closing && channel.reason === null) {
      const hash = waiting[0]!
      const file = this.#options.files.get(hash)
      if (file === undefined || !this.#isDue(hash, holder)) {
        waiting.shift()
        continue
      }
      const own = budgets.each.of(holder)
      if (own.left < 1 || budgets.all.left < 1) return
      // More than the budget ever holds is paid when it is full.
      if (!budgets.bytes.take(costOf(file)) && !budgets.bytes.full) return
      own.take(1)
      budgets.all.take(1)
      waiting.shift()
      await this.#ask(file, holder, channel)
    }
  }

  async #ask(file: SyncedFile, holder: string, channel: FileChannel): Promise<void> {
    const { drive, door, group, ledger, pace } = this.#options
    const { relayKey } = group.relay
    const { hash } = file
    const opened: Open[] = []
    let crossed = false
    const again = ledger.of(relayKey, hash).get(holder)?.evasive === true
    ledger.asked(relayKey, hash, holder, Date.now())
    let verdict: Verdict = await challenge({
      file,
      channel,
      drive,
      relayKey,
      patience: pace.patience,
      onask: (question) => opened.push(door.asked(relayKey, question))
    })
    for (const open of opened) {
      door.closed(open)
      if (open.passedOn) verdict = 'passed-on'
      else if (open.spoilt && verdict === 'held') {
        verdict = 'unknown'
        crossed = true
      }
    }
    if (this.#closing) return
    if (verdict === 'unknown') {
      ledger.evaded(relayKey, hash, holder)
      // Whoever asked us the same meanwhile meant no harm, as a rule: once it is asked anew soon
      if (crossed && !again) ledger.asked(relayKey, hash, holder, 0)
      return void this.emit('asked', hash)
    }
    // It went, or is said of another drive, while the answer was on its way.
    if (this.#options.files.get(hash)?.providers.has(holder) !== true) return
    this.#note(hash, holder, verdict)
  }

  #note(hash: string, holder: string, verdict: Exclude<Verdict, 'unknown'>): void {
    const { group, ledger, log } = this.#options
    const { relayKey } = group.relay
    const before = ledger.of(relayKey, hash).get(holder)
    const had = before?.failure ?? (before?.provedAt ? 'held' : null)
    const now = Math.floor(Date.now() / 1000)
    if (verdict === 'held') ledger.passed(relayKey, hash, holder, now)
    else ledger.failed(relayKey, hash, holder, now, verdict)
    if (had === verdict) return
    if (verdict !== 'held') {
      const [driveKey, pubkey] = holder.split(':')
      log('challenge-failed', { relayKey, driveKey, pubkey, reason: verdict })
    }
    this.emit('verdict', hash)
  }
}
