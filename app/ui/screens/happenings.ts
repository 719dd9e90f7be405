import type { ConversationEvent } from '../../../protocol/rpc/generated/types.ts'
import { copy } from '../strings.ts'

/** NIP-29: somebody was put in or given a role, was removed, joined, left */
const PUT = 9000
const REMOVED = 9001
const JOINED = 9021
const LEFT = 9022

const KINDS = new Set([PUT, REMOVED, JOINED, LEFT])

/**
 * What only repeats another line: that the relay itself took note of who came or left. Whom it
 * let in by the code of an invite has no other line.
 */
export function isEcho(event: ConversationEvent): boolean {
  if (event.byRelay !== true) return false
  return event.kind === REMOVED || (event.kind === PUT && !hasTag(event, 'invite'))
}

/** Whether an event tells who came and went, in one line and without a head. */
export function isHappening({ kind }: ConversationEvent): boolean {
  return KINDS.has(kind)
}

/** The removals after which nothing more happened to whom they were about. */
export function lastRemovals(events: readonly ConversationEvent[]): Set<string> {
  const last = new Map<string, ConversationEvent>()
  for (const event of events) {
    if (isHappening(event)) last.set(event.subject ?? event.pubkey, event)
  }
  const removals = [...last.values()].filter(({ kind }) => kind === REMOVED)
  return new Set(removals.map(({ id }) => id))
}

/**
 * @param nameOf what to call somebody, given the name that came with the event
 * @param open whether the group takes whoever asks
 */
export function happened(
  event: ConversationEvent,
  nameOf: (pubkey: string, given?: string | null) => string,
  open = false
): string {
  const by = nameOf(event.pubkey, event.name)
  const subject = event.subject ?? event.pubkey
  const name = nameOf(subject, event.subjectName)
  if (event.kind === LEFT) return copy.happened.left(by)
  if (event.kind === REMOVED) return copy.happened.removed(by, name)
  if (event.kind === PUT && event.byRelay) return copy.happened.joined(name)
  if (event.kind === PUT) return copy.happened.made[roleIn(event, subject)](by, name)
  return isAsking(event) && !open ? copy.happened.asked(by) : copy.happened.joined(by)
}

/** Who comes by an invite names it; who names none waits for an admin. */
function isAsking(event: ConversationEvent): boolean {
  return !hasTag(event, 'code')
}

function hasTag({ tags }: ConversationEvent, name: string): boolean {
  return (JSON.parse(tags) as string[][]).some(([tag]) => tag === name)
}

function roleIn({ tags }: ConversationEvent, subject: string): 'admin' | 'moderator' | 'member' {
  const named = (JSON.parse(tags) as string[][]).find(
    ([tag, key]) => tag === 'p' && key === subject
  )
  if (named?.includes('admin')) return 'admin'
  return named?.includes('moderator') ? 'moderator' : 'member'
}
