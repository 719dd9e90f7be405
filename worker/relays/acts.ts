/**
 * Acts in the state: done as they come, kept in their order, and played again
 * without those that a removal takes back.
 */
import b4a from 'b4a'

import type { NostrEvent } from '../../protocol/nostr.ts'
import type { Step } from './apply.ts'
import { CARRIAGES, enterLog, keepWrote, putFacts, withdrawAll } from './events.ts'
import { GroupDraft } from './group-draft.ts'
import type { GroupStore } from './group-draft.ts'
import {
  effectOfAdmission,
  effectOfEvent,
  effectOfRepeat,
  effectOfSeal,
  effectsOn
} from './group-effects.ts'
import type { Effects } from './group-effects.ts'
import {
  actKey,
  actRange,
  formerRange,
  MEMBERSHIP_KEY,
  memberRange,
  writerKey,
  writerRange
} from './keys.ts'
import { settleIndexers } from './indexer-effects.ts'
import { isModerators, isTaking, KIND } from './kinds.ts'
import { judgeAgain } from './policy.ts'
import type { Carrier } from './policy.ts'
import type { Cut, RelayRecord } from './records.ts'
import { retire, settleActs, settleAuthor, settleWriter } from './retract.ts'
import { readEventFacts, readMember, readPosition, readRelay, readWriterFacts } from './state.ts'
import type { Carriage, EventFacts, RelayFacts, StateReader, WriterFacts } from './state.ts'

/** An act that took effect once. */
export interface Act {
  type: 'event' | 'admit' | 'seal'
  writer: string
  length: number
  /** Of its event in the log; -1 for a seal. */
  position: number
  /** Of its event; of no other type. */
  kind?: number
  cuts?: Cut[]
  seal?: Extract<RelayRecord, { type: 'seal' }>
  /** Whether a removal took it back, or it had been done when it was carried again. */
  fallen?: true
}

/** Each round settles the acts of at least one more rank; nobody has more ranks than this. */
const ROUNDS = 64

/** A 9000, 9001, 9002, 9007–9010, 9021 or 9022, whose event is in the log already. */
export async function doAct(
  record: Extract<RelayRecord, { type: 'event' | 'act' }>,
  position: number,
  step: Step
): Promise<void> {
  const { batch, carrier } = step
  const before = await readRelay(batch)
  const effects = effectsOn(batch, carrier.writer, position)
  await effectOfEvent(record, effects)
  await retireKey(before, position, step)
  await keep(actOf(record, position, step), step)
  await follow(effects, step)
}

function actOf(
  record: Extract<RelayRecord, { type: 'event' | 'act' | 'admit' }>,
  position: number,
  { carrier: { writer, length } }: Step
): Act {
  if (record.type === 'admit') return { type: 'admit', writer, length, position }
  const { kind } = record.event
  const act: Act = { type: 'event', writer, length, position, kind }
  return record.type === 'act' && isTaking(kind) ? { ...act, cuts: record.cuts } : act
}

/**
 * An act that was done already was carried by another writer too. It stands by that one
 * when the first one's carriage falls, or one bad admin could undo what others do by
 * carrying it before them.
 */
export async function carriedAgain(
  record: Extract<RelayRecord, { type: 'event' | 'act' | 'admit' }>,
  step: Step
): Promise<void> {
  const { batch, carrier } = step
  const { id } = record.type === 'admit' ? record.request : record.event
  const facts = await readEventFacts(batch, id)
  if (facts === null || facts.position < 0 || !isRoomFor(carrier.writer, facts)) return
  const more: Carriage[] = [...facts.more, [carrier.writer, carrier.length]]
  await putFacts(id, { ...facts, more }, step)
  const act = actOf(record, facts.position, step)
  if (act.cuts === undefined || (await judgeAgain(record, carrier, batch)) !== null) {
    return keep({ ...act, fallen: true }, step)
  }
  const effects = effectsOn(batch, carrier.writer, step.log.length)
  await effectOfRepeat({ type: 'act', event: (record as Taking).event, cuts: act.cuts }, effects)
  const shortens = effects.cut.size > 0
  // Followers of the log look for what changed where an act is: here it is once more.
  if (shortens) step.log.push((record as Taking).event)
  await keep(shortens ? act : { ...act, fallen: true }, step)
  await follow(effects, step)
}

