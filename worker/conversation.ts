/** What was said in a group, live: the newest events, then what comes. */
import type { Subscription } from '../protocol/rpc/subscription.ts'
import type * as Rpc from '../protocol/rpc/generated/types.ts'
import { HypertunaError } from '../protocol/errors.ts'
import type { NostrEvent } from '../protocol/nostr.ts'
import { listen, withGroup } from './follow.ts'
import type { Feed } from './follow.ts'
import { eventViews } from './group-views.ts'
import { LateFiles } from './late-files.ts'
import type { Group } from './relays/group.ts'
import { KIND } from './relays/kinds.ts'
import type { RelayUpdate } from './relays/relay.ts'
import { isLive } from './relays/state.ts'
import { eventView, isConversation } from './views.ts'
import type { Worker } from './worker.ts'

/** Messages that a face can have of a group at once. */
const CONVERSATION_LIMIT = 10_000
/** Of a long conversation */
const EVENTS_PER_MESSAGE = 200
/** A flood of bookkeeping events must not make us read a whole log: so many are read at least. */
const LOOK_LEAST = 4000

/** After these, messages that were seen may not count any more, or count again. */
const TAKES_BACK: ReadonlySet<number> = new Set([
  KIND.deletion,
  KIND.vanish,
  KIND.putUser,
  KIND.removeUser,
  KIND.deleteEvent
])

/** Those of the events that people see: no bookkeeping, and nothing that was taken back. */
async function shown(group: Group, events: NostrEvent[]): Promise<NostrEvent[]> {
  const visible = events.filter(isConversation)
  const live = await Promise.all(visible.map(({ id }) => isLive(group.relay.state, id)))
  return visible.filter((_event, i) => live[i])
}

/** The newest events that people see, oldest first; from among the newest few thousand at most. */
export async function conversationOf(group: Group, limit: number): Promise<NostrEvent[]> {
  for (let look = limit * 2 + 8; ; look *= 2) {
    const { length } = group.relay.base.view.log
    const events = await group.relay.newestEvents(look)
    const visible = await shown(group, events)
    const enough =
      visible.length >= limit || look >= length || look > Math.max(LOOK_LEAST, limit * 4)
    if (enough) return visible.slice(-limit)
  }
}

export function streamConversation(
  worker: Worker,
  { relayKey, limit }: Rpc.ConversationRequest,
  subscription: Subscription<Rpc.ConversationUpdate>
): void {
  const count = Math.min(Math.max(limit, 1), CONVERSATION_LIMIT)
  withGroup<Rpc.ConversationUpdate>(worker, relayKey, subscription, (group, feed) =>
    converse(worker, group, count, feed)
  )
}

/** In some messages, so that a face has other things to do between reading them. */
function* inParts(events: Rpc.ConversationEvent[]): Generator<Rpc.ConversationUpdate> {
  for (let at = 0; at === 0 || at < events.length; at += EVENTS_PER_MESSAGE) {
    const end = at + EVENTS_PER_MESSAGE
    yield { reset: at === 0, events: events.slice(at, end), more: end < events.length }
  }
}

/** The newest events, then what comes; from the beginning again when the past is another. */
function converse(
  worker: Worker,
  group: Group,
  count: number,
  feed: Feed<Rpc.ConversationUpdate>
): void {
  const { files, people } = worker.use()
  const sync = files.of(group.relay.relayKey)
  const view = (event: NostrEvent): Rpc.ConversationEvent => eventView(event, sync, worker.links)
  const late = new LateFiles()
  const views = async (events: NostrEvent[]): Promise<Rpc.ConversationEvent[]> => {
    const told = await eventViews(events, { group, people, view })
    late.told(events, told)
    return told
  }
  const reset = async (): Promise<void> => {
    const events = await conversationOf(group, count)
    late.clear()
    for (const update of inParts(await views(events))) feed.send(update)
  }
  const add = async ({ events, reordered, touched }: RelayUpdate): Promise<void> => {
    const takenBack = events.some(({ kind }) => TAKES_BACK.has(kind))
    const isPlain = !reordered && touched !== null && !takenBack
    const visible = isPlain ? await shown(group, events) : []
    if (isPlain && visible.length === 0) return
    await sync.settled() // then the files of what is new are known
    if (!isPlain) return reset()
    feed.send({ reset: false, events: await views(visible) })
  }
  const addFiles = async (hashes: Set<string> | null): Promise<void> => {
    const events = late.ready(hashes, (hash) => sync.files.has(hash))
    if (events.length > 0) feed.send({ reset: false, events: await views(events) })
  }
  let sending = Promise.resolve()
  const next = (job: () => Promise<void>): void => {
    sending = sending
      .then(() => (feed.closed ? undefined : job()))
      .catch((err: unknown) => feed.fail(HypertunaError.from(err)))
  }
  listen(feed.signal, [[group, 'update']], (update: RelayUpdate) => next(() => add(update)))
  listen(feed.signal, [[sync, 'change']], (hashes: Set<string> | null) => {
    if (late.ready(hashes, (hash) => sync.files.has(hash)).length > 0) next(() => addFiles(hashes))
  })
  next(reset)
}
