/**
 * What an event in the log does to the others: as `apply` does it to the state,
 * and found in the index itself, so that the index at a position of the log says
 * what the log up to there says.
 */
import b4a from 'b4a'

import { tagValues } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { IndexBatch } from './index-batch.ts'
import { unread } from './index-log.ts'
import { isAct, isAddressable, isGroupState, isReplaceable, KIND } from './kinds.ts'
import { addressTerm, authorTerm, eventOf, HIDDEN, replaceableTerm } from './terms.ts'
import type { Entry, Term } from './terms.ts'

/** What the state knows of acts and deletions, that the log alone does not tell. */
export interface StateOfEvents {
  /** What the act at a log position took back, and what it let be seen again. */
  changes(position: number): Promise<{ position: number; visible: boolean }[]>
  /** Ids of the events that delete an event. */
  deletions(id: string): Promise<string[]>
}

/** Kinds by which events are taken back and come back. */
const CHANGING: ReadonlySet<number> = new Set([KIND.putUser, KIND.removeUser])

/** Lets the event at a position, added to the batch already, have its effects. */
export async function takeEffect(
  batch: IndexBatch,
  entry: Entry,
  state: StateOfEvents
): Promise<void> {
  const event = eventOf(entry)
  const { position } = entry
  for await (const target of targetsOf(batch, entry)) {
    batch.mark(target, HIDDEN.deleted, true, position)
  }
  if (CHANGING.has(event.kind)) {
    for (const change of await unread(state.changes(position))) {
      const changed = await batch.entryAt(change.position)
      if (changed !== null) await retract(batch, changed, !change.visible, position, state)
    }
  }
  await newest(batch, event, position)
}

/** An event's removal with its writer's nodes, or its return. */
async function retract(
  batch: IndexBatch,
  entry: Entry,
  on: boolean,
  position: number,
  state: StateOfEvents
): Promise<void> {
  const event = eventOf(entry)
  batch.mark(entry, HIDDEN.retracted, on, position)
  for await (const target of targetsOf(batch, entry)) {
    const deleted = !on || (await isStillDeleted(batch, eventOf(target).id, state))
    batch.mark(target, HIDDEN.deleted, deleted, position)
  }
  await newest(batch, event, position)
}

async function isStillDeleted(
  batch: IndexBatch,
  id: string,
  state: StateOfEvents
): Promise<boolean> {
  for (const by of await unread(state.deletions(id))) {
    const entry = await batch.entryOf(by)
    if (entry !== null && !isHidden(entry, HIDDEN.retracted)) return true
  }
  return false
}

/**
 * Of an address' versions the newest counts, of the same second the one with the
 * lower id. Of all of them one at most is not superseded, and so the others of the
 * disk need not be read.
 */
async function newest(batch: IndexBatch, event: NostrEvent, position: number): Promise<void> {
  const term = replaceableTerm(event)
  if (term === null) return
  const versions = batch.freshOf(term)
  let current = versions.some((entry) => !isHidden(entry, HIDDEN.superseded))
  for await (const entry of batch.heldOf(term)) {
    versions.push(entry)
    current ||= !isHidden(entry, HIDDEN.superseded)
    if (current && !isHidden(entry, HIDDEN.retracted)) break
  }
  const counting = versions.filter((entry) => !isHidden(entry, HIDDEN.retracted))
  const [first] = counting.sort((a, b) => a.age - b.age || b4a.compare(a.id, b.id))
  for (const entry of versions) {
    batch.mark(entry, HIDDEN.superseded, entry !== first, position)
  }
}

const isHidden = (entry: Entry, reason: number): boolean => (entry.hidden & reason) !== 0

async function* entriesOf(batch: IndexBatch, term: Term): AsyncGenerator<Entry, void, undefined> {
  yield* batch.freshOf(term)
  yield* batch.heldOf(term)
}

/** The earlier entries that one deletes. */
async function* targetsOf(batch: IndexBatch, entry: Entry): AsyncGenerator<Entry, void, undefined> {
  const event = eventOf(entry)
  for await (const target of namedBy(batch, event)) {
    if (target.position < entry.position && deletes(event, eventOf(target))) yield target
  }
}

/** What a deletion names, whether it may delete it or not. */
async function* namedBy(
  batch: IndexBatch,
  event: NostrEvent
): AsyncGenerator<Entry, void, undefined> {
  if (event.kind === KIND.vanish) yield* entriesOf(batch, authorTerm(event.pubkey))
  if (event.kind !== KIND.deletion && event.kind !== KIND.deleteEvent) return
  for (const id of new Set(tagValues(event, 'e'))) {
    const target = await batch.entryOf(id)
    if (target !== null) yield target
  }
  if (event.kind === KIND.deletion) yield* versionsOf(batch, event)
}

/** NIP-09's `a`: all versions of an own address up to the deletion's time. */
async function* versionsOf(
  batch: IndexBatch,
  { pubkey, created_at, tags }: NostrEvent
): AsyncGenerator<Entry, void, undefined> {
  for (const [name, address] of tags) {
    if (name !== 'a' || address === undefined) continue
    const [, kind = '', author, d = ''] = /^(\d{1,5}):([0-9a-f]{64}):(.*)$/s.exec(address) ?? []
    if (author !== pubkey) continue
    if (!isReplaceable(Number(kind)) && !isAddressable(Number(kind))) continue
    for await (const entry of entriesOf(batch, addressTerm(Number(kind), pubkey, d))) {
      if (eventOf(entry).created_at <= created_at) yield entry
    }
  }
}

/** Whether an event that was named (a version of an address up to its time) goes. */
function deletes(deletion: NostrEvent, { kind, pubkey, created_at }: NostrEvent): boolean {
  if (isAct(kind) || isGroupState(kind) || kind === KIND.vanish) return false
  if (deletion.kind === KIND.deleteEvent) return true
  if (pubkey !== deletion.pubkey) return false
  if (deletion.kind === KIND.vanish) return created_at <= deletion.created_at
  return kind !== KIND.deletion
}
