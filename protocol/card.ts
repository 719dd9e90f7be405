/**
 * Who speaks for a relay.
 *
 * The creator's card (9007) names the relay's own key, that key signs the list
 * of members (39002), and a member signs the connection it speaks on. The newest
 * card counts; while the creator is away, an admin's that it named. Nothing
 * here trusts the peer or the network, and of the clock only that it is not off by days.
 */
import { HypertunaError } from './errors.ts'
import { isHex32, parsePublicIdentifier, type Hex32 } from './ids.ts'
import { tagValues, verifyEvent, verifyMessage, type NostrEvent } from './nostr.ts'
import { relayTopic } from './topic.ts'

/** That a pubkey is at the other end of a connection. */
export interface ConnectionProof {
  pubkey: Hex32
  /** the member's own word: what a peer is blamed for goes by its pubkey */
  driveKey: Hex32
  /** 64 bytes, Schnorr over sha256 of `proofMessage` */
  signature: Uint8Array
}

/** …and that this pubkey is a member. */
export interface MemberProof extends ConnectionProof {
  /** the creator's newest */
  card: NostrEvent
  /** an admin's, made when the creator is away; its key signed `members` then */
  delegated?: NostrEvent | null
  /** of admins that the creator's card names: that they left (9022) while it was away */
  resigned?: NostrEvent[]
  members: NostrEvent
}

export interface CheckedCard {
  relayKey: Hex32
  relayPubkey: Hex32
}

export interface CheckedProof extends CheckedCard {
  pubkey: Hex32
  members: Set<Hex32>
}

/** A relay's card, signed by its creator. */
export const CARD_KIND = 9007

/** A member leaves; an admin that a card names says by `["card", <id>]` which one no longer holds. */
export const LEAVE_KIND = 9022

/** Admins that a card names. */
export const CARD_ADMINS = 64

/** A relay's members, signed by its own key. */
export const MEMBERS_KIND = 39002

const PREFIX = 'hypertuna-files/1'
const TOPIC_BYTES = 32
const NOISE_KEY_BYTES = 32
const MIN_HANDSHAKE_BYTES = 32 // Noise's own has 64
const SIGNATURE_BYTES = 64

/**
 * What the creator's card says, after checking that the creator named by the
 * identifier signed it for this alias.
 *
 * @throws {HypertunaError} UNPROVEN
 */
export function checkCard(card: NostrEvent, publicIdentifier: string): CheckedCard {
  const { pubkey } = parsePublicIdentifier(publicIdentifier)
  return readCard(card, publicIdentifier, pubkey)
}

/**
 * What a relay's cards say together. While the creator is away, an admin that its
 * card lists (`["admin", <pubkey>]`, in order of seniority) may sign a card of its
 * own that names another key of the relay, as when an admin was removed; it refers
 * to the creator's card it stands on by `["card", <id>]`.
 *
 * @param delegated - the admin's; null when only the creator speaks
 * @throws {HypertunaError} UNPROVEN
 */
export function checkCards(
  card: NostrEvent,
  delegated: NostrEvent | null | undefined,
  publicIdentifier: string
): CheckedCard {
  const checked = checkCard(card, publicIdentifier)
  if (delegated === null || delegated === undefined) return checked
  if (!adminsOfCard(card).includes(delegated.pubkey)) {
    throw unproven("The relay's creator did not name this admin in its card")
  }
  const named = readCard(delegated, publicIdentifier, delegated.pubkey)
  if (onlyValue(delegated, 'card') !== card.id) {
    throw unproven("The admin's card stands on another card than the creator's")
  }
  if (named.relayKey !== checked.relayKey) throw unproven('The cards are of two relays')
  return named
}

/**
 * Which admins of a creator's card said since that they left.
 *
 * @throws {HypertunaError} UNPROVEN for what is no such word
 */
export function checkResigned(card: NostrEvent, events: NostrEvent[] | undefined): void {
  const admins = adminsOfCard(card)
  for (const event of events ?? []) {
    const isWord = event.kind === LEAVE_KIND && onlyValue(event, 'card') === card.id
    if (!isWord || !admins.includes(event.pubkey) || !verifyEvent(event)) {
      throw unproven('What is shown as an admin’s leaving is not that')
    }
  }
}

