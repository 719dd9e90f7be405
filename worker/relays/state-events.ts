/** The relay's replicated state as typed questions: events and files. */
import { makeAside } from '../../protocol/aside.ts'
import { Moment } from '../moment.ts'
import {
  awaitedKey,
  awaitedRange,
  blockedKey,
  blockedRange,
  changesRange,
  deletedAddressKey,
  eventKey,
  eventRange,
  goneKey,
  parseFilekey,
  positionOfChange,
  providersRange,
  recordsRange,
  replaceableKey,
  vanishedKey
} from './keys.ts'
import { StateBatch } from './state-batch.ts'
import type { StateReader } from './state.ts'

/** A node that brought an event: its writer and its length there. */
export type Carriage = [writer: string, length: number]

/** What deletes an event: the deletion's id and its author. */
export type Deletion = [id: string, by: string]

/** All that the state has about an event id. */
export interface EventFacts {
  /** In the log; -1 for an event that is not here. */
  position: number
  /** Other nodes that brought it too. */
  more: Carriage[]
  /** The node that it stands by, when the first one does not count any more. */
  main: Carriage | null
  /** What deletes it, also before it is here. */
  deletions: Deletion[]
}

/** As it is kept: the position alone for nearly all of them. */
type Kept = number | { p: number; c?: Carriage[]; m?: Carriage; d?: Deletion[] }

/** An event's place in the log and, for a replaceable one, its age. */
export interface EventPointer {
  id: string
  position: number
  createdAt: number
  /** How many older versions there are below it, about; none without. */
  depth?: number
}

/** One live record of a file, as its event describes it. */
export interface FileFacts {
  position: number
  createdAt: number
  pubkey: string
  mime: string | null
  name: string | null
  path: string | null
  /** Bytes; null where the event does not say. */
  size: number | null
  piecesRoot: string | null
}

/** Of readers of one moment, whether anything is awaited. */
const awaiting = makeAside<StateReader, Promise<boolean>>()

/**
 * Whether the state has anything about an event that has not come: hardly ever, and then
 * no id need be looked for, which is a fourth of the look-ups of an event.
 */
export function isAnyAwaited(state: StateReader): Promise<boolean> {
  const known = awaiting.get(state)
  if (known !== undefined) return known
  const asked = state.peek(awaitedRange).then((node) => node !== null)
  // Another reader tells of the state as it is each time.
  if (state instanceof Moment || state instanceof StateBatch) awaiting.set(state, asked)
  return asked
}

/** The only way to write what is apart: who asked whether there is any is to know. */
export async function setAwaited(batch: StateBatch, id: string, kept: Kept | null): Promise<void> {
  if (kept === null && !(await isAnyAwaited(batch))) return
  if (kept !== null) awaiting.set(batch, Promise.resolve(true))
  await batch.set(awaitedKey(id), kept)
}

async function awaitedNode(state: StateReader, id: string): Promise<{ value: unknown } | null> {
  return (await isAnyAwaited(state)) ? state.get(awaitedKey(id)) : null
}

export async function readEventFacts(state: StateReader, id: string): Promise<EventFacts | null> {
  const node = (await state.get(eventKey(id))) ?? (await awaitedNode(state, id))
  return node === null ? null : factsOf(node.value as Kept)
}

/** Ids that begin alike and are looked at: by the first rules anybody could name some that are nowhere. */
const ALIKE = 256

/** Whether an event was accepted whose id begins so, deleted or not. */
export async function isAnyHere(state: StateReader, prefix: string): Promise<boolean> {
  for await (const { value } of state.createReadStream(eventRange(prefix), { limit: ALIKE })) {
    if (factsOf(value as Kept).position >= 0) return true
  }
  return false
}

function factsOf(kept: Kept): EventFacts {
  if (typeof kept === 'number') return { position: kept, more: [], main: null, deletions: [] }
  return { position: kept.p, more: kept.c ?? [], main: kept.m ?? null, deletions: kept.d ?? [] }
}

/** The form in which the facts are kept; null when there is nothing to keep. */
export function keepEventFacts({ position, more, main, deletions }: EventFacts): Kept | null {
  const plain = more.length === 0 && main === null && deletions.length === 0
  if (plain) return position < 0 ? null : position
  const kept: Kept = { p: position }
  if (more.length > 0) kept.c = more
  if (main !== null) kept.m = main
  if (deletions.length > 0) kept.d = deletions
  return kept
}

/** An accepted event's position in the log, deleted or not. */
export async function readPosition(state: StateReader, id: string): Promise<number | null> {
  const facts = await readEventFacts(state, id)
  return facts === null || facts.position < 0 ? null : facts.position
}

