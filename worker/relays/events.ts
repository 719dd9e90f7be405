/** Events on their way into the view: their place, their files, what they delete. */
import { parseFiles } from '../../protocol/file-event.ts'
import type { NamedFile } from '../../protocol/file-event.ts'
import { tagValue } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { Step } from './apply.ts'
import { settleSigners } from './host-writers.ts'
import {
  carriedKey,
  eventKey,
  fileKey,
  filekeyKey,
  goneKey,
  heldBackKeyOf,
  heldKey,
  heldRange,
  parseFilekey,
  providersRange,
  replaceableKey,
  replacedKey,
  writerKey,
  wroteKey
} from './keys.ts'
import { isAddressable, isGroupState, isReplaceable, KIND } from './kinds.ts'
import { isNewer } from './policy.ts'
import type { RelayRecord } from './records.ts'
import { readRules } from './rules.ts'
import type { StateBatch } from './state-batch.ts'
import {
  isBlocked,
  keepEventFacts,
  readEventFacts,
  readMember,
  readRecord,
  readWriter,
  readWriterFacts,
  setAwaited
} from './state.ts'
import type { Carriage, EventFacts, EventPointer, FileFacts } from './state.ts'
import { isVerdict } from './verdicts.ts'

/** Nodes that are remembered as having brought an event too; of its author one more. */
const CARRIAGES = 64
/** The same of one member's devices. */
const CARRIAGES_EACH = 2
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
  await setAwaited(batch, event.id, null)
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
  if (facts === null || facts.position < 0) return
  if (!(await mayBring(event, step)) || !(await isRoomFor(pubkey, facts, step))) return
  const more: Carriage[] = [...facts.more, [carrier.writer, carrier.length]]
  await putFacts(id, { ...facts, more }, step)
  wrote.push(carrier.length, ~facts.position)
  if ((await readWriter(batch, carrier.writer)) !== pubkey) {
    await batch.put(carriedKey(pubkey, carrier.writer, carrier.length), facts.position)
  }
}

/**
 * Whether this node is remembered too. Nobody takes up all the room by many devices, and an
 * author's own node always has some: else what it said would fall with those who repeated it
 * first, by nodes that seem to stand before its own.
 */
export async function isRoomFor(
  author: string,
  { more }: EventFacts,
  { batch, carrier }: Step
): Promise<boolean> {
  if (more.some(([writer]) => writer === carrier.writer)) return false
  const by = await readWriter(batch, carrier.writer)
  const owners = await Promise.all(more.map(([writer]) => readWriter(batch, writer)))
  const own = owners.filter((owner) => owner === by).length
  if (by === author) return own === 0 || (own < CARRIAGES_EACH && more.length < CARRIAGES)
  return own < CARRIAGES_EACH && more.length < CARRIAGES
}

/** What stands by a right stands by who has it: an admin, or its author. */
async function mayBring(event: NostrEvent, { batch, carrier }: Step): Promise<boolean> {
  const { kind, pubkey } = event
  if (!isGroupState(kind) && kind !== KIND.deleteEvent) return true
  const writer = await readWriterFacts(batch, carrier.writer)
  if (writer === null) return false
  const limit = kind === KIND.deleteEvent && !isVerdict(event) ? writer.mods : writer.acts
  if (limit !== null && carrier.length > limit) return false
  if (kind === KIND.deleteEvent && writer.pubkey === pubkey) return true
  return (await readMember(batch, writer.pubkey))?.role === 'admin'
}

/**
 * What is not here lies apart (rules 2): ids cost nothing, and who names many that begin like
 * an event's would have it found by nobody who refers to it.
 */
export async function putFacts(id: string, facts: EventFacts, { batch }: Step): Promise<void> {
  const kept = keepEventFacts(facts)
  const isApart = facts.position < 0 && (await readRules(batch)) > 1
  await batch.set(eventKey(id), isApart ? null : kept)
  await setAwaited(batch, id, isApart ? kept : null)
}

/** Makes an event the newest of its kind or address, and its files known. */
export async function showEvent(event: NostrEvent, position: number, step: Step): Promise<void> {
  if (isReplaceable(event.kind) || isAddressable(event.kind)) {
    await becomeNewest(event, position, step)
  }
  await showFiles(event, position, step)
}

/** The key of an address' newest version. */
export const addressOf = (event: NostrEvent): string =>
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
    const { hash } = file
    await step.batch.put(
      await recordKey(hash, position, event, step),
      factsOf(file, event, position)
    )
    step.replay.touched(hash)
  }
}

/** Where the record is: held back, while an admin blocks the file. */
async function recordKey(
  hash: string,
  position: number,
  { id }: NostrEvent,
  { batch }: Step
): Promise<string> {
  const key = fileKey(hash, position, id)
  return (await isBlocked(batch, hash)) ? heldBackKeyOf(key) : key
}

function factsOf(file: NamedFile, event: NostrEvent, position: number): FileFacts {
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
    await batch.del(await recordKey(hash, position, event, step))
    if (deleted) await batch.put(goneKey(hash), 1)
    replay.touched(hash)
    if ((await readRecord(batch, hash)) === null) await forgetProviders(hash, step)
  }
}

export async function forgetProviders(hash: string, { batch }: Step): Promise<void> {
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
    if ((await readMember(batch, writer.pubkey))?.role === 'admin') await settleSigners(step)
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
