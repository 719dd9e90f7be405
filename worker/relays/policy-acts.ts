/**
 * Acts: events that change who may do what (NIP-29's moderation). Pure, as all of
 * the policy.
 *
 * An act is done by an admin and counts by its author's own writer, or by an
 * admin's: who is removed cannot have others bring what it signs afterwards. An
 * admin's rights are taken by a more senior admin alone, the creator's by nobody,
 * so that of two admins who remove each other the same one stays everywhere,
 * however either of them dates its nodes.
 */
import { rankIn } from '../../protocol/card.ts'
import { isHex32 } from '../../protocol/ids.ts'
import { tagValue } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { memberRange } from './keys.ts'
import { isModerators, KIND } from './kinds.ts'
import { judgeMetadata, judgePins } from './description.ts'
import { judgeLettingIn } from './letting-in.ts'
import { PEOPLE, peopleOf } from './people-of.ts'
import { BROUGHT } from './policy-context.ts'
import type { Context } from './policy-context.ts'
import { judgeRequest } from './presence.ts'
import { duplicate, invalid, restricted } from './rejection.ts'
import type { Rejection } from './rejection.ts'
import {
  readCards,
  readDevices,
  readFormer,
  readInvite,
  readLeftAt,
  readMember,
  readPending
} from './state.ts'
import type { MemberFacts, Role, StateReader } from './state.ts'
import { judgeWaiting } from './waiting-list.ts'

/** Of a join request that may have been made for another relay. */
export const ABSENT = 'show that you ask this relay: authenticate (NIP-42), then ask again'

/** What may be signed by the relay's own key: what follows from what an admin allowed before. */
const BY_RELAY_KEY: ReadonlySet<number> = new Set([
  KIND.putUser,
  KIND.removeUser,
  KIND.createInvite
])

/** By whose right an act is done. */
interface Actor {
  role: Role
  rank: number
  /** Whether it is the relay's key that signed. */
  relayKey: boolean
}

/** @returns null when the act may take effect; its signature and h tag are right already */
export async function judgeAct(
  event: NostrEvent,
  context: Context,
  state: StateReader
): Promise<Rejection | null> {
  switch (event.kind) {
    case KIND.joinRequest:
      return judgeJoin(event, context, state)
    case KIND.leaveRequest:
      return judgeLeave(event, context, state)
    case KIND.createGroup:
      return judgeCard(event, context, state)
  }
  const actor = await actorOf(event, context, state)
  if ('prefix' in actor) return actor
  switch (event.kind) {
    case KIND.putUser:
      return judgePut(event, actor, context, state)
    case KIND.removeUser:
      return judgeRemoval(event, actor, context, state)
    case KIND.editMetadata:
      return judgeMetadata(event, context)
    case KIND.deleteGroup:
      return judgeEnd(event, context)
    case KIND.createInvite:
      return judgeInvitation(event, state)
    default:
      return judgePins(event)
  }
}

async function actorOf(
  event: NostrEvent,
  { relay, by, member, mayAct, mayModerate }: Context,
  state: StateReader
): Promise<Actor | Rejection> {
  const may = isModerators(event.kind) ? mayModerate : mayAct
  if (!may) return restricted('the carrier is an admin no more')
  if (event.pubkey === relay.relayPubkey) {
    if (member.role !== 'admin') return restricted('only an admin brings the relay’s own acts')
    if (!BY_RELAY_KEY.has(event.kind)) return restricted('the relay’s key does not do that')
    return { role: 'admin', rank: member.rank, relayKey: true }
  }
  const author = await readMember(state, event.pubkey)
  if (author === null) return restricted('the author is not a member')
  if (event.pubkey !== by && member.role !== 'admin') return restricted(BROUGHT)
  const enough =
    author.role === 'admin' || (event.kind === KIND.updatePins && author.role === 'moderator')
  if (!enough) return restricted('only an admin does that')
  // Who carries says what counts of the others, so it counts as no more senior than it is.
  const rank = event.pubkey === by ? author.rank : Math.max(author.rank, member.rank)
  return { role: author.role, rank, relayKey: false }
}

