/**
 * What a relay is by definition, computed from nothing each time: the acts that were
 * ever accepted, in their order, played with the cuts that stand in the end; and the
 * events whose carrying node counts by then.
 */
import { tagValue, tagValues } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { foundedCards, mayCard, newCard, resign } from './kernel-model-cards.ts'
import type { ModelCards } from './kernel-model-cards.ts'
import type { Cut, RelayRecord } from '../../worker/relays/records.ts'

type Role = 'admin' | 'moderator' | 'member'

export interface Writer {
  pubkey: string
  cut: number
  acts: number
  mods: number
  /** Its member left the group with it. */
  left: boolean
  /** Rights that were taken and given back: nothing beyond from before that. */
  lapses: { right: 'acts' | 'mods'; length: number; until: number }[]
}

export interface Group {
  open: boolean
  name: string
  creator: string
  members: Map<string, { role: Role; rank: number }>
  former: Map<string, string>
  /** The first rank that somebody had. */
  seniority: Map<string, number>
  /** When they left, as they said. */
  leftAt: Map<string, number>
  pending: Set<string>
  invites: Map<string, { uses: number; used: number }>
  writers: Map<string, Writer>
  pins: string
  ranks: number
  /** The key that speaks for the relay now, and to whom its secret was sealed. */
  relayPubkey: string
  burnt: string | null
  sealed: Map<string, { from: string; relayPubkey: string }>
  cards: ModelCards
}

interface Act {
  record: Extract<RelayRecord, { type: 'event' | 'act' | 'admit' | 'seal' }>
  writer: string
  length: number
  /** When, in the order of all nodes that did something. */
  at: number
}

interface Carriage {
  event: NostrEvent
  writer: string
  length: number
  /** When its event came. */
  at: number
}

type Told = Extract<RelayRecord, { type: 'event' | 'act' | 'admit' }>

const isOne = (record: RelayRecord): record is Told =>
  record.type === 'event' || record.type === 'act' || record.type === 'admit'
/** Of a seal nothing that is an event. */
const NONE: NostrEvent = {
  id: 'none',
  kind: 0,
  pubkey: '',
  created_at: 0,
  tags: [],
  content: '',
  sig: ''
}
const eventOf = ({ record }: Act): NostrEvent => {
  if (record.type === 'seal') return NONE
  return record.type === 'admit' ? record.request : record.event
}
const cutsOf = ({ record }: Act): Cut[] => (record.type === 'act' ? record.cuts : [])

export const isActKind = (kind: number): boolean =>
  (kind >= 9000 && kind <= 9002) || (kind >= 9007 && kind <= 9010) || kind === 9021 || kind === 9022
const deletes = (kind: number): boolean => kind === 5 || kind === 9005 || kind === 62
const describes = (kind: number): boolean => kind >= 39000 && kind <= 39009
const replaces = (kind: number): boolean => kind === 0 || kind === 3 || kind >= 10000

export function addressOf(event: NostrEvent): string | null {
  if (!replaces(event.kind)) return null
  return `${event.kind}:${event.pubkey}:${event.kind >= 30000 ? (tagValue(event, 'd') ?? '') : ''}`
}

export function peopleIn(event: NostrEvent): Map<string, Role> {
  const people = new Map<string, Role>()
  for (const [name, pubkey = '', role] of event.tags) {
    if (name === 'p') people.set(pubkey, (role ?? 'member') as Role)
  }
  return people
}

/** Thrown when no set of cuts agrees with itself. */
export class Paradox extends Error {}

export class Model {
  readonly acts: Act[] = []
  readonly carriages: Carriage[] = []
  /** Keys that were the relay's: what they said up to then is not seen any more. */
  readonly #retired = new Map<string, number>()
  readonly #card: NostrEvent
  readonly #relayKey: string
  #relayPubkey: string
  #now = 0

  constructor(card: NostrEvent, relayKey: string) {
    this.#card = card
    this.#relayKey = relayKey
    this.#relayPubkey = tagValue(card, 'relayPubkey')!
  }

  /** A node that was accepted, or brought what was here already. */
  add(record: RelayRecord, writer: string, length: number): void {
    const at = ++this.#now
    if (record.type === 'admit' || record.type === 'seal') {
      this.acts.push({ record, writer, length, at })
    }
    if (record.type !== 'event' && record.type !== 'act') return
    if (isActKind(record.event.kind)) this.acts.push({ record, writer, length, at })
    else this.carriages.push({ event: record.event, writer, length, at })
  }

