/**
 * What acts do to the group's part of the state: members, roles, writers.
 * Nothing here looks at events, and nothing asks whether an act is allowed.
 */
import { tagValue } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { GroupStore } from './group-draft.ts'
import {
  deviceKey,
  formerKey,
  leftAtKey,
  MEMBERSHIP_KEY,
  memberKey,
  RANKS_KEY,
  RELAY_KEY,
  sealedKey,
  untoldKey,
  writerKey
} from './keys.ts'
import { KIND } from './kinds.ts'
import { pinsOf } from './description.ts'
import { peopleOf } from './people-of.ts'
import type { Cut, RelayRecord } from './records.ts'
import { countUse, described, invite, newCard, putCard, resign } from './relay-effects.ts'
import { lapsed } from './lapses.ts'
import { countLetIn } from './letting-in.ts'
import { rulesAfter } from './rules.ts'
import { burn, cutActs, expel, removeUsers, rightsLost, shortenActs } from './removal-effects.ts'
import { keepSeniority, rankOf, sparedOf } from './seniority.ts'
import { readDevices, readMember, readRelay, readWriter, readWriterFacts } from './state.ts'
import type { Access, RelayFacts, Role, WriterFacts } from './state.ts'
import { endWaiting, keepWaiting } from './waiting-list.ts'
import { writerIn } from './writer-proof.ts'

/** One act's effects: where they go, and what they touched. */
export interface Effects {
  store: GroupStore
  /** The writer that carries the act. */
  writer: string
  /** The act's event in the log. */
  position: number
  /** Its place among all acts. */
  act: number
  /** Writers that are in, out or cut otherwise than before. */
  writers: Set<string>
  /** Writers of which less or more counts than before, and from which length on. */
  cut: Map<string, number>
  /** Pubkeys that are members no more. */
  gone: Set<string>
  /** Whether there is an admin more, or one less. */
  admins: boolean
}

export const effectsOn = (
  store: GroupStore,
  writer: string,
  { position, act }: { position: number; act: number }
): Effects => ({
  store,
  writer,
  position,
  act,
  writers: new Set(),
  cut: new Map(),
  gone: new Set(),
  admins: false
})

/** An act by an event. */
export async function effectOfEvent(
  record: Extract<RelayRecord, { type: 'event' | 'act' }>,
  effects: Effects
): Promise<void> {
  const { event } = record
  const cuts = record.type === 'act' ? record.cuts : null
  const { store, position } = effects
  const relay = await readRelay(store)
  if (relay === null) return found(event, effects)
  if (event.kind !== KIND.createInvite) await store.put(MEMBERSHIP_KEY, position)
  switch (event.kind) {
    case KIND.putUser:
      return putUsers(event, cuts, relay, effects)
    case KIND.removeUser:
      return removeUsers(event, cuts, relay, effects)
    case KIND.editMetadata:
      return store.put(RELAY_KEY, described(relay, event))
    case KIND.createGroup:
      return newCard(event, relay, effects)
    case KIND.deleteGroup:
      return store.put(RELAY_KEY, { ...relay, deleted: true })
    case KIND.createInvite:
      return invite(event, store)
    case KIND.updatePins:
      return store.put(RELAY_KEY, { ...relay, pins: pinsOf(event) })
    case KIND.joinRequest:
      return askToJoin(event, relay, effects)
    case KIND.leaveRequest:
      await resign(event, effects)
      await expel(event.pubkey, 'left', null, effects)
      await store.put(leftAtKey(event.pubkey), event.created_at)
      return store.put(untoldKey(event.pubkey), 'out')
  }
}

/** The card: the relay's facts, its creator as admin, the first writer bound to it. */
async function found(card: NostrEvent, { store, writer, position }: Effects): Promise<void> {
  const alias = tagValue(card, 'h')!
  const facts: RelayFacts = {
    alias,
    creator: card.pubkey,
    relayPubkey: tagValue(card, 'relayPubkey')!,
    access: tagValue(card, 'access') as Access,
    name: tagValue(card, 'name') ?? alias,
    about: tagValue(card, 'about') ?? '',
    picture: '',
    banner: '',
    supportedKinds: null,
    pins: [],
    gateways: [],
    deleted: false,
    founded: card.created_at,
    burnt: null,
    ...(rulesAfter(card) > 1 ? { rules: rulesAfter(card) } : {})
  }
  await store.put(RELAY_KEY, facts)
  await store.put(RANKS_KEY, 1)
  await store.put(memberKey(card.pubkey), { role: 'admin', rank: 0, since: position })
  const proof = writerIn(card)?.proof ?? null
  await bind(writer, { pubkey: card.pubkey, out: false, proof }, store)
  await putCard(card, { store, position })
  await store.put(MEMBERSHIP_KEY, position)
}

async function bind(
  writer: string,
  { pubkey, out, proof }: Pick<WriterFacts, 'pubkey' | 'out' | 'proof'>,
  store: GroupStore
): Promise<void> {
  const facts: WriterFacts = { pubkey, drive: null, cut: null, acts: null, mods: null, out, proof }
  await store.put(writerKey(writer), facts)
  await store.put(deviceKey(pubkey, writer), 1)
}

