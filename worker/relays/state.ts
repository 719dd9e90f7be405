/**
 * The relay's replicated state as typed questions: the group.
 *
 * The same questions are asked in `apply`, over a batch of changes that are not
 * written yet, and by everyone else over the view as it stands. Those about
 * events and files are in `state-events.ts`.
 */
import type Hyperbee from 'hyperbee'

import {
  CARDS_KEY,
  devicesRange,
  formerKey,
  inviteKey,
  inviteRange,
  leftAtKey,
  MEMBERSHIP_KEY,
  memberKey,
  pendingKey,
  pendingRange,
  RELAY_KEY,
  sealedKey,
  writerKey
} from './keys.ts'
import type { Lapse } from './lapses.ts'
import type { WriterProof } from './writer-proof.ts'

export * from './state-events.ts'

export type Access = 'open' | 'closed' | 'private'
export type Role = 'admin' | 'moderator' | 'member'

export interface RelayFacts {
  alias: string
  creator: string
  /** Signs 39000–39005; another one after an admin went. */
  relayPubkey: string
  access: Access
  name: string
  about: string
  /** URLs; empty without one. */
  picture: string
  banner: string
  /** Kinds that members may post; null for any. */
  supportedKinds: number[] | null
  /** `e` and `a` tags, in their order. */
  pins: string[][]
  /**
   * Noise keys (64 hex) of the gateways that a private group's members answer; missing
   * in a state of before.
   */
  gateways?: string[]
  /** Copies that its members are to have of each file; missing while no admin has said. */
  copies?: number
  /** {@link rulesOf}; missing for the first. */
  rules?: number
  /** By its creator: nothing is accepted any more. */
  deleted: boolean
  /** When its first card was made, in seconds; missing in a state of before. */
  founded?: number
  /** Who took an admin's rights since the relay's key was last made; null when it is safe. */
  burnt: string | null
}

export interface MemberFacts {
  role: Role
  /** Seniority among admins: the creator has 0, a lower one is more senior. -1 for others. */
  rank: number
  /** Log position of what made it a member. */
  since: number
}

/** Why somebody is a member no more; who was removed comes back by an admin alone. */
export type FormerFacts = 'left' | 'removed'

export interface WriterFacts {
  pubkey: string
  /** The one drive that it announced; null before its first announcement. */
  drive: string | null
  /** Nodes beyond this length do not count; null while all do. */
  cut: number | null
  /** Acts beyond this length do not count: of an admin who is none any more. */
  acts: number | null
  /** The same of a moderator's acts (9005, 9010). */
  mods: number | null
  /** Of those two rights, when they were given back. */
  lapses?: Lapse[]
  /** Whether its member left the group: it comes back with another writer. */
  left?: true
  /** Whether Autobase was told to take no more of it. */
  out: boolean
  /** That it is the pubkey's; null for the core that the relay began with. */
  proof: WriterProof | null
}

export interface Device {
  writer: string
  cut: number | null
  /** Whether it writes, as long as its pubkey is a member: neither cut nor left behind. */
  writes: boolean
}

export interface InviteFacts {
  /** Of blind-pairing; null for a code that is only asked for by kind 9021. */
  publicKey: string | null
  /** Unix seconds; 0 never expires. */
  expiresAt: number
  /** Admissions allowed; 0 is any number. */
  uses: number
  used: number
  /** Whether an admin is asked about each who comes. */
  approval: boolean
  /** It lets nobody in any more; kept, so that who comes with it is told. */
  revoked: boolean
  by: string
}

export interface PendingFacts {
  eventId: string
  position: number
  /** Where it is counted; missing in a state of before. */
  counted?: string[]
}

/** A card and who signed it. */
export interface CardFacts {
  id: string
  position: number
  createdAt: number
  by: string
  /** How senior who signed it was by the creator's card: 0 the creator itself. */
  rank: number
}

export interface Cards {
  creators: CardFacts
  /** Whom the creator's card names as admins, the most senior first. */
  admins: string[]
  /** An admin's, made in the name of the creator's card while the creator was away. */
  delegated: CardFacts | null
  /** Admins of the creator's card that left since, and where their word for it is. */
  resigned: { pubkey: string; position: number }[]
}

export interface SealedFacts {
  from: string
  relayPubkey: string
  payload: string
}

export type StateReader = Hyperbee.Reader<string, unknown>

async function read<T>(state: StateReader, key: string): Promise<T | null> {
  const node = await state.get(key)
  return node === null ? null : (node.value as T)
}

export const readRelay = (state: StateReader): Promise<RelayFacts | null> => read(state, RELAY_KEY)

export async function readCards(state: StateReader): Promise<Cards | null> {
  const cards = await read<Cards>(state, CARDS_KEY)
  return cards === null ? null : { ...cards, resigned: cards.resigned ?? [] } // older ones have none
}

/** The log position at which what 39000–39005 tell last changed; -1 before any. */
export async function readMembershipChange(state: StateReader): Promise<number> {
  return (await read<number>(state, MEMBERSHIP_KEY)) ?? -1
}

export const readMember = (state: StateReader, pubkey: string): Promise<MemberFacts | null> =>
  read(state, memberKey(pubkey))

/** Why a pubkey is a member no more; null for a member, and for who never was one. */
export const readFormer = (state: StateReader, pubkey: string): Promise<FormerFacts | null> =>
  read(state, formerKey(pubkey))

/** When somebody left, in seconds, as it said itself; -1 for who never did. */
export const readLeftAt = async (state: StateReader, pubkey: string): Promise<number> =>
  (await read<number>(state, leftAtKey(pubkey))) ?? -1

export const readWriterFacts = (state: StateReader, writer: string): Promise<WriterFacts | null> =>
  read(state, writerKey(writer))

/** The pubkey that a writer's core is bound to. */
export async function readWriter(state: StateReader, writer: string): Promise<string | null> {
  return (await readWriterFacts(state, writer))?.pubkey ?? null
}

/** A pubkey's writers, and up to where they count. */
export async function readDevices(state: StateReader, pubkey: string): Promise<Device[]> {
  const writers: string[] = []
  for await (const node of state.createReadStream(devicesRange(pubkey))) {
    writers.push(node.key.slice(-64))
  }
  const facts = await Promise.all(writers.map((writer) => readWriterFacts(state, writer)))
  return writers.map((writer, i) => {
    const { cut = null, left = false } = facts[i] ?? {}
    return { writer, cut, writes: cut === null && !left }
  })
}

export const readInvite = (state: StateReader, id: string): Promise<InviteFacts | null> =>
  read(state, inviteKey(id))

/** The invites that may let somebody in. */
export async function readInvites(state: StateReader): Promise<(InviteFacts & { id: string })[]> {
  const invites = []
  for await (const node of state.createReadStream(inviteRange)) {
    const facts = node.value as InviteFacts
    if (!facts.revoked) invites.push({ ...facts, id: node.key.slice('invite:'.length) })
  }
  return invites
}

export const readPending = (state: StateReader, pubkey: string): Promise<PendingFacts | null> =>
  read(state, pendingKey(pubkey))

/** Who asked to be let in and was not answered. */
export async function readRequests(
  state: StateReader
): Promise<(PendingFacts & { pubkey: string })[]> {
  const requests = []
  for await (const node of state.createReadStream(pendingRange)) {
    const pubkey = node.key.slice('pending:'.length)
    requests.push({ ...(node.value as PendingFacts), pubkey })
  }
  return requests
}

export const readSealed = (state: StateReader, pubkey: string): Promise<SealedFacts | null> =>
  read(state, sealedKey(pubkey))

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