type Taking = Extract<RelayRecord, { type: 'act' }>

const isRoomFor = (writer: string, { more }: EventFacts): boolean =>
  more.length < CARRIAGES && !more.some(([other]) => other === writer)

export async function doAdmission(request: NostrEvent, step: Step): Promise<void> {
  const { batch, carrier } = step
  const known = await readPosition(batch, request.id)
  const position = known ?? (await enterLog(request, step))
  const effects = effectsOn(batch, carrier.writer, position)
  await effectOfAdmission(request, effects)
  await keep({ type: 'admit', writer: carrier.writer, length: carrier.length, position }, step)
  await follow(effects, step)
}

export async function doSeal(
  seal: Extract<RelayRecord, { type: 'seal' }>,
  step: Step
): Promise<void> {
  const { writer, length } = step.carrier
  await effectOfSeal(seal, step.batch)
  await keep({ type: 'seal', writer, length, position: -1, seal }, step)
}

async function keep(act: Act, { batch }: Step): Promise<void> {
  const last = await batch.peek(actRange, { reverse: true })
  const n = last === null ? 0 : parseInt(last.key.slice(-12), 16) + 1
  await batch.put(actKey(n), act)
}

/** What follows from an act outside the group's part of the state. */
async function follow(effects: Effects, step: Step): Promise<void> {
  const { gone, writers, cut, position } = effects
  // First: Autobase parts with no indexer before there is another one.
  if (effects.admins) await settleIndexers(step)
  for (const pubkey of gone) await withdrawAll(pubkey, null, step)
  for (const writer of writers) await settleHost(writer, null, step)
  if (cut.size === 0) return
  await keepWrote(step)
  const acts = await readActs(step.batch)
  const limits = await limitsOf(step.batch)
  const turns = acts.some(
    (act) => cut.has(act.writer) && isBeyond(act, limits) !== (act.fallen === true)
  )
  if (turns) return playAgain(acts, cut, position, step)
  for (const [writer, from] of cut) await settleWriter(writer, from, position, step)
}

/** Tells Autobase whether a writer is in. @param before what it was told, when the state forgot */
async function settleHost(writer: string, before: WriterFacts | null, step: Step): Promise<void> {
  const { batch, host } = step
  const key = b4a.from(writer, 'hex')
  const facts = await readWriterFacts(batch, writer)
  if (facts === null) {
    if (before?.out === false && host.removeable(key)) await host.removeWriter(key)
    return
  }
  const out = facts.cut !== null || (await readMember(batch, facts.pubkey)) === null
  if (out === facts.out) return
  if (out && !host.removeable(key)) return // Autobase needs one indexer; the policy refuses its nodes
  if (out) await host.removeWriter(key)
  else await host.addWriter(key, { indexer: false })
  await batch.put(writerKey(writer), { ...facts, out })
}

export async function readActs(state: StateReader): Promise<Act[]> {
  const acts: Act[] = []
  for await (const { value } of state.createReadStream(actRange)) acts.push(value as Act)
  return acts
}

/** How far each writer counts, and how far its acts do; Infinity for all of it. */
type Limits = Map<string, { cut: number; acts: number; mods: number }>

async function limitsOf(state: StateReader): Promise<Limits> {
  const limits: Limits = new Map()
  for (const [writer, { cut, acts, mods }] of await writersOf(state)) {
    if (cut === null && acts === null && mods === null) continue
    const limit = { cut: cut ?? Infinity, acts: acts ?? Infinity, mods: mods ?? Infinity }
    limits.set(writer, limit)
  }
  return limits
}

function isBeyond({ writer, length, kind = 0 }: Act, limits: Limits): boolean {
  const limit = limits.get(writer)
  if (limit === undefined) return false
  if (length > limit.cut) return true
  if (kind === KIND.joinRequest || kind === KIND.leaveRequest) return false // anybody's right
  return length > (isModerators(kind) ? limit.mods : limit.acts)
}