/**
 * Which of two pairs of cards counts: the one on the creator's newer card; on the
 * same one the most senior admin's, then the newest. An admin that left comes after
 * all that stayed, whichever of the two shows that it did. Both were checked.
 *
 * @returns below 0 when `a` counts, above 0 when `b` does, 0 when they are the same
 */
export function compareCards(a: Cards, b: Cards): number {
  if (a.card.id !== b.card.id) return isNewer(a.card, b.card) ? -1 : 1
  const [ours, theirs] = [a.delegated ?? null, b.delegated ?? null]
  if (ours?.id === theirs?.id) return 0
  if (ours === null || theirs === null) return ours === null ? 1 : -1
  const resigned = resignedOf(a, b).map(({ pubkey }) => pubkey)
  const admins = adminsOfCard(a.card)
  const rank = rankIn(admins, resigned, ours.pubkey) - rankIn(admins, resigned, theirs.pubkey)
  if (rank !== 0) return rank
  return isNewer(ours, theirs) ? -1 : 1
}

export type Cards = Pick<MemberProof, 'card' | 'delegated' | 'resigned'>

/** What both know of who left, one word for each admin; the cards are on the same one. */
export function resignedOf(a: Cards, b: Cards): NostrEvent[] {
  const words = new Map<Hex32, NostrEvent>()
  for (const event of [...(a.resigned ?? []), ...(b.resigned ?? [])]) words.set(event.pubkey, event)
  return [...words.values()]
}

/** How an admin that a creator's card names counts: 1 the most senior, last who left. */
export function rankIn(admins: Hex32[], resigned: Hex32[], pubkey: Hex32): number {
  const place = admins.indexOf(pubkey) + 1
  return resigned.includes(pubkey) ? place + CARD_ADMINS : place
}

/** The pubkeys that a creator's card names as admins, the most senior first. */
export const adminsOfCard = (card: NostrEvent): Hex32[] =>
  tagValues(card, 'admin').slice(0, CARD_ADMINS)

/**
 * Seconds that what the relay's key signs may be ahead of whoever is shown it. Clocks may be
 * off by hours, and a list that is ahead by years would be the newest for ever.
 */
export const MAX_LIST_AHEAD = 86_400

/** @param now seconds since 1970 */
export const isFarAhead = (createdAt: number, now: number): boolean =>
  createdAt > now + MAX_LIST_AHEAD

/** Nostr's order of replaceable events: the later, of equals the lower id. */
export function isNewer(event: NostrEvent, than: NostrEvent): boolean {
  if (event.created_at !== than.created_at) return event.created_at > than.created_at
  return event.id < than.id
}

function readCard(card: NostrEvent, publicIdentifier: string, signer: Hex32): CheckedCard {
  const { alias } = parsePublicIdentifier(publicIdentifier)
  if (!verifyEvent(card)) throw unproven("The relay's card is not validly signed")
  if (card.kind !== CARD_KIND || card.pubkey !== signer) {
    throw unproven("The relay's card is not by its creator")
  }
  if (onlyValue(card, 'h') !== alias) throw unproven('The card is of another relay')
  const relayKey = onlyValue(card, 'relayKey')
  const relayPubkey = onlyValue(card, 'relayPubkey')
  if (!isHex32(relayKey) || !isHex32(relayPubkey)) {
    throw unproven("The card does not name the relay's keys")
  }
  return { relayKey, relayPubkey }
}

/**
 * The pubkeys of a list of members, after checking that the relay's own key
 * signed it for this alias.
 *
 * @throws {HypertunaError} UNPROVEN
 */
export function checkMembers(
  event: NostrEvent,
  { alias, relayPubkey }: { alias: string; relayPubkey: Hex32 }
): Set<Hex32> {
  if (!verifyEvent(event)) throw unproven('The list of members is not validly signed')
  if (event.kind !== MEMBERS_KIND || event.pubkey !== relayPubkey) {
    throw unproven("The list of members is not by the relay's own key")
  }
  if (onlyValue(event, 'd') !== alias) throw unproven('The list of members is of another relay')
  return new Set(tagValues(event, 'p').filter(isHex32))
}

