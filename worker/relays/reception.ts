/**
 * What a Nostr client on this computer sends, on its way to a record: some of it
 * is for us to act on, because it may not lie in a log that everybody reads.
 */
import { signEvent, tagValue, verifyEvent } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { Budget } from '../budget.ts'
import { now } from './group.ts'
import type { Group } from './group.ts'
import { eventRecord } from './group-duties.ts'
import { isTooShort, LEAST_CODE, linkId, plainCodeId } from './invite-ids.ts'
import { KIND } from './kinds.ts'
import { ABSENT } from './policy-acts.ts'
import type { RelayRecord } from './records.ts'
import type { Relay } from './relay.ts'
import { readFormer, readInvite, readMember } from './state.ts'
import type { InviteFacts } from './state.ts'
import { writerIn } from './writer-proof.ts'

/** An event that was dealt with: NIP-01's OK. */
export interface Received {
  ok: boolean
  /** Empty, or with a machine-readable prefix. */
  message: string
}

/**
 * @param proof of who asks to join, that it asks this relay (NIP-42)
 * @returns the record to append for an event, or what to answer at once
 * @throws NOT_ALLOWED, NOT_MEMBER, CLOSED, STORAGE_FAILED
 */
export async function receive(
  group: Group,
  event: NostrEvent,
  proof: NostrEvent | null = null
): Promise<RelayRecord | Received> {
  const code = tagValue(event, 'code')
  if (event.kind === KIND.joinRequest && code !== undefined) return joinBy(code, event, group)
  if (event.kind === KIND.joinRequest) return askToJoin(event, proof, group)
  if (event.kind === KIND.createInvite && code !== undefined && isPlain(event)) {
    return keepCode(code, event, group)
  }
  return group.relay.recordFor(event)
}

/** Requests without an invite that one computer brings: a list that fills in a day is seen before. */
const ASKING = { burst: 24, perSecond: 1 / 300 }
const asking = new WeakMap<Relay, Budget>()

/** Without a code: in an open group whoever shows that it asks here is in, elsewhere it waits. */
async function askToJoin(
  event: NostrEvent,
  proof: NostrEvent | null,
  { relay, role }: Group
): Promise<RelayRecord | Received> {
  if (relay.facts?.access === 'open') {
    if (proof !== null) return { type: 'event', event, proof }
    const isKnown = (await readMember(relay.state, event.pubkey)) !== null
    return role === 'admin' || isKnown
      ? { type: 'event', event }
      : refused(`auth-required: ${ABSENT}`)
  }
  if (writerIn(event) !== null) return refused('invalid: a writer is named by who has an invite')
  const record: RelayRecord = { type: 'event', event }
  const mayWait = (await relay.judge(record)) === null
  const left = budgetOf(asking, relay, ASKING)
  if (mayWait && !left.take(1)) {
    return refused('rate-limited: many ask to be let in; try again later, or ask for an invite')
  }
  return record
}

/** Our own invites name what is public of them; anybody else's code is a secret still. */
const isPlain = ({ tags }: NostrEvent): boolean =>
  !tags.some(([name]) => name === 'pairing' || name === 'revoke')

/** Seconds that what is done by a code may be off our clock. */
const MAX_OFF = 15 * 60

/** Wrong codes that an admin's computer bears with: a short one is to be tried for months. */
const WRONG = { burst: 30, perSecond: 1 / 30 }
const guesses = new WeakMap<Relay, Budget>()

const WITHOUT_KEY = 'error: this admin’s computer does not have the group’s key yet'

const refused = (message: string): Received => ({ ok: false, message })

/** A code in the log would be everybody's: an admin's worker honours it, and says whom it let in. */
async function joinBy(code: string, event: NostrEvent, group: Group): Promise<Received> {
  const { relay } = group
  const { facts, state } = relay
  const wrong = wrongOf(event, group)
  if (wrong !== null) return refused(wrong)
  if (facts === null) return refused('error: the group is still arriving')
  const { pubkey } = event
  if ((await readMember(state, pubkey)) !== null) return refused('duplicate: a member already')
  if (isOff(event)) return refused(OFF)
  if ((await readFormer(state, pubkey)) === 'removed') {
    return refused('restricted: an admin removed you; only an admin can put you back')
  }
  if (group.role !== 'admin') {
    return refused('restricted: an invite code is honoured by an admin’s computer alone')
  }
  const found = await findInvite(code, group)
  if (typeof found === 'string') return refused(found)
  const { id, revoked, expiresAt, approval } = found
  if (revoked) return refused('restricted: the invite was revoked')
  if (expiresAt > 0 && expiresAt <= now()) return refused('restricted: the invite has expired')
  if (approval) return refused('restricted: an admin has to approve first')
  return letIn(event, id, group)
}