async function writersOf(state: StateReader): Promise<Map<string, WriterFacts>> {
  const writers = new Map<string, WriterFacts>()
  for await (const { key, value } of state.createReadStream(writerRange)) {
    writers.set(key.slice('writer:'.length), value as WriterFacts)
  }
  return writers
}

/** Pubkeys: who is a member, and who was one. */
async function peopleOf(state: StateReader): Promise<{ members: Set<string>; ever: Set<string> }> {
  const members = new Set<string>()
  for await (const { key } of state.createReadStream(memberRange)) members.add(key.slice(-64))
  const ever = new Set(members)
  for await (const { key } of state.createReadStream(formerRange)) ever.add(key.slice(-64))
  return { members, ever }
}

/**
 * The group as it is without the acts that lie beyond the cuts.
 *
 * Which cuts count depends on which removals stand. Only a more senior admin cuts
 * an admin, so playing all acts again with the cuts of the last time settles rank
 * after rank, and ends.
 */
async function playAgain(
  acts: Act[],
  cut: Effects['cut'],
  cause: number,
  step: Step
): Promise<void> {
  const { batch } = step
  const relay = await readRelay(batch)
  const before = { writers: await writersOf(batch), ...(await peopleOf(batch)) }
  const records: RelayRecord[] = []
  for (const act of acts) records.push(await recordOf(act, step))
  const { draft, stands } = await settleStanding(acts, records, step)
  await draft.put(MEMBERSHIP_KEY, cause)
  for (const [writer, facts] of await writersOf(draft)) {
    const { drive = null, out = true } = before.writers.get(writer) ?? {}
    await draft.put(writerKey(writer), { ...facts, drive, out })
  }
  await draft.replace(batch)
  await settleIndexers(step)
  const after = { writers: await writersOf(batch), ...(await peopleOf(batch)) }
  await settleAll({ before, after, cut }, step, cause)
  await settleActs({ turned: await mark(acts, stands, step), acts, records }, cause, step)
  await retireKey(relay, cause, step)
}

/**
 * Plays until the cuts are those that were played with. An act that takes away what
 * it stands on itself never settles: the last one of them is void.
 */
async function settleStanding(
  acts: Act[],
  records: RelayRecord[],
  step: Step
): Promise<{ draft: GroupDraft; stands: boolean[] }> {
  const voided = new Set<number>()
  let limits = await limitsOf(step.batch)
  let known = [limits]
  let before: boolean[] = []
  for (let round = 1; ; round++) {
    const draft = new GroupDraft()
    const stands = await play({ acts, records, limits, voided }, draft, step)
    const next = await limitsOf(draft)
    if (isSame(limits, next) || round === ROUNDS) return { draft, stands }
    limits = next
    if (known.some((other) => isSame(other, next))) {
      voided.add(stands.findLastIndex((stood, n) => stood !== before[n] && isCutting(acts[n]!)))
      known = []
    }
    known.push(next)
    before = stands
  }
}

const isCutting = ({ cuts, kind = 0 }: Act): boolean => cuts !== undefined || isTaking(kind)

/** What another key of the relay said of it is not to be seen beside what the new one says. */
async function retireKey(before: RelayFacts | null, cause: number, step: Step): Promise<void> {
  const after = await readRelay(step.batch)
  if (before === null || after?.relayPubkey === before.relayPubkey) return
  for (const kind of [KIND.metadata, KIND.admins, KIND.members, KIND.roles, KIND.pins]) {
    await retire(kind, before.relayPubkey, before.alias, cause, step)
  }
}

interface Group {
  writers: Map<string, WriterFacts>
  members: Set<string>
  ever: Set<string>
}

