/**
 * What may enter a relay: one pure question, asked for each record in `apply`.
 *
 * Everybody who replays the log must reach the same answer, so nothing here
 * reads a clock, randomness, configuration or anything but the state so far. A
 * rejection is a value with a machine-readable prefix (NIP-01), never a throw.
 *
 * In this file: who may write at all, and events that change nobody's rights.
 * Acts, which do, are in `policy-acts.ts`, admission in `policy-admission.ts`.
 */
import { isAlias, isHex32 } from '../../protocol/ids.ts'
import { tagValue, tagValues } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import {
  isAct,
  isAddressable,
  isDeletable,
  isEphemeral,
  isGroupState,
  isModeration,
  isReplaceable,
  KIND
} from './kinds.ts'
import { D_LIMIT, looksTooOften } from './deleted-addresses.ts'
import { judgeIndexers } from './indexer-effects.ts'
import { judgeAct } from './policy-acts.ts'
import { judgeAdmission, judgeAdmissionAgain, judgeSeal } from './policy-admission.ts'
import { BROUGHT, contextOf, judgeSignature } from './policy-context.ts'
import type { Carrier, Context } from './policy-context.ts'
import { foreign, judgeAuthor, judgeWords } from './policy-words.ts'
import { isAddressOf, refersHere, showsPresence } from './presence.ts'
import type { RelayRecord } from './records.ts'
import { blocked, duplicate, invalid, restricted } from './rejection.ts'
import type { Rejection } from './rejection.ts'
import { rulesOf } from './rules.ts'
import {
  hasVanishedOften,
  readDeletedAddress,
  readEventFacts,
  readFormer,
  readMember,
  readRelay,
  readReplaceable,
  readWriterFacts
} from './state.ts'
import type { EventFacts, MemberFacts, StateReader } from './state.ts'
import { areHashes, verdictsOf } from './verdicts.ts'
import { isWriterProven, writerIn } from './writer-proof.ts'

export { isAddressable, isReplaceable, KIND } from './kinds.ts'
export type { Carrier } from './policy-context.ts'
export type { Rejection } from './rejection.ts'

/** Each event that a deletion names is read and taken back, by everybody, in each replay. */
const TARGETS = 256

/** @returns null when the record may take effect. */
export async function judge(
  record: RelayRecord,
  carrier: Carrier,
  state: StateReader
): Promise<Rejection | null> {
  const relay = await readRelay(state)
  if (relay === null) return judgeFirst(record, carrier)
  const context = await contextOf(relay, carrier, state)
  if ('prefix' in context) return context
  switch (record.type) {
    case 'event':
    case 'act':
      return judgeEvent(record, context, state)
    case 'admit':
      return judgeAdmission(record.request, context, state)
    case 'announce':
      return judgeAnnouncement(record.driveKey, carrier, state)
    case 'seal':
      return judgeSeal(record, context, state)
    case 'lost':
    case 'present':
    case 'succeed':
    case 'stands':
    case 'pass':
      return judgeIndexers(record, context, state)
  }
}

/**
 * The same of an act that took effect before, when the group is computed anew
 * without some of the others.
 */
export async function judgeAgain(
  record: RelayRecord,
  carrier: Carrier,
  state: StateReader
): Promise<Rejection | null> {
  const relay = await readRelay(state)
  if (relay === null) return judge(record, carrier, state)
  const context = await contextOf(relay, carrier, state)
  if ('prefix' in context) return context
  switch (record.type) {
    case 'event':
    case 'act': {
      const isHere = record.type === 'event' && record.proof !== undefined
      return judgeAct(record.event, { ...context, isHere }, state)
    }
    case 'admit':
      return judgeAdmissionAgain(record.request, context, state)
    default:
      return judge(record, carrier, state)
  }
}

