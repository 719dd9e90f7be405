/**
 * One relay as its member uses it: the relay, its file channels, and the duties
 * of an admin's device (admitting, and keeping 39000–39003 true).
 *
 * Emits `update` ({@link RelayUpdate}) and `online` when who is reachable changes.
 */
import b4a from 'b4a'
import ReadyResource from 'ready-resource'

import { checkCard, checkMembers, checkSignature, proofMessage } from '../../protocol/card.ts'
import type { MemberProof, PeerEnd } from '../../protocol/card.ts'
import type { FileResponder, PeerInfo } from '../../protocol/file-channel/channel.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import { relayTopic } from '../../protocol/topic.ts'
import {
  generateSecretKey,
  getPublicKey,
  sealTo,
  signEvent,
  signMessage,
  unseal
} from '../../protocol/nostr.ts'
import type { EventTemplate, NostrEvent } from '../../protocol/nostr.ts'
import type { Identity } from '../identity.ts'
import type { Log } from '../log.ts'
import type { Network } from '../network/network.ts'
import type { RelayLink } from '../network/relay-link.ts'
import { groupStateTemplates, makeCard } from './group-events.ts'
import type { Pairing } from './pairing.ts'
import { KIND } from './policy.ts'
import type { RelayRecord } from './records.ts'
import type { Relay, RelayUpdate } from './relay.ts'
import { readMembershipChange, readReplaceable, readSealed } from './state.ts'
import type { Access, Role } from './state.ts'

export interface GroupOptions {
  relay: Relay
  identity: Identity
  network: Network
  pairing: Pairing
  /** Our driveKey, which proofs carry. */
  driveKey: string
  log: Log
}

/** Seconds since 1970, as NIP-01 counts. */
export const now = (): number => Math.floor(Date.now() / 1000)

export class Group extends ReadyResource {
  readonly relay: Relay
  link: RelayLink | null = null
  readonly #options: GroupOptions
  readonly #undo: (() => void)[] = []
  #respond: FileResponder | null = null
  #members: NostrEvent | null = null
  #card: NostrEvent | null = null
  #duties: Promise<void> = Promise.resolve()

  constructor(options: GroupOptions) {
    super()
    this.relay = options.relay
    this.#options = options
  }

  /** Ours. */
  get pubkey(): string {
    return this.#options.identity.pubkey
  }

  get role(): Role | 'none' {
    return this.relay.members.get(this.pubkey) ?? 'none'
  }

  /** Ready once the card has arrived and this device may write. */
  get joined(): boolean {
    return this.relay.facts !== null && this.relay.base.writable && this.role !== 'none'
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
    await this.#loadProof()
    this.#dutiesSoon()
  }

