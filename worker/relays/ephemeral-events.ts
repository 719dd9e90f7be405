/**
 * Ephemeral events (NIP-01, kinds 20000 to 29999): told to who is here, passed on to the
 * members that we are connected to, and kept by nobody.
 *
 * Each member that hears one for the first time judges it as if a client had brought it,
 * and passes it on to all others it is connected to, so that it also reaches those who are
 * not connected to its author. What is too much is left out, and waits nowhere.
 *
 * Emits `event` (event: NostrEvent).
 */
import b4a from 'b4a'
import EventEmitter from 'bare-events'

import { unitsOf } from '../../protocol/ephemeral-channel.ts'
import { isNostrEvent, tagValue } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { Budget, Budgets } from '../budget.ts'
import type { Log } from '../log.ts'
import type { Neighbour } from '../network/ephemeral-link.ts'
import { verifier } from '../verify/verifier.ts'
import { AUTH_KIND, isEphemeral } from './kinds.ts'
import { judgePassing } from './policy-words.ts'
import { hasReferences, References } from './previous.ts'
import type { Relay } from './relay.ts'
import { expiryOf, isExpired } from './terms.ts'

/** Seconds that one may be off our clock: what is older was heard before, and is brought again. */
const MAX_OFF = 15 * 60
/** Ids of one generation that are remembered; those of the one before it are, too. */
const REMEMBERED = 16_384
/** Events that are being judged at once. */
const MAX_BUSY = 256
/** Of one author, and of all together, in units of `unitsOf`. */
const AUTHORS = { burst: 512, perSecond: 64 }
const ALL = { burst: 2048, perSecond: 512 }
const MAX_AUTHORS = 4096

/** NIP-01's OK. */
export interface Answer {
  ok: boolean
  message: string
}

/** Passes an event on, to all that we are connected to but the one that it came from. */
export type Pass = (bytes: Uint8Array, from: Neighbour | null) => void

export interface EphemeralOptions {
  relay: Relay
  pass: Pass
  /** Seconds since 1970. */
  now(): number
  log: Log
}

export class EphemeralEvents extends EventEmitter {
  readonly #options: EphemeralOptions
  readonly #references: References
  readonly #authors = new Budgets(() => new Budget(AUTHORS.burst, AUTHORS.perSecond), MAX_AUTHORS)
  readonly #all = new Budget(ALL.burst, ALL.perSecond)
  /** By id, whether it was passed on; those of the generation before, too. */
  #heard = new Map<string, boolean>()
  #heardBefore = new Map<string, boolean>()
  #busy = 0

  constructor(options: EphemeralOptions) {
    super()
    this.#options = options
    this.#references = new References(options.relay)
  }

  /** Takes one that a client of ours brought. */
  async offer(event: NostrEvent): Promise<Answer> {
    if (tagValue(event, 'h') !== this.#options.relay.facts?.alias) {
      return refused('invalid: the h tag is not this relay’s alias')
    }
    try {
      return await this.#take(event, b4a.from(JSON.stringify(event)), null)
    } catch (err) {
      this.#failed(err)
      return refused('error: it could not be judged; try again')
    }
  }

  /**
   * Takes one that a member's device passed on. The device is ended for what no member's
   * worker passes on, whatever it knows of the group and of the time.
   */
  hear(bytes: Uint8Array, from: Neighbour): void {
    const { relay } = this.#options
    const event = parse(bytes)
    if (event === null) return from.end('no ephemeral event')
    if (relay.facts === null || relay.closing) return
    if (tagValue(event, 'h') !== relay.facts.alias) return from.end('of another group')
    this.#take(event, b4a.from(bytes), from).catch((err: unknown) => this.#failed(err))
  }

  async #take(event: NostrEvent, bytes: Uint8Array, from: Neighbour | null): Promise<Answer> {
    if (this.#isOld(event, from)) return DUPLICATE
    const reason = this.#refusal(event)
    if (reason !== null) return refused(reason)
    const units = unitsOf(bytes.byteLength)
    if (this.#busy >= MAX_BUSY || !this.#mayTake(event, units)) return TOO_MANY
    this.#busy++
    try {
      if (!(await verifier.check(event))) {
        from?.end('wrong id or signature')
        return refused('invalid: wrong id or signature')
      }
      // Only now: a forged one must neither pass for it nor spend what its author may.
      if (this.#isOld(event, from)) return DUPLICATE
      if (!this.#mayTake(event, units)) return TOO_MANY
      this.#spend(event, units)
      const against = await this.#judge(event)
      if (against !== null) return refused(against)
      if (this.#isOld(event, null)) return DUPLICATE
      this.#heard.set(event.id, true)
      this.emit('event', event)
      this.#options.pass(bytes, from)
      return { ok: true, message: '' }
    } finally {
      this.#busy--
    }
  }

  /** What can be said without looking anything up. */
  #refusal(event: NostrEvent): string | null {
    const { relay, now } = this.#options
    if (!relay.members.has(event.pubkey)) return 'restricted: the author is not a member'
    const at = now()
    if (Math.abs(event.created_at - at) > MAX_OFF) {
      return 'invalid: created_at of an ephemeral event is more than 15 minutes off'
    }
    return isExpired(expiryOf(event), at) ? 'invalid: the event has expired' : null
  }

  async #judge(event: NostrEvent): Promise<string | null> {
    const { relay } = this.#options
    if (hasReferences(event)) {
      const reason = await this.#references.refusal(event)
      if (reason !== null) return reason
    }
    const rejection = await relay.at((state) => judgePassing(event, state))
    return rejection === null ? null : `${rejection.prefix}: ${rejection.reason}`
  }

  #failed(err: unknown): void {
    const { relay, log } = this.#options
    if (!relay.closing) log('ephemeral-failed', { reason: String(err) })
  }

  #mayTake({ pubkey }: NostrEvent, units: number): boolean {
    return this.#all.left >= units && this.#authors.of(pubkey).left >= units
  }

  #spend({ id, pubkey }: NostrEvent, units: number): void {
    this.#all.take(units)
    this.#authors.of(pubkey).take(units)
    if (this.#heard.size >= REMEMBERED) {
      this.#heardBefore = this.#heard
      this.#heard = new Map()
    }
    this.#heard.set(id, false)
  }

  /** Whether nothing is left to be done; a client is told anew why its event is refused. */
  #isOld({ id }: NostrEvent, from: Neighbour | null): boolean {
    const passed = this.#heard.get(id) ?? this.#heardBefore.get(id)
    return passed === true || (passed === false && from !== null)
  }
}

const refused = (message: string): Answer => ({ ok: false, message })
const TOO_MANY = refused('rate-limited: too many ephemeral events at once')
const DUPLICATE: Answer = { ok: true, message: 'duplicate: it was passed on already' }

/** @returns null for what is none, or one that nobody passes on */
function parse(bytes: Uint8Array): NostrEvent | null {
  try {
    const value: unknown = JSON.parse(b4a.toString(bytes))
    if (!isNostrEvent(value) || !isEphemeral(value.kind)) return null
    return value.kind === AUTH_KIND ? null : value
  } catch {
    return null // whoever sent it does not keep to the format
  }
}