/** The invite that a code is of, or why there is none. */
async function findInvite(
  code: string,
  group: Group
): Promise<(InviteFacts & { id: string }) | string> {
  const { relay } = group
  const ourId = linkId(code)
  const ours = ourId === null ? null : await readInvite(relay.state, ourId)
  if (ourId !== null && ours !== null) return { ...ours, id: ourId }
  const left = budgetOf(guesses, relay, WRONG)
  if (left.left < 1) return 'rate-limited: too many wrong codes; try again in a few minutes'
  const secret = await group.relaySecret()
  if (secret === null) return WITHOUT_KEY
  const id = plainCodeId(code, secret)
  const invite = await readInvite(relay.state, id)
  if (invite !== null) return { ...invite, id }
  left.take(1)
  return 'restricted: unknown invite code'
}

function budgetOf(
  budgets: WeakMap<Relay, Budget>,
  relay: Relay,
  { burst, perSecond }: { burst: number; perSecond: number }
): Budget {
  const known = budgets.get(relay)
  if (known !== undefined) return known
  const made = new Budget(burst, perSecond)
  budgets.set(relay, made)
  return made
}

async function letIn(event: NostrEvent, invite: string, group: Group): Promise<Received> {
  const tags = [
    ['p', event.pubkey],
    ['invite', invite]
  ]
  const [rejection] = (await sayAsRelay(KIND.putUser, tags, group)) ?? [null]
  if (rejection === undefined) return { ok: true, message: '' }
  return refused(rejection ?? WITHOUT_KEY)
}

/** An admin's plain code enters the log as what only admins can make of it, in the relay's name. */
async function keepCode(code: string, event: NostrEvent, group: Group): Promise<Received> {
  const { relay } = group
  const wrong = wrongOf(event, group)
  if (wrong !== null) return refused(wrong)
  if (isOff(event)) return refused(OFF)
  const author = await readMember(relay.state, event.pubkey)
  if (author?.role !== 'admin') return refused('restricted: only an admin does that')
  if (group.role !== 'admin') {
    return refused('restricted: bring this to your own computer, or to an admin’s')
  }
  if (isTooShort(code)) {
    return refused(`invalid: a code needs at least ${LEAST_CODE} characters; choose a longer one`)
  }
  const secret = await group.relaySecret()
  if (secret === null) return refused(WITHOUT_KEY)
  const kept = event.tags.filter(([name]) => name !== 'h' && name !== 'code')
  const tags = [['code', plainCodeId(code, secret)], ...kept, ['by', event.pubkey]]
  const [rejection] = (await sayAsRelay(KIND.createInvite, tags, group)) ?? [null]
  if (rejection === undefined) return { ok: true, message: '' }
  return refused(rejection ?? WITHOUT_KEY)
}

function wrongOf(event: NostrEvent, { relay }: Group): string | null {
  if (!verifyEvent(event)) return 'invalid: wrong id or signature'
  if (tagValue(event, 'h') !== relay.facts?.alias) {
    return 'invalid: the h tag is not this relay’s alias'
  }
  return null
}

/** What has a code is not kept, so nothing else keeps somebody from bringing it again, years later. */
const isOff = ({ created_at }: NostrEvent): boolean => Math.abs(created_at - now()) > MAX_OFF

const OFF = 'invalid: created_at of what has a code is more than 15 minutes off'

/** @returns null without the relay's key; an empty list when it is done, or why not */
async function sayAsRelay(kind: number, tags: string[][], group: Group): Promise<string[] | null> {
  const secret = await group.relaySecret()
  if (secret === null) return null
  const alias = group.relay.facts?.alias ?? ''
  const template = { kind, created_at: now(), tags: [['h', alias], ...tags], content: '' }
  const [rejection] = await group.relay.offer([eventRecord(signEvent(template, secret))])
  return rejection ? [`${rejection.prefix}: ${rejection.reason}`] : []
}
