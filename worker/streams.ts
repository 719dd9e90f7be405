/** Live views for faces: a snapshot first, then what changes, gathered into bursts. */
import type { Subscription } from '../protocol/rpc/subscription.ts'
import type * as Rpc from '../protocol/rpc/generated/types.ts'
import type { NostrEvent } from '../protocol/nostr.ts'
import { coalesce } from './coalesce.ts'
import type { Sync } from './files/sync.ts'
import { follow, listen, once, withGroup } from './follow.ts'
import type { Emitter, Feed } from './follow.ts'
import {
  eventViews,
  inviteViews,
  memberViews,
  pinnedEvents,
  requestViews,
  signingView
} from './group-views.ts'
import type { Transfer } from './files/transfers.ts'
import type { People } from './people.ts'
import type { Group } from './relays/group.ts'
import { eventView, fileView, transferView } from './views.ts'
import type { Worker } from './worker.ts'

/** Changes are gathered this long, in ms: what a person sees as at once. */
const GATHER = 50
/** Progress moves fast and matters little. */
const GATHER_PROGRESS = 200
/** Looking at the disk costs a little: the figures of a moment ago do. */
const MEASURE = 2_000
/** Files in one message, so that a large relay's snapshot is many small frames. */
const FILES_PER_MESSAGE = 500

export function streamStatus(worker: Worker, subscription: Subscription<Rpc.Status>): void {
  follow(subscription, [[worker, 'status']], GATHER, () => worker.status())
}

/** What a group's own feeds follow: its state, who is online, and what else they are told of. */
function followGroup<Value>(
  worker: Worker,
  relayKey: string,
  subscription: Subscription<Value>,
  look: (group: Group, people: People) => Promise<Value>,
  others: [Emitter, string][] = []
): void {
  const { people } = worker.use()
  withGroup<Value>(worker, relayKey, subscription, (group, feed) => {
    const sources: [Emitter, string][] = [[group, 'update'], [group, 'online'], ...others]
    follow(feed, sources, GATHER, () => look(group, people))
  })
}

export function streamMembers(
  worker: Worker,
  relayKey: string,
  subscription: Subscription<Rpc.Members>
): void {
  const seen = () =>
    worker.use().files.find(relayKey)?.holdings?.seen() ?? new Map<string, number>()
  followGroup(worker, relayKey, subscription, async (group, people) => ({
    members: await memberViews(group, people, seen())
  }))
}

export function streamRequests(
  worker: Worker,
  relayKey: string,
  subscription: Subscription<Rpc.JoinRequests>
): void {
  followGroup(worker, relayKey, subscription, async (group, people) => ({
    requests: await requestViews(group, people)
  }))
}

export function streamInvites(
  worker: Worker,
  relayKey: string,
  subscription: Subscription<Rpc.Invites>
): void {
  const { sentInvites } = worker.use()
  followGroup(
    worker,
    relayKey,
    subscription,
    async (group, people) => ({
      invites: await inviteViews(group, people, (id) => sentInvites.textOf(id))
    }),
    [[sentInvites, 'change']]
  )
}

export function streamSigning(
  worker: Worker,
  relayKey: string,
  subscription: Subscription<Rpc.Signing>
): void {
  followGroup(worker, relayKey, subscription, signingView)
}

export function streamPinned(
  worker: Worker,
  relayKey: string,
  subscription: Subscription<Rpc.PinnedEvents>
): void {
  const { files } = worker.use()
  followGroup(worker, relayKey, subscription, async (group, people) => {
    const sync = files.of(relayKey)
    const view = (event: NostrEvent): Rpc.ConversationEvent => eventView(event, sync, worker.links)
    return { events: await eventViews(await pinnedEvents(group), { group, people, view }) }
  })
}