/** Whether an accepted event was deleted. */
export async function isDeleted(state: StateReader, id: string): Promise<boolean> {
  const facts = await readEventFacts(state, id)
  return facts !== null && facts.position >= 0 && facts.deletions.length > 0
}

/** Whether an event is accepted and neither deleted nor retracted. */
export async function isLive(state: StateReader, id: string): Promise<boolean> {
  const facts = await readEventFacts(state, id)
  return facts !== null && facts.position >= 0 && facts.deletions.length === 0
}

/** What the act at a log position took back, and what it let be seen again. */
export async function* readChanges(
  state: StateReader,
  cause: number
): AsyncGenerator<{ position: number; visible: boolean }, void, undefined> {
  for await (const node of state.createReadStream(changesRange(cause))) {
    yield { position: positionOfChange(node.key), visible: node.value === 1 }
  }
}

/** The newest version of a replaceable event. */
export async function readReplaceable(
  state: StateReader,
  kind: number,
  pubkey: string,
  d = ''
): Promise<EventPointer | null> {
  const node = await state.get(replaceableKey(kind, pubkey, d))
  return node === null ? null : (node.value as EventPointer)
}

/** Seconds up to which an address' versions are deleted; -1 without a deletion. */
export async function readDeletedAddress(
  state: StateReader,
  kind: number,
  pubkey: string,
  d: string
): Promise<number> {
  return latest(await state.get(deletedAddressKey(kind, pubkey, d)))
}

/** Seconds up to which everything of a pubkey is deleted (NIP-62); -1 when it is not. */
export async function readVanished(state: StateReader, pubkey: string): Promise<number> {
  return latest(await state.get(vanishedKey(pubkey)))
}

/** Requests of one pubkey that count: everybody looks through all of its events at each. */
const VANISHES = 8

export async function hasVanishedOften(state: StateReader, pubkey: string): Promise<boolean> {
  const node = await state.get(vanishedKey(pubkey))
  return node !== null && (node.value as Until).length >= VANISHES
}

/** Times, each with the event that set it: the latest counts. */
export type Until = [seconds: number, by: string][]

function latest(node: { value: unknown } | null): number {
  if (node === null) return -1
  return Math.max(...(node.value as Until).map(([seconds]) => seconds))
}

/** The oldest live record of a file, which is the one that is served; null without any. */
export async function readRecord(
  state: StateReader,
  hash: string
): Promise<(FileFacts & { eventId: string }) | null> {
  const node = await state.peek(recordsRange(hash))
  return node === null ? null : { ...(node.value as FileFacts), eventId: node.key.slice(-64) }
}

/** What admins said of a file, by the positions of their words in the log: 1 blocks it. */
export type Verdicts = [position: number, blocks: 0 | 1, id: string][]

export const isBlocking = (verdicts: Verdicts): boolean => verdicts.at(-1)?.[1] === 1

/** Whether an admin blocked the file here. */
export async function isBlocked(state: StateReader, hash: string): Promise<boolean> {
  return isBlocking(((await state.get(blockedKey(hash)))?.value ?? []) as Verdicts)
}

/** The hashes that are blocked, at most `limit`. */
export async function readBlocked(state: StateReader, limit: number): Promise<string[]> {
  const hashes = []
  for await (const { key, value } of state.createReadStream(blockedRange)) {
    if (isBlocking(value as Verdicts)) hashes.push(key.slice(-64))
    if (hashes.length === limit) break
  }
  return hashes
}

/** The events that name a file, the oldest first, at most `limit`. */
export async function readRecordIds(
  state: StateReader,
  hash: string,
  limit: number
): Promise<string[]> {
  const ids = []
  for await (const { key } of state.createReadStream(recordsRange(hash), { limit })) {
    ids.push(key.slice(-64))
  }
  return ids
}

/** Whether a file had records here and all of them were deleted. */
export async function isGone(state: StateReader, hash: string): Promise<boolean> {
  if ((await state.get(goneKey(hash))) === null) return false
  return (await readRecord(state, hash)) === null
}

/** Who says to hold a file, at most 64 of them. */
export async function readProviders(
  state: StateReader,
  hash: string
): Promise<{ driveKey: string; pubkey: string }[]> {
  const providers = []
  for await (const node of state.createReadStream(providersRange(hash), { limit: 64 })) {
    const entry = parseFilekey(node.key)
    if (entry !== null) providers.push({ driveKey: entry.driveKey, pubkey: entry.pubkey })
  }
  return providers
}