/** Events, files and Autobase's writers follow a group that became another one. */
async function settleAll(
  { before, after, cut }: { before: Group; after: Group; cut: Effects['cut'] },
  step: Step,
  cause: number
): Promise<void> {
  for (const pubkey of before.members) {
    if (!after.members.has(pubkey)) await withdrawAll(pubkey, null, step)
  }
  const writers = new Set([...before.writers.keys(), ...after.writers.keys()])
  for (const writer of [...writers].sort()) {
    const [was, is] = [before.writers.get(writer) ?? null, after.writers.get(writer) ?? null]
    await settleHost(writer, was, step)
    const drive = was?.drive ?? null
    if (is === null && was !== null && drive !== null) {
      await withdrawAll(was.pubkey, new Set([drive]), step)
    }
    const from = Math.min(changedFrom(was, is), cut.get(writer) ?? Infinity)
    if (from < Infinity) await settleWriter(writer, from, cause, step)
  }
  const people = new Set([...before.ever, ...after.ever])
  for (const pubkey of [...people].sort()) {
    if (before.ever.has(pubkey) !== after.ever.has(pubkey)) await settleAuthor(pubkey, cause, step)
  }
}

/** From which length on a writer's nodes may count otherwise than before. */
function changedFrom(was: WriterFacts | null, is: WriterFacts | null): number {
  if (was === null || is === null || was.pubkey !== is.pubkey) return 0
  const changed: number[] = []
  if (was.cut !== is.cut) changed.push(was.cut ?? Infinity, is.cut ?? Infinity)
  if (was.acts !== is.acts) changed.push(was.acts ?? Infinity, is.acts ?? Infinity)
  if (was.mods !== is.mods) changed.push(was.mods ?? Infinity, is.mods ?? Infinity)
  return Math.min(Infinity, ...changed)
}

interface Played {
  acts: Act[]
  records: RelayRecord[]
  limits: Limits
  /** Places of acts that never count. */
  voided: ReadonlySet<number>
}

/** @returns which of the acts stand */
async function play(
  { acts, records, limits, voided }: Played,
  draft: GroupStore,
  step: Step
): Promise<boolean[]> {
  const stands: boolean[] = []
  const done = new Set<string>()
  for (const [n, act] of acts.entries()) {
    const founding = act.writer === step.carrier.relayKey
    const carrier = { ...step.carrier, writer: act.writer, length: act.length, founding }
    const falls = n > 0 && (voided.has(n) || isBeyond(act, limits))
    const record = records[n]!
    stands.push(!falls && (await playOne(record, { act, carrier, draft, done })))
  }
  return stands
}

interface Turn {
  act: Act
  carrier: Carrier
  draft: GroupStore
  /** Events whose act was done. */
  done: Set<string>
}

/** @returns whether the act did something */
async function playOne(record: RelayRecord, { act, carrier, draft, done }: Turn): Promise<boolean> {
  if ((await judgeAgain(record, carrier, draft)) !== null) return false
  const effects = effectsOn(draft, act.writer, act.position)
  if (record.type === 'seal') await effectOfSeal(record, draft)
  if (record.type === 'admit') await effectOfAdmission(record.request, effects)
  if (record.type !== 'event' && record.type !== 'act') return true
  const again = done.has(record.event.id)
  done.add(record.event.id)
  if (!again) await effectOfEvent(record, effects)
  else if (record.type === 'act') await effectOfRepeat(record, effects)
  return !again || effects.cut.size > 0
}

async function recordOf(act: Act, { log }: Step): Promise<RelayRecord> {
  if (act.seal !== undefined) return act.seal
  const event = await log.read(act.position)
  if (act.type === 'admit') return { type: 'admit', request: event }
  return act.cuts === undefined ? { type: 'event', event } : { type: 'act', event, cuts: act.cuts }
}

/** Notes which acts stand. @returns places of those that did not before, or do not any more */
async function mark(acts: Act[], stands: boolean[], { batch }: Step): Promise<number[]> {
  const turned: number[] = []
  for (const [n, act] of acts.entries()) {
    if (stands[n] === (act.fallen !== true)) continue
    if (stands[n]) delete act.fallen
    else act.fallen = true
    await batch.put(actKey(n), act)
    turned.push(n)
  }
  return turned
}

function isSame(a: Limits, b: Limits): boolean {
  if (a.size !== b.size) return false
  for (const [writer, limit] of a) {
    const other = b.get(writer)
    if (other?.cut !== limit.cut || other.acts !== limit.acts) return false
    if (other.mods !== limit.mods) return false
  }
  return true
}
