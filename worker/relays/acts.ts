/**
 * Acts in the state: done as they come, kept in their order, and played again
 * without those that a removal takes back.
 */
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { Step } from './apply.ts'
import { enterLog, isRoomFor, keepWrote, putFacts, withdrawAll } from './events.ts'
import {
  effectOfAdmission,
  effectOfEvent,
  effectOfRepeat,
  effectOfSeal,
  effectsOn
} from './group-effects.ts'
import type { Effects } from './group-effects.ts'
import { settleHost, settleSigners } from './host-writers.ts'
import { actKey, actRange, formerRange, MEMBERSHIP_KEY, memberRange, writerKey } from './keys.ts'
import { GROUP_STATE_KINDS, isTaking, KIND } from './kinds.ts'
import { judgeAgain } from './policy.ts'
import type { RelayRecord } from './records.ts'
import { retire, settleActs, settleAuthor, settleWriter } from './retract.ts'
import { isBeyond, limitsOf, readActs, recordsOf, settleStanding, writersOf } from './standing.ts'
import type { Act } from './standing.ts'
import {
  readEventFacts,
  readMember,
  readPosition,
  readRelay,
  readWriter,
  readWriterFacts
} from './state.ts'
import type { Carriage, RelayFacts, StateReader, WriterFacts } from './state.ts'

/** A 9000, 9001, 9002, 9007–9010, 9021 or 9022, whose event is in the log already. */
export async function doAct(
  record: Extract<RelayRecord, { type: 'event' | 'act' }>,
  position: number,
  step: Step
): Promise<void> {
  const { batch, carrier } = step
  const before = await readRelay(batch)
  const effects = effectsOn(batch, carrier.writer, { position, act: await nextAct(step) })
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
  if (record.type === 'event' && record.proof !== undefined) return { ...act, isHere: true }
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
  const event = record.type === 'admit' ? record.request : record.event
  const { id, kind, pubkey } = event
  const facts = await readEventFacts(batch, id)
  if (facts === null || facts.position < 0) return
  if (kind !== KIND.joinRequest && !(await isByRight(pubkey, step))) return
  if (!(await isRoomFor(pubkey, facts, step))) return
  const more: Carriage[] = [...facts.more, [carrier.writer, carrier.length]]
  await putFacts(id, { ...facts, more }, step)
  const act = actOf(record, facts.position, step)
  if (act.cuts === undefined || (await judgeAgain(record, carrier, batch)) !== null) {
    return keep({ ...act, fallen: true }, step)
  }
  const place = { position: step.log.length, act: await nextAct(step) }
  const effects = effectsOn(batch, carrier.writer, place)
  await effectOfRepeat({ type: 'act', event: (record as Taking).event, cuts: act.cuts }, effects)
  const shortens = effects.cut.size > 0
  // Followers of the log look for what changed where an act is: here it is once more.
  if (shortens) step.log.push((record as Taking).event)
  await keep(shortens ? act : { ...act, fallen: true }, step)
  await follow(effects, step)
}

type Taking = Extract<RelayRecord, { type: 'act' }>

/** Whether an act could stand by this carrier alone: its author, or an admin. */
async function isByRight(author: string, { batch, carrier }: Step): Promise<boolean> {
  const by = (await readWriter(batch, carrier.writer)) ?? ''
  return by === author || (await readMember(batch, by))?.role === 'admin'
}

export async function doAdmission(request: NostrEvent, step: Step): Promise<void> {
  const { batch, carrier } = step
  const known = await readPosition(batch, request.id)
  const position = known ?? (await enterLog(request, step))
  const effects = effectsOn(batch, carrier.writer, { position, act: await nextAct(step) })
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

/** The place of the act that is kept next. */
async function nextAct({ batch }: Step): Promise<number> {
  const last = await batch.peek(actRange, { reverse: true })
  return last === null ? 0 : parseInt(last.key.slice(-12), 16) + 1
}

async function keep(act: Act, step: Step): Promise<void> {
  await step.batch.put(actKey(await nextAct(step)), act)
}

/** What follows from an act outside the group's part of the state. */
async function follow(effects: Effects, step: Step): Promise<void> {
  const { gone, writers, cut, position } = effects
  // First: Autobase parts with no indexer before there is another one.
  if (effects.admins) await settleSigners(step)
  for (const pubkey of gone) await withdrawAll(pubkey, null, step)
  for (const writer of writers) await settleHost(writer, null, step)
  if (cut.size === 0) return
  await keepWrote(step)
  const acts = await readActs(step.batch)
  const limits = await limitsOf(step.batch)
  const turns = acts.some(
    (act, n) => cut.has(act.writer) && (isBeyond(act, n, limits) !== null) !== (act.fallen === true)
  )
  if (turns) return playAgain(acts, cut, position, step)
  for (const [writer, from] of cut) await settleWriter(writer, from, position, step)
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
  const records = await recordsOf(acts, step)
  const { draft, stands } = await settleStanding(acts, records, step)
  await draft.put(MEMBERSHIP_KEY, cause)
  for (const [writer, facts] of await writersOf(draft)) {
    const { drive = null, out = true } = before.writers.get(writer) ?? {}
    await draft.put(writerKey(writer), { ...facts, drive, out })
  }
  await draft.replace(batch)
  await settleSigners(step)
  const after = { writers: await writersOf(batch), ...(await peopleOf(batch)) }
  await settleAll({ before, after, cut }, step, cause)
  await settleActs({ turned: await mark(acts, stands, step), acts, records }, cause, step)
  await retireKey(relay, cause, step)
}

/** What another key of the relay said of it is not to be seen beside what the new one says. */
async function retireKey(before: RelayFacts | null, cause: number, step: Step): Promise<void> {
  const after = await readRelay(step.batch)
  if (before === null || after?.relayPubkey === before.relayPubkey) return
  for (const kind of GROUP_STATE_KINDS) {
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
    if (is === null || is.out !== isOut(is, after)) await settleHost(writer, was, step)
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

/** Whether Autobase is to take no more of a writer: of most of them it was told so already. */
const isOut = ({ cut, left, pubkey }: WriterFacts, { members }: Group): boolean =>
  cut !== null || left === true || !members.has(pubkey)

/** From which length on a writer's nodes may count otherwise than before. */
function changedFrom(was: WriterFacts | null, is: WriterFacts | null): number {
  if (was === null || is === null || was.pubkey !== is.pubkey) return 0
  const changed: number[] = []
  if (was.cut !== is.cut) changed.push(was.cut ?? Infinity, is.cut ?? Infinity)
  if (was.acts !== is.acts) changed.push(was.acts ?? Infinity, is.acts ?? Infinity)
  if (was.mods !== is.mods) changed.push(was.mods ?? Infinity, is.mods ?? Infinity)
  if (JSON.stringify(was.lapses) !== JSON.stringify(is.lapses)) {
    for (const { length } of [...(was.lapses ?? []), ...(is.lapses ?? [])]) changed.push(length)
  }
  return Math.min(Infinity, ...changed)
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
