/**
 * One relay as its member uses it: the relay, its file channels, and the duties
 * of an admin's device (admitting, and keeping 39000–39003 true).
 *
 * Emits `update` ({@link RelayUpdate}), `online` when who is reachable changes, and `clock`
 * with a HypertunaError when ours is off by other members', with null when it is not any more.
 */
import ReadyResource from 'ready-resource'

import type { MemberProof, PeerEnd } from '../../protocol/card.ts'
import type { FileResponder, PeerInfo } from '../../protocol/file-channel/channel.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import { signEvent } from '../../protocol/nostr.ts'
import type { EventTemplate, NostrEvent } from '../../protocol/nostr.ts'
import type { Identity } from '../identity.ts'
import type { Log } from '../log.ts'
import type { Network } from '../network/network.ts'
import type { RelayLink } from '../network/relay-link.ts'
import { AdminTurn } from './admin-turn.ts'
import { Credentials } from './credentials.ts'
import { GroupActs } from './group-acts.ts'
import { Succession } from './succession.ts'
import { doDuties, relaySecret } from './group-duties.ts'
import { EphemeralEvents } from './ephemeral-events.ts'
import { found } from './founding.ts'
import type { Founding } from './founding.ts'
import { InTurn } from './in-turn.ts'
import type { Pairing } from './pairing.ts'
import type { Relay, RelayUpdate } from './relay.ts'
import { ShutOut } from './shut-out.ts'
import type { Access, Role } from './state.ts'

export interface GroupOptions {
  relay: Relay
  identity: Identity
  network: Network
  pairing: Pairing
  /** Our driveKey, which proofs carry. */
  driveKey: string
  /** As the invite or the configuration has it, for when the card is not here yet. */
  known?: KnownFacts
  log: Log
}

/** What is known of a group before its card is here. */
export interface KnownFacts {
  publicIdentifier: string
  name: string
  access: Access
}

/** Seconds since 1970, as NIP-01 counts. */
export const now = (): number => Math.floor(Date.now() / 1000)

