/**
 * What an admin's device owes its relay: a key of the relay that only admins know,
 * cards that name them, a word on each coming and going, and 39000–39005 that are
 * true of the state.
 *
 * When several admins are online the most senior does it; what two do at once is
 * harmless and done twice.
 */
import b4a from 'b4a'

import { isFarAhead } from '../../protocol/card.ts'
import { generateSecretKey, getPublicKey, sealTo, signEvent, unseal } from '../../protocol/nostr.ts'
import type { EventTemplate, NostrEvent } from '../../protocol/nostr.ts'
import type { Identity } from '../identity.ts'
import { groupStateTemplates, makeCard } from './group-events.ts'
import { untoldRange } from './keys.ts'
import { GROUP_STATE_KINDS, KIND } from './kinds.ts'
import type { RelayRecord } from './records.ts'
import type { Relay } from './relay.ts'
import {
  readCards,
  readInvites,
  readMembershipChange,
  readReplaceable,
  readSealed
} from './state.ts'
import type { RelayFacts, SealedFacts } from './state.ts'

/** People that one 9000 or 9001 tells of. */
const TOLD = 64

/** Codes that are said to hold no longer; any more hold none the less. */
const REVOKED = 256

export interface AdminDuties {
  relay: Relay
  identity: Identity
  /** Seconds since 1970. */
  now(): number
  /** Whether another admin's key is to be waited for. */
  patient: boolean
  /** Whether the key may be made anew once more because something is dated far ahead. */
  maySpend(): boolean
}

/** Each update asks for the relay's secret, and opening it costs milliseconds. */
const opened = new WeakMap<Relay, { payload: string; secret: Uint8Array }>()

/** One round. Each part looks at the state as the part before it left it. */
export async function doDuties(duties: AdminDuties): Promise<void> {
  await rotate(duties)
  await renewCard(duties)
  const secret = await relaySecret(duties.relay, duties.identity)
  if (secret === null) return
  await sealToAdmins(duties, secret)
  await tell(duties, secret)
  await describe(duties, secret)
}

/** The relay's secret key, as it was sealed to us; null when it was not. */
export async function relaySecret(
  relay: Relay,
  { secretKey, pubkey }: Identity
): Promise<Uint8Array | null> {
  const sealed = await readSealed(relay.state, pubkey)
  if (sealed === null || sealed.relayPubkey !== relay.facts?.relayPubkey) return null
  const known = opened.get(relay)
  if (known?.payload === sealed.payload) return known.secret
  const secret = open(sealed, secretKey)
  if (secret !== null) opened.set(relay, { payload: sealed.payload, secret })
  return secret
}

/** Any admin may have sealed it, and anything. */
function open(
  { from, payload, relayPubkey }: SealedFacts,
  secretKey: Uint8Array
): Uint8Array | null {
  try {
    const secret = b4a.from(unseal(secretKey, from, payload), 'hex')
    return getPublicKey(secret) === relayPubkey ? secret : null
  } catch {
    return null // not the secret, whatever it is
  }
}

/** After an admin went, who knows the relay's secret: another one, and a card that names it. */
async function rotate({ relay, identity, now, patient, maySpend }: AdminDuties): Promise<void> {
  const { facts, state } = relay
  const cards = await readCards(state)
  if (facts === null || cards === null) return
  const creator = facts.creator === identity.pubkey
  const mute = creator && facts.burnt === null && (await isMute(relay, identity))
  if (facts.burnt !== null && facts.burnt !== identity.pubkey && patient) return
  const isNamed = cards.admins.includes(identity.pubkey)
  const hasLeft = cards.resigned.some(({ pubkey }) => pubkey === identity.pubkey) // and came back
  if (!creator && (!isNamed || hasLeft)) return // nobody would believe our card
  const isGone = facts.burnt !== null || mute
  if (!isGone && !((await isSpent(relay, facts, now())) && maySpend())) return
  const secret = generateSecretKey()
  const relayPubkey = getPublicKey(secret)
  // Another's card may name any time: the creator's need not be later, nor a more senior one's.
  const own = cards.delegated?.by === identity.pubkey ? cards.delegated : cards.creators
  const at = Math.max(now(), own.createdAt + 1, cards.creators.createdAt + 1)
  const card = cardOf(relay, facts, {
    relayPubkey,
    at,
    parent: creator ? null : cards.creators.id,
    identity
  })
  // Both or none: a card whose key nobody has would leave the relay without a voice.
  await relay.append([
    eventRecord(card),
    sealedRecord(identity, identity.pubkey, secret, relayPubkey),
    ...(await revocations({ relay, identity, now }, facts))
  ])
}

/**
 * Whether an admin dated what the relay says so far ahead that nothing newer is to come for
 * long, or ever. No rule of the log could forbid it: the log knows no time but what is in it.
 */
async function isSpent(
  { state }: Relay,
  { relayPubkey, alias }: RelayFacts,
  at: number
): Promise<boolean> {
  for (const kind of GROUP_STATE_KINDS) {
    const newest = await readReplaceable(state, kind, relayPubkey, alias)
    if (newest !== null && isFarAhead(newest.createdAt, at)) return true
  }
  return false
}

/** Codes of other clients are known by the key that goes: they end with it, for all to see. */
async function revocations(
  { relay, identity, now }: Pick<AdminDuties, 'relay' | 'identity' | 'now'>,
  { alias }: RelayFacts
): Promise<RelayRecord[]> {
  const codes = (await readInvites(relay.state)).filter(({ publicKey }) => publicKey === null)
  return codes.slice(-REVOKED).map(({ id }) => {
    const tags = [['h', alias], ['code', id], ['revoke']]
    const template = { kind: KIND.createInvite, created_at: now(), tags, content: '' }
    return eventRecord(signEvent(template, identity.secretKey))
  })
}

