import type { ConversationEvent } from '../../../protocol/rpc/generated/types.ts'
import { copy } from '../strings.ts'

/** NIP-29: somebody was put in or given a role, was removed, joined, left */
export const PUT = 9000
const REMOVED = 9001
const JOINED = 9021
const LEFT = 9022

const KINDS = new Set([PUT, REMOVED, JOINED, LEFT])

/** What happened to the same person before, of each event of which that is known. */
export type Before = ReadonlyMap<string, ConversationEvent>

/** Goes through events, the oldest first. */
export function beforeEach(events: readonly ConversationEvent[]): Before {
  const last = new Map<string, ConversationEvent>()
  const before = new Map<string, ConversationEvent>()
  for (const event of events) {
    if (!isHappening(event) || isNote(event)) continue
    const subject = event.subject ?? event.pubkey
    const previous = last.get(subject)
    if (previous !== undefined) before.set(event.id, previous)
    last.set(subject, event)
  }
  return before
}

/**
 * That the relay itself took note of who came or left. Whom it let in by the code of an
 * invite has no other line.
 */
function isNote(event: ConversationEvent): boolean {
  if (event.byRelay !== true) return false
  return event.kind === REMOVED || (event.kind === PUT && !hasTag(event, 'invite'))
}

/** What only repeats another line: the relay's notes, and that who was let in has come. */
export function isEcho(event: ConversationEvent, before: Before): boolean {
  if (isNote(event)) return true
  return (
    event.kind === JOINED && event.wasIn === true && wayIn(before.get(event.id), before) === 'letIn'
  )
}

/** How an admin's 9000 let somebody in who was not; null when it is about a role. */
function wayIn(event: Happening | undefined, before: Before): 'letIn' | 'letInAgain' | null {
  if (event?.kind !== PUT || roleIn(event, event.subject ?? '') !== 'member') return null
  const previous = before.get(event.id)
  if (previous === undefined) return null
  if (previous.kind === JOINED && previous.wasIn !== true && isAsking(previous)) return 'letIn'
  return previous.kind === REMOVED || previous.kind === LEFT ? 'letInAgain' : null
}

/** Whether an event tells who came and went, in one line and without a head. */
export function isHappening({ kind }: Pick<ConversationEvent, 'kind'>): boolean {
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

interface Telling {
  /** What to call somebody, given the name that came with the event. */
  nameOf: (pubkey: string, given?: string | null) => string
  before: Before
  /** Whether the group takes whoever asks. */
  open?: boolean
}

/** What tells who came and went. */
type Happening = Omit<ConversationEvent, 'content' | 'files' | 'createdAt'>

/** One line about who came, went, or was given a role. */
export function happened(event: Happening, { nameOf, before, open = false }: Telling): string {
  const words = copy.happened
  const by = nameOf(event.pubkey, event.name)
  const subject = event.subject ?? event.pubkey
  const name = nameOf(subject, event.subjectName)
  if (event.kind === LEFT) return words.left(by)
  if (event.kind === REMOVED) return words.removed(by, name)
  if (event.kind === PUT && event.byRelay) return words.joined(name)
  if (event.kind === PUT) {
    const way = open ? null : wayIn(event, before)
    return way === null ? words.made[roleIn(event, subject)](by, name) : words[way](by, name)
  }
  if (event.wasIn === true) {
    const back = wayIn(before.get(event.id), before) === 'letInAgain'
    return back ? words.joined(by) : words.device(by)
  }
  return isAsking(event) && !open ? words.asked(by) : words.joined(by)
}

/** Who comes by an invite names it; who names none waits for an admin. */
function isAsking(event: Pick<ConversationEvent, 'tags'>): boolean {
  return !hasTag(event, 'code')
}

function hasTag({ tags }: Pick<ConversationEvent, 'tags'>, name: string): boolean {
  return (JSON.parse(tags) as string[][]).some(([tag]) => tag === name)
}

function roleIn(
  { tags }: Pick<ConversationEvent, 'tags'>,
  subject: string
): 'admin' | 'moderator' | 'member' {
  const named = (JSON.parse(tags) as string[][]).find(
    ([tag, key]) => tag === 'p' && key === subject
  )
  if (named?.includes('admin')) return 'admin'
  return named?.includes('moderator') ? 'moderator' : 'member'
}
