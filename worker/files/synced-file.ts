/** What is known of one file of a relay: its record, who has it, and how it does. */
import type { HypertunaError } from '../../protocol/errors.ts'
import { recordsRange } from '../relays/keys.ts'
import type { RelayFiles } from '../relays/relay-files.ts'
import type { FileFacts, StateReader } from '../relays/state.ts'
import type { Found, Span } from './survey.ts'

/** A file under another name, or in another place: the same bytes, kept once. */
export type OtherName = Pick<
  Record,
  'eventId' | 'position' | 'createdAt' | 'pubkey' | 'mime' | 'name' | 'path'
>

export interface SyncedFile extends FileFacts {
  hash: string
  eventId: string
  /** What else live records call it, each once, the oldest first */
  others: readonly OtherName[]
  here: boolean
  /** Where its blocks are in the own drive; null when it is not here. */
  span: Span | null
  /** Who says to hold it, ours among them, as `providerOf` names them. */
  providers: Set<string>
  fetching: boolean
  received: number
  /** A person wants it to stay on this device. */
  pinned: boolean
  /** Why the last attempt failed; null after a success. */
  problem: HypertunaError | null
}

/** A fresh look at a file that keeps what only we know of it. */
export function syncedFile(
  hash: string,
  { eventId, ...facts }: Record,
  before: SyncedFile | undefined
): SyncedFile {
  const { position, createdAt, pubkey, mime, name, path, size, piecesRoot } = facts
  const known = { position, createdAt, pubkey, mime, name, path, size, piecesRoot }
  const empty = { here: false, span: null, providers: new Set<string>() }
  const notes = { fetching: false, received: 0, problem: null, pinned: false }
  const file = { ...known, ...empty, ...notes, hash, eventId, others: NONE }
  keepNotes(file, before)
  // A size that was measured here stays known when the file was let go of.
  if (before?.here === true || before?.eventId === eventId) file.size ??= before.size
  return file
}

/** Where a file's blocks are in the own drive, which has measured it; null when it is not there. */
export function lieAt(file: SyncedFile, found: Found | null): void {
  file.span = found?.span ?? null
  file.here = file.span !== null
  file.size ??= found?.size ?? null
}

/** Takes over what only we know of a file. */
export function keepNotes(file: SyncedFile, before: SyncedFile | undefined): void {
  if (before === undefined) return
  const { fetching, received, problem, pinned } = before
  Object.assign(file, { fetching, received, problem, pinned })
}

/** Whether a relay's files may be in the drive: none of one that ended, a private one's sealed. */
export function mayKeep({
  access,
  fileKey,
  ended
}: Pick<RelayFiles, 'access' | 'fileKey' | 'ended'>): boolean {
  return ended !== true && (access !== 'private' || fileKey !== null)
}

/** A live record of a file, and the event that carries it. */
export type Record = FileFacts & { eventId: string }

/** What is left alone for a while: files, and records that proved wrong. */
export class Doubts {
  readonly #since = new Map<string, number>()
  readonly #ms: number

  /** @param ms how long a doubt lasts */
  constructor(ms: number) {
    this.#ms = ms
  }

  /** How many were ever in doubt and were not cleared. */
  get size(): number {
    return this.#since.size
  }

  add(what: string): void {
    this.#since.set(what, Date.now())
  }

  has(what: string): boolean {
    const since = this.#since.get(what)
    return since !== undefined && Date.now() - since < this.#ms
  }

  delete(what: string): void {
    this.#since.delete(what)
  }
}

/** Records of one file that are looked at, at most: of an empty one there are many. */
export const MOST_RECORDS = 1000
const NONE: readonly OtherName[] = []

/** The live records of a file, the oldest first. */
export async function recordsOf(state: StateReader, hash: string): Promise<Record[]> {
  const records: Record[] = []
  const limit = { limit: MOST_RECORDS }
  for await (const { key, value } of state.createReadStream(recordsRange(hash), limit)) {
    records.push({ ...(value as FileFacts), eventId: key.slice(-64) })
  }
  return records
}

/**
 * The record to go by: the oldest that is not in doubt, one that tells the size before those
 * that do not; or the oldest of all. Null without any.
 */
export function chooseRecord(records: readonly Record[], doubts: Doubts): Record | null {
  const sound = records.filter(({ eventId }) => !doubts.has(eventId))
  return sound.find(({ size }) => size !== null) ?? sound[0] ?? records[0] ?? null
}

/** What records call a file beside the one to go by. One that names nothing has no other name. */
export function otherNames(records: readonly Record[], chosen: Record): readonly OtherName[] {
  if (records.length < 2) return NONE
  const told = new Set([placeOf(chosen)])
  const others: OtherName[] = []
  for (const record of records) {
    const place = placeOf(record)
    if (place === null || told.has(place)) continue
    told.add(place)
    const { eventId, position, createdAt, pubkey, mime, name, path } = record
    others.push({ eventId, position, createdAt, pubkey, mime, name, path })
  }
  return others.length === 0 ? NONE : others
}

/** Where a file is to be found: by its path, or at the top by its name. */
function placeOf({ path, name }: Pick<Record, 'path' | 'name'>): string | null {
  if (path !== null) return `path:${path}`
  return name === null ? null : `name:${name}`
}