  override async _close(): Promise<void> {
    for (const undo of this.#undo) undo()
    await this.#options.pairing.unserve(this.relay.relayKey)
    if (this.link !== null) await this.#options.network.unlinkRelay(this.link)
    await this.relay.close() // first: a duty that waits for a block then gives up
    await this.#duties
  }

  /** Writes a new relay's first records: card, the relay's sealed key, its described state. */
  async found(facts: {
    alias: string
    name: string
    about: string
    access: Access
  }): Promise<void> {
    const { secretKey, pubkey } = this.#options.identity
    const relaySecret = generateSecretKey()
    const relayPubkey = getPublicKey(relaySecret)
    const at = now()
    const card = makeCard({ ...facts, relayKey: this.relay.relayKey, relayPubkey }, at, secretKey)
    const sealed = sealTo(secretKey, pubkey, b4a.toString(relaySecret, 'hex'))
    const described = groupStateTemplates(facts, [[pubkey, 'admin']], at)
    await this.relay.append([
      { type: 'event', event: card },
      { type: 'seal', to: pubkey, from: pubkey, payload: sealed },
      ...described.map((template) => eventRecord(signEvent(template, relaySecret)))
    ])
  }

  /** Signs and appends an event of ours. */
  async publish(template: EventTemplate): Promise<NostrEvent> {
    const event = signEvent(template, this.#options.identity.secretKey)
    await this.relay.append([eventRecord(event)])
    return event
  }

  /**
   * Our proof of membership for a connection; null while we have nothing to show.
   * The newest 39002 may not list us yet: members then go by their own state, and
   * gateways wait for the next one.
   */
  async prove(end: PeerEnd): Promise<MemberProof | null> {
    if (this.#members === null || this.#card === null) await this.#loadProof()
    if (this.#members === null || this.#card === null) return null
    const { identity, driveKey } = this.#options
    const message = proofMessage(this.#topic(), { ...end, driveKey })
    const signature = signMessage(message, identity.secretKey)
    return {
      pubkey: identity.pubkey,
      driveKey,
      card: this.#card,
      members: this.#members,
      signature
    }
  }

  /** A member is who our own state lists; the newest 39002 shown may know of later ones. */
  checkMember(proof: MemberProof, end: PeerEnd): PeerInfo {
    const { relay } = this
    const { relayKey, relayPubkey } = checkCard(proof.card, relay.publicIdentifier ?? '')
    if (relayKey !== relay.relayKey) throw new HypertunaError('UNPROVEN', 'Another relay’s card')
    checkSignature(proof, this.#topic(), end)
    if (!relay.members.has(proof.pubkey)) this.#checkShown(proof, relayPubkey)
    return {
      role: 'member',
      pubkey: proof.pubkey,
      driveKey: proof.driveKey,
      members: proof.members
    }
  }

  #checkShown(proof: MemberProof, relayPubkey: string): void {
    const alias = this.relay.facts?.alias ?? ''
    const shown = checkMembers(proof.members, { alias, relayPubkey })
    const older = this.#members !== null && proof.members.created_at <= this.#members.created_at
    if (older || !shown.has(proof.pubkey)) {
      throw new HypertunaError('UNPROVEN', 'Not a member of this relay')
    }
  }

  #topic(): Uint8Array {
    return relayTopic(this.relay.publicIdentifier ?? '')
  }

  #onupdate(update: RelayUpdate | null): void {
    if (this.closing) return
    if (update !== null) this.emit('update', update)
    this.#dutiesSoon()
  }

  /** One round at a time: link, proof, pairing, and what an admin owes the relay. */
  #dutiesSoon(): void {
    this.#duties = this.#duties.then(async () => {
      if (this.closing) return
      try {
        await this.#linkUp()
        await this.#loadProof()
        this.#servePairing()
        if (this.role === 'admin' && this.relay.base.writable) await this.#describe()
      } catch (err) {
        this.#warn('duties-failed', err)
      }
    })
  }

  async #linkUp(): Promise<void> {
    if (this.link !== null || this.#respond === null) return
    if (this.relay.publicIdentifier === null || this.closing) return
    this.link = this.#options.network.linkRelay({
      topic: this.#topic(),
      prove: (end) => this.prove(end),
      checkMember: (proof, end) => this.checkMember(proof, end),
      respond: this.#respond
    })
    this.link.on('change', () => this.emit('online'))
  }

  async #loadProof(): Promise<void> {
    const { facts } = this.relay
    if (facts === null) return
    if (this.#card === null) this.#card = await this.relay.eventAt(0)
    const { state } = this.relay
    const pointer = await readReplaceable(state, KIND.members, facts.relayPubkey, facts.alias)
    if (pointer === null || pointer.id === this.#members?.id) return
    this.#members = await this.relay.eventAt(pointer.position)
    // Who refused us before may know better now.
    this.link?.refresh()
  }

  #servePairing(): void {
    const { facts, base } = this.relay
    if (facts === null || !base.writable || this.role === 'none' || this.closing) return
    if (facts.access === 'closed' && this.role !== 'admin') return
    this.#options.pairing.serve(this.relay)
  }

  /** Makes 39000–39003 anew when membership moved after the newest 39002. */
  async #describe(): Promise<void> {
    const { relay } = this
    if (relay.facts === null) return
    const { alias, relayPubkey } = relay.facts
    const changed = await readMembershipChange(relay.state)
    const newest = await readReplaceable(relay.state, KIND.members, relayPubkey, alias)
    if (newest !== null && newest.position > changed) return
    const secret = await this.#relaySecret()
    if (secret === null) return
    const createdAt = Math.max(now(), (newest?.createdAt ?? 0) + 1)
    const templates = groupStateTemplates(relay.facts, relay.members, createdAt)
    await relay.append(templates.map((template) => eventRecord(signEvent(template, secret))))
  }

  async #relaySecret(): Promise<Uint8Array | null> {
    const { secretKey, pubkey } = this.#options.identity
    const sealed = await readSealed(this.relay.state, pubkey)
    if (sealed === null) return null
    return b4a.from(unseal(secretKey, sealed.from, sealed.payload), 'hex')
  }

  #warn(event: string, err: unknown): void {
    if (this.closing) return
    const { code, message } = HypertunaError.from(err)
    this.#options.log(event, { relayKey: this.relay.relayKey, code, message })
  }
}

const eventRecord = (event: NostrEvent): RelayRecord => ({ type: 'event', event })
