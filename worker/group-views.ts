/** What faces see of a group's people: members, who asks to be one, and invites. */
import type * as Rpc from '../protocol/rpc/generated/types.ts'
import { tagValue } from '../protocol/nostr.ts'
import type { NostrEvent } from '../protocol/nostr.ts'
import type { People } from './people.ts'
import { now } from './relays/group.ts'
import type { Group } from './relays/group.ts'
import { readLosses } from './relays/indexers.ts'
import { askingName } from './relays/join-request.ts'
import { KIND } from './relays/kinds.ts'
import {
  readDevices,
  readFormer,
  readInvites,
  readMember,
  readPosition,
  readRequests,
  remembering,
  isLive,
  readWriterFacts
} from './relays/state.ts'
import type { MemberFacts, Role, StateReader } from './relays/state.ts'

const ROLES: readonly Role[] = ['admin', 'moderator', 'member']
/** Characters of what somebody says when asking to be let in. */
const WORDS_LIMIT = 500

/** @param seen when people were last online, by pubkey */
export async function memberViews(
  group: Group,
  people: People,
  seen: ReadonlyMap<string, number>
): Promise<Rpc.Member[]> {
  const state = remembering(group.relay.state)
  const online = group.link?.onlinePubkeys() ?? new Set()
  const ours = await readMember(state, group.pubkey)
  const views = [...group.relay.members.keys()].map(async (pubkey) => {
    const facts = await readMember(state, pubkey)
    if (facts === null) return [] // removed since the list was read; the next look tells
    const view: Rpc.Member = {
      pubkey,
      role: facts.role,
      online: pubkey === group.pubkey || online.has(pubkey),
      name: await people.nameOf(group, pubkey),
      creator: pubkey === group.relay.facts?.creator,
      devices: await countDevices(state, pubkey),
      lastSeen: online.has(pubkey) ? null : (seen.get(pubkey) ?? null),
      ...rightsOver(facts, pubkey, { group, ours })
    }
    return [view]
  })
  return (await Promise.all(views)).flat()
}

async function countDevices(state: StateReader, pubkey: string): Promise<number> {
  const devices = await readDevices(state, pubkey)
  return devices.filter(({ writes }) => writes).length
}

/** What we may do with a member now, by the rules of `relays/policy-acts.ts`. */
function rightsOver(
  theirs: MemberFacts,
  pubkey: string,
  { group, ours }: { group: Group; ours: MemberFacts | null }
): { canRemove: boolean; roles: Role[] } {
  const { facts } = group.relay
  const mayAct = ours?.role === 'admin' && facts?.deleted === false && pubkey !== group.pubkey
  const outranked = theirs.role !== 'admin' || (ours !== null && ours.rank < theirs.rank)
  if (!mayAct || !outranked || pubkey === facts.creator) return { canRemove: false, roles: [] }
  return { canRemove: true, roles: ROLES.filter((role) => role !== theirs.role) }
}

/** Who asked to be let in, the longest waiting first. */
export async function requestViews(group: Group, people: People): Promise<Rpc.JoinRequest[]> {
  const requests = await readRequests(group.relay.state)
  const views = requests.map(async ({ pubkey, position }) => {
    const request = await group.relay.eventSoon(position)
    if (request === null) return []
    const { created_at: createdAt, content } = request
    const given = nameGiven(request)
    const name = given ?? (await people.nameOf(group, pubkey))
    const words = given === null ? content.trim().slice(0, WORDS_LIMIT) : ''
    return [{ position, view: { pubkey, createdAt, name, words: words === '' ? null : words } }]
  })
  const sorted = (await Promise.all(views)).flat().sort((a, b) => a.position - b.position)
  return sorted.map(({ view }) => view)
}

/** The name in the request of one who came by an invite; other clients say why they ask. */
function nameGiven(request: NostrEvent): string | null {
  if (request.kind !== KIND.joinRequest || tagValue(request, 'writer') === undefined) return null
  return askingName(request.content) || null
}

/**
 * The invites that still let somebody in, by the clock of this computer.
 * @param textOf the text of those that were made on this device
 */
export async function inviteViews(
  group: Group,
  people: People,
  textOf: (id: string) => string | null
): Promise<Rpc.SentInvite[]> {
  const at = now()
  const invites = (await readInvites(group.relay.state)).filter(
    ({ expiresAt, uses, used }) =>
      (expiresAt === 0 || expiresAt > at) && (uses === 0 || used < uses)
  )
  const views = invites.map(async ({ id, expiresAt, uses, used, by, approval }) => ({
    id,
    expiresAt,
    uses,
    used,
    by,
    approval,
    byName: await inviterOf(by, group, people),
    invite: textOf(id)
  }))
  return Promise.all(views)
}

