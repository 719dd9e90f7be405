import type { NostrEvent } from '../../protocol/nostr.ts'
import { isGroupState } from './kinds.ts'
import type { Relay } from './relay.ts'
import { isLive } from './state.ts'

/** Events that a post may refer to, and how many references it has (NIP-29). */
const RECENT = 50
const REFERENCES = 3
/** Of an event's id, in hex. */
const PREFIX = 8

/** The newest events that stand, oldest first; from among as many of the log. */
export async function newestEvents(relay: Relay, limit: number): Promise<NostrEvent[]> {
  const { length } = relay.base.view.log
  const positions = Array.from({ length: Math.min(limit, length) }, (_, i) => length - 1 - i)
  const events = await Promise.all(positions.reverse().map((position) => relay.eventAt(position)))
  const live = await Promise.all(events.map(({ id }) => isLive(relay.state, id)))
  return events.filter((_event, i) => live[i])
}

/**
 * The `previous` tag of a post: what others said last, so that it means nothing in
 * another group of the same name. Null when nobody else has said anything.
 */
export async function previousTag(relay: Relay, author: string): Promise<string[] | null> {
  const recent = await newestEvents(relay, RECENT)
  const others = recent
    .filter(({ kind, pubkey }) => pubkey !== author && !isGroupState(kind))
    .slice(-REFERENCES)
  if (others.length === 0) return null
  return ['previous', ...others.map(({ id }) => id.slice(0, PREFIX))]
}