/**
 * Nobody else's word for it, not even an admin's: it cannot be undone, and the creator may have
 * signed the end of another relay's group of the same name.
 */
function judgeEnd(event: NostrEvent, { relay, by }: Context): Rejection | null {
  if (event.pubkey !== relay.creator) return restricted('only its creator deletes a group')
  if (by !== relay.creator) return restricted('bring this to your own computer')
  return event.created_at < (relay.founded ?? 0) ? invalid('older than the group') : null
}

const outranks = (actor: Actor, target: MemberFacts): boolean => actor.rank < target.rank

async function judgePut(
  event: NostrEvent,
  actor: Actor,
  { relay }: Context,
  state: StateReader
): Promise<Rejection | null> {
  const people = peopleOf(event)
  if (people === null) return invalid(`names nobody, or more than ${PEOPLE}`)
  let strangers = 0
  for (const { pubkey, role } of people) {
    const held = await readMember(state, pubkey)
    if (pubkey === relay.relayPubkey) return invalid('the relay’s key is nobody’s')
    if (held === null) strangers++
    if (actor.relayKey) {
      // Told of who is in, or let in by an invite: it gives no roles and takes none.
      const given = role !== 'member' && held?.role !== role
      if (given) return restricted('a role is an admin’s to give')
      if ((await readFormer(state, pubkey)) === 'removed') return restricted('was removed')
      const refused = held === null ? await judgeCode(event, state) : null
      if (refused !== null) return refused
      continue
    }
    const demoted = held?.role === 'admin' && role !== 'admin'
    if (demoted && pubkey === relay.creator) return restricted('nobody demotes the creator')
    if (demoted && !outranks(actor, held)) return restricted('that admin is the more senior one')
  }
  if (!actor.relayKey || strangers === 0) return null // the latter: told of who is in already
  return people.length === 1 ? judgeCode(event, state) : restricted('one at a time by an invite')
}

/** An invite that the relay's key honours: the code itself is never in the log. */
async function judgeCode(event: NostrEvent, state: StateReader): Promise<Rejection | null> {
  const invite = await readInvite(state, tagValue(event, 'invite') ?? '')
  if (invite === null || invite.approval || invite.revoked) return restricted('unknown invite')
  return invite.uses > 0 && invite.used >= invite.uses ? restricted('the invite is used up') : null
}

async function judgeRemoval(
  event: NostrEvent,
  actor: Actor,
  { relay }: Context,
  state: StateReader
): Promise<Rejection | null> {
  const people = peopleOf(event)
  if (people === null) return invalid(`names nobody, or more than ${PEOPLE}`)
  for (const { pubkey } of people) {
    if (pubkey === relay.creator && !actor.relayKey) {
      return restricted('nobody removes the creator')
    }
    const held = await readMember(state, pubkey)
    if (actor.relayKey && held !== null) return restricted('a removal is an admin’s to sign')
    if (held?.role === 'admin' && !outranks(actor, held)) {
      return restricted('that admin is the more senior one')
    }
  }
  return null
}

async function judgeInvitation(event: NostrEvent, state: StateReader): Promise<Rejection | null> {
  const code = tagValue(event, 'code')
  if (!isHex32(code)) return invalid('no code of 64 hex digits: an admin’s own worker makes it one')
  const known = await readInvite(state, code)
  if (event.tags.some(([name]) => name === 'revoke')) {
    return known === null || known.revoked ? invalid('no such invite') : null
  }
  const pairing = tagValue(event, 'pairing')
  if (pairing !== undefined && !isHex32(pairing)) return invalid('no pairing key')
  return known === null ? null : duplicate('that invite is here')
}