export function streamFiles(
  worker: Worker,
  relayKey: string,
  subscription: Subscription<Rpc.FilesUpdate>
): void {
  withGroup<Rpc.FilesUpdate>(worker, relayKey, subscription, (_group, feed) =>
    listFiles(worker, worker.use().files.of(relayKey), feed, null)
  )
}

/** What changes of files, for who knows them otherwise. */
export function streamFileChanges(
  worker: Worker,
  relayKey: string,
  subscription: Subscription<Rpc.FilesUpdate>
): void {
  withGroup<Rpc.FilesUpdate>(worker, relayKey, subscription, (_group, feed) => {
    feed.send({ reset: true, files: [], removed: [] })
    listFiles(worker, worker.use().files.of(relayKey), feed, new Set())
  })
}

/**
 * All files, in some messages, then what changes; or from those on that are pending. What was
 * not looked at yet is not told as if there were nothing.
 */
function listFiles(
  worker: Worker,
  sync: Sync,
  feed: Feed<Rpc.FilesUpdate>,
  pending: Set<string> | null
): void {
  const send = coalesce(GATHER_PROGRESS, () => {
    const hashes = pending
    pending = new Set()
    if (hashes === null) sendAll()
    else if (hashes.size > 0) sendSome(hashes)
  })
  const view = (hash: string): Rpc.SharedFile[] => {
    const file = sync.files.get(hash)
    return file === undefined ? [] : [fileView(file, sync, worker.links)]
  }
  function sendAll(): void {
    const hashes = [...sync.files.keys()]
    let at = 0
    do {
      const files = hashes.slice(at, at + FILES_PER_MESSAGE).flatMap(view)
      const more = at + FILES_PER_MESSAGE < hashes.length
      feed.send({ reset: at === 0, files, removed: [], ...(more && { more }) })
      at += FILES_PER_MESSAGE
    } while (at < hashes.length)
  }
  function sendSome(hashes: Set<string>): void {
    const removed = [...hashes].filter((hash) => !sync.files.has(hash))
    feed.send({ reset: false, files: [...hashes].flatMap(view), removed })
  }
  const onchange = (changed: Set<string> | null): void => {
    if (changed === null) pending = null
    else for (const hash of changed) pending?.add(hash)
    if (sync.opened) send()
  }
  feed.signal.addEventListener('abort', () => send.stop())
  listen(feed.signal, [[sync, 'change']], onchange)
  const { holdings } = worker.use()
  const { relayKey } = sync.records
  listen(feed.signal, [[holdings, 'proved']], (of: string, hash: string) => {
    if (of === relayKey) onchange(new Set([hash]))
  })
  once(feed.signal, sync, send)
}

export function streamTransfers(
  worker: Worker,
  subscription: Subscription<Rpc.TransfersUpdate>
): void {
  const { transfers } = worker.use().files
  const changed = new Map<string, Transfer>()
  const removed = new Set<string>()
  let sent = false
  const send = coalesce(GATHER_PROGRESS, () => {
    const now = sent ? [...changed.values()] : transfers.list()
    const { waiting } = transfers
    subscription.send({
      reset: !sent,
      transfers: now.map(transferView),
      removed: [...removed],
      waiting
    })
    sent = true
    changed.clear()
    removed.clear()
  })
  subscription.signal.addEventListener('abort', () => send.stop())
  listen(subscription.signal, [[transfers, 'change']], (transfer: Transfer) => {
    changed.set(transfer.id, transfer)
    send()
  })
  listen(subscription.signal, [[transfers, 'removed']], (id: string) => {
    changed.delete(id)
    removed.add(id)
    send()
  })
  send()
}

/** The drive says what it keeps at once; how the disk is doing is asked now and then. */
export function streamStorageUsage(
  worker: Worker,
  subscription: Subscription<Rpc.StorageUsage>
): void {
  const { drive, meter } = worker.use()
  const sources: [Emitter, string][] = [
    [drive, 'change'],
    [drive, 'compacted']
  ]
  follow(subscription, sources, MEASURE, () => meter.look())
}
