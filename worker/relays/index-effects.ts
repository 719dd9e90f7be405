/**
 * What an event in the log does to the others: as `apply` does it to the state,
 * and found in the index itself, so that the index at a position of the log says
 * what the log up to there says.
 */
import b4a from 'b4a'

import { tagValues } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { addressesOf } from './deleted-addresses.ts'
import type { IndexBatch } from './index-batch.ts'
import { readBlock, unread } from './index-log.ts'
import type { IndexLog } from './index-log.ts'
import { isAct, isDeletable, isVanishable, KIND } from './kinds.ts'
import { addressTerm, authorTerm, eventOf, HIDDEN, replaceableTerm } from './terms.ts'
import type { Entry, Term } from './terms.ts'

/** What acts did to events, which only the state knows. */
export interface StateOfEvents {
  /** What the act at a log position took back, and what it let be seen again. */
  changes(position: number): Promise<{ position: number; visible: boolean }[]>
}

/** Lets an entry that was added to the batch have its effects. */
export async function takeEffect(
  batch: IndexBatch,
  entry: Entry,
  { state, log }: { state: StateOfEvents; log: IndexLog }
): Promise<void> {
  const event = eventOf(entry)
  const { position } = entry
  for await (const target of namedBy(batch, event)) {
    if (deletes(event, eventOf(target))) batch.mark(target, HIDDEN.deleted, true, position)
  }
  await newest(batch, event, position)
  if (!isAct(event.kind)) return
  for (const change of await unread(state.changes(position))) {
    const changed = await batch.entryAt(change.position)
    if (!change.visible) {
      if (changed !== null) batch.mark(changed, HIDDEN.retracted, true, position)
    } else if (changed !== null) {
      batch.show(changed, changed.position, position)
    } else {
      // It is in the log twice, and stood by the later one until now.
      const again = await batch.entryOf(await unread(idAt(log, change.position)))
      if (again !== null) batch.show(again, change.position, position)
    }
  }
}

async function idAt(log: IndexLog, position: number): Promise<string> {
  const block = await readBlock(log, position)
  if (block === null) throw new Error('The log was cut short')
  return (JSON.parse(b4a.toString(block)) as NostrEvent).id
}

/**
 * Of an address' versions the newest counts, of the same second the one with the
 * lower id. Of all of them one at most is current, and so the others of the disk need
 * not be read.
 */
async function newest(batch: IndexBatch, event: NostrEvent, position: number): Promise<void> {
  const term = replaceableTerm(event)
  if (term === null) return
  const versions = batch.freshOf(term)
  let current = versions.some(isCurrent)
  for await (const entry of batch.heldOf(term)) {
    versions.push(entry)
    current ||= isCurrent(entry)
    if (current && !isHidden(entry, HIDDEN.retracted)) break
  }
  const counting = versions.filter((entry) => !isHidden(entry, HIDDEN.retracted))
  const [first] = counting.sort((a, b) => a.age - b.age || b4a.compare(a.id, b.id))
  for (const entry of versions) {
    batch.mark(entry, HIDDEN.superseded, entry !== first, position)
  }
}

/** Neither superseded nor taken back; deleted it may be. */
const isCurrent = (entry: Entry): boolean => !isHidden(entry, HIDDEN.superseded | HIDDEN.retracted)

const isHidden = (entry: Entry, reason: number): boolean => (entry.hidden & reason) !== 0

async function* entriesOf(batch: IndexBatch, term: Term): AsyncGenerator<Entry, void, undefined> {
  yield* batch.freshOf(term)
  yield* batch.heldOf(term)
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
  deletion: NostrEvent
): AsyncGenerator<Entry, void, undefined> {
  const { pubkey, created_at } = deletion
  for (const [kind, d] of addressesOf(deletion)) {
    for await (const entry of entriesOf(batch, addressTerm(kind, pubkey, d))) {
      if (eventOf(entry).created_at <= created_at) yield entry
    }
  }
}

/** Whether an event that was named (a version of an address up to its time) goes. */
function deletes(deletion: NostrEvent, { kind, pubkey, created_at }: NostrEvent): boolean {
  if (deletion.kind === KIND.vanish) {
    return isVanishable(kind) && pubkey === deletion.pubkey && created_at <= deletion.created_at
  }
  if (!isDeletable(kind)) return false
  return deletion.kind === KIND.deleteEvent || pubkey === deletion.pubkey
}
