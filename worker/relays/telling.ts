/**
 * What a relay tells those who follow it: after the view moved, which events are new, whether
 * earlier ones changed their order, whose files are touched, and whether its people changed.
 */
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { Log } from '../log.ts'
import type { Belongings } from './belongings.ts'
import { InTurn } from './in-turn.ts'
import { LogCursor } from './log-cursor.ts'
import { LogReader } from './log-reader.ts'
import type { RelayOptions } from './relay-base.ts'
import type { Relay } from './relay.ts'
import { ReplayHints } from './replay-hints.ts'
import { Roster } from './roster.ts'

export interface RelayUpdate {
  /** Events that entered the log since the last update, oldest first. */
  events: NostrEvent[]
  /** Whether earlier events changed their order too: read them again. */
  reordered: boolean
  /** Files whose records or providers may have changed; null for any of them. */
  touched: Set<string> | null
  membersChanged: boolean
}

export interface TellingOptions {
  belongings: Belongings
  keepSystemKey: RelayOptions['keepSystemKey']
  /** The facts were read anew, and nobody was told of them yet. */
  onread(): void
  log: Log
}

export class Telling {
  readonly roster = new Roster()
  readonly reader: LogReader
  /** Of what is being replayed, or was and does not show yet. */
  readonly hints = new ReplayHints()
  readonly #relay: Relay
  readonly #options: TellingOptions
  readonly #cursor: LogCursor
  #touched: Set<string> | null = new Set()
  #keptKey = ''
  readonly #refreshing = new InTurn(
    () => this.#refresh(),
    (err) => {
      this.#touched = null // what it would have told is told by the next one
      if (!this.#relay.closing) this.#options.log('relay-refresh-failed', { reason: String(err) })
    }
  )

  constructor(relay: Relay, options: TellingOptions) {
    this.#relay = relay
    this.#options = options
    this.#cursor = new LogCursor(() => relay.base.view.log)
    this.reader = new LogReader(
      () => relay.base.view.log,
      (position) => {
        this.#cursor.replayed(position) // what was told without it is told again
        this.soon()
      }
    )
  }

  /** Tells what comes after what is here now. */
  async open(): Promise<void> {
    this.#cursor.skip()
    await this.roster.read(this.#relay.state, true)
  }

  /** Tells nothing more; resolves when what runs has ended. */
  async stop(): Promise<void> {
    await Promise.all([this.#refreshing.stop(), this.reader.stop()])
  }

  /** The view shows what was replayed. */
  moved(): void {
    const { from, touched } = this.hints.take()
    this.#cursor.replayed(from)
    this.#touch(touched)
  }

  /** Everything may be another than it was. */
  anything(): void {
    this.#touched = null
    this.#cursor.replayed(0)
  }

  soon(): void {
    if (this.#relay.opened && !this.#relay.closing) this.#refreshing.soon()
  }

  /** Resolves when all was told that was asked for by now. */
  get done(): Promise<void> {
    return this.#refreshing.done
  }

  /** Resolves when all that the view shows now was told; false when it could not be. */
  async told(): Promise<boolean> {
    await this.#relay.base.update()
    await this.#refreshing.done
    return this.#touched?.size === 0
  }

  #touch(touched: Set<string> | null): void {
    if (touched === null) this.#touched = null
    else for (const hash of touched) this.#touched?.add(hash)
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
    const { belongings, keepSystemKey, onread } = this.#options
    const force = this.#cursor.reordered || touched === null
    const membersChanged = await this.#relay.at((state) => this.roster.read(state, force))
    onread()
    const { systemKey } = this.#relay
    if (membersChanged || systemKey !== this.#keptKey) await belongings.look(this.#relay)
    // Nobody may send the events to who is a member no more: that much is told without them.
    if (membersChanged) {
      this.#tell({ events: [], reordered: false, touched: new Set(), membersChanged })
    }
    const { events, reordered, missing } = await this.#cursor.advance()
    this.#tell({ events, reordered, touched, membersChanged })
    if (missing !== null) this.reader.await(missing)
    if (systemKey !== this.#keptKey) await keepSystemKey?.(systemKey)
    this.#keptKey = systemKey
  }

  #tell(update: RelayUpdate): void {
    if (!this.#relay.closing) this.#relay.emit('update', update)
  }
}
