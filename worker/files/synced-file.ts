/** What is known of one file of a relay: its record, who has it, and how it does. */
import type { HypertunaError } from '../../protocol/errors.ts'
import { recordsRange } from '../relays/keys.ts'
import type { RelayFiles } from '../relays/relay-files.ts'
import type { FileFacts, StateReader } from '../relays/state.ts'
import type { Span } from './survey.ts'

export interface SyncedFile extends FileFacts {
  hash: string
  eventId: string
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
  const file = { ...known, ...empty, ...notes, hash, eventId }
  keepNotes(file, before)
  return file
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

  /** Whether only the second is in doubt. */
  prefers(what: string, other: string): boolean {
    return this.has(other) && !this.has(what)
  }

  delete(what: string): void {
    this.#since.delete(what)
  }
}

/** Records of one file that are looked at, at most. */
const MOST = 16

/** The record to go by: the oldest that is not in doubt, or the oldest of all; null without any. */
export async function chooseRecord(
  state: StateReader,
  hash: string,
  doubts: Doubts
): Promise<Record | null> {
  let oldest: Record | null = null
  for await (const { key, value } of state.createReadStream(recordsRange(hash), { limit: MOST })) {
    const record = { ...(value as FileFacts), eventId: key.slice(-64) }
    if (!doubts.has(record.eventId)) return record
    oldest ??= record
  }
  return oldest
}
