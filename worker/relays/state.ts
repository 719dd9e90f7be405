/**
 * The relay's replicated state as typed questions.
 *
 * The same questions are asked in `apply`, over a batch of changes that are not
 * written yet, and by everyone else over the view as it stands.
 */
import type Hyperbee from 'hyperbee'

import {
  deletedKey,
  driveOfKey,
  eventKey,
  goneKey,
  inviteKey,
  MEMBERSHIP_KEY,
  memberKey,
  parseFilekey,
  providersRange,
  recordsRange,
  RELAY_KEY,
  replaceableKey,
  sealedKey,
  writerKey
} from './keys.ts'

export type Access = 'open' | 'closed'
export type Role = 'admin' | 'member'

export interface RelayFacts {
  alias: string
  creator: string
  relayPubkey: string
  access: Access
  name: string
  about: string
}

export interface MemberFacts {
  role: Role
}

/** An event's place in the log and, for a replaceable one, its age. */
export interface EventPointer {
  id: string
  position: number
  createdAt: number
}

/** One live record of a file, as its event describes it. */
export interface FileFacts {
  position: number
  createdAt: number
  pubkey: string
  mime: string | null
  name: string | null
  path: string | null
  size: number
  piecesRoot: string | null
}

export interface InviteFacts {
  publicKey: string
  /** Unix seconds; 0 never expires. */
  expiresAt: number
  /** Admissions allowed; 0 is any number. */
  uses: number
  used: number
  by: string
}

export type StateReader = Hyperbee.Reader<string, unknown>

async function read<T>(state: StateReader, key: string): Promise<T | null> {
  const node = await state.get(key)
  return node === null ? null : (node.value as T)
}

export const readRelay = (state: StateReader): Promise<RelayFacts | null> => read(state, RELAY_KEY)

/** The log position at which membership last changed; -1 before any. */
export async function readMembershipChange(state: StateReader): Promise<number> {
  return (await read<number>(state, MEMBERSHIP_KEY)) ?? -1
}

export const readMember = (state: StateReader, pubkey: string): Promise<MemberFacts | null> =>
  read(state, memberKey(pubkey))

/** The pubkey that a writer's core is bound to. */
export const readWriter = (state: StateReader, writer: string): Promise<string | null> =>
  read(state, writerKey(writer))

/** An accepted event's position in the log. */
export const readPosition = (state: StateReader, id: string): Promise<number | null> =>
  read(state, eventKey(id))

export async function isDeleted(state: StateReader, id: string): Promise<boolean> {
  return (await state.get(deletedKey(id))) !== null
}

export const readReplaceable = (
  state: StateReader,
  kind: number,
  pubkey: string,
  d = ''
): Promise<EventPointer | null> => read(state, replaceableKey(kind, pubkey, d))

/** The drive that a writer has announced before; null before its first announcement. */
export const readDriveOf = (state: StateReader, writer: string): Promise<string | null> =>
  read(state, driveOfKey(writer))

export const readInvite = (state: StateReader, id: string): Promise<InviteFacts | null> =>
  read(state, inviteKey(id))

export const readSealed = (
  state: StateReader,
  pubkey: string
): Promise<{ from: string; payload: string } | null> => read(state, sealedKey(pubkey))

/** The oldest live record of a file, which is the one that is served; null without any. */
export async function readRecord(
  state: StateReader,
  hash: string
): Promise<(FileFacts & { eventId: string }) | null> {
  const node = await state.peek(recordsRange(hash))
  return node === null ? null : { ...(node.value as FileFacts), eventId: node.key.slice(-64) }
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

/** Reads each key once, for many questions about one moment. */
export function remembering(state: StateReader): StateReader {
  const known = new Map<string, ReturnType<StateReader['get']>>()
  return {
    get(key) {
      let node = known.get(key)
      if (node === undefined) known.set(key, (node = state.get(key)))
      return node
    },
    peek: (range, options) => state.peek(range, options),
    createReadStream: (range, options) => state.createReadStream(range, options)
  }
}
