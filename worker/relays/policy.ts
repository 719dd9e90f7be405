/**
 * What may enter a relay: one pure question, asked for each record in `apply`.
 *
 * Everybody who replays the log must reach the same answer, so nothing here
 * reads a clock, randomness, configuration or anything but the state so far. A
 * rejection is a value with a machine-readable prefix (NIP-01), never a throw.
 */
import { isHex32, isAlias } from '../../protocol/ids.ts'
import { isNostrEvent, tagValue, tagValues, verifyEvent } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { RelayRecord } from './records.ts'
import {
  isDeleted,
  readDriveOf,
  readInvite,
  readMember,
  readPosition,
  readRelay,
  readReplaceable,
  readWriter
} from './state.ts'
import type { MemberFacts, RelayFacts, StateReader } from './state.ts'

export interface Rejection {
  prefix: 'invalid' | 'restricted' | 'duplicate' | 'blocked'
  reason: string
}

/** The writer's core that a record came in. */
export interface Carrier {
  /** The core's key. */
  writer: string
  /** Whether it is the core that the relay began with. */
  founding: boolean
  relayKey: string
  /** What a join request names: an invite tells it, and not the key. */
  discoveryKey: string
}

export const KIND = {
  profile: 0,
  deletion: 5,
  chat: 9,
  file: 1063,
  putUser: 9000,
  editMetadata: 9002,
  createGroup: 9007,
  createInvite: 9009,
  joinRequest: 9021,
  metadata: 39000,
  admins: 39001,
  members: 39002,
  roles: 39003
} as const

/** Each event that a deletion names is read and taken back, by everybody, in each replay. */
const DELETION_LIMIT = 256

/** Kinds whose meaning is the group's own state; any that is not known here is refused. */
const isModeration = (kind: number): boolean => kind >= 9000 && kind <= 9030
const isGroupState = (kind: number): boolean => kind >= 39000 && kind <= 39009
const isEphemeral = (kind: number): boolean => kind >= 20000 && kind < 30000

/** NIP-01: of these only the newest for its author (and `d` tag) counts. */
export const isReplaceable = (kind: number): boolean =>
  kind === 0 || kind === 3 || (kind >= 10000 && kind < 20000)
export const isAddressable = (kind: number): boolean => kind >= 30000 && kind < 40000

/** @returns null when the record may take effect. */
export async function judge(
  record: RelayRecord,
  carrier: Carrier,
  state: StateReader
): Promise<Rejection | null> {
  const relay = await readRelay(state)
  if (relay === null) return judgeFirst(record, carrier)

  const pubkey = await readWriter(state, carrier.writer)
  if (pubkey === null) return restricted('the writer is bound to nobody')
  const member = await readMember(state, pubkey)
  if (member === null) return restricted('the carrier is not a member')

  switch (record.type) {
    case 'event':
      return judgeEvent(record.event, { relay, member, carrier }, state)
    case 'admit':
      return judgeAdmission(record.request, { relay, member, carrier }, state)
    case 'announce':
      return judgeAnnouncement(record.driveKey, carrier, state)
    case 'seal':
      if (member.role !== 'admin') return restricted('only an admin seals the relay’s key')
      if (record.from !== pubkey) return invalid('sealed in another name')
      return record.payload.length <= 1024 ? null : invalid('not a sealed key')
  }
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
  const access = tagValue(card, 'access')
  if (access !== 'open' && access !== 'closed') return invalid('unknown access')
  return null
}

/** A device has one drive: a writer that could name many would crowd out everybody's. */
async function judgeAnnouncement(
  driveKey: string,
  { writer }: Carrier,
  state: StateReader
): Promise<Rejection | null> {
  const known = await readDriveOf(state, writer)
  return known === null || known === driveKey ? null : restricted('a writer has one drive')
}

interface Context {
  relay: RelayFacts
  member: MemberFacts
  carrier: Carrier
}

