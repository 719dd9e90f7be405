import type {
  BlindPeer,
  ConversationEvent,
  ConversationUpdate,
  JoinRequest,
  KeptFolder,
  Member,
  Relay,
  RelayList,
  Safety,
  SentInvite,
  Signing,
  Status,
  StorageUsage,
  Transfer,
  TransfersUpdate
} from '../../../protocol/rpc/generated/types.ts'
import type { Feed } from '../session/feed.ts'
import type { Session } from '../session/session.ts'
import { NO_FILES, patchFiles, type KnownFiles } from './known-files.ts'
import { keepAlike, keepSame } from './same.ts'

const NO_RELAYS: RelayList = { relays: [], waiting: null }
const NO_MEMBERS: Member[] = []
const NO_REQUESTS: JoinRequest[] = []
const NO_INVITES: SentInvite[] = []
const NO_EVENTS: ConversationEvent[] = []
const NOTHING_SAID: Conversation = { events: NO_EVENTS, coming: null }
const NO_BLIND_PEERS: BlindPeer[] = []
const NO_TRANSFERS: TransferList = { transfers: [], toCome: 0 }
const NO_FOLDERS: KeptFolder[] = []

export function statusFeed(session: Session): Feed<Status | null> {
  return session.feed('status', {}, null as Status | null, keepSame)
}

/** The groups that we are in, the newest word first, and those that we asked to be let into. */
export function relayListFeed(session: Session): Feed<RelayList> {
  return session.feed('relayList', {}, NO_RELAYS, patchRelays)
}

/** All of them at first, then those that are new or another. */
export function patchRelays(known: RelayList, list: RelayList): RelayList {
  const next = list.reset === false ? patched(known.relays, list) : list.relays
  const relays = keepAlike(known.relays, byNewest(next), ({ relayKey }) => relayKey)
  const waiting = keepSame(known.waiting, list.waiting)
  return relays === known.relays && waiting === known.waiting ? known : { relays, waiting }
}

function patched(known: readonly Relay[], { relays, removed }: RelayList): Relay[] {
  const changed = new Map(relays.map((relay) => [relay.relayKey, relay]))
  const gone = new Set(removed)
  const kept = known.filter(({ relayKey }) => !gone.has(relayKey))
  const old = kept.map((relay) => changed.get(relay.relayKey) ?? relay)
  const here = new Set(kept.map(({ relayKey }) => relayKey))
  return [...old, ...relays.filter(({ relayKey }) => !here.has(relayKey))]
}

function byNewest(relays: readonly Relay[]): Relay[] {
  // Of one second: where something was said, before the one that was only made then
  const said = ({ last }: Relay): number => Number(Boolean(last))
  return [...relays].sort((a, b) => b.lastEventAt - a.lastEventAt || said(b) - said(a))
}

export function membersFeed(session: Session, relayKey: string): Feed<Member[]> {
  return session.feed('members', { relayKey }, NO_MEMBERS, (known, { members }) =>
    keepAlike(known, members, ({ pubkey }) => pubkey)
  )
}

/** Who waits to be let in. */
export function requestsFeed(session: Session, relayKey: string): Feed<JoinRequest[]> {
  return session.feed('requests', { relayKey }, NO_REQUESTS, (_, { requests }) => requests)
}

/** The invites that work. */
export function invitesFeed(session: Session, relayKey: string): Feed<SentInvite[]> {
  return session.feed('invites', { relayKey }, NO_INVITES, (_, { invites }) => invites)
}

/** Whose devices sign for a group. */
export function signingFeed(session: Session, relayKey: string): Feed<Signing | null> {
  return session.feed('signing', { relayKey }, null as Signing | null, (_, signing) => signing)
}

/** What is pinned, the newest pin first. */
export function pinnedFeed(session: Session, relayKey: string): Feed<ConversationEvent[]> {
  return session.feed('pinned', { relayKey }, NO_EVENTS, (_, { events }) => events)
}

/** The newest `limit` events, oldest first, and what came since. */
export function conversationFeed(
  session: Session,
  relayKey: string,
  limit: number
): Feed<Conversation> {
  return session.feed('conversation', { relayKey, limit }, NOTHING_SAID, patchConversation)
}

/** All files of a relay. */
export function filesFeed(session: Session, relayKey: string): Feed<KnownFiles> {
  return session.feed('files', { relayKey }, NO_FILES, patchFiles)
}

/**
 * What changed of files since they were told otherwise, by messages that have them: who reads
 * what was said does not wait for thousands of files.
 */
export function fileChangesFeed(session: Session, relayKey: string): Feed<KnownFiles> {
  return session.feed('fileChanges', { relayKey }, NO_FILES, patchFiles)
}

/** What moves, and how many files are to be fetched beside these. */
export interface TransferList {
  transfers: Transfer[]
  toCome: number
}

export function transfersFeed(session: Session): Feed<TransferList> {
  return session.feed('transfers', {}, NO_TRANSFERS, ({ transfers, toCome }, update) => ({
    transfers: patchTransfers(transfers, update),
    toCome: update.waiting ?? toCome
  }))
}

/** Whether this device may go offline: all groups in one. */
export function safetyFeed(session: Session): Feed<Safety | null> {
  return session.feed('safety', {}, null as Safety | null, keepSame)
}

/** The folders of this computer that are kept in step with groups. */
export function foldersFeed(session: Session): Feed<KeptFolder[]> {
  return session.feed('folders', {}, NO_FOLDERS, (_, { folders }) => folders)
}

/** What the storage takes on the disk. */
export function storageFeed(session: Session): Feed<StorageUsage | null> {
  return session.feed('storageUsage', {}, null as StorageUsage | null, (_, usage) => usage)
}

export function blindPeersFeed(session: Session): Feed<BlindPeer[]> {
  return session.feed('blindPeers', {}, NO_BLIND_PEERS, (_, { peers }) => peers)
}

/** All of them at first, then what changed and what is shown no longer. */
export function patchTransfers(
  known: Transfer[],
  { transfers, reset, removed }: TransfersUpdate
): Transfer[] {
  if (reset !== false) return transfers
  const changed = new Map(transfers.map((transfer) => [transfer.id, transfer]))
  const gone = new Set(removed)
  const kept = known.filter(({ id }) => !gone.has(id)).map((old) => changed.get(old.id) ?? old)
  const ids = new Set(kept.map(({ id }) => id))
  return [...kept, ...transfers.filter(({ id }) => !ids.has(id))]
}

/** What was said, and the part of it that is here while a long conversation comes in parts. */
export interface Conversation {
  events: ConversationEvent[]
  coming: ConversationEvent[] | null
}

/** What comes in parts is seen when it is whole: a list must not shrink and grow meanwhile. */
export function patchConversation(
  { events, coming }: Conversation,
  update: ConversationUpdate
): Conversation {
  if (!update.more && (update.reset || coming === null)) {
    return { events: addEvents(events, update), coming: null }
  }
  const come = [...(update.reset ? [] : (coming ?? [])), ...update.events]
  if (update.more) return { events, coming: come }
  return { events: addEvents([], { reset: true, events: come }), coming: null }
}

/** An event that is known already is replaced; the order is by time, and of one second as they came. */
export function addEvents(
  known: ConversationEvent[],
  { reset, events }: ConversationUpdate
): ConversationEvent[] {
  const byId = new Map((reset ? [] : known).map((event) => [event.id, event]))
  for (const event of events) byId.set(event.id, event)
  return [...byId.values()].sort((a, b) => a.createdAt - b.createdAt)
}
