import type { NostrEvent } from '../../protocol/nostr.ts'
import { isGroupState } from './kinds.ts'
import type { Relay } from './relay.ts'
import { isLive, readCards } from './state.ts'

/** Events that a post may refer to, and how many references it has (NIP-29). */
const RECENT = 50
const REFERENCES = 3
/** Of an event's id, in hex. */
const PREFIX = 8

/**
 * The newest events that stand, oldest first; from among as many of the log. What is not
 * on this device is left out when it does not come within a second, and told of as an
 * update when it comes.
 */
export function newestEvents(relay: Relay, limit: number): Promise<NostrEvent[]> {
  return standing(relay, limit, (position) => relay.eventSoon(position))
}

async function lastOf(
  relay: Relay,
  limit: number,
  read: (position: number) => Promise<NostrEvent | null>
): Promise<NostrEvent[]> {
  const { length } = relay.base.view.log
  const count = Math.min(limit, length)
  const events = await Promise.all(
    Array.from({ length: count }, (_, i) => read(length - count + i))
  )
  return events.filter((event) => event !== null)
}

async function standing(
  relay: Relay,
  limit: number,
  read: (position: number) => Promise<NostrEvent | null>
): Promise<NostrEvent[]> {
  const here = await lastOf(relay, limit, read)
  const live = await Promise.all(here.map(({ id }) => isLive(relay.state, id)))
  return here.filter((_event, i) => live[i])
}

/** The newest event that is such a one, among the last of the log that are on this device. */
export async function findNewest(
  relay: Relay,
  limit: number,
  isSuch: (event: NostrEvent) => boolean
): Promise<NostrEvent | null> {
  const events = await lastOf(relay, limit, (position) => relay.eventHere(position))
  return events.findLast(isSuch) ?? null
}

/**
 * The `previous` tag of a post: what others said last, so that it means nothing in
 * another group of the same name; while nobody else has said anything the group's own card,
 * which no other group has. Null before that has arrived.
 */
export async function previousTag(relay: Relay, author: string): Promise<string[] | null> {
  const recent = await standing(relay, RECENT, (position) => relay.eventHere(position))
  const others = recent
    .filter(({ kind, pubkey }) => pubkey !== author && !isGroupState(kind))
    .slice(-REFERENCES)
  const ids = others.map(({ id }) => id)
  const card = ids.length === 0 ? (await readCards(relay.state))?.creators.id : undefined
  if (card !== undefined) ids.push(card)
  return ids.length === 0 ? null : ['previous', ...ids.map((id) => id.slice(0, PREFIX))]
}
