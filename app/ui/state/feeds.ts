import type {
  BlindPeer,
  ConversationEvent,
  ConversationUpdate,
  FilesUpdate,
  JoinRequest,
  KeptFolder,
  Member,
  RelayList,
  Safety,
  SentInvite,
  SharedFile,
  Signing,
  Status,
  StorageUsage,
  Transfer,
  TransfersUpdate
} from '../../../protocol/rpc/generated/types.ts'
import type { Feed } from '../session/feed.ts'
import type { Session } from '../session/session.ts'

const NO_RELAYS: RelayList = { relays: [], waiting: null }
const NO_MEMBERS: Member[] = []
const NO_REQUESTS: JoinRequest[] = []
const NO_INVITES: SentInvite[] = []
const NO_EVENTS: ConversationEvent[] = []
const NO_BLIND_PEERS: BlindPeer[] = []
const NO_FILES: ReadonlyMap<string, SharedFile> = new Map()
const NO_TRANSFERS: TransferList = { transfers: [], toCome: 0 }
const NO_FOLDERS: KeptFolder[] = []

export function statusFeed(session: Session): Feed<Status | null> {
  return session.feed('status', {}, null as Status | null, (_, status) => status)
}

/** The groups that we are in, and those that we asked to be let into. */
export function relayListFeed(session: Session): Feed<RelayList> {
  return session.feed('relayList', {}, NO_RELAYS, (_, list) => list)
}

export function membersFeed(session: Session, relayKey: string): Feed<Member[]> {
  return session.feed('members', { relayKey }, NO_MEMBERS, (_, { members }) => members)
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
): Feed<ConversationEvent[]> {
  return session.feed('conversation', { relayKey, limit }, NO_EVENTS, addEvents)
}

/** All files of a relay by hash. */
export function filesFeed(
  session: Session,
  relayKey: string
): Feed<ReadonlyMap<string, SharedFile>> {
  return session.feed('files', { relayKey }, NO_FILES, patchFiles)
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
  return session.feed('safety', {}, null as Safety | null, (_, safety) => safety)
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

/** An event that is known already is replaced; the order is by time, and of one second as they came. */
export function addEvents(
  known: ConversationEvent[],
  { reset, events }: ConversationUpdate
): ConversationEvent[] {
  const byId = new Map((reset ? [] : known).map((event) => [event.id, event]))
  for (const event of events) byId.set(event.id, event)
  return [...byId.values()].sort((a, b) => a.createdAt - b.createdAt)
}

export function patchFiles(
  known: ReadonlyMap<string, SharedFile>,
  { reset, files, removed }: FilesUpdate
): ReadonlyMap<string, SharedFile> {
  const next = new Map(reset ? [] : known)
  for (const hash of removed) next.delete(hash)
  for (const file of files) next.set(file.hash, file)
  return next
}
