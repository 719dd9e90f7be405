import type { ConversationEvent } from '../../../protocol/rpc/generated/types.ts'

/** What the order needs to know of a message that is only here. */
export interface LocalMessage {
  id: string
  content: string
  /** Seconds since 1970 */
  createdAt: number
  files: readonly unknown[]
  phase: string
  restored: boolean
}

/** One entry of a conversation: what the group has, or what is still only here. */
export type Line<T extends LocalMessage> =
  LineOfEvent | { key: string; at: number; event?: undefined; item: T; album?: undefined }

export interface LineOfEvent {
  key: string
  at: number
  /** The first, of files that were added together */
  event: ConversationEvent
  item?: undefined
  album?: readonly ConversationEvent[]
}

/**
 * Messages and what did not get out, by time. What is on its way comes last, whatever other
 * people's clocks say.
 */
export function mergeLines<T extends LocalMessage>(
  events: ConversationEvent[],
  outgoing: T[]
): Line<T>[] {
  const lineOf = (item: T): Line<T> => ({ key: item.id, at: item.createdAt, item })
  const lines: Line<T>[] = events.map((event) => ({ key: event.id, at: event.createdAt, event }))
  for (const item of outgoing.filter(({ phase }) => phase === 'failed')) {
    // Of one second, what the group has is likelier to be the newer
    const before = lines.findLastIndex(({ at }) => at < item.createdAt)
    lines.splice(before + 1, 0, lineOf(item))
  }
  return [...lines, ...outgoing.filter(({ phase }) => phase !== 'failed').map(lineOf)]
}

/** Whether an event is what an earlier page was sending when it was closed. */
export function isSame(event: ConversationEvent, item: LocalMessage, self: string | null): boolean {
  return (
    item.restored &&
    event.pubkey === self &&
    event.content === item.content &&
    event.files.length === item.files.length &&
    event.createdAt >= item.createdAt
  )
}