/** An invite that came with a code is the relay's own: then it is the group's. */
async function inviterOf(by: string, group: Group, people: People): Promise<string | null> {
  if (await isNobody(group, by)) return group.relay.facts?.name ?? null
  return people.nameOf(group, by)
}

/** How it stands between us and a group: what its view says beside its plain facts. */
export async function standingOf(group: Group): Promise<Partial<Rpc.Relay>> {
  const { facts, state } = group.relay
  if (facts === null) return { shutOut: group.shutOut }
  const former = group.role === 'none' ? await readFormer(state, group.pubkey) : null
  const lost = lostItsWriter(group)
  // The removal is known here, and so is what came after it.
  const letIn = lost && ((await readWriterFacts(state, group.relay.writer))?.cut ?? null) !== null
  const pins = facts.pins.flatMap(([name, id]) => (name === 'e' && id !== undefined ? id : []))
  return {
    creator: facts.creator,
    picture: facts.picture === '' ? null : facts.picture,
    gateways: facts.access === 'private' ? (facts.gateways ?? []) : null,
    pins: (await livePins(state, pins)).reverse(),
    requests: group.role === 'admin' ? (await readRequests(state)).length : 0,
    left: former === 'left',
    removed: former === 'removed' || (lost && !letIn),
    letIn,
    deleted: facts.deleted,
    shutOut: group.shutOut
  }
}

/**
 * Whether this device wrote once and cannot any more. In a private group the others may send
 * nothing after that, not even the state that says why.
 */
function lostItsWriter({ relay: { base }, role }: Group): boolean {
  return role !== 'none' && !base.writable && base.local.length > 0
}

/** Whose devices sign, as `relays/succession.ts` tells it. */
export async function signingView(group: Group): Promise<Rpc.Signing> {
  const signing = await group.succession.signing()
  const losses = await readLosses(group.relay.state)
  return { ...signing, declared: losses.some(({ by }) => by === group.pubkey) }
}

/** Pins whose event is here and was not taken back since. */
async function livePins(state: StateReader, ids: string[]): Promise<string[]> {
  const live = await Promise.all(ids.map((id) => isLive(state, id)))
  return ids.filter((_id, i) => live[i])
}

/** The pinned events that are here, the newest pin first. */
export async function pinnedEvents(group: Group): Promise<NostrEvent[]> {
  const { pins } = await standingOf(group)
  const { relay } = group
  const events = (pins ?? []).map(async (id) => {
    const position = await readPosition(relay.state, id)
    return position === null ? null : relay.eventSoon(position)
  })
  return (await Promise.all(events)).filter((event) => event !== null)
}

/** Events as faces see them, with the names of who did what to whom. */
export async function eventViews(
  events: NostrEvent[],
  { group, people, view }: Telling
): Promise<Rpc.ConversationEvent[]> {
  const names = new Map<string, Promise<string | null>>()
  const nameOf = (pubkey: string): Promise<string | null> => {
    let name = names.get(pubkey)
    if (name === undefined) names.set(pubkey, (name = people.nameOf(group, pubkey)))
    return name
  }
  const views = events.map(async (event) => {
    const name = (await nameOf(event.pubkey)) ?? nameGiven(event)
    const named: Rpc.ConversationEvent = { ...view(event), name }
    if (event.kind === KIND.joinRequest) named.wasIn = await wasIn(group, event)
    const subject = ABOUT_PEOPLE.has(event.kind) ? tagValue(event, 'p') : undefined
    if (subject === undefined) return named
    const byRelay = await isNobody(group, event.pubkey)
    return { ...named, subject, subjectName: await nameOf(subject), byRelay }
  })
  return Promise.all(views)
}

/**
 * Whether who asks to be let in was in before: then it asks for one more device. Or whether
 * whom it is about was: then it is about a role.
 */
export async function wasIn(
  { relay: { state } }: Group,
  { id, pubkey: author }: NostrEvent,
  pubkey = author
): Promise<boolean> {
  const position = await readPosition(state, id)
  const member = await readMember(state, pubkey)
  return position !== null && member !== null && member.since < position
}

interface Telling {
  group: Group
  people: People
  view(event: NostrEvent): Rpc.ConversationEvent
}

const ABOUT_PEOPLE: ReadonlySet<number> = new Set([KIND.putUser, KIND.removeUser])

/** Acts are signed by people, or by the relay's own key, which is never a member. */
async function isNobody({ relay }: Group, pubkey: string): Promise<boolean> {
  if (relay.members.has(pubkey)) return false
  return (await readFormer(relay.state, pubkey)) === null
}
