/** Which acts stand: all of them, played in their order with the cuts that stand in the end. */
import type { Step } from './apply.ts'
import { GroupDraft } from './group-draft.ts'
import type { GroupStore } from './group-draft.ts'
import {
  effectOfAdmission,
  effectOfEvent,
  effectOfRepeat,
  effectOfSeal,
  effectsOn
} from './group-effects.ts'
import { actRange, writerRange } from './keys.ts'
import { isActLapsed } from './lapses.ts'
import type { Lapse } from './lapses.ts'
import { isModerators, isTaking, KIND } from './kinds.ts'
import { judgeAgain } from './policy.ts'
import type { Carrier } from './policy.ts'
import type { Cut, RelayRecord } from './records.ts'
import type { StateReader, WriterFacts } from './state.ts'

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
  /** Of a join request: whether its author showed that it spoke to this relay. */
  isHere?: true
  seal?: Extract<RelayRecord, { type: 'seal' }>
  /** Whether a removal took it back, or it had been done when it was carried again. */
  fallen?: true
}

/** Each round settles the acts of at least one more rank; nobody has more ranks than this. */
const ROUNDS = 64

export async function readActs(state: StateReader): Promise<Act[]> {
  const acts: Act[] = []
  for await (const { value } of state.createReadStream(actRange)) acts.push(value as Act)
  return acts
}

/** How far a writer counts, and how far its acts do; Infinity for all of it. */
interface Limit {
  cut: number
  acts: number
  mods: number
  lapses?: Lapse[] | undefined
}

export type Limits = Map<string, Limit>

export async function limitsOf(state: StateReader): Promise<Limits> {
  const limits: Limits = new Map()
  for (const [writer, { cut, acts, mods, lapses }] of await writersOf(state)) {
    if (cut === null && acts === null && mods === null && lapses === undefined) continue
    const limit = { cut: cut ?? Infinity, acts: acts ?? Infinity, mods: mods ?? Infinity }
    limits.set(writer, { ...limit, lapses })
  }
  return limits
}

/**
 * What an act lies beyond: its writer's end, or where it acts by the right that it uses.
 *
 * @param n the act's place among all of them
 */
export function isBeyond(
  { writer, length, kind = 0 }: Act,
  n: number,
  limits: Limits
): 'end' | 'right' | null {
  const limit = limits.get(writer)
  if (limit === undefined) return null
  if (length > limit.cut) return 'end'
  const right = isModerators(kind) ? 'mods' : 'acts'
  const isVoid = length > limit[right] || isActLapsed(limit.lapses, right, { length, n })
  return isVoid ? 'right' : null
}

/** Whether a member does it who has no right: then it may stand without one. */
const isMembers = ({ type, kind }: Act): boolean =>
  type === 'admit' || kind === KIND.joinRequest || kind === KIND.leaveRequest

export async function writersOf(state: StateReader): Promise<Map<string, WriterFacts>> {
  const writers = new Map<string, WriterFacts>()
  for await (const { key, value } of state.createReadStream(writerRange)) {
    writers.set(key.slice('writer:'.length), value as WriterFacts)
  }
  return writers
}

/**
 * Plays until the cuts are those that were played with. An act that takes away what
 * it stands on itself never settles: the last one of them is void.
 */
export async function settleStanding(
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
    const beyond = isBeyond(act, n, limits)
    const isVoid = beyond === 'right'
    const carrier = { ...step.carrier, writer: act.writer, length: act.length, founding, isVoid }
    const isOver = beyond === 'end' || (isVoid && !isMembers(act))
    const falls = n > 0 && (voided.has(n) || isOver)
    const record = records[n]!
    stands.push(!falls && (await playOne(record, { act, n, carrier, draft, done })))
  }
  return stands
}

interface Turn {
  act: Act
  n: number
  carrier: Carrier
  draft: GroupStore
  /** Events whose act was done. */
  done: Set<string>
}

/** @returns whether the act did something */
async function playOne(record: RelayRecord, turn: Turn): Promise<boolean> {
  const { act, n, carrier, draft, done } = turn
  if ((await judgeAgain(record, carrier, draft)) !== null) return false
  const effects = effectsOn(draft, act.writer, { position: act.position, act: n })
  if (record.type === 'seal') await effectOfSeal(record, draft)
  if (record.type === 'admit') await effectOfAdmission(record.request, effects)
  if (record.type !== 'event' && record.type !== 'act') return true
  const again = done.has(record.event.id)
  done.add(record.event.id)
  if (!again) await effectOfEvent(record, effects)
  else if (record.type === 'act') await effectOfRepeat(record, effects)
  return !again || effects.cut.size > 0
}

/** Acts whose events are read together: one after the other took longer than all the rest. */
const TOGETHER = 256

/** What acts were, in their order. */
export async function recordsOf(acts: Act[], step: Step): Promise<RelayRecord[]> {
  const records: RelayRecord[] = []
  for (let i = 0; i < acts.length; i += TOGETHER) {
    const some = acts.slice(i, i + TOGETHER)
    records.push(...(await Promise.all(some.map((act) => recordOf(act, step)))))
  }
  return records
}

async function recordOf(act: Act, { log }: Step): Promise<RelayRecord> {
  if (act.seal !== undefined) return act.seal
  const event = await log.read(act.position)
  if (act.type === 'admit') return { type: 'admit', request: event }
  if (act.isHere) return { type: 'event', event, proof: 'checked' }
  return act.cuts === undefined ? { type: 'event', event } : { type: 'act', event, cuts: act.cuts }
}

function isSame(a: Limits, b: Limits): boolean {
  if (a.size !== b.size) return false
  for (const [writer, limit] of a) {
    const other = b.get(writer)
    if (other?.cut !== limit.cut || other.acts !== limit.acts) return false
    if (other.mods !== limit.mods) return false
    if (JSON.stringify(other.lapses) !== JSON.stringify(limit.lapses)) return false
  }
  return true
}
