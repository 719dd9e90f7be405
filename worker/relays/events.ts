/** Events on their way into the view: their place, their files, what they delete. */
import { parseFiles } from '../../protocol/file-event.ts'
import type { FileRecord } from '../../protocol/file-event.ts'
import { tagValue, tagValues } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { Step } from './apply.ts'
import { settleIndexers } from './indexer-effects.ts'
import {
  carriedKey,
  carriedRange,
  deletedAddressKey,
  eventKey,
  fileKey,
  filekeyKey,
  goneKey,
  heldKey,
  heldRange,
  parseFilekey,
  providersRange,
  replaceableKey,
  replacedKey,
  vanishedKey,
  writerKey,
  wroteKey,
  wroteRange
} from './keys.ts'
import { isAddressable, isDeletable, isGroupState, isReplaceable, KIND } from './kinds.ts'
import { isNewer } from './policy.ts'
import type { RelayRecord } from './records.ts'
import type { StateBatch } from './state-batch.ts'
import {
  keepEventFacts,
  readDevices,
  readEventFacts,
  readMember,
  readPosition,
  readRecord,
  readReplaceable,
  readWriter,
  readWriterFacts
} from './state.ts'
import type { Carriage, Deletion, EventFacts, EventPointer, FileFacts, Until } from './state.ts'

/** Nodes that are remembered as having brought an event too. */
export const CARRIAGES = 64
/** Deletions that are remembered for one event or address: of its author, and of moderators. */
const DELETIONS = 8
/** Versions of one address that are kept for when newer ones go. */
const VERSIONS = 256

/** Appends an accepted event to the log. @returns its position */
export async function enterLog(event: NostrEvent, step: Step): Promise<number> {
  const { batch, log, carrier, wrote } = step
  const position = log.push(event)
  wrote.push(carrier.length, position)
  if ((await readWriter(batch, carrier.writer)) !== event.pubkey) {
    await batch.put(carriedKey(event.pubkey, carrier.writer, carrier.length), position)
  }
  await batch.put(eventKey(event.id), position)
  await showEvent(event, position, step)
  return position
}

/** What this call brought so far, for who settles what a writer brought. */
export async function keepWrote({ batch, carrier, first, wrote }: Step): Promise<void> {
  if (wrote.length > 0) await batch.put(wroteKey(carrier.writer, first), [...wrote])
}

/** An event that is here was brought by another node too: it stays when the first one goes. */
export async function broughtAgain(event: NostrEvent, step: Step): Promise<void> {
  const { batch, carrier, wrote } = step
  const { id, pubkey } = event
  const facts = await readEventFacts(batch, id)
  if (facts === null || facts.position < 0 || facts.more.length >= CARRIAGES) return
  if (facts.more.some(([writer]) => writer === carrier.writer)) return
  if (!(await mayBring(event, step))) return
  const more: Carriage[] = [...facts.more, [carrier.writer, carrier.length]]
  await putFacts(id, { ...facts, more }, step)
  wrote.push(carrier.length, ~facts.position)
  if ((await readWriter(batch, carrier.writer)) !== pubkey) {
    await batch.put(carriedKey(pubkey, carrier.writer, carrier.length), facts.position)
  }
}

/** What stands by a right stands by who has it: an admin, or its author. */
async function mayBring({ kind, pubkey }: NostrEvent, { batch, carrier }: Step): Promise<boolean> {
  if (!isGroupState(kind) && kind !== KIND.deleteEvent) return true
  const writer = await readWriterFacts(batch, carrier.writer)
  if (writer === null) return false
  const limit = kind === KIND.deleteEvent ? writer.mods : writer.acts
  if (limit !== null && carrier.length > limit) return false
  if (kind === KIND.deleteEvent && writer.pubkey === pubkey) return true
  return (await readMember(batch, writer.pubkey))?.role === 'admin'
}

export async function putFacts(id: string, facts: EventFacts, { batch }: Step): Promise<void> {
  await batch.set(eventKey(id), keepEventFacts(facts))
}

/** Makes an event the newest of its kind or address, and its files known. */
export async function showEvent(event: NostrEvent, position: number, step: Step): Promise<void> {
  if (isReplaceable(event.kind) || isAddressable(event.kind)) {
    await becomeNewest(event, position, step)
  }
  await showFiles(event, position, step)
}

const addressOf = (event: NostrEvent): string =>
  replaceableKey(
    event.kind,
    event.pubkey,
    isAddressable(event.kind) ? (tagValue(event, 'd') ?? '') : ''
  )

