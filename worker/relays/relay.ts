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
import { newestEvents } from './newest.ts'
import type { Rejection } from './policy.ts'
import { OwnWriter } from './own-writer.ts'
import type { RelayRecord } from './records.ts'
import { makeBase } from './relay-base.ts'
import type { RelayOptions } from './relay-base.ts'
import { rulesOf, RULES, unknownRules } from './rules.ts'
import { readDevices, readWriter } from './state.ts'
import type { RelayFacts, Role, StateReader } from './state.ts'
import { Telling } from './telling.ts'
import { WholeView } from './whole-view.ts'
import { Writing } from './writing.ts'

export type { RelayOptions } from './relay-base.ts'
export type { RelayUpdate } from './telling.ts'

export class Relay extends ReadyResource {
  readonly base: Autobase<View>
  /** Nodes that were replayed since it was opened. */
  replayed = 0
  readonly #log: Log
  readonly #systemKey: string | null
  readonly #own: OwnWriter
  readonly #whole = new WholeView()
  readonly #astray: Astray
  readonly #belongings: Belongings
  readonly #telling: Telling
  readonly #writing: Writing
  #isAlone = false
  /** What is said of rules that this build does not know; null while it knows them. */
  #unknownRules: HypertunaError | null = null

  constructor(options: RelayOptions) {
    super()
    const { log } = options
    this.#log = log
    this.#systemKey = options.systemKey ?? null
    this.#belongings = new Belongings(options.ownsCore ?? (() => {}))
    this.#telling = new Telling(this, {
      belongings: this.#belongings,
      keepSystemKey: options.keepSystemKey,
      onread: () => this.#stopAtRules(),
      log
    })
    this.base = makeBase(options, (nodes, view, host) => {
      this.replayed += nodes.length
      return applyNodes(nodes, view, host, this.#telling.hints)
    })
    this.#own = new OwnWriter(
      this.base,
      log,
      () => this.isAlone && options.isQuiet?.() === true,
      () => this.emit('behind')
    )
    this.#writing = new Writing(this, {
      own: this.#own,
      telling: this.#telling,
      unknownRules: () => this.#unknownRules
    })
    this.#astray = new Astray(this.base, log)
    this.base.on('update', () => this.#onmoved())
    this.base.on('writable', () => this.emit('writable'))
    this.base.on('fast-forward', () => {
      this.#telling.anything()
      this.#whole.keep(this.base.view)
      this.#telling.soon()
      this.#lookForSigners()
    })
    this.base.on('error', (err: unknown) => this.#fail(err))
    this.base.on('interrupt', () => this.#stopAtRules(true))
    this.base.on('warning', (err: unknown) => log('relay-warning', { reason: String(err) }))
  }

  /** What the relay is, as of the last update; null until the card has arrived. */
  get facts(): RelayFacts | null {
    return this.#telling.roster.facts
  }

  /** Members and their roles, as of the last update. */
  get members(): ReadonlyMap<string, Role> {
    return this.#telling.roster.members
  }

  /** Admins, the most senior first, as of the last update. */
  get admins(): readonly string[] {
    return this.#telling.roster.admins
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
    await this.#telling.open()
    this.#isAlone = await this.#looksAlone()
    await this.#belongings.look(this)
    takeOverFrom(this.base, this.#systemKey, () => this.facts === null && !this.closing)
    this.#lookForSigners()
  }

  override async _close(): Promise<void> {
    this.#whole.stop()
    const ended = Promise.all([this.#telling.stop(), this.#astray.stop()])
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

  /** As {@link Writing.append}. @throws NOT_ALLOWED, NOT_MEMBER, CLOSED, STORAGE_FAILED */
  append(records: RelayRecord[]): Promise<void> {
    return this.#writing.append(records)
  }

  /** As {@link Writing.offer}. @throws NOT_MEMBER, CLOSED, STORAGE_FAILED */
  offer(records: RelayRecord[]): Promise<(Rejection | null)[]> {
    return this.#writing.offer(records)
  }

  /** What the policy says of a record that this device would carry now. */
  judge(record: RelayRecord, state = this.state): Promise<Rejection | null> {
    return this.#writing.judge(record, state)
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
    return this.#telling.reader.at(position)
  }

  /** As `eventAt`; null when it does not come within a second: an update tells when it does. */
  eventSoon(position: number): Promise<NostrEvent | null> {
    return this.#telling.reader.soon(position)
  }

  /** As `eventAt`; null when it is not on this device. */
  eventHere(position: number): Promise<NostrEvent | null> {
    return this.#telling.reader.here(position)
  }

  /** Asks many things of how the state is now; what is asked may be asked again, of a later one. */
  at<T>(work: (state: StateReader) => Promise<T>): Promise<T> {
    return atMoment(() => this.base.view.state, work)
  }

  /** Resolves when all that the view shows now was told by `update`; false when it could not be. */
  told(): Promise<boolean> {
    return this.#telling.told()
  }

  /** The newest events that stand, oldest first; from among as many of the log. */
  newestEvents(limit: number): Promise<NostrEvent[]> {
    return newestEvents(this, limit)
  }

  /** The view shows what was replayed: now it can be looked at. */
  #onmoved(): void {
    this.#telling.moved()
    this.#astray.soon()
    this.#telling.soon()
  }

  #lookForSigners(): void {
    const { base, state, relayKey } = this
    lookForSigners(base, state, relayKey).catch((err: unknown) => {
      if (!this.closing) this.#log('signers-unknown', { relayKey, reason: String(err) })
    })
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
