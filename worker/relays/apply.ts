/**
 * From records to the view: what every member computes alike.
 *
 * The view is two cores: a log of accepted events and a Hyperbee of state.
 * Autobase undoes and replays nodes as it learns their order, so nothing here
 * may depend on anything but the nodes and the view: no clock, no randomness,
 * no configuration, no I/O of our own.
 */
import b4a from 'b4a'
import type Autobase from 'autobase'
import type Hyperbee from 'hyperbee'
import type Hypercore from 'hypercore'

import { isHex32 } from '../../protocol/ids.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import '../guard-bee.ts'
import '../warm-bee.ts'
import { carriedAgain, doAct, doAdmission, doSeal } from './acts.ts'
import { takeAway } from './deletions.ts'
import { announce, broughtAgain, enterLog } from './events.ts'
import { doIndexers } from './indexer-effects.ts'
import { awaitedKey, eventKey, wroteKey } from './keys.ts'
import { isAct, isDeleting, KIND } from './kinds.ts'
import { judge } from './policy.ts'
import type { Carrier } from './policy.ts'
import { decodeRecord, textOf } from './records.ts'
import type { RelayRecord } from './records.ts'
import { readRules, RULES, unknownRules } from './rules.ts'
import { StateBatch } from './state-batch.ts'
import { isAnyAwaited } from './state.ts'
import type { StateReader } from './state.ts'

export interface View {
  /** Accepted events as JSON, in the order in which they were accepted. */
  log: Hypercore
  state: Hyperbee<string, unknown>
}

/** Told what a replay did: hints for what to look at afterwards, never part of the view. */
export interface Replay {
  /** The log is written, or means something else, from this position on. */
  from(position: number): void
  /** A file's records or providers may have changed. */
  touched(hash: string): void
}

/** The log with what this call adds to it. */
export interface StepLog {
  readonly length: number
  read(position: number): Promise<NostrEvent>
  /** @returns the event's position */
  push(event: NostrEvent): number
}

/** One node on its way into the view. */
export interface Step {
  batch: StateBatch
  host: Autobase.HostCalls
  carrier: Carrier
  log: StepLog
  replay: Replay
  /** Length of the first node of this call. */
  first: number
  /** What the nodes of this call brought: length of the node, log position; one after the other. */
  wrote: number[]
}

/**
 * Replays nodes onto the view. Autobase calls this with the nodes of one writer's batch.
 * @param known the newest rules that this build knows
 */
export async function applyNodes(
  nodes: Autobase.ApplyNode<Uint8Array>[],
  view: View,
  host: Autobase.HostCalls,
  replay: Replay,
  known = RULES
): Promise<void> {
  const batch = new StateBatch(view.state)
  await stopAtUnknown(batch, host, known)
  const relayKey = b4a.toString(host.key, 'hex')
  const discoveryKey = b4a.toString(host.discoveryKey, 'hex')
  const log = new GrowingLog(view.log)
  replay.from(log.length)
  const wrote: number[] = []
  const first = nodes[0]?.length ?? 0
  const records = nodes.map(({ value }) => decodeRecord(value))
  await lookUp(records, batch)
  for (const [i, { from, length }] of nodes.entries()) {
    const record = records[i] ?? null
    if (record === null) continue
    const writer = b4a.toString(from.key, 'hex')
    const carrier = { writer, length, founding: writer === relayKey, relayKey, discoveryKey }
    const step: Step = { batch, host, carrier, log, replay, first, wrote }
    const rejection = await judge(record, carrier, batch)
    if (rejection === null) await takeEffect(record, step)
    else if (rejection.prefix === 'duplicate') await comesAgain(record, step)
    if (rejection === null && isCard(record)) await stopAtUnknown(batch, host, known)
  }
  if (wrote.length > 0) {
    const writer = b4a.toString(nodes[0]!.from.key, 'hex')
    await batch.put(wroteKey(writer, first), wrote)
  }
  if (log.blocks.length > 0) await view.log.append(log.blocks)
  await batch.flush()
}

const isCard = (record: RelayRecord): boolean =>
  record.type === 'event' && record.event.kind === KIND.createGroup

/** Nothing of this call is written then: the view stays as it was before these nodes. */
async function stopAtUnknown(
  state: StateReader,
  host: Autobase.HostCalls,
  known: number
): Promise<void> {
  const unknown = unknownRules(await readRules(state), known)
  if (unknown !== null) host.interrupt(unknown.message)
}

/** Has what is asked of each event read together, and not one after the other. */
async function lookUp(records: (RelayRecord | null)[], batch: StateBatch): Promise<void> {
  const looking: Promise<unknown>[] = []
  const isApart = await isAnyAwaited(batch)
  for (const record of records) {
    if (record?.type !== 'event') continue
    const { id } = record.event ?? {}
    if (!isHex32(id)) continue
    looking.push(batch.get(eventKey(id)))
    if (isApart) looking.push(batch.get(awaitedKey(id)))
  }
  await Promise.all(looking)
}

/** A class, because V8 keeps what a getter of a single object can see for long. */
class GrowingLog implements StepLog {
  readonly blocks: Uint8Array[] = []
  readonly #core: Hypercore
  readonly #start: number

  constructor(core: Hypercore) {
    this.#core = core
    this.#start = core.length
  }

  get length(): number {
    return this.#start + this.blocks.length
  }

  async read(position: number): Promise<NostrEvent> {
    const added = this.blocks[position - this.#start]
    return JSON.parse(b4a.toString(added ?? (await this.#core.get(position)))) as NostrEvent
  }

  push(event: NostrEvent): number {
    return this.#start + this.blocks.push(textOf(event)) - 1
  }
}

/** What is here already was carried by another node too. */
async function comesAgain(record: RelayRecord, step: Step): Promise<void> {
  if (record.type === 'admit') return carriedAgain(record, step)
  if (record.type !== 'event' && record.type !== 'act') return
  if (isAct(record.event.kind)) return carriedAgain(record, step)
  return broughtAgain(record.event, step)
}

async function takeEffect(record: RelayRecord, step: Step): Promise<void> {
  switch (record.type) {
    case 'event':
    case 'act': {
      const { event } = record
      const position = await enterLog(event, step)
      if (isAct(event.kind)) return doAct(record, position, step)
      if (isDeleting(event.kind)) await takeAway(event, step)
      return
    }
    case 'admit':
      return doAdmission(record.request, step)
    case 'announce':
      return announce(record, step)
    case 'seal':
      return doSeal(record, step)
    case 'lost':
    case 'present':
    case 'succeed':
    case 'stands':
    case 'pass':
      return doIndexers(record, step)
  }
}