export class Group extends ReadyResource {
  readonly relay: Relay
  readonly acts: GroupActs
  /** Who signs, and what to do when they are lost. */
  readonly succession: Succession
  /** What is told and not kept. */
  readonly ephemeral: EphemeralEvents
  link: RelayLink | null = null
  readonly #options: GroupOptions
  readonly #undo: (() => void)[] = []
  #respond: FileResponder | null = null
  readonly #credentials: Credentials
  readonly #turn: AdminTurn
  #begun = false
  readonly #duties = new InTurn(
    () => this.#attend(),
    (err) => this.#warn('duties-failed', err)
  )
  readonly #shutOut = new ShutOut(() => this.emit('online'))

  constructor(options: GroupOptions) {
    super()
    this.relay = options.relay
    this.#options = options
    this.acts = new GroupActs(options.relay, options.identity, now)
    this.succession = new Succession({
      relay: options.relay,
      pubkey: options.identity.pubkey,
      driveKey: options.driveKey,
      online: () => this.link?.onlinePubkeys() ?? new Set()
    })
    const { relay, identity, driveKey, known, log } = options
    this.ephemeral = new EphemeralEvents({
      relay,
      pass: (bytes, from) => this.link?.pass(bytes, from),
      now,
      log
    })
    this.#turn = new AdminTurn({
      relay,
      pubkey: identity.pubkey,
      peers: () => this.link?.members().flatMap(({ peer }) => peer ?? []) ?? [],
      soon: () => this.#duties.soon(),
      onclock: (problem) => void this.emit('clock', problem)
    })
    const publicIdentifier = known?.publicIdentifier ?? null
    this.#credentials = new Credentials({ relay, identity, driveKey, publicIdentifier })
  }

  /** Ours. */
  get pubkey(): string {
    return this.#options.identity.pubkey
  }

  /** Also before the card is here; null when nothing told it yet. */
  get publicIdentifier(): string | null {
    return this.#credentials.publicIdentifier
  }

  /** Its name and access, by its card or as we were told before. */
  get described(): { name: string; access: Access } {
    const { facts } = this.relay
    const { name = '', access = 'closed' } = facts ?? this.#options.known ?? {}
    return { name, access }
  }

  /**
   * Whether members of this private group have refused us, and none has taken us for a
   * member since: perhaps we were removed. Changes are told by `online`.
   */
  get shutOut(): boolean {
    return this.#shutOut.told && this.described.access === 'private'
  }

  get role(): Role | 'none' {
    return this.relay.members.get(this.pubkey) ?? 'none'
  }

  /** Ready once the card has arrived and this device may write. */
  get joined(): boolean {
    return this.relay.facts !== null && this.relay.base.writable && this.role !== 'none'
  }

  /**
   * Whether a new invite is what brings us in: we are no member, or one whose devices
   * do not count any more, or those who are online say that we are none. The last is
   * how a private relay's former member learns of it.
   */
  get mayRejoin(): boolean {
    if (this.link?.isShutOut === true) return true
    return this.relay.facts !== null && (this.role === 'none' || !this.relay.base.writable)
  }

  /**
   * Answers file channels with this from now on.
   * The link opens as soon as the relay's identifier is known.
   */
  respondWith(responder: FileResponder): void {
    this.#respond = responder
    void this.#linkUp().catch((err: unknown) => this.#warn('link-failed', err))
  }

  override async _open(): Promise<void> {
    await this.relay.ready()
    this.relay.on('update', (update: RelayUpdate) => this.#onupdate(update))
    this.relay.on('writable', () => this.#onupdate(null))
    this.#undo.push(this.#options.network.shareRelay(this.relay.relayKey))
  }

  /** Meets others, and does what is to be done, from now on; before, it only answers what is here. */
  begin(): void {
    if (this.closing) return
    this.#begun = true
    this.#duties.soon()
  }

  override async _close(): Promise<void> {
    for (const undo of this.#undo) undo()
    this.#shutOut.stop()
    this.#turn.stop()
    await this.#options.pairing.unserve(this.relay.relayKey)
    if (this.link !== null) await this.#options.network.unlinkRelay(this.link)
    await this.relay.close() // first: a duty that waits for a block then gives up
    await this.#duties.stop()
  }

  /** Writes a new relay's first records. */
  found(facts: Founding): Promise<void> {
    return found(this.relay, this.#options.identity, facts, now())
  }

  /** The relay's own secret key, 32 bytes, for what is said in its name; null unless we are an admin. */
  relaySecret(): Promise<Uint8Array | null> {
    return relaySecret(this.relay, this.#options.identity)
  }

  /** Signs and appends an event of ours. */
  async publish(template: EventTemplate): Promise<NostrEvent> {
    const event = signEvent(template, this.#options.identity.secretKey)
    await this.relay.append([await this.relay.recordFor(event)])
    return event
  }

  /** Our proof of membership for a connection; null while we have nothing to show. */
  prove(end: PeerEnd): Promise<MemberProof | null> {
    return this.#credentials.prove(end)
  }

  /** @throws UNPROVEN */
  checkMember(proof: MemberProof, end: PeerEnd): PeerInfo {
    return this.#credentials.checkMember(proof, end)
  }

  #onupdate(update: RelayUpdate | null): void {
    if (this.closing) return
    if (update !== null) this.emit('update', update)
    if (update?.membersChanged) this.link?.recheck()
    if (!this.#begun) return
    if (update === null || update.membersChanged || update.reordered) this.#duties.soon()
    else this.#duties.within(1_000) // messages alone hardly ever oblige anybody
  }

  /** Link, proof, pairing, and what an admin owes the relay. */
  async #attend(): Promise<void> {
    if (this.closing) return
    await this.#linkUp()
    await this.#loadProof()
    this.#servePairing()
    await this.#administer()
  }

  async #linkUp(): Promise<void> {
    if (this.link !== null || this.#respond === null) return
    const credentials = this.#credentials
    const { seclusion } = credentials
    // Into a private relay the link is the only way, so it cannot wait for the card.
    const known = seclusion === null ? this.relay : credentials
    if (known.publicIdentifier === null || this.closing) return
    this.link = this.#options.network.linkRelay({
      topic: credentials.topic,
      relayKey: this.relay.relayKey,
      prove: (end) => credentials.prove(end),
      checkMember: (proof, end) => credentials.checkMember(proof, end),
      stillMember: (peer) => credentials.stillMember(peer),
      secluded: seclusion,
      hear: (bytes, from) => this.ephemeral.hear(bytes, from),
      respond: this.#respond
    })
    const { link } = this
    link.on('change', () => {
      if (!this.closing) this.#shutOut.look(link)
      this.emit('online')
      this.#duties.soon() // who did an admin's duties may be gone
    })
  }

  async #loadProof(): Promise<void> {
    // Who refused us before may know better now.
    if (await this.#credentials.load()) this.link?.refresh()
  }

  #servePairing(): void {
    const { facts, base, relayKey } = this.relay
    if (this.closing) return
    const mayAdmit = facts?.access === 'open' ? this.role !== 'none' : this.role === 'admin'
    if (base.writable && mayAdmit && facts?.deleted === false) {
      this.#options.pairing.serve(this.relay)
    } else {
      void this.#options.pairing.unserve(relayKey)
    }
  }

  async #administer(): Promise<void> {
    const { relay } = this
    if (this.role !== 'admin' || !relay.base.writable || relay.facts?.deleted !== false) return
    await this.succession.attend()
    const turn = this.#turn.take()
    if (turn !== null) await doDuties({ relay, identity: this.#options.identity, now, ...turn })
  }

  #warn(event: string, err: unknown): void {
    if (this.closing) return
    const { code, message } = HypertunaError.from(err)
    this.#options.log(event, { relayKey: this.relay.relayKey, code, message })
  }
}