/** Whether no admin has the key of today's card, or what was sealed to us for it is something else. */
async function isMute(relay: Relay, identity: Identity): Promise<boolean> {
  const relayPubkey = relay.facts?.relayPubkey
  const own = await readSealed(relay.state, identity.pubkey)
  if (own?.relayPubkey === relayPubkey) return (await relaySecret(relay, identity)) === null
  for (const admin of relay.admins) {
    const sealed = await readSealed(relay.state, admin)
    if (sealed?.relayPubkey === relayPubkey) return false
  }
  return true
}

/** The creator's card names the admins of today. */
async function renewCard({ relay, identity, now }: AdminDuties): Promise<void> {
  const { facts, state } = relay
  const cards = await readCards(state)
  if (facts === null || cards === null || facts.creator !== identity.pubkey) return
  const admins = others(relay, facts).join()
  if (admins === cards.admins.join()) return
  const at = Math.max(now(), cards.creators.createdAt + 1)
  const { relayPubkey } = facts
  await relay.append([
    eventRecord(cardOf(relay, facts, { relayPubkey, at, parent: null, identity }))
  ])
}

const others = (relay: Relay, facts: RelayFacts): string[] =>
  relay.admins.filter((pubkey) => pubkey !== facts.creator).slice(0, 64)

function cardOf(
  relay: Relay,
  facts: RelayFacts,
  {
    relayPubkey,
    at,
    parent,
    identity
  }: { relayPubkey: string; at: number; parent: string | null; identity: Identity }
): NostrEvent {
  const wish = { ...facts, relayKey: relay.relayKey, relayPubkey }
  const card =
    parent === null
      ? { ...wish, admins: others(relay, facts) }
      : { ...wish, admins: [], card: parent }
  return makeCard(card, at, identity.secretKey)
}

async function sealToAdmins({ relay, identity }: AdminDuties, secret: Uint8Array): Promise<void> {
  for (const admin of relay.admins) {
    const relayPubkey = relay.facts?.relayPubkey ?? ''
    const held = await readSealed(relay.state, admin)
    if (held?.relayPubkey === relayPubkey) continue
    await relay.append([sealedRecord(identity, admin, secret, relayPubkey)])
  }
}

function sealedRecord(
  { secretKey, pubkey }: Identity,
  to: string,
  secret: Uint8Array,
  relayPubkey: string
): RelayRecord {
  const payload = sealTo(secretKey, to, b4a.toString(secret, 'hex'))
  return { type: 'seal', to, from: pubkey, relayPubkey, payload }
}

/** NIP-29: who came in or left is told by 9000 and 9001, signed by the relay's key. */
async function tell({ relay, now }: AdminDuties, secret: Uint8Array): Promise<void> {
  const { facts, state } = relay
  if (facts === null) return
  const people = { in: [] as string[], out: [] as string[] }
  for await (const { key, value } of state.createReadStream(untoldRange, { limit: TOLD })) {
    people[value === 'in' ? 'in' : 'out'].push(key.slice(-64))
  }
  for (const [kind, pubkeys] of [
    [KIND.putUser, people.in],
    [KIND.removeUser, people.out]
  ] as const) {
    if (pubkeys.length === 0) continue
    const tags = [
      ['h', facts.alias],
      ...pubkeys.map((pubkey) => ['p', pubkey, ...rolesOf(relay, pubkey)])
    ]
    await append(relay, [{ kind, created_at: now(), tags, content: '' }], secret)
  }
}

function rolesOf({ members }: Relay, pubkey: string): string[] {
  const role = members.get(pubkey) ?? 'member'
  return role === 'member' ? [] : [role]
}

/** What was found true: the newest 39002, and where the newest change is. */
const found = new WeakMap<Relay, string>()

/**
 * Makes 39000–39005 anew when what they tell moved after the newest 39002, or when they
 * were made by somebody who had not heard of a change that comes before them in the log.
 */
async function describe({ relay, now }: AdminDuties, secret: Uint8Array): Promise<void> {
  const { facts, members, state } = relay
  if (facts === null) return
  const changed = await readMembershipChange(state)
  const newest = await readReplaceable(state, KIND.members, facts.relayPubkey, facts.alias)
  if (newest !== null && newest.position > changed) {
    const place = `${newest.id} ${changed}`
    if (found.get(relay) === place) return
    if (await isTrue(relay, facts, groupStateTemplates(facts, members, 0))) {
      found.set(relay, place)
      return
    }
  }
  const createdAt = Math.max(now(), (newest?.createdAt ?? 0) + 1)
  if (isFarAhead(createdAt, now())) return // whoever may make the key anew does so first
  await append(relay, groupStateTemplates(facts, members, createdAt), secret)
}

/** Whether the newest events say what these do; what is not on this device passes for true. */
async function isTrue(
  relay: Relay,
  { relayPubkey, alias }: RelayFacts,
  templates: EventTemplate[]
): Promise<boolean> {
  for (const { kind, tags } of templates) {
    const pointer = await readReplaceable(relay.state, kind, relayPubkey, alias)
    if (pointer === null) return false
    const event = await relay.eventHere(pointer.position)
    if (event !== null && inOrder(event.tags) !== inOrder(tags)) return false
  }
  return true
}

/** The same for tags in whatever order. */
const inOrder = (tags: string[][]): string =>
  tags
    .map((tag) => JSON.stringify(tag))
    .sort()
    .join()

async function append(relay: Relay, templates: EventTemplate[], secret: Uint8Array): Promise<void> {
  await relay.append(templates.map((template) => eventRecord(signEvent(template, secret))))
}

export const eventRecord = (event: NostrEvent): RelayRecord => ({ type: 'event', event })
