/** Deletions in the state: what they take away, and give back when they do not count any more. */
import { tagValue, tagValues } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { Step } from './apply.ts'
import { addressOf, hideFiles, putFacts, showFiles } from './events.ts'
import { carriedRange, deletedAddressKey, replacedKey, vanishedKey, wroteRange } from './keys.ts'
import { isAddressable, isDeletable, isReplaceable, KIND } from './kinds.ts'
import { readDevices, readEventFacts, readPosition, readReplaceable } from './state.ts'
import type { Deletion, EventFacts, EventPointer, Until } from './state.ts'

/** Deletions that are remembered for one event or address: of its author, and of moderators. */
const DELETIONS = 8

/** Kinds 5, 9005 and 62 (NIP-09, NIP-29, NIP-62). @returns positions of what went */
export async function takeAway(deletion: NostrEvent, step: Step): Promise<number[]> {
  const { batch } = step
  const taken: number[] = []
  const by = deletion.kind === KIND.deleteEvent ? '*' : deletion.pubkey
  const cause: Deletion = [deletion.id, by]
  for (const key of untilKeys(deletion)) {
    const until = ((await batch.get(key))?.value ?? []) as Until
    const own: Until = [[deletion.created_at, deletion.id]]
    await batch.put(key, [...own, ...until].slice(0, DELETIONS))
  }
  for (const id of await targetsOf(deletion, step)) {
    const facts = (await readEventFacts(batch, id)) ?? unseen()
    const alike = facts.deletions.filter(([, other]) => (other === '*') === (by === '*'))
    if (alike.length >= DELETIONS) continue
    if (facts.position >= 0) {
      const event = await step.log.read(facts.position)
      if (!mayDelete(deletion, event)) continue
      if (facts.deletions.length === 0) {
        await hideFiles(event, facts.position, true, step)
        taken.push(facts.position)
      }
    }
    await putFacts(id, { ...facts, deletions: [...facts.deletions, cause] }, step)
  }
  return taken
}

/** What a deletion does is undone, as far as nothing else deletes the same. @returns positions */
export async function giveBack(deletion: NostrEvent, step: Step): Promise<number[]> {
  const { batch } = step
  for (const key of untilKeys(deletion)) {
    const until = ((await batch.get(key))?.value ?? []) as Until
    const others = until.filter(([, id]) => id !== deletion.id)
    await batch.set(key, others.length === 0 ? null : others)
  }
  const back: number[] = []
  for (const id of await targetsOf(deletion, step)) {
    const facts = await readEventFacts(batch, id)
    if (facts === null) continue
    const deletions = facts.deletions.filter(([by]) => by !== deletion.id)
    if (deletions.length === facts.deletions.length) continue
    await putFacts(id, { ...facts, deletions }, step)
    if (deletions.length > 0 || facts.position < 0) continue
    const event = await step.log.read(facts.position)
    await showFiles(event, facts.position, step)
    if (await isNewest(event, step)) back.push(facts.position)
  }
  return back
}

/** Whether no newer version of it is here; true of what has no versions. */
async function isNewest(event: NostrEvent, { batch }: Step): Promise<boolean> {
  if (!isReplaceable(event.kind) && !isAddressable(event.kind)) return true
  return ((await batch.get(addressOf(event)))?.value as EventPointer | undefined)?.id === event.id
}

/** What deletes an event that comes back: all of it that stands by then. */
export async function deletionsOf(
  event: NostrEvent,
  held: Deletion[],
  { batch }: Step
): Promise<Deletion[]> {
  if (!isDeletable(event.kind)) return []
  const found = new Map<string, Deletion>()
  for (const deletion of held) {
    const [id, by] = deletion
    if (by !== '*' && by !== event.pubkey) continue
    if ((await readPosition(batch, id)) !== null) found.set(id, deletion)
  }
  if (isReplaceable(event.kind) || isAddressable(event.kind)) {
    const d = isAddressable(event.kind) ? (tagValue(event, 'd') ?? '') : ''
    const node = await batch.get(deletedAddressKey(event.kind, event.pubkey, d))
    for (const [until, id] of (node?.value ?? []) as Until) {
      if (event.created_at <= until) found.set(id, [id, event.pubkey])
    }
  }
  return [...found.values()]
}

const unseen = (): EventFacts => ({ position: -1, more: [], main: null, deletions: [] })

function mayDelete(deletion: NostrEvent, event: NostrEvent): boolean {
  if (!isDeletable(event.kind)) return false
  return deletion.kind === KIND.deleteEvent || event.pubkey === deletion.pubkey
}

/** Where the times are kept up to which a deletion reaches. */
function untilKeys(deletion: NostrEvent): string[] {
  if (deletion.kind === KIND.vanish) return [vanishedKey(deletion.pubkey)]
  return addressesOf(deletion).map(([kind, d]) => deletedAddressKey(kind, deletion.pubkey, d))
}

/** NIP-09: addresses of the deletion's own author. */
function addressesOf(deletion: NostrEvent): [kind: number, d: string][] {
  if (deletion.kind !== KIND.deletion) return []
  const addresses = new Map<string, [number, string]>()
  for (const address of tagValues(deletion, 'a')) {
    const [, kind = '', pubkey, d = ''] = /^(\d{1,5}):([0-9a-f]{64}):([^]*)$/.exec(address) ?? []
    if (pubkey !== deletion.pubkey || d.length > 1024) continue
    if (isReplaceable(Number(kind)) || isAddressable(Number(kind))) {
      addresses.set(`${Number(kind)}:${d}`, [Number(kind), d])
    }
  }
  return [...addresses.values()]
}

async function targetsOf(deletion: NostrEvent, step: Step): Promise<Set<string>> {
  if (deletion.kind === KIND.vanish) return writtenBy(deletion.pubkey, deletion.created_at, step)
  const ids = new Set(tagValues(deletion, 'e').filter((id) => /^[0-9a-f]{64}$/.test(id)))
  for (const [kind, d] of addressesOf(deletion)) {
    let version = await readReplaceable(step.batch, kind, deletion.pubkey, d)
    while (version !== null) {
      if (version.createdAt <= deletion.created_at) ids.add(version.id)
      const before = await step.batch.get(replacedKey(version.position))
      version = (before?.value ?? null) as EventPointer | null
    }
  }
  ids.delete(deletion.id)
  return ids
}

/** The ids of everything that an author wrote up to a time. */
async function writtenBy(author: string, until: number, step: Step): Promise<Set<string>> {
  const { batch, log, wrote } = step
  const positions = new Set(positionsOf(wrote))
  for (const { writer } of await readDevices(batch, author)) {
    for (const { value } of await batch.entries(wroteRange(writer))) {
      for (const position of positionsOf(value as number[])) positions.add(position)
    }
  }
  for (const { value } of await batch.entries(carriedRange(author))) positions.add(value as number)
  const ids = new Set<string>()
  for (const position of positions) {
    const event = await log.read(position)
    if (event.pubkey === author && event.created_at <= until && event.kind !== KIND.vanish) {
      ids.add(event.id)
    }
  }
  return ids
}

/** The log positions among lengths and positions, of what came first and of what came again. */
function* positionsOf(wrote: number[]): Generator<number> {
  for (let i = 1; i < wrote.length; i += 2) yield wrote[i]! < 0 ? ~wrote[i]! : wrote[i]!
}
