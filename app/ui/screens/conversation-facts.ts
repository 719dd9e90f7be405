import type { ConversationEvent } from '../../../protocol/rpc/generated/types.ts'

const REACTION = 7

export interface Reaction {
  /** A character, or a word */
  content: string
  /** Who said it, the first one first */
  people: { pubkey: string; name: string | null }[]
  /** Our own event for it, by which it can be taken back */
  own: string | null
}

/** What people think of each event, by its id: the oldest reaction first. */
export function reactionsOf(
  events: readonly ConversationEvent[],
  self: string | null
): ReadonlyMap<string, Reaction[]> {
  const found = new Map<string, Reaction[]>()
  for (const event of events) {
    if (event.kind !== REACTION) continue
    const target = lastTag(event, 'e')
    if (target === null) continue
    const content = shownReaction(event.content)
    const reactions = found.get(target) ?? []
    found.set(target, reactions)
    let reaction = reactions.find((known) => known.content === content)
    if (!reaction) reactions.push((reaction = { content, people: [], own: null }))
    if (event.pubkey === self) reaction.own ??= event.id
    if (reaction.people.some(({ pubkey }) => pubkey === event.pubkey)) continue
    reaction.people.push({ pubkey: event.pubkey, name: event.name ?? null })
  }
  return found
}

/** The event that this one answers; null when it answers none. */
export function replyOf(event: ConversationEvent): string | null {
  return event.kind === REACTION ? null : lastTag(event, 'q')
}

/** NIP-25: plus and minus, and nothing, have their signs. */
function shownReaction(content: string): string {
  const trimmed = [...content.trim()].slice(0, 16).join('')
  if (trimmed === '' || trimmed === '+') return '👍'
  return trimmed === '-' ? '👎' : trimmed
}

function lastTag({ tags }: ConversationEvent, name: string): string | null {
  const values = (JSON.parse(tags) as string[][]).filter(([tag]) => tag === name)
  return values.at(-1)?.[1] ?? null
}