/** A device has one drive: a writer that could name many would crowd out everybody's. */
async function judgeAnnouncement(
  driveKey: string,
  { writer }: Carrier,
  state: StateReader
): Promise<Rejection | null> {
  const drive = (await readWriterFacts(state, writer))?.drive ?? null
  return drive === null || drive === driveKey ? null : restricted('a writer has one drive')
}

/** A relay begins with its card, in the core whose key is the relay's key. */
function judgeFirst(record: RelayRecord, carrier: Carrier): Rejection | null {
  if (!carrier.founding) return restricted('the relay has no card yet')
  if (record.type !== 'event') return invalid('a relay begins with its card')
  const card = record.event
  const wrong = judgeSignature(card)
  if (wrong !== null) return wrong
  if (card.kind !== KIND.createGroup) return invalid('a relay begins with its card')
  if (!isAlias(tagValue(card, 'h'))) return invalid('the card has no alias')
  if (tagValue(card, 'relayKey') !== carrier.relayKey) return invalid('another relay’s card')
  if (!isHex32(tagValue(card, 'relayPubkey'))) return invalid('the card names no relay pubkey')
  const { discoveryKey } = carrier
  const named = writerIn(card) // as cards from before have not
  if (named !== null) {
    const isOurs = named.writer === carrier.relayKey
    const target = { discoveryKey, pubkey: card.pubkey }
    if (!isOurs || !isWriterProven(named.writer, named.proof, target)) {
      return invalid('the card does not prove that it has its writer’s key')
    }
  }
  const access = tagValue(card, 'access')
  if (access !== 'open' && access !== 'closed' && access !== 'private') {
    return invalid('unknown access')
  }
  return null
}

async function judgeEvent(
  record: Extract<RelayRecord, { type: 'event' | 'act' }>,
  context: Context,
  state: StateReader
): Promise<Rejection | null> {
  const { event } = record
  const wrong = judgeSignature(event)
  if (wrong !== null) return wrong
  const known = await readEventFacts(state, event.id)
  if (known !== null && isKept(known)) return duplicate('already here')
  if (known !== null && isUnwanted(known, event)) return blocked('deleted')
  if (isEphemeral(event.kind)) return invalid('ephemeral events are not kept')
  if (isGroupState(event.kind)) return judgeGroupState(event, context, state)
  if (event.kind === KIND.vanish) return judgeVanish(event, context, state)
  if (event.kind !== KIND.profile && tagValue(event, 'h') !== context.relay.alias) {
    return foreign()
  }
  if (event.pubkey !== context.by && !(await refersHere(event, state))) {
    return invalid('refers to events that are not in this group')
  }
  if (isAct(event.kind)) {
    const proof = record.type === 'event' ? record.proof : undefined
    const isHere = proof !== undefined && showsPresence(proof, event, context.relay)
    return judgeAct(event, { ...context, isHere }, state)
  }

  const author = await judgeAuthor(event, state)
  if ('prefix' in author) return author
  if (event.kind === KIND.deletion) return judgeDeletion(event, state)
  if (event.kind === KIND.deleteEvent) return judgeModeration(event, author, context)
  if (isModeration(event.kind)) return invalid(`kind ${event.kind} is not supported here`)
  const unwanted = await judgeWords(event, context.relay, state)
  if (unwanted !== null) return unwanted
  if (isAddressable(event.kind) && hasLongName(event) && rulesOf(context.relay) > 1) {
    return invalid(`a d tag has at most ${D_LIMIT} characters`)
  }
  return isReplaceable(event.kind) || isAddressable(event.kind) ? judgeNewest(event, state) : null
}

const hasLongName = (event: NostrEvent): boolean => (tagValue(event, 'd') ?? '').length > D_LIMIT

/** Whether an event was accepted, and not deleted since. */
export const isKept = ({ position, deletions }: EventFacts): boolean =>
  position >= 0 && deletions.length === 0