async function judgeEvent(
  event: NostrEvent,
  context: Context,
  state: StateReader
): Promise<Rejection | null> {
  const wrong = judgeSignature(event)
  if (wrong !== null) return wrong
  if ((await readPosition(state, event.id)) !== null) return duplicate('already here')
  if (await isDeleted(state, event.id)) return { prefix: 'blocked', reason: 'deleted' }
  if (isEphemeral(event.kind)) return invalid('ephemeral events are not kept')
  if (isGroupState(event.kind)) return judgeGroupState(event, context, state)

  const author = await readMember(state, event.pubkey)
  if (author === null) return restricted('the author is not a member')
  if (event.kind !== KIND.profile && tagValue(event, 'h') !== context.relay.alias) {
    return invalid('the h tag is not this relay’s alias')
  }
  if (isModeration(event.kind)) return judgeModeration(event, author)
  if (event.kind === KIND.deletion && tagValues(event, 'e').length > DELETION_LIMIT) {
    return invalid(`a deletion names at most ${DELETION_LIMIT} events`)
  }
  if (isReplaceable(event.kind) || isAddressable(event.kind)) return judgeNewest(event, state)
  return null
}

function judgeModeration(event: NostrEvent, author: MemberFacts): Rejection | null {
  if (author.role !== 'admin') return restricted('only an admin does that')
  switch (event.kind) {
    case KIND.editMetadata:
      return tagValue(event, 'name') === undefined ? invalid('no name') : null
    case KIND.createInvite:
      if (!isHex32(tagValue(event, 'code'))) return invalid('no code')
      if (!isHex32(tagValue(event, 'pairing'))) return invalid('no pairing key')
      return null
    default:
      return invalid(`kind ${event.kind} is not supported here`)
  }
}

/** 39000–39003: signed by the relay's own key, appended by an admin, true of the state. */
async function judgeGroupState(
  event: NostrEvent,
  { relay, member }: Context,
  state: StateReader
): Promise<Rejection | null> {
  if (event.pubkey !== relay.relayPubkey) return restricted('not signed by the relay’s key')
  if (member.role !== 'admin') return restricted('only an admin appends the relay’s state')
  if (tagValue(event, 'd') !== relay.alias) return invalid('the d tag is not the alias')
  if (event.kind === KIND.members) {
    for (const pubkey of tagValues(event, 'p')) {
      if ((await readMember(state, pubkey)) === null) return invalid('lists who is no member')
    }
  }
  return judgeNewest(event, state)
}

async function judgeNewest(event: NostrEvent, state: StateReader): Promise<Rejection | null> {
  const d = isAddressable(event.kind) ? (tagValue(event, 'd') ?? '') : ''
  const held = await readReplaceable(state, event.kind, event.pubkey, d)
  if (held === null || held.createdAt < event.created_at) return null
  if (held.createdAt === event.created_at && event.id < held.id) return null
  return duplicate('a newer one is here')
}

/**
 * Admission: an admin (in an open relay any member) carries the join request of
 * somebody who signed it with the key that asks to be let in, and who names the
 * writer's core that it will write with.
 */
async function judgeAdmission(
  request: NostrEvent,
  { relay, member, carrier }: Context,
  state: StateReader
): Promise<Rejection | null> {
  const wrong = judgeSignature(request)
  if (wrong !== null) return wrong
  if (request.kind !== KIND.joinRequest) return invalid('not a join request')
  if (tagValue(request, 'h') !== relay.alias) return invalid('asks for another relay')
  if (tagValue(request, 'relay') !== carrier.discoveryKey) return invalid('asks for another relay')
  const writer = tagValue(request, 'writer')
  if (!isHex32(writer)) return invalid('names no writer')
  const bound = await readWriter(state, writer)
  if (bound !== null && bound !== request.pubkey) return restricted('that writer is another’s')
  if (bound !== null) return duplicate('admitted already')
  if (relay.access === 'closed' && member.role !== 'admin') {
    return restricted('only an admin admits')
  }
  return judgeInvite(request, state)
}

async function judgeInvite(request: NostrEvent, state: StateReader): Promise<Rejection | null> {
  const code = tagValue(request, 'code')
  if (code === undefined) return null // approved without an invite
  const invite = await readInvite(state, code)
  if (invite === null) return restricted('unknown invite')
  if ((await readMember(state, request.pubkey)) !== null) return null // one more device
  if (invite.uses > 0 && invite.used >= invite.uses) return restricted('the invite is used up')
  return null
}

function judgeSignature(event: NostrEvent): Rejection | null {
  if (!isNostrEvent(event)) return invalid('not an event')
  return verifyEvent(event) ? null : invalid('wrong id or signature')
}

const invalid = (reason: string): Rejection => ({ prefix: 'invalid', reason })
const restricted = (reason: string): Rejection => ({ prefix: 'restricted', reason })
const duplicate = (reason: string): Rejection => ({ prefix: 'duplicate', reason })
