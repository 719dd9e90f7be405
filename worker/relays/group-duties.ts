/**
 * What an admin's device owes its relay: a key of the relay that only admins know,
 * cards that name them, a word on each coming and going, and 39000–39005 that are
 * true of the state.
 *
 * When several admins are online the most senior does it; what two do at once is
 * harmless and done twice.
 */
import b4a from 'b4a'

import { generateSecretKey, getPublicKey, sealTo, signEvent, unseal } from '../../protocol/nostr.ts'
import type { EventTemplate, NostrEvent } from '../../protocol/nostr.ts'
import type { Identity } from '../identity.ts'
import { groupStateTemplates, makeCard } from './group-events.ts'
import { untoldRange } from './keys.ts'
import { KIND } from './kinds.ts'
import type { RelayRecord } from './records.ts'
import type { Relay } from './relay.ts'
import { readCards, readMembershipChange, readReplaceable, readSealed } from './state.ts'
import type { RelayFacts } from './state.ts'

/** People that one 9000 or 9001 tells of. */
const TOLD = 64

export interface AdminDuties {
  relay: Relay
  identity: Identity
  /** Seconds since 1970. */
  now(): number
  /** Whether another admin's key is to be waited for no longer. */
  patient: boolean
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
  const secret = b4a.from(unseal(secretKey, sealed.from, sealed.payload), 'hex')
  if (getPublicKey(secret) !== sealed.relayPubkey) return null
  opened.set(relay, { payload: sealed.payload, secret })
  return secret
}

/** After an admin went, who knows the relay's secret: another one, and a card that names it. */
async function rotate({ relay, identity, now, patient }: AdminDuties): Promise<void> {
  const { facts, state } = relay
  if (facts === null || facts.burnt === null) return
  if (facts.burnt !== identity.pubkey && patient) return
  const cards = await readCards(state)
  if (cards === null) return
  const creator = facts.creator === identity.pubkey
  if (!creator && !cards.admins.includes(identity.pubkey)) return // nobody would believe our card
  const secret = generateSecretKey()
  const relayPubkey = getPublicKey(secret)
  const newest = cards.delegated ?? cards.creators
  const at = Math.max(now(), newest.createdAt + 1, cards.creators.createdAt + 1)
  const card = cardOf(relay, facts, {
    relayPubkey,
    at,
    parent: creator ? null : cards.creators.id,
    identity
  })
  await relay.append([eventRecord(card)])
  await seal(relay, identity, identity.pubkey, secret, relayPubkey)
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
    if (held?.relayPubkey !== relayPubkey) await seal(relay, identity, admin, secret, relayPubkey)
  }
}

async function seal(
  relay: Relay,
  { secretKey, pubkey }: Identity,
  to: string,
  secret: Uint8Array,
  relayPubkey: string
): Promise<void> {
  const payload = sealTo(secretKey, to, b4a.toString(secret, 'hex'))
  await relay.append([{ type: 'seal', to, from: pubkey, relayPubkey, payload }])
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

/** Makes 39000–39005 anew when what they tell moved after the newest 39002. */
async function describe({ relay, now }: AdminDuties, secret: Uint8Array): Promise<void> {
  if (relay.facts === null) return
  const { alias, relayPubkey } = relay.facts
  const changed = await readMembershipChange(relay.state)
  const newest = await readReplaceable(relay.state, KIND.members, relayPubkey, alias)
  if (newest !== null && newest.position > changed) return
  const createdAt = Math.max(now(), (newest?.createdAt ?? 0) + 1)
  await append(relay, groupStateTemplates(relay.facts, relay.members, createdAt), secret)
}

async function append(relay: Relay, templates: EventTemplate[], secret: Uint8Array): Promise<void> {
  await relay.append(templates.map((template) => eventRecord(signEvent(template, secret))))
}

export const eventRecord = (event: NostrEvent): RelayRecord => ({ type: 'event', event })
