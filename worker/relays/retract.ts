/**
 * Events that come and go with what counts of the writers that brought them.
 *
 * A removal names how much of a writer counts. What lies beyond leaves the view,
 * wherever it stands in the log, which itself keeps its blocks: marks under
 * {@link changeKey} tell followers of the log what is to be seen otherwise.
 */
import { tagValue } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { Act } from './standing.ts'
import type { Step } from './apply.ts'
import { deletionsOf, giveBack, takeAway } from './deletions.ts'
import { hideFiles, leaveChain, putFacts, showEvent } from './events.ts'
import {
  carriedRange,
  changeKey,
  eventKey,
  replaceableKey,
  replacedKey,
  retiredKey,
  wroteKey,
  wroteRange
} from './keys.ts'
import { isAct, isAddressable, isDeleting, isGroupState, isReplaceable, KIND } from './kinds.ts'
import { isEventLapsed } from './lapses.ts'
import type { Right } from './lapses.ts'
import type { RelayRecord } from './records.ts'
import {
  isLive,
  readEventFacts,
  readFormer,
  readMember,
  readReplaceable,
  readWriterFacts
} from './state.ts'
import type { Carriage, EventFacts, EventPointer } from './state.ts'
import { isVerdict } from './verdicts.ts'

/** An event as one node brought it. */
interface Brought {
  event: NostrEvent
  /** Where the log has it. */
  position: number
  node: Carriage
  /** Whether this node was the first to bring it. */
  first: boolean
}

/** Makes true what counts of a writer's nodes beyond a length. */
export async function settleWriter(
  writer: string,
  from: number,
  cause: number,
  step: Step
): Promise<void> {
  const { batch, log } = step
  const range = wroteRange(writer)
  // The batch in which the length lies begins before it.
  const before = { gte: range.gte, lt: wroteKey(writer, from + 1) }
  const start = from === 0 ? null : await batch.peek(before, { reverse: true })
  const entries = await batch.entries({ gte: start?.key ?? range.gte, lt: range.lt })
  for (const { value } of entries) {
    const wrote = value as number[]
    for (let i = 0; i < wrote.length; i += 2) {
      const [length, place] = [wrote[i]!, wrote[i + 1]!]
      if (length <= from) continue
      const position = place < 0 ? ~place : place
      const event = await log.read(position)
      await settle({ event, position, node: [writer, length], first: place >= 0 }, cause, step)
    }
  }
}

/** The same for what others brought of an author. */
export async function settleAuthor(author: string, cause: number, step: Step): Promise<void> {
  const { batch, log } = step
  for (const { key, value } of await batch.entries(carriedRange(author))) {
    const [, , writer = '', length = ''] = key.split('!')
    const position = value as number
    const event = await log.read(position)
    const node: Carriage = [writer, parseInt(length, 16)]
    const first = await isFirst(node, position, step)
    await settle({ event, position, node, first }, cause, step)
  }
}

async function isFirst([writer, length]: Carriage, position: number, step: Step): Promise<boolean> {
  const range = { gte: wroteRange(writer).gte, lt: wroteKey(writer, length + 1) }
  const entry = await step.batch.peek(range, { reverse: true })
  const wrote = (entry?.value ?? []) as number[]
  return wrote.some((value, i) => i % 2 === 1 && value === position && wrote[i - 1] === length)
}

/** Acts have their own way of standing and falling: all of them together. */
async function settle(brought: Brought, cause: number, step: Step): Promise<void> {
  const { event, position, node, first } = brought
  if (isAct(event.kind)) return
  const facts = await readEventFacts(step.batch, event.id)
  const here = facts !== null && facts.position >= 0
  const again = here ? facts.more.findIndex((other) => isSame(other, node)) : -1
  const main =
    here && (facts.main === null ? first && facts.position === position : isSame(facts.main, node))
  const counts = await doesCount(brought, step)
  if (counts === (main || again >= 0)) return
  if (counts && here) {
    await putFacts(event.id, { ...facts, more: [...facts.more, node] }, step)
  } else if (counts) {
    await comeBack(brought, facts, cause, step)
  } else if (again >= 0) {
    await putFacts(event.id, { ...facts!, more: facts!.more.toSpliced(again, 1) }, step)
  } else if (facts!.more.length > 0) {
    const [next, ...more] = facts!.more
    await putFacts(event.id, { ...facts!, main: next!, more }, step)
  } else {
    await leave(event, facts!, cause, step)
  }
}

const isSame = (a: Carriage, b: Carriage): boolean => a[0] === b[0] && a[1] === b[1]

