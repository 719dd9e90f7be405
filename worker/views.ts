/** What faces see of relays, events and files: the shapes of the RPC, made from ours. */
import { extensionFor, fileLink } from '../protocol/ids.ts'
import { parseFiles } from '../protocol/file-event.ts'
import { HypertunaError } from '../protocol/errors.ts'
import type { NostrEvent } from '../protocol/nostr.ts'
import type * as Rpc from '../protocol/rpc/generated/types.ts'
import { detailsText } from '../protocol/rpc/wire-error.ts'
import type { Files } from './files/files.ts'
import { drives } from './files/holdings/safety.ts'
import type { Sync, SyncedFile } from './files/sync.ts'
import type { OtherName } from './files/synced-file.ts'
import type { Transfer } from './files/transfers.ts'
import type { Group } from './relays/group.ts'
import { KIND } from './relays/kinds.ts'
import { isPrivate } from './relays/relay-files.ts'
import type { WaitingJoin } from './relays/waiting-joins.ts'
import { standingOf } from './group-views.ts'

export interface LinkBases {
  /** `http://127.0.0.1:<port>`, or null while the loopback server is not up. */
  local: string | null
  gateways: string[]
  /** What opens a private relay's files over loopback, for hours; not to be logged. */
  capabilityFor(relayKey: string): string
}

/** Kinds that belong to the relay's own bookkeeping and not to the conversation. */
export function isConversation({ kind }: NostrEvent): boolean {
  if (kind === KIND.profile || kind === KIND.deletion || kind === KIND.vanish) return false
  return kind < 9000 || COMINGS.has(kind)
}

/** Who came, went, and was given which role: told between the messages. */
export const COMINGS: ReadonlySet<number> = new Set([
  KIND.putUser,
  KIND.removeUser,
  KIND.joinRequest,
  KIND.leaveRequest
])

/** @param last what was last said, as far as that is known */
export async function relayView(
  group: Group,
  files: Files,
  last: Rpc.LastSaid | null
): Promise<Rpc.Relay> {
  const { relay, role } = group
  const { facts } = relay
  const sync = files.find(relay.relayKey)
  return {
    relayKey: relay.relayKey,
    publicIdentifier: group.publicIdentifier ?? '',
    ...group.described,
    about: facts?.about ?? '',
    role,
    members: relay.members.size,
    online: onlineMembers(group),
    files: sync?.names ?? 0,
    keep: sync?.keep ?? 'all',
    quotaBytes: sync?.quotaBytes ?? null,
    keptBytes: sync?.bytes ?? 0,
    lastEventAt: last?.createdAt ?? 0,
    last,
    state: group.joined ? 'ready' : 'joining',
    copies: facts?.copies ?? files.find(relay.relayKey)?.holdings?.copies ?? null,
    ...(await standingOf(group))
  }
}

export function waitingView(join: WaitingJoin): Rpc.WaitingJoin {
  const { publicIdentifier: id, groupName: name, since, problem } = join
  return { id, name, since, problem: problem === null ? null : problemView(problem) }
}

/** Members who are online, ourselves included; somebody with two devices is one. */
function onlineMembers({ link, role, pubkey }: Group): number {
  const online = new Set(link?.onlinePubkeys())
  if (role !== 'none') online.add(pubkey)
  return online.size
}

export function fileView(file: SyncedFile, sync: Sync, bases: LinkBases): Rpc.SharedFile {
  const { hash, here, problem } = file
  const extension = extensionFor(file.mime, file.name)
  const local = here ? localLink(sync, bases, hash, extension) : null
  return {
    hash,
    size: file.size ?? 0,
    unsized: file.size === null,
    eventId: file.eventId,
    pubkey: file.pubkey,
    createdAt: file.createdAt,
    here,
    providers: file.providers.size,
    online: sync.online(file) + (here ? 1 : 0),
    phase: phaseOf(file),
    received: file.received,
    name: file.name,
    mime: file.mime,
    path: file.path,
    url: local,
    link: sharedLink(sync, bases, hash, extension),
    problem: problem === null ? null : problemView(problem),
    pinned: file.pinned,
    wanted: sync.wants(file),
    ...(file.others.length > 0 && { others: file.others.map(otherView) }),
    ...provedView(sync, hash)
  }
}

function otherView({ eventId, pubkey, createdAt, name, mime, path }: OtherName): Rpc.OtherName {
  return { eventId, pubkey, createdAt, name, mime, path }
}

/** What others were proved to hold, as far as they were asked. */
function provedView({ holdings }: Sync, hash: string): Partial<Rpc.SharedFile> {
  if (holdings === null) return {}
  const others = holdings.holders(hash).filter(({ ours, proved }) => proved && !ours)
  const seen = others.map(({ seenAt }) => seenAt ?? 0)
  return {
    proven: drives(others),
    holders: drives(others.filter(({ online }) => online)),
    lastSeen: others.length === 0 ? null : Math.max(...seen)
  }
}

/** A private relay's files open to links of ours alone. */
function localLink(
  { records }: Sync,
  { local, capabilityFor }: LinkBases,
  hash: string,
  extension: string | null
): string | null {
  if (local === null) return null
  const link = fileLink(local, records.publicIdentifier, hash, extension)
  return isPrivate(records) ? `${link}?cap=${capabilityFor(records.relayKey)}` : link
}

/** What can be passed on: of a private relay nothing, for who gets it is no member. */
function sharedLink(
  { records }: Sync,
  { gateways }: LinkBases,
  hash: string,
  extension: string | null
): string | null {
  if (isPrivate(records)) return null
  return fileLink(gateways[0] ?? null, records.publicIdentifier, hash, extension)
}

function phaseOf({ here, fetching, problem }: SyncedFile): Rpc.FilePhase {
  if (here) return 'here'
  if (fetching) return 'fetching'
  return problem?.code === 'WRONG_BYTES' || problem?.code === 'HASH_MISMATCH' ? 'bad' : 'waiting'
}

export function eventView(event: NostrEvent, sync: Sync, bases: LinkBases): Rpc.ConversationEvent {
  const files: Rpc.SharedFile[] = []
  const { id: eventId, pubkey, created_at: createdAt } = event
  for (const { hash, name, mime, path, dim = null, thumbhash = null } of parseFiles(event)) {
    const file = sync.files.get(hash)
    if (file === undefined) continue
    const { others: _, ...view } = fileView(file, sync, bases)
    // As this event calls it: others may call the same bytes otherwise
    const told = { eventId, pubkey, createdAt, name: name ?? view.name, path }
    files.push({ ...view, ...told, mime: mime ?? view.mime, dim, thumbhash })
  }
  return {
    id: event.id,
    pubkey: event.pubkey,
    createdAt: event.created_at,
    kind: event.kind,
    content: event.content,
    tags: JSON.stringify(event.tags),
    files
  }
}

export function transferView(transfer: Transfer): Rpc.Transfer {
  const { problem } = transfer
  return {
    ...transfer,
    rate: Math.round(transfer.rate),
    problem: problem === null ? null : problemView(problem)
  }
}

export function problemView(err: unknown): Rpc.Problem {
  const { code, message, details } = HypertunaError.from(err)
  return { code, message, details: detailsText(details) }
}