async function askToJoin(event: NostrEvent, relay: RelayFacts, effects: Effects): Promise<void> {
  const { store, position } = effects
  if (relay.access !== 'open') {
    const by = (await readWriter(store, effects.writer)) ?? ''
    const member = await readMember(store, by)
    return keepWaiting(event, { position, by, member }, store)
  }
  await countLetIn(effects.writer, store)
  await enroll(event.pubkey, 'member', effects)
  await store.put(untoldKey(event.pubkey), 'in')
}

/** A join request that names a writer: the writer is bound to who signed it. */
export async function effectOfAdmission(request: NostrEvent, effects: Effects): Promise<void> {
  const { store, position, writers } = effects
  const { writer, proof } = writerIn(request)!
  await countLetIn(effects.writer, store)
  await bind(writer, { pubkey: request.pubkey, out: true, proof }, store)
  writers.add(writer)
  if ((await readMember(store, request.pubkey)) !== null) return
  await enroll(request.pubkey, 'member', effects)
  await store.put(untoldKey(request.pubkey), 'in')
  await store.put(MEMBERSHIP_KEY, position)
  await countUse(tagValue(request, 'code'), store)
}

export function effectOfSeal(
  { to, from, relayPubkey, payload }: Extract<RelayRecord, { type: 'seal' }>,
  store: GroupStore
): Promise<void> {
  return store.put(sealedKey(to), { from, relayPubkey, payload })
}

/** Makes somebody a member, or gives a member another role. */
async function enroll(pubkey: string, role: Role, effects: Effects): Promise<void> {
  const { store, position, writers } = effects
  const held = await readMember(store, pubkey)
  let rank = held?.rank ?? -1
  if (role !== 'admin') rank = -1
  else if (rank < 0) rank = await nextRank(store)
  if (rank >= 0) await keepSeniority(pubkey, rank, store)
  if ((role === 'admin') !== (held?.role === 'admin')) effects.admins = true
  await store.put(memberKey(pubkey), { role, rank, since: held?.since ?? position })
  await store.set(formerKey(pubkey), null)
  await endWaiting(pubkey, store)
  if (role !== 'admin') await store.set(sealedKey(pubkey), null)
  for (const { writer } of await readDevices(store, pubkey)) {
    writers.add(writer)
    await lift(writer, role, effects)
  }
}

/** Who is given a right again acts again, from then on. */
async function lift(writer: string, role: Role, effects: Effects): Promise<void> {
  if (role === 'member') return
  const facts = (await readWriterFacts(effects.store, writer))!
  const lifted = lapsed(facts, role === 'admin' ? ['acts', 'mods'] : ['mods'], effects)
  if (lifted !== facts) await effects.store.put(writerKey(writer), lifted)
}

async function nextRank(store: GroupStore): Promise<number> {
  const rank = ((await store.get(RANKS_KEY))?.value ?? 1) as number
  await store.put(RANKS_KEY, rank + 1)
  return rank
}

async function putUsers(
  event: NostrEvent,
  cuts: Cut[] | null,
  relay: RelayFacts,
  effects: Effects
): Promise<void> {
  const { store } = effects
  const byRelayKey = event.pubkey === relay.relayPubkey
  for (const { pubkey, role } of peopleOf(event)!) {
    await store.set(untoldKey(pubkey), null)
    const held = await readMember(store, pubkey)
    if (held !== null && byRelayKey) continue // told of who is in already
    if (held === null && byRelayKey) await countUse(tagValue(event, 'invite'), store)
    await enroll(pubkey, role, effects)
    const rights = rightsLost(held?.role ?? 'member', role)
    if (rights.includes('acts')) await burn(effects)
    await cutActs(pubkey, rights, cuts ?? [], effects)
  }
}

/**
 * The same act, carried by somebody else too: what it takes is taken already, and of
 * two lengths the shorter counts. Else who carries it first would choose for all.
 */
export async function effectOfRepeat(
  { event, cuts }: Extract<RelayRecord, { type: 'act' }>,
  effects: Effects
): Promise<void> {
  const { store, cut } = effects
  const people = new Map(peopleOf(event)!.map(({ pubkey, role }) => [pubkey, role]))
  const rank = await rankOf(event, effects.writer, store)
  for (const { writer, length: named } of cuts) {
    const facts = await readWriterFacts(store, writer)
    const role = facts === null ? undefined : people.get(facts.pubkey)
    if (facts === null || role === undefined) continue
    const held = await readMember(store, facts.pubkey)
    const length = Math.max(named, await sparedOf(facts, held, rank, store))
    if (event.kind === KIND.putUser) {
      await shortenActs(writer, rightsLost('admin', role), length, effects)
    } else if (facts.cut !== null && length < facts.cut) {
      await store.put(writerKey(writer), { ...facts, cut: length })
      cut.set(writer, length)
    }
  }
}