/** Whether a node counts: its writer up to there, and an author who was ever a member. */
async function doesCount(
  { event, position, node: [writer, length] }: Brought,
  { batch }: Step
): Promise<boolean> {
  const facts = await readWriterFacts(batch, writer)
  if (facts === null || length > (facts.cut ?? Infinity)) return false
  const { kind, pubkey } = event
  const has = (right: Right): boolean =>
    length <= (facts[right] ?? Infinity) && !isEventLapsed(facts, right, { length, position })
  if (kind === KIND.deleteEvent && !has('mods')) return false
  if (isVerdict(event) && !has('acts')) return false
  if (isGroupState(kind)) {
    const retired = ((await batch.get(retiredKey(pubkey)))?.value ?? -1) as number
    return has('acts') && position > retired
  }
  return (await readMember(batch, pubkey)) !== null || (await readFormer(batch, pubkey)) !== null
}

async function seen(
  position: number,
  visible: boolean,
  cause: number,
  { batch, replay }: Step
): Promise<void> {
  await batch.put(changeKey(cause, position), visible ? 1 : 0)
  replay.from(position)
}

/** The event leaves the view; the version before it and what it deleted come back. */
async function leave(
  event: NostrEvent,
  facts: EventFacts,
  cause: number,
  step: Step
): Promise<void> {
  const { position, deletions } = facts
  await seen(position, false, cause, step)
  await putFacts(event.id, { position: -1, more: [], main: null, deletions }, step)
  if (deletions.length === 0) await hideFiles(event, position, false, step)
  const before = await leaveChain(event, position, step)
  if (before !== null && (await isLive(step.batch, before.id))) {
    await seen(before.position, true, cause, step)
  }
  if (!isDeleting(event.kind)) return
  for (const back of await giveBack(event, step)) await seen(back, true, cause, step)
}

/** The event enters the view again, where it stood. */
async function comeBack(
  { event, position, node, first }: Brought,
  facts: EventFacts | null,
  cause: number,
  step: Step
): Promise<void> {
  const deletions = await deletionsOf(event, facts?.deletions ?? [], step)
  await putFacts(event.id, { position, more: [], main: first ? null : node, deletions }, step)
  const held = await newestOf(event, step)
  await showEvent(event, position, step)
  if (deletions.length > 0) await hideFiles(event, position, true, step)
  const newest = await newestOf(event, step)
  const hidden = deletions.length > 0 || (newest !== null && newest.id !== event.id)
  if (!hidden) await seen(position, true, cause, step)
  if (held !== null && newest?.id === event.id) await seen(held.position, false, cause, step)
  if (!isDeleting(event.kind)) return
  for (const hid of await takeAway(event, step)) await seen(hid, false, cause, step)
}

function newestOf(event: NostrEvent, { batch }: Step): ReturnType<typeof readReplaceable> {
  const { kind, pubkey } = event
  if (!isReplaceable(kind) && !isAddressable(kind)) return Promise.resolve(null)
  const d = isAddressable(kind) ? (tagValue(event, 'd') ?? '') : ''
  return readReplaceable(batch, kind, pubkey, d)
}

/** What a key of the relay said is not seen any more, nor ever again. */
export async function retire(
  kind: number,
  pubkey: string,
  d: string,
  cause: number,
  step: Step
): Promise<void> {
  const { batch } = step
  await batch.put(retiredKey(pubkey), cause)
  let key = replaceableKey(kind, pubkey, d)
  for (;;) {
    const version = ((await batch.get(key))?.value ?? null) as EventPointer | null
    if (version === null) return
    await batch.del(key)
    await batch.set(eventKey(version.id), null)
    await seen(version.position, false, cause, step)
    key = replacedKey(version.position)
  }
}

interface Turned {
  /** Places of the acts that fell, or stand again. */
  turned: number[]
  acts: Act[]
  records: RelayRecord[]
}

/** The events of acts that fell, or stand again. Their part of the state is settled already. */
export async function settleActs(
  { turned, acts, records }: Turned,
  cause: number,
  step: Step
): Promise<void> {
  const idOf = (n: number): string | null => {
    const record = records[n]!
    if (record.type === 'admit') return record.request.id
    return record.type === 'event' || record.type === 'act' ? record.event.id : null
  }
  const standing = new Map<string | null, number[]>()
  for (const [n, { fallen, position }] of acts.entries()) {
    if (fallen) continue
    standing.set(idOf(n), [...(standing.get(idOf(n)) ?? []), position])
  }
  for (const id of new Set(turned.map(idOf))) {
    if (id === null) continue
    const facts = (await readEventFacts(step.batch, id)) ?? NOWHERE
    const places = standing.get(id) ?? []
    if (places.includes(facts.position)) continue
    const position = places[0] ?? -1
    if (facts.position === position) continue
    if (facts.position >= 0) await seen(facts.position, false, cause, step)
    if (position >= 0) await seen(position, true, cause, step)
    await putFacts(id, { ...facts, position, deletions: [] }, step)
  }
}

const NOWHERE: EventFacts = { position: -1, more: [], main: null, deletions: [] }
