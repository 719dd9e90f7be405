/** Deletions in the state: what they take away, and give back when they do not count any more. */
import { tagValue, tagValues } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { Step } from './apply.ts'
import { settleVerdicts } from './blocked-files.ts'
import { addressesOf, DELETIONS } from './deleted-addresses.ts'
import type { Address } from './deleted-addresses.ts'
import { addressOf, hideFiles, putFacts, showFiles } from './events.ts'
import { carriedRange, deletedAddressKey, replacedKey, vanishedKey, wroteRange } from './keys.ts'
import { isAddressable, isDeletable, isReplaceable, isVanishable, KIND } from './kinds.ts'
import { readDevices, readEventFacts, readPosition, readReplaceable } from './state.ts'
import type { Deletion, EventFacts, EventPointer, Until } from './state.ts'

/** Kinds 5, 9005 and 62 (NIP-09, NIP-29, NIP-62). @returns positions of what went */
export async function takeAway(deletion: NostrEvent, step: Step): Promise<number[]> {
  const { batch } = step
  await settleVerdicts(deletion, true, step)
  const taken: number[] = []
  const by = deletion.kind === KIND.deleteEvent ? '*' : deletion.pubkey
  const cause: Deletion = [deletion.id, by]
  const reaches: Reach[] = []
  for (const { key, address } of untilsOf(deletion)) {
    const until = ((await batch.get(key))?.value ?? []) as Until
    // What others reach already was taken away by them.
    reaches.push({ address, from: Math.max(-1, ...until.map(([seconds]) => seconds)) })
    const all: Until = [[deletion.created_at, deletion.id], ...until]
    await batch.put(key, all.sort(([a], [b]) => b - a).slice(0, DELETIONS))
  }
  for (const id of await targetsOf(deletion, reaches, step)) {
    const facts = (await readEventFacts(batch, id)) ?? unseen()
    if (!isRoomFor(cause, facts)) continue
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
  await settleVerdicts(deletion, false, step)
  const reaches: Reach[] = []
  for (const { key, address } of untilsOf(deletion)) {
    const until = ((await batch.get(key))?.value ?? []) as Until
    const others = until.filter(([, id]) => id !== deletion.id)
    if (others.length === until.length) continue // it was one too many, and is forgotten
    reaches.push({ address, from: -1 })
    await batch.set(key, others.length === 0 ? null : others)
  }
  const back: number[] = []
  for (const id of await targetsOf(deletion, reaches, step)) {
    const facts = await readEventFacts(batch, id)
    if (facts === null) continue
    let deletions = facts.deletions.filter(([by]) => by !== deletion.id)
    if (deletions.length === facts.deletions.length) continue
    const event = facts.position < 0 ? null : await step.log.read(facts.position)
    // Another that reached it too had nothing left to take away.
    if (event !== null && deletions.length === 0) deletions = await deletionsOf(event, [], step)
    await putFacts(id, { ...facts, deletions }, step)
    if (deletions.length > 0 || event === null) continue
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
  { batch, log }: Step
): Promise<Deletion[]> {
  if (!isVanishable(event.kind)) return []
  const found = new Map<string, Deletion>()
  for (const deletion of held) {
    const [id, by] = deletion
    if (by !== '*' && by !== event.pubkey) continue
    const position = await readPosition(batch, id)
    if (position === null) continue
    // Who named it before it was here did not know that it is a deletion itself.
    const may = isDeletable(event.kind) || (await log.read(position)).kind === KIND.vanish
    if (may) found.set(id, deletion)
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

/**
 * Of what is not here nobody knows whose it is, and whoever names it takes up room: no
 * one author has it all.
 */
function isRoomFor([, by]: Deletion, { position, deletions }: EventFacts): boolean {
  const alike = deletions.filter(([, other]) => (other === '*') === (by === '*'))
  if (position >= 0 || by === '*') return alike.length < DELETIONS
  const own = alike.filter(([, other]) => other === by)
  return own.length < DELETIONS / 2 && alike.length < 2 * DELETIONS
}

const unseen = (): EventFacts => ({ position: -1, more: [], main: null, deletions: [] })

function mayDelete(deletion: NostrEvent, event: NostrEvent): boolean {
  if (deletion.kind === KIND.vanish) return isVanishable(event.kind)
  if (!isDeletable(event.kind)) return false
  return deletion.kind === KIND.deleteEvent || event.pubkey === deletion.pubkey
}

/** Versions of an address, or all of a pubkey's, that are younger than a time in seconds. */
interface Reach {
  address: Address | null
  from: number
}

/** Where the times are kept up to which a deletion reaches. */
function untilsOf(deletion: NostrEvent): { key: string; address: Address | null }[] {
  const { kind, pubkey } = deletion
  if (kind === KIND.vanish) return [{ key: vanishedKey(pubkey), address: null }]
  return addressesOf(deletion).map((address) => ({
    key: deletedAddressKey(address[0], pubkey, address[1]),
    address
  }))
}

async function targetsOf(deletion: NostrEvent, reaches: Reach[], step: Step): Promise<Set<string>> {
  if (deletion.kind === KIND.vanish) return writtenBy(deletion.pubkey, deletion.created_at, step)
  const ids = new Set(tagValues(deletion, 'e').filter((id) => /^[0-9a-f]{64}$/.test(id)))
  for (const { address, from } of reaches) {
    if (address === null || deletion.created_at <= from) continue
    let version = await readReplaceable(step.batch, address[0], deletion.pubkey, address[1])
    while (version !== null && version.createdAt > from) {
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