/** Deleted, or named by a deletion before it came: its author's own, or a moderator's. */
function isUnwanted({ position, deletions }: EventFacts, event: NostrEvent): boolean {
  if (!isDeletable(event.kind)) return false // or a moderator would stop what is said of it
  if (position >= 0) return true
  return deletions.some(([, by]) => by === '*' || by === event.pubkey)
}

async function judgeDeletion(event: NostrEvent, state: StateReader): Promise<Rejection | null> {
  const wrong = judgeTargets(event)
  if (wrong !== null) return wrong
  if (!(await looksTooOften(event, state))) return null
  return restricted('older versions of that address were deleted often enough')
}

function judgeTargets(event: NostrEvent): Rejection | null {
  const targets =
    tagValues(event, 'e').length + tagValues(event, 'a').length + verdictsOf(event).size
  return targets <= TARGETS ? null : invalid(`a deletion names at most ${TARGETS} events`)
}

/** 9005: a moderator takes others' events away. */
function judgeModeration(
  event: NostrEvent,
  author: MemberFacts,
  { by, member, mayAct, mayModerate }: Context
): Rejection | null {
  if (author.role === 'member' || !mayModerate) return restricted('only a moderator does that')
  if (event.pubkey !== by && member.role !== 'admin') return restricted(BROUGHT)
  const verdicts = verdictsOf(event)
  if (verdicts.size > 0) {
    if (author.role !== 'admin' || !mayAct) return restricted('only an admin blocks a file')
    if (!areHashes(verdicts)) return invalid('a file is blocked by its hash')
  } else if (tagValues(event, 'e').length === 0) return invalid('no e or x tag')
  return judgeTargets(event)
}

/** NIP-62: for all relays, or for this one by its address; also of who is a member no more. */
async function judgeVanish(
  event: NostrEvent,
  { relay }: Context,
  state: StateReader
): Promise<Rejection | null> {
  const { pubkey } = event
  if ((await readMember(state, pubkey)) === null && (await readFormer(state, pubkey)) === null) {
    return restricted('the author is not a member')
  }
  if (await hasVanishedOften(state, event.pubkey)) return restricted('asked that often enough')
  const isOurs = (address: string): boolean =>
    address === 'ALL_RELAYS' || isAddressOf(address, relay)
  const ours = tagValues(event, 'relay').some(isOurs)
  return ours ? null : invalid('asks another relay')
}

/** 39000–39005: signed by the relay's own key, appended by an admin, true of the state. */
async function judgeGroupState(
  event: NostrEvent,
  { relay, member, mayAct }: Context,
  state: StateReader
): Promise<Rejection | null> {
  if (event.pubkey !== relay.relayPubkey) return restricted('not signed by the relay’s key')
  if (member.role !== 'admin' || !mayAct) {
    return restricted('only an admin appends the relay’s state')
  }
  if (tagValue(event, 'd') !== relay.alias) return invalid('the d tag is not the alias')
  if (event.kind === KIND.members) {
    for (const pubkey of tagValues(event, 'p')) {
      if ((await readMember(state, pubkey)) === null) return invalid('lists who is no member')
    }
  }
  return judgeNewest(event, state)
}

async function judgeNewest(event: NostrEvent, state: StateReader): Promise<Rejection | null> {
  const { kind, pubkey } = event
  const d = isAddressable(kind) ? (tagValue(event, 'd') ?? '') : ''
  const held = await readReplaceable(state, kind, pubkey, d)
  if (held !== null && !isNewer(event, held)) return duplicate('a newer one is here')
  if (event.created_at <= (await readDeletedAddress(state, kind, pubkey, d))) {
    return blocked('deleted')
  }
  return null
}

/** Of the same second the lower id counts (NIP-01). */
export function isNewer(
  event: Pick<NostrEvent, 'id' | 'created_at'>,
  held: { id: string; createdAt: number }
): boolean {
  if (held.createdAt !== event.created_at) return held.createdAt < event.created_at
  return event.id < held.id
}