/** One end of one connection, which a signature is for. */
export interface End {
  /** of the connection's Noise handshake: the same on both sides */
  handshakeHash: Uint8Array
  /** the signer's own Noise public key, 32 bytes */
  noiseKey: Uint8Array
  /** the signer's drive */
  driveKey: Hex32
}

/** What a connection itself says of one of its ends. */
export type PeerEnd = Omit<End, 'driveKey'>

/**
 * What a member signs to show that it is at the other end of this connection:
 * `"hypertuna-files/1" ‖ topic ‖ handshakeHash ‖ noiseKey ‖ driveKey`.
 *
 * The handshake hash alone is the same on both sides, so that either could send
 * the other's signature back as its own; the signer's Noise key tells them apart.
 *
 * @param topic - the relay's, 32 bytes
 */
export function proofMessage(topic: Uint8Array, end: End): Uint8Array {
  const { handshakeHash, noiseKey, driveKey } = end
  const parts = [Buffer.from(PREFIX), topic, handshakeHash, noiseKey, Buffer.from(driveKey, 'hex')]
  return Buffer.concat(parts)
}

/**
 * Judges what a peer shows for itself.
 *
 * @throws {HypertunaError} UNPROVEN
 */
export function checkProof(
  proof: MemberProof,
  { publicIdentifier, ...end }: { publicIdentifier: string } & PeerEnd
): CheckedProof {
  if (!isProof(proof)) throw unproven('The peer shows nothing that could prove a member')
  const { alias } = parsePublicIdentifier(publicIdentifier)
  const { relayKey, relayPubkey } = checkCards(proof.card, proof.delegated, publicIdentifier)
  checkResigned(proof.card, proof.resigned)
  const members = checkMembers(proof.members, { alias, relayPubkey })
  if (!members.has(proof.pubkey)) throw unproven('The peer is not in the list of members')
  checkSignature(proof, relayTopic(publicIdentifier), end)
  return { relayKey, relayPubkey, pubkey: proof.pubkey, members }
}

/**
 * Checks that the pubkey of a proof signed the peer's end of this connection.
 *
 * @param end - the peer's: its Noise key is our remote one
 * @throws {HypertunaError} UNPROVEN
 */
export function checkSignature(proof: ConnectionProof, topic: Uint8Array, end: PeerEnd): void {
  if (!isProof(proof)) throw unproven('The peer shows nothing that could prove a member')
  checkLengths(topic, end)
  const message = proofMessage(topic, { ...end, driveKey: proof.driveKey })
  if (!verifyMessage(message, proof.signature, proof.pubkey)) {
    throw unproven('The peer did not sign this connection')
  }
}

function isProof(proof: ConnectionProof): boolean {
  return (
    typeof proof === 'object' &&
    proof !== null &&
    isHex32(proof.pubkey) &&
    isHex32(proof.driveKey) &&
    proof.signature instanceof Uint8Array &&
    proof.signature.byteLength === SIGNATURE_BYTES
  )
}

// A topic of fixed length keeps the message unambiguous; a connection without a hash proves nothing.
function checkLengths(topic: Uint8Array, { handshakeHash, noiseKey }: PeerEnd): void {
  const fits = topic.byteLength === TOPIC_BYTES && noiseKey.byteLength === NOISE_KEY_BYTES
  if (!fits || handshakeHash.byteLength < MIN_HANDSHAKE_BYTES) {
    throw unproven('The connection has no handshake hash to prove anything on')
  }
}

/** The value of a tag that is there exactly once: two readers must not see two values. */
function onlyValue(event: NostrEvent, name: string): string | undefined {
  const values = event.tags.filter((tag) => tag[0] === name)
  return values.length === 1 ? values[0]![1] : undefined
}

function unproven(message: string): HypertunaError {
  return new HypertunaError('UNPROVEN', message)
}