  /** A node that brought what was here already: by another carrier an event stays. */
  again(record: RelayRecord, writer: string, length: number): void {
    if (!isOne(record)) return
    const { group, standing } = this.group()
    const event = record.type === 'admit' ? record.request : record.event
    if (record.type === 'admit' || isActKind(event.kind)) {
      const [, ...more] = this.acts.filter((act) => eventOf(act).id === event.id)
      const isOnce = !more.some((act) => act.writer === writer) // each repeats it once
      const at = ++this.#now
      if (standing.has(event.id) && isOnce) this.acts.push({ record, writer, length, at })
      return
    }
    if (!this.counting(group).has(event.id)) return
    const held = group.writers.get(writer)!
    const admin = group.members.get(held.pubkey)?.role === 'admin'
    if (describes(event.kind) && (!admin || length > held.acts)) return
    if (event.kind === 9005) {
      if (length > held.mods || (!admin && held.pubkey !== event.pubkey)) return
    }
    const came = this.carriages.filter((other) => other.event.id === event.id)
    this.carriages.push({ event, writer, length, at: came.at(-1)!.at })
  }

  /** To be called after each node: what another key of the relay said is not seen from then on. */
  retire(): void {
    const { relayPubkey } = this.group().group
    if (relayPubkey !== this.#relayPubkey) this.#retired.set(this.#relayPubkey, this.#now)
    this.#relayPubkey = relayPubkey
  }

  /** The group, and which acts stand. */
  group(): { group: Group; standing: Set<string> } {
    let limits = new Map<string, Writer>()
    const known: string[] = []
    for (;;) {
      const played = this.#play(limits)
      const next = new Map(
        [...played.group.writers].filter(
          ([, { cut, acts, mods, lapses }]) =>
            Math.min(cut, acts, mods) < Infinity || lapses.length > 0
        )
      )
      if (textOf(next) === textOf(limits)) return played
      if (known.includes(textOf(next))) throw new Paradox()
      known.push(textOf(next))
      limits = next
    }
  }

  #play(limits: Map<string, Writer>): { group: Group; standing: Set<string> } {
    const { pubkey } = this.#card
    const group: Group = {
      open: tagValue(this.#card, 'access') === 'open',
      name: ALIAS,
      creator: pubkey,
      members: new Map([[pubkey, { role: 'admin', rank: 0 }]]),
      former: new Map(),
      leftAt: new Map(),
      seniority: new Map(),
      pending: new Set(),
      invites: new Map(),
      writers: new Map([[this.#relayKey, whole(pubkey)]]),
      pins: '[]',
      ranks: 1,
      relayPubkey: tagValue(this.#card, 'relayPubkey')!,
      burnt: null,
      sealed: new Map(),
      cards: foundedCards(this.#card)
    }
    const standing = new Set([this.#card.id])
    for (const act of this.acts) {
      const limit = limits.get(act.writer)
      if (limit !== undefined && act.length > limit.cut) continue
      const again = act.record.type !== 'admit' && standing.has(eventOf(act).id)
      if (!isAllowed(act, group, limit)) continue
      if (act.record.type === 'seal') {
        const { to, from, relayPubkey } = act.record
        group.sealed.set(to, { from, relayPubkey })
        continue
      }
      if (again) cutAgain(act, group)
      else takeEffect(act, group)
      standing.add(eventOf(act).id)
    }
    return { group, standing }
  }

  /** Ids of events that count, acts apart. */
  counting(group: Group): Map<string, NostrEvent> {
    const counting = new Map<string, NostrEvent>()
    for (const { event, writer, length, at } of this.carriages) {
      const by = group.writers.get(writer)
      if (by === undefined || length > by.cut) continue
      if (event.kind === 9005 && isVoid(by, 'mods', length, at)) continue
      if (describes(event.kind) && isVoid(by, 'acts', length, at)) continue
      const { pubkey } = event
      if (describes(event.kind) && at <= (this.#retired.get(pubkey) ?? 0)) continue
      const ever = group.members.has(pubkey) || group.former.has(pubkey)
      if (ever || describes(event.kind)) counting.set(event.id, event)
    }
    return counting
  }
}

export function isDeleted(event: NostrEvent, counting: Map<string, NostrEvent>): boolean {
  const { kind } = event
  if (isActKind(kind) || kind === 9005 || kind === 62 || describes(kind)) return false
  for (const by of counting.values()) {
    if (!deletes(by.kind)) continue
    if (kind === 5 && by.kind !== 62) continue
    const named = tagValues(by, 'e').includes(event.id)
    if (by.kind === 9005 && named) return true
    if (by.pubkey !== event.pubkey) continue
    if (by.kind === 5 && named) return true
    const old = event.created_at <= by.created_at
    if (by.kind === 62 && old) return true
    const address = addressOf(event)
    const byAddress = by.kind === 5 && old && address !== null
    if (byAddress && tagValues(by, 'a').includes(address)) return true
  }
  return false
}

/** Of all that counts what can be found: neither deleted nor an older version. */
export function findable(counting: Map<string, NostrEvent>): Set<string> {
  const newest = newestOf(counting)
  const found = new Set<string>()
  for (const [id, event] of counting) {
    const address = addressOf(event)
    if (address !== null && newest.get(address) !== id) continue
    if (!isDeleted(event, counting)) found.add(id)
  }
  return found
}

export function newestOf(counting: Map<string, NostrEvent>): Map<string, string> {
  const newest = new Map<string, NostrEvent>()
  for (const event of counting.values()) {
    const address = addressOf(event)
    if (address === null) continue
    const held = newest.get(address)
    const later = held !== undefined && event.created_at > held.created_at
    const same = held !== undefined && event.created_at === held.created_at && event.id < held.id
    if (held === undefined || later || same) newest.set(address, event)
  }
  return new Map([...newest].map(([address, { id }]) => [address, id]))
}

const ALIAS = 'field-notes'
const whole = (pubkey: string): Writer => ({
  pubkey,
  cut: Infinity,
  acts: Infinity,
  mods: Infinity,
  left: false,
  lapses: []
})
const textOf = (limits: Map<string, Writer>): string =>
  [...limits]
    .map(([key, { cut, acts, mods, lapses }]) =>
      [key, cut, acts, mods, JSON.stringify(lapses)].join(':')
    )
    .sort()
    .join()

const isVoid = (by: Writer, right: 'acts' | 'mods', length: number, at: number): boolean =>
  length > by[right] ||
  by.lapses.some((lapse) => lapse.right === right && length > lapse.length && at < lapse.until)

/** Whether the carrier had the right that an act uses, by the end of all and by then. */
function mayUse({ record, length, at }: Act, ...limits: (Writer | undefined)[]): boolean {
  const kind = record.type === 'event' || record.type === 'act' ? record.event.kind : 0
  const right = kind === 9010 ? 'mods' : 'acts'
  return limits.every((limit) => limit === undefined || !isVoid(limit, right, length, at))
}

function isAllowed(act: Act, group: Group, limit: Writer | undefined): boolean {
  const { writers, members, former, pending, invites } = group
  const writer = writers.get(act.writer)
  const carrier = writer === undefined ? undefined : members.get(writer.pubkey)
  if (writer === undefined || carrier === undefined || act.length > writer.cut) return false
  if (writer.left) return false
  const event = eventOf(act)
  const { pubkey } = event
  const isAdmin = carrier.role === 'admin' && mayUse(act, limit, writer)
  const isOld = event.created_at < (group.leftAt.get(pubkey) ?? 0)
  if (act.record.type === 'seal') {
    const { to, from, relayPubkey } = act.record
    if (!isAdmin || from !== writer.pubkey || relayPubkey !== group.relayPubkey) return false
    const held = group.sealed.get(to)
    if (members.get(to)?.role !== 'admin') return false
    if (held?.relayPubkey !== relayPubkey) return true
    const sealer = members.get(held.from)
    return sealer?.role !== 'admin' || carrier.rank < sealer.rank
  }
  if (act.record.type === 'admit') {
    if (writers.has(tagValue(event, 'writer') ?? '')) return false
    if (carrier.role === 'admin' ? !isAdmin : !group.open) return false
    if (former.get(pubkey) === 'removed' || (isOld && !members.has(pubkey))) return false
    const code = tagValue(event, 'code')
    if (code === undefined || members.has(pubkey)) return true
    const invite = invites.get(code)
    return invite !== undefined && (invite.uses === 0 || invite.used < invite.uses)
  }
  const own = writer.pubkey === pubkey
  const author = members.get(pubkey)
  if (event.kind === 9021) {
    if (author !== undefined || former.get(pubkey) === 'removed' || isOld) return false
    if (!group.open) return !pending.has(pubkey)
    return isAdmin || (act.record.type === 'event' && act.record.proof !== undefined)
  }
  if (event.kind === 9022) {
    if (author === undefined) return false
    const devices = [...writers.values()].some((other) => other.pubkey === pubkey)
    const isSenior = author.role !== 'admin' || carrier.rank < author.rank
    const may = isAdmin ? isSenior : author.role !== 'admin' && !devices
    if (!own && !may) return false
    const admins = [...members].filter(([, { role }]) => role === 'admin')
    return author.role !== 'admin' || admins.length > 1
  }
  if (event.kind === 9007) {
    return own && isAdmin && author?.role === 'admin' && mayCard(event, group)
  }
  if (pubkey === group.relayPubkey) return isAdmin && mayRelay(event, group)
  if (author === undefined || (!own && carrier.role !== 'admin')) return false
  if (!mayUse(act, limit, writer)) return false
  if (event.kind === 9010) return author.role !== 'member'
  if (author.role !== 'admin') return false
  const rank = own ? author.rank : Math.max(author.rank, carrier.rank)
  for (const [target, role] of event.kind > 9001 ? [] : peopleIn(event)) {
    const held = members.get(target)
    const loses = event.kind === 9001 || (held?.role === 'admin' && role !== 'admin')
    if (loses && target === group.creator) return false
    if (loses && held?.role === 'admin' && rank >= held.rank) return false
  }
  if (event.kind === 9009) return !invites.has(tagValue(event, 'code')!)
  return true
}

/** What the relay's key says: who is in or out already, or comes by an invite; and invites. */
function mayRelay(event: NostrEvent, { members, former, invites }: Group): boolean {
  if (event.kind === 9009) return !invites.has(tagValue(event, 'code')!)
  const people = [...peopleIn(event)]
  if (event.kind === 9001) return people.every(([pubkey]) => !members.has(pubkey))
  if (event.kind !== 9000) return false
  const invite = invites.get(tagValue(event, 'invite') ?? '')
  const isLeft = invite !== undefined && (invite.uses === 0 || invite.used < invite.uses)
  const strangers = people.filter(([pubkey]) => !members.has(pubkey))
  if (strangers.length > 0 && (!isLeft || people.length > 1)) return false
  return people.every(([pubkey, role]) => {
    if (role !== 'member' && members.get(pubkey)?.role !== role) return false
    return former.get(pubkey) !== 'removed'
  })
}

function enroll(pubkey: string, role: Role, at: number, group: Group): void {
  const held = group.members.get(pubkey)
  let rank = -1
  if (role === 'admin') rank = held?.role === 'admin' ? held.rank : group.ranks++
  group.members.set(pubkey, { role, rank })
  if (rank >= 0 && !group.seniority.has(pubkey)) group.seniority.set(pubkey, rank)
  group.former.delete(pubkey)
  group.pending.delete(pubkey)
  if (role !== 'admin') group.sealed.delete(pubkey)
  for (const writer of group.writers.values()) {
    if (writer.pubkey !== pubkey) continue
    for (const right of role === 'admin' ? (['acts', 'mods'] as const) : (['mods'] as const)) {
      if (role === 'member' || writer[right] === Infinity) continue
      writer.lapses.push({ right, length: writer[right], until: at })
      writer[right] = Infinity
    }
  }
}

/** How senior an act is: its author, or who carries it, whoever is the more junior one. */
function rankOf(act: Act, { members, writers }: Group): number {
  const by = writers.get(act.writer)?.pubkey ?? ''
  return Math.max(...[eventOf(act).pubkey, by].map((who) => members.get(who)?.rank ?? -1))
}

/** How much of who is no admin any more an act has to let count: what a more senior one did. */
function sparedOf(writer: Writer, isAdmin: boolean, rank: number, { seniority }: Group): number {
  const was = seniority.get(writer.pubkey)
  if (isAdmin || was === undefined || rank < was) return 0
  if (writer.cut < Infinity) return writer.cut
  return writer.acts
}

/** Who loses a right loses it of each writer, back to what was seen: of an unknown one nothing. */
function limit(writer: Writer, length: number | undefined, was: Role, role: Role): void {
  const lost: ('acts' | 'mods')[] = []
  if (was === 'admin' && role !== 'admin') lost.push('acts')
  if (was !== 'member' && role === 'member') lost.push('mods')
  for (const right of lost) {
    const held = writer[right] === Infinity ? 0 : writer[right]
    writer[right] = Math.min(writer[right], length ?? held)
  }
}

function takeEffect(act: Act, group: Group): void {
  const event = eventOf(act)
  const { pubkey } = event
  if (act.record.type === 'admit') {
    group.writers.set(tagValue(event, 'writer')!, whole(pubkey))
    if (group.members.has(pubkey)) return
    enroll(pubkey, 'member', act.at, group)
    const invite = group.invites.get(tagValue(event, 'code') ?? '')
    if (invite !== undefined) invite.used++
    return
  }
  const cuts = new Map(cutsOf(act).map(({ writer, length }) => [writer, length]))
  if (event.kind === 9002) {
    group.name = tagValue(event, 'name') ?? ALIAS
    group.open = !event.tags.some(([name]) => name === 'closed')
  }
  if (event.kind === 9010) group.pins = JSON.stringify(event.tags.filter(([name]) => name === 'e'))
  if (event.kind === 9009) {
    group.invites.set(tagValue(event, 'code')!, { uses: Number(tagValue(event, 'uses')), used: 0 })
  }
  if (event.kind === 9021 && group.open) enroll(pubkey, 'member', act.at, group)
  else if (event.kind === 9021) group.pending.add(pubkey)
  const by = group.writers.get(act.writer)!.pubkey
  const byRelay = pubkey === group.relayPubkey
  if (event.kind === 9007) newCard(event, group)
  if (event.kind === 9022) {
    resign(event, group)
    if (group.members.get(pubkey)?.role === 'admin') group.burnt = by
    leave(pubkey, 'left', group)
    group.leftAt.set(pubkey, event.created_at)
    for (const writer of group.writers.values()) {
      if (writer.pubkey === pubkey) writer.left = true
    }
  }
  const rank = rankOf(act, group)
  for (const [target, role] of event.kind > 9001 ? [] : peopleIn(event)) {
    const held = group.members.get(target)?.role
    if (byRelay) {
      if (event.kind !== 9000 || held !== undefined) continue
      const invite = group.invites.get(tagValue(event, 'invite')!)
      if (invite !== undefined) invite.used++
    }
    if (held === 'admin' && (event.kind === 9001 || role !== 'admin')) group.burnt = by
    if (event.kind === 9001) leave(target, 'removed', group)
    else enroll(target, role, act.at, group)
    for (const [key, writer] of group.writers) {
      if (writer.pubkey !== target) continue
      const length = cuts.get(key)
      if (event.kind === 9001) {
        const named = length ?? (writer.cut < Infinity ? writer.cut : 0)
        const spared = sparedOf(writer, held === 'admin', rank, group)
        writer.cut = Math.min(writer.cut, Math.max(named, spared))
      } else if (event.kind === 9000 && held !== undefined) {
        limit(writer, length, held, role)
      }
    }
  }
}

function leave(pubkey: string, why: string, group: Group): void {
  const { members, former, pending, sealed } = group
  members.delete(pubkey)
  sealed.delete(pubkey)
  former.set(pubkey, why)
  pending.delete(pubkey)
}

/** The same act by another carrier: of two lengths the shorter counts. */
function cutAgain(act: Act, group: Group): void {
  const people = peopleIn(eventOf(act))
  const rank = rankOf(act, group)
  for (const { writer: key, length: named } of cutsOf(act)) {
    const writer = group.writers.get(key)
    const role = writer === undefined ? undefined : people.get(writer.pubkey)
    if (writer === undefined || role === undefined) continue
    const isAdmin = group.members.get(writer.pubkey)?.role === 'admin'
    const length = Math.max(named, sparedOf(writer, isAdmin, rank, group))
    if (eventOf(act).kind === 9000 && role !== 'admin') {
      if (writer.acts < Infinity) writer.acts = Math.min(writer.acts, length)
      if (writer.mods < Infinity && role === 'member') {
        writer.mods = Math.min(writer.mods, length)
      }
    }
    if (eventOf(act).kind === 9001 && writer.cut < Infinity) {
      writer.cut = Math.min(writer.cut, length)
    }
  }
}
