/**
 * One relay: one Autobase, opened, watched and appended to.
 *
 * Emits `update` ({@link RelayUpdate}) after the view moved, and `writable`
 * when this device may append, and `behind` when more of what it wrote was fetched than
 * was here: then it is to be opened anew.
 */
import b4a from 'b4a'
import type Autobase from 'autobase'
import ReadyResource from 'ready-resource'

import { HypertunaError } from '../../protocol/errors.ts'
import { formatPublicIdentifier } from '../../protocol/ids.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { Log } from '../log.ts'
import { atMoment } from '../moment.ts'
import { applyNodes } from './apply.ts'
import type { View } from './apply.ts'
import { Astray } from './astray.ts'
import { Belongings } from './belongings.ts'
import { cutsFor } from './cuts.ts'
import { lookForSigners, takeOverFrom } from './follow-signers.ts'
import { fileKeyOf } from './file-key.ts'
import { isAct, isGroupState, KIND } from './kinds.ts'
import { LogCursor } from './log-cursor.ts'
import { LogReader } from './log-reader.ts'
import { newestEvents } from './newest.ts'
import { InTurn } from './in-turn.ts'
import { judge } from './policy.ts'
import type { Rejection } from './policy.ts'
import { OwnWriter } from './own-writer.ts'
import { encodeRecord } from './records.ts'
import type { RelayRecord } from './records.ts'
import { makeBase } from './relay-base.ts'
import type { RelayOptions } from './relay-base.ts'
import { ReplayHints } from './replay-hints.ts'
import { Roster } from './roster.ts'
import { rulesOf, RULES, unknownRules } from './rules.ts'
import { readDevices, readWriter } from './state.ts'
import type { RelayFacts, Role, StateReader } from './state.ts'
import { WholeView } from './whole-view.ts'

export type { RelayOptions } from './relay-base.ts'

export interface RelayUpdate {
  /** Events that entered the log since the last update, oldest first. */
  events: NostrEvent[]
  /** Whether earlier events changed their order too: read them again. */
  reordered: boolean
  /** Files whose records or providers may have changed; null for any of them. */
  touched: Set<string> | null
  membersChanged: boolean
}