/** Versions hang together, the newest first, so that one that goes leaves the one before it. */
async function becomeNewest(event: NostrEvent, position: number, { batch }: Step): Promise<void> {
  const pointer: EventPointer = { id: event.id, position, createdAt: event.created_at }
  let key = addressOf(event)
  for (;;) {
    const held = ((await batch.get(key))?.value ?? null) as EventPointer | null
    if (held === null || isNewer(event, held)) {
      const depth = held === null ? 0 : (held.depth ?? 0) + 1
      await batch.put(key, depth === 0 ? pointer : { ...pointer, depth })
      if (held !== null) await batch.put(replacedKey(position), held)
      if (depth >= 2 * VERSIONS) await shorten(key, pointer, batch)
      return
    }
    key = replacedKey(held.position)
  }
}

/** Forgets the oldest versions: who goes through a chain goes so far and no further. */
async function shorten(key: string, newest: EventPointer, batch: StateBatch): Promise<void> {
  await batch.put(key, { ...newest, depth: VERSIONS })
  let version = newest
  for (let n = 0; n < VERSIONS; n++) {
    const before = (await batch.get(replacedKey(version.position)))?.value
    if (before === undefined) return
    version = before as EventPointer
  }
  await batch.set(replacedKey(version.position), null)
}

/** Takes a version out of its chain. @returns the version that is the newest now, if that changed */
export async function leaveChain(
  event: NostrEvent,
  position: number,
  { batch }: Step
): Promise<EventPointer | null> {
  if (!isReplaceable(event.kind) && !isAddressable(event.kind)) return null
  const first = addressOf(event)
  let key = first
  for (;;) {
    const held = ((await batch.get(key))?.value ?? null) as EventPointer | null
    if (held === null) return null
    if (held.position === position) {
      const before = ((await batch.get(replacedKey(position)))?.value ??
        null) as EventPointer | null
      await batch.set(key, before)
      await batch.set(replacedKey(position), null)
      return key === first ? before : null
    }
    key = replacedKey(held.position)
  }
}

export async function showFiles(event: NostrEvent, position: number, step: Step): Promise<void> {
  for (const file of parseFiles(event)) {
    await step.batch.put(fileKey(file.hash, position, event.id), factsOf(file, event, position))
    step.replay.touched(file.hash)
  }
}

function factsOf(file: FileRecord, event: NostrEvent, position: number): FileFacts {
  return {
    position,
    createdAt: event.created_at,
    pubkey: event.pubkey,
    mime: file.mime,
    name: file.name,
    path: file.path,
    size: file.size,
    piecesRoot: file.piecesRoot
  }
}

/** A file goes with its last live record. @param deleted whether it is to be answered as deleted */
export async function hideFiles(
  event: NostrEvent,
  position: number,
  deleted: boolean,
  step: Step
): Promise<void> {
  const { batch, replay } = step
  for (const { hash } of parseFiles(event)) {
    await batch.del(fileKey(hash, position, event.id))
    if (deleted) await batch.put(goneKey(hash), 1)
    replay.touched(hash)
    if ((await readRecord(batch, hash)) === null) await forgetProviders(hash, step)
  }
}

async function forgetProviders(hash: string, { batch }: Step): Promise<void> {
  for (const { key } of await batch.entries(providersRange(hash))) {
    const entry = parseFilekey(key)
    if (entry === null) continue
    await batch.del(key)
    await batch.del(heldKey(entry.pubkey, entry.driveKey, hash))
  }
}

/** A drive holds files, and no longer holds others. */
export async function announce(
  record: Extract<RelayRecord, { type: 'announce' }>,
  step: Step
): Promise<void> {
  const { batch, carrier, replay } = step
  const writer = (await readWriterFacts(batch, carrier.writer))!
  const { driveKey } = record
  if (writer.drive === null) {
    await batch.put(writerKey(carrier.writer), { ...writer, drive: driveKey })
    // An admin's device may sign from its first node on.
    if ((await readMember(batch, writer.pubkey))?.role === 'admin') await settleIndexers(step)
  }
  for (const hash of record.held) {
    await batch.put(filekeyKey(hash, driveKey, writer.pubkey), 1)
    await batch.put(heldKey(writer.pubkey, driveKey, hash), 1)
    replay.touched(hash)
  }
  for (const hash of record.withdrawn) {
    await batch.del(filekeyKey(hash, driveKey, writer.pubkey))
    await batch.del(heldKey(writer.pubkey, driveKey, hash))
    replay.touched(hash)
  }
}

/** Takes away what a pubkey's drives are said to hold. @param drives all of them for null */
export async function withdrawAll(
  pubkey: string,
  drives: ReadonlySet<string> | null,
  { batch, replay }: Step
): Promise<void> {
  for (const { key } of await batch.entries(heldRange(pubkey))) {
    const [, , driveKey = '', hash = ''] = key.split(':')
    if (drives !== null && !drives.has(driveKey)) continue
    await batch.del(key)
    await batch.del(filekeyKey(hash, driveKey, pubkey))
    replay.touched(hash)
  }
}

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
