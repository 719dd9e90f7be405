/** How one member of a relay shows on a connection that it is one, and judges who else is. */
import {
  checkCards,
  checkMembers,
  checkResigned,
  checkSignature,
  compareCards,
  isFarAhead,
  proofMessage
} from '../../protocol/card.ts'
import type { ConnectionProof, MemberProof, PeerEnd } from '../../protocol/card.ts'
import type { PeerInfo } from '../../protocol/file-channel/channel.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import { signMessage } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { channelSecret } from '../../protocol/sealed-proof.ts'
import { relayTopic } from '../../protocol/topic.ts'
import type { Identity } from '../identity.ts'
import type { Seclusion } from '../network/relay-link.ts'
import { KIND } from './kinds.ts'
import type { Relay } from './relay.ts'
import { readCards, readReplaceable } from './state.ts'

export interface CredentialsOptions {
  relay: Relay
  identity: Identity
  /** Ours, which proofs carry. */
  driveKey: string
  /** Known from the invite or the configuration before the card has arrived. */
  publicIdentifier: string | null
}

export class Credentials {
  readonly #options: CredentialsOptions
  #members: NostrEvent | null = null
  #card: NostrEvent | null = null
  #delegated: NostrEvent | null = null
  #resigned: NostrEvent[] = []

  constructor(options: CredentialsOptions) {
    this.#options = options
  }

  /** Null until an invite, the configuration or the card told it. */
  get publicIdentifier(): string | null {
    return this.#options.relay.publicIdentifier ?? this.#options.publicIdentifier
  }

  /** Where members meet. */
  get topic(): Uint8Array {
    return relayTopic(this.publicIdentifier ?? '')
  }

  /** What members of a private relay share; null for others. */
  get seclusion(): Seclusion | null {
    const { encryptionKey } = this.#options.relay.base
    if (encryptionKey === null) return null
    return {
      secret: channelSecret(encryptionKey),
      sign: (end) => this.#sign(end),
      checkSigned: (proof, end) => this.#checkSigned(proof, end),
      listsGateway: (noiseKey) => this.#listsGateway(noiseKey)
    }
  }

  /** Reads the newest cards and list of members. Returns whether they are others than before. */
  async load(): Promise<boolean> {
    const { relay } = this.#options
    const { facts, state } = relay
    const cards = await readCards(state)
    if (facts === null || cards === null) return false
    const { creators, delegated, resigned } = cards
    const { relayPubkey, alias } = facts
    const pointer = await readReplaceable(state, KIND.members, relayPubkey, alias)
    if (pointer === null) return false
    const left = resigned.length === this.#resigned.length
    const known = [this.#card?.id, this.#delegated?.id, this.#members?.id]
    if (left && same(known, [creators.id, delegated?.id, pointer.id])) return false
    this.#card = await relay.eventAt(creators.position)
    this.#delegated = delegated === null ? null : await relay.eventAt(delegated.position)
    this.#resigned = await Promise.all(resigned.map(({ position }) => relay.eventAt(position)))
    this.#members = await relay.eventAt(pointer.position)
    return true
  }

  /**
   * Our proof of membership for a connection; null while we have nothing to show.
   * The newest 39002 may not list us yet: members then go by their own state, and
   * gateways wait for the next one.
   */
  async prove(end: PeerEnd): Promise<MemberProof | null> {
    if (this.#members === null || this.#card === null) await this.load()
    if (this.#members === null || this.#card === null) return null
    return {
      ...this.#sign(end),
      card: this.#card,
      delegated: this.#delegated,
      resigned: this.#resigned,
      members: this.#members
    }
  }

  /** A member is who our own state lists; the newest 39002 shown may know of later ones. */
  checkMember(proof: MemberProof, end: PeerEnd): PeerInfo {
    const { relay } = this.#options
    const { card, delegated, resigned, pubkey, driveKey, members } = proof
    const { relayKey, relayPubkey } = checkCards(card, delegated, this.publicIdentifier ?? '')
    checkResigned(card, resigned)
    if (relayKey !== relay.relayKey) throw new HypertunaError('UNPROVEN', 'Another relay’s card')
    checkSignature(proof, this.topic, end)
    if (!relay.members.has(pubkey)) this.#checkShown(proof, relayPubkey)
    return { role: 'member', pubkey, driveKey, members }
  }

  /** Whether whom we accepted before is a member as far as we know by now. */
  stillMember({ pubkey, members }: PeerInfo): boolean {
    const { relay } = this.#options
    if (pubkey === null || relay.facts === null || relay.members.has(pubkey)) return true
    // It showed a list that is newer than ours: ours will catch up.
    if (members === null || members.pubkey !== relay.facts.relayPubkey) return false
    return !this.#isOld(members)
  }

  #listsGateway(noiseKey: string): boolean {
    return this.#options.relay.facts?.gateways?.includes(noiseKey) === true
  }

  #sign(end: PeerEnd): ConnectionProof {
    const { identity, driveKey } = this.#options
    const message = proofMessage(this.topic, { ...end, driveKey })
    return {
      pubkey: identity.pubkey,
      driveKey,
      signature: signMessage(message, identity.secretKey)
    }
  }

  /**
   * Of a private relay, where nobody shows lists. Who was admitted a moment ago
   * does not know the members yet: it takes who knows the relay's secret for one,
   * and looks again when it does.
   */
  #checkSigned(proof: ConnectionProof, end: PeerEnd): PeerInfo {
    const { relay } = this.#options
    checkSignature(proof, this.topic, end)
    if (relay.facts !== null && !relay.members.has(proof.pubkey)) {
      throw new HypertunaError('UNPROVEN', 'Not a member of this relay')
    }
    return { role: 'member', pubkey: proof.pubkey, driveKey: proof.driveKey, members: null }
  }

  #checkShown(proof: MemberProof, relayPubkey: string): void {
    const alias = this.#options.relay.facts?.alias ?? ''
    const shown = checkMembers(proof.members, { alias, relayPubkey })
    // An admin who was removed knows the key that the relay had before, and could list itself.
    const [card, delegated, resigned] = [this.#card, this.#delegated, this.#resigned]
    if (card !== null && compareCards({ card, delegated, resigned }, proof) < 0) {
      throw new HypertunaError('UNPROVEN', 'The relay has a newer card')
    }
    const { created_at: at } = proof.members
    const counts = !this.#isOld(proof.members) && !isFarAhead(at, Date.now() / 1000)
    if (!counts || !shown.has(proof.pubkey)) {
      throw new HypertunaError('UNPROVEN', 'Not a member of this relay')
    }
  }

  #isOld(members: NostrEvent): boolean {
    return this.#members !== null && members.created_at <= this.#members.created_at
  }
}

const same = (a: (string | undefined)[], b: (string | undefined)[]): boolean =>
  a.every((value, i) => value === b[i])