export class Relay extends ReadyResource {
  readonly base: Autobase<View>
  /** Nodes that were replayed since it was opened. */
  replayed = 0
  readonly #log: Log
  readonly #systemKey: string | null
  readonly #keepSystemKey: RelayOptions['keepSystemKey']
  #keptKey = ''
  readonly #own: OwnWriter
  readonly #cursor: LogCursor
  readonly #reader = new LogReader(
    () => this.base.view.log,
    (position) => {
      this.#cursor.replayed(position) // what was told without it is told again
      this.#refreshSoon()
    }
  )
  readonly #roster = new Roster()
  readonly #whole = new WholeView()
  readonly #astray: Astray
  readonly #belongings: Belongings
  /** Of what is being replayed, or was and does not show yet. */
  readonly #hints = new ReplayHints()
  #touched: Set<string> | null = new Set()
  #isAlone = false
  /** What is said of rules that this build does not know; null while it knows them. */
  #unknownRules: HypertunaError | null = null
  readonly #refreshing = new InTurn(
    () => this.#refresh(),
    (err) => {
      this.#touched = null // what it would have told is told by the next one
      if (!this.closing) this.#log('relay-refresh-failed', { reason: String(err) })
    }
  )

  constructor(options: RelayOptions) {
    super()
    const { log } = options
    this.#log = log
    this.#systemKey = options.systemKey ?? null
    this.#keepSystemKey = options.keepSystemKey
    this.#belongings = new Belongings(options.ownsCore ?? (() => {}))
    this.base = makeBase(options, (nodes, view, host) => {
      this.replayed += nodes.length
      return applyNodes(nodes, view, host, this.#hints)
    })
    this.#own = new OwnWriter(
      this.base,
      log,
      () => this.isAlone && options.isQuiet?.() === true,
      () => this.emit('behind')
    )
    this.#cursor = new LogCursor(() => this.base.view.log)
    this.#astray = new Astray(this.base, log)
    this.base.on('update', () => this.#onmoved())
    this.base.on('writable', () => this.emit('writable'))
    this.base.on('fast-forward', () => {
      this.#touched = null
      this.#cursor.replayed(0)
      this.#whole.keep(this.base.view)
      this.#refreshSoon()
      this.#lookForSigners()
    })
    this.base.on('error', (err: unknown) => this.#fail(err))
    this.base.on('interrupt', () => this.#stopAtRules(true))
    this.base.on('warning', (err: unknown) => log('relay-warning', { reason: String(err) }))
  }

  /** What the relay is, as of the last update; null until the card has arrived. */
  get facts(): RelayFacts | null {
    return this.#roster.facts
  }

  /** Members and their roles, as of the last update. */
  get members(): ReadonlyMap<string, Role> {
    return this.#roster.members
  }

  /** Admins, the most senior first, as of the last update. */
  get admins(): readonly string[] {
    return this.#roster.admins
  }

  get relayKey(): string {
    return b4a.toString(this.base.key, 'hex')
  }

  get discoveryKey(): string {
    return b4a.toString(this.base.discoveryKey, 'hex')
  }

  /** What the files of a private relay are sealed with in drives, 32 bytes; null for others. */
  get fileKey(): Uint8Array | null {
    const { encryptionKey } = this.base
    return encryptionKey === null ? null : fileKeyOf(encryptionKey)
  }

  /** Null until the card has arrived. */
  get publicIdentifier(): string | null {
    if (this.facts === null) return null
    return formatPublicIdentifier(this.facts.creator, this.facts.alias)
  }

  /** The core whose signatures make the view, hex; another one when others sign. */
  get systemKey(): string {
    return b4a.toString(this.base.core.key, 'hex')
  }

  get state(): StateReader {
    return this.base.view.state
  }

  get writer(): string {
    return b4a.toString(this.base.local.key, 'hex')
  }

  override async _open(): Promise<void> {
    await this.base.ready()
    this.#own.begin()
    this.#whole.keep(this.base.view)
    await this.base.update()
    this.#cursor.skip()
    await this.#roster.read(this.state, true)
    this.#isAlone = await this.#looksAlone()
    await this.#belongings.look(this)
    takeOverFrom(this.base, this.#systemKey, () => this.facts === null && !this.closing)
    this.#lookForSigners()
  }

  override async _close(): Promise<void> {
    this.#whole.stop()
    const ended = Promise.all([this.#refreshing.stop(), this.#reader.stop(), this.#astray.stop()])
    this.#own.close()
    await this.base.close()
    await ended
  }

  /** Whether it had no member and no device but this one when it was opened. */
  get isAlone(): boolean {
    return this.#isAlone
  }

  async #looksAlone(): Promise<boolean> {
    const [pubkey, ...others] = this.members.keys()
    if (pubkey === undefined || others.length > 0) return false
    return (await readDevices(this.state, pubkey)).length <= 1
  }

  /** Whether others had more of what this device wrote: known a few seconds after the start. */
  get wasBehind(): Promise<boolean> {
    return this.#own.wasBehind
  }

  /** Fetches what others have of what this device wrote. @throws STORAGE_CORRUPT */
  catchUp(): Promise<void> {
    return this.#own.catchUp()
  }

  /** The pubkey that this device's writer is bound to; null while it is none. */
  boundTo(): Promise<string | null> {
    return readWriter(this.state, this.writer)
  }

  /**
   * Appends records, in one batch, after asking the policy about each of them; of
   * those that come with a card, up to the card: what follows is said under it.
   * @throws NOT_ALLOWED with the policy's reason; CLOSED
   */
  async append(records: RelayRecord[]): Promise<void> {
    this.#mayWrite()
    const card = records.findIndex(isCard)
    for (const record of card < 0 ? records : records.slice(0, card + 1)) {
      const rejection = await this.judge(record)
      if (rejection !== null) throw refused(rejection)
    }
    await this.#write(records)
  }

  /**
   * Appends, in one batch, those of the records that the policy lets in now.
   * @returns what it answered to each; null for what was appended
   * @throws NOT_MEMBER, CLOSED, STORAGE_FAILED
   */
  async offer(records: RelayRecord[]): Promise<(Rejection | null)[]> {
    this.#mayWrite()
    const answers = await this.at((state) =>
      Promise.all(records.map((record) => this.judge(record, state)))
    )
    const accepted = records.filter((_, i) => answers[i] === null)
    if (accepted.length > 0) await this.#write(accepted)
    return answers
  }

  /** What the policy says of a record that this device would carry now. */
  judge(record: RelayRecord, state = this.state): Promise<Rejection | null> {
    const { relayKey, discoveryKey, writer } = this
    const founding = writer === relayKey
    // The node comes after all that this writer has written.
    const length = Number.MAX_SAFE_INTEGER
    return judge(record, { writer, length, founding, relayKey, discoveryKey }, state)
  }

  /**
   * The record for an event that enters through this device. What takes a right
   * away says how much of the writers was seen: what comes beyond does not count.
   */
  async recordFor(event: NostrEvent): Promise<RelayRecord> {
    const cuts = await cutsFor(event, this)
    return cuts.length === 0 ? { type: 'event', event } : { type: 'act', event, cuts }
  }

  /** The accepted event at a position of the log. @throws NOBODY_ONLINE when it is not here */
  eventAt(position: number): Promise<NostrEvent> {
    return this.#reader.at(position)
  }

  /** As `eventAt`; null when it does not come within a second: an update tells when it does. */
  eventSoon(position: number): Promise<NostrEvent | null> {
    return this.#reader.soon(position)
  }

  /** As `eventAt`; null when it is not on this device. */
  eventHere(position: number): Promise<NostrEvent | null> {
    return this.#reader.here(position)
  }

  /** Asks many things of how the state is now; what is asked may be asked again, of a later one. */
  at<T>(work: (state: StateReader) => Promise<T>): Promise<T> {
    return atMoment(() => this.base.view.state, work)
  }

  /** Resolves when all that the view shows now was told by `update`; false when it could not be. */
  async told(): Promise<boolean> {
    await this.base.update()
    await this.#refreshing.done
    return this.#touched?.size === 0
  }

  /** The newest events that stand, oldest first; from among as many of the log. */
  newestEvents(limit: number): Promise<NostrEvent[]> {
    return newestEvents(this, limit)
  }

  /** The view shows what was replayed: now it can be looked at. */
  #onmoved(): void {
    const { from, touched } = this.#hints.take()
    this.#cursor.replayed(from)
    this.#touch(touched)
    this.#astray.soon()
    this.#refreshSoon()
  }

  #touch(touched: Set<string> | null): void {
    if (touched === null) this.#touched = null
    else for (const hash of touched) this.#touched?.add(hash)
  }

  #lookForSigners(): void {
    const { base, state, relayKey } = this
    lookForSigners(base, state, relayKey).catch((err: unknown) => {
      if (!this.closing) this.#log('signers-unknown', { relayKey, reason: String(err) })
    })
  }

  #mayWrite(): void {
    if (this.closing) throw new HypertunaError('CLOSED', 'The group is being closed')
    const unknown = this.#unknownRules
    if (unknown !== null) throw unknown
    if (!this.base.writable) {
      throw new HypertunaError(
        'NOT_MEMBER',
        'This device is not a member of the group: it left, or was not let in yet'
      )
    }
  }

  async #write(records: RelayRecord[]): Promise<void> {
    await this.#own.whenCurrent()
    this.#mayWrite()
    try {
      await this.base.append(records.map(encodeRecord))
    } catch (err) {
      throw HypertunaError.from(this.base.getLastError() ?? err, 'STORAGE_FAILED')
    }
    // Whoever appended sees it in `facts` and `members` at once.
    this.#refreshSoon()
    if (!records.every(isPlain)) await this.#refreshing.done
  }

  #refreshSoon(): void {
    if (this.opened && !this.closing) this.#refreshing.soon()
  }

  async #refresh(): Promise<void> {
    const touched = this.#touched
    this.#touched = new Set()
    try {
      await this.#look(touched)
    } catch (err) {
      this.#touch(touched) // which nobody was told of
      throw err
    }
  }

  async #look(touched: Set<string> | null): Promise<void> {
    const force = this.#cursor.reordered || touched === null
    const membersChanged = await this.at((state) => this.#roster.read(state, force))
    this.#stopAtRules()
    const { systemKey } = this
    if (membersChanged || systemKey !== this.#keptKey) await this.#belongings.look(this)
    // Nobody may send the events to who is a member no more: that much is told without them.
    if (membersChanged) {
      this.#tell({ events: [], reordered: false, touched: new Set(), membersChanged })
    }
    const { events, reordered, missing } = await this.#cursor.advance()
    this.#tell({ events, reordered, touched, membersChanged })
    if (missing !== null) this.#reader.await(missing)
    if (systemKey !== this.#keptKey) await this.#keepSystemKey?.(systemKey)
    this.#keptKey = systemKey
  }

  #tell(update: RelayUpdate): void {
    if (!this.closing) this.emit('update', update)
  }

  /** Whether this build may go on: a group may have rules that it does not know. */
  #stopAtRules(wasStopped = false): void {
    if (this.#unknownRules !== null) return
    const rules = wasStopped ? Math.max(RULES + 1, rulesOf(this.facts)) : rulesOf(this.facts)
    this.#unknownRules = unknownRules(rules)
    if (this.#unknownRules !== null) this.#fail(this.#unknownRules)
  }

  #fail(err: unknown): void {
    if (this.closing) return
    this.#log('relay-failed', { relayKey: this.relayKey, reason: String(err) })
    this.emit('failure', HypertunaError.from(err, 'STORAGE_FAILED'))
  }
}

/** What changes neither the facts nor who is a member. */
const isPlain = (record: RelayRecord): boolean =>
  record.type === 'event' && !isAct(record.event.kind) && !isGroupState(record.event.kind)

const isCard = (record: RelayRecord): boolean =>
  record.type === 'event' && record.event.kind === KIND.createGroup

function refused({ reason }: Rejection): HypertunaError {
  return new HypertunaError('NOT_ALLOWED', `The group refuses this: ${reason}`)
}
