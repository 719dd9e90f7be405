/**
 * Files that admins do not want in the group, by their hashes: a kind 9005 with `x` tags. Their
 * records are held back and no new ones are let in, until an `unblock` tag lifts it. What is
 * deleted with them (`e` tags) stays deleted.
 */
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { Step } from './apply.ts'
import { forgetProviders } from './events.ts'
import {
  blockedKey,
  fileKeyOf,
  goneKey,
  heldBackKeyOf,
  heldBackRange,
  recordsRange
} from './keys.ts'
import { isBlocking, readPosition } from './state.ts'
import type { Verdicts } from './state.ts'
import { verdictsOf } from './verdicts.ts'

/** Verdicts on one file that are kept, so that the one before counts when the last one falls. */
const VERDICTS = 16

/** @param stands whether the event counts from now on, or does not any more */
export async function settleVerdicts(
  event: NostrEvent,
  stands: boolean,
  step: Step
): Promise<void> {
  const { batch } = step
  const position = stands ? ((await readPosition(batch, event.id)) ?? 0) : -1
  for (const [hash, blocks] of verdictsOf(event)) {
    const held = ((await batch.get(blockedKey(hash)))?.value ?? []) as Verdicts
    const others = held.filter(([, , id]) => id !== event.id)
    const next: Verdicts = stands ? [...others, [position, blocks, event.id]] : others
    next.sort(([a], [b]) => a - b)
    await batch.set(blockedKey(hash), next.length === 0 ? null : next.slice(-VERDICTS))
    if (isBlocking(held) !== isBlocking(next)) await moveRecords(hash, isBlocking(next), step)
  }
}

async function moveRecords(hash: string, isBlocked: boolean, step: Step): Promise<void> {
  const { batch, replay } = step
  for (const { key, value } of await batch.entries(
    isBlocked ? recordsRange(hash) : heldBackRange(hash)
  )) {
    await batch.del(key)
    await batch.put(isBlocked ? heldBackKeyOf(key) : fileKeyOf(key), value)
    if (isBlocked) await batch.put(goneKey(hash), 1)
  }
  if (isBlocked) await forgetProviders(hash, step)
  replay.touched(hash)
}