/** In an open relay who asks is in; elsewhere an admin decides. */
async function judgeJoin(
  event: NostrEvent,
  context: Context,
  state: StateReader
): Promise<Rejection | null> {
  const { relay } = context
  if (event.pubkey === relay.relayPubkey) return invalid('the relay’s key is nobody’s')
  if ((await readMember(state, event.pubkey)) !== null) return duplicate('a member already')
  if ((await readFormer(state, event.pubkey)) === 'removed') {
    return restricted('an admin removed you; only an admin can put you back')
  }
  if (tagValue(event, 'code') !== undefined) {
    // Everybody reads the log: a code in it would be everybody's.
    return restricted('an invite code is honoured by an admin’s computer alone')
  }
  const wrong = judgeRequest(event, relay, await readLeftAt(state, event.pubkey))
  if (wrong !== null) return wrong
  if (relay.access === 'open') return judgeEntering(context, state)
  if ((await readPending(state, event.pubkey)) !== null) return duplicate('asked already')
  return judgeWaiting(event, context, state)
}

/** An admin may let in whom it likes; from others somebody's word for another relay would do. */
async function judgeEntering(context: Context, state: StateReader): Promise<Rejection | null> {
  const byAdmin = context.member.role === 'admin' && context.mayAct
  if (!byAdmin && context.isHere !== true) return restricted(ABSENT)
  return judgeLettingIn(context, state)
}

/**
 * Nobody else's word for it: a leave request of another relay with the same alias would do.
 * So an admin's is brought by itself, or by one who might remove it.
 */
async function judgeLeave(
  event: NostrEvent,
  { relay, by, member, mayAct }: Context,
  state: StateReader
): Promise<Rejection | null> {
  const leaving = await readMember(state, event.pubkey)
  if (leaving === null) return invalid('not a member')
  if (event.pubkey !== by) {
    if (event.created_at < (relay.founded ?? 0)) return invalid('older than the group')
    const admin = member.role === 'admin' && mayAct
    const may =
      leaving.role === 'admin'
        ? admin && member.rank < leaving.rank
        : admin || (await readDevices(state, event.pubkey)).length === 0
    if (!may) return restricted(BROUGHT)
  }
  if (leaving.role !== 'admin') return null
  for await (const { key, value } of state.createReadStream(memberRange)) {
    const other = key !== `member:${event.pubkey}`
    if (other && (value as MemberFacts).role === 'admin') return null
  }
  return restricted('the last admin stays: make somebody an admin, or delete the group')
}

/**
 * A new card: the creator's, newer than its last; or, for a creator that is away,
 * one by an admin whom the creator's card names. Of those the most senior counts.
 */
async function judgeCard(
  event: NostrEvent,
  { relay, carrier, by, mayAct }: Context,
  state: StateReader
): Promise<Rejection | null> {
  const known = duplicate('the group is here already')
  if (tagValue(event, 'relayKey') !== carrier.relayKey) return known
  const relayPubkey = tagValue(event, 'relayPubkey')
  if (!isHex32(relayPubkey)) return invalid('the card names no relay pubkey')
  // What that member signs would be taken for the relay's word, and not for its own.
  if ((await readMember(state, relayPubkey)) !== null) return invalid('that is a member’s key')
  const author = await readMember(state, event.pubkey)
  if (author?.role !== 'admin' || event.pubkey !== by || !mayAct) {
    return restricted('only an admin makes a card, on a computer of its own')
  }
  const cards = await readCards(state)
  if (cards === null) return known
  if (event.pubkey === relay.creator) {
    return event.created_at > cards.creators.createdAt ? null : known
  }
  if (tagValue(event, 'card') !== cards.creators.id) return invalid('not made for the newest card')
  const { admins, delegated } = cards
  if (!admins.includes(event.pubkey)) return restricted('the creator’s card does not name you')
  // By the card, and not by the state: so gateways see it, which know nothing else.
  const resigned = cards.resigned.map(({ pubkey }) => pubkey)
  const rank = rankIn(admins, resigned, event.pubkey)
  if (delegated === null || rank < delegated.rank) return null
  const newer = rank === delegated.rank && event.created_at > delegated.createdAt
  return newer ? null : known
}
