import { useEffect, useRef } from 'react'
import type { ConversationEvent, Relay } from '../../../protocol/rpc/generated/types.ts'
import { useLive } from '../session/store.ts'
import { useApp } from '../state/app.ts'

/** Tells the worker what was seen of a conversation, while somebody looks at it. */
export function useSeen(relay: Relay, events: readonly ConversationEvent[]): void {
  const app = useApp()
  const { relayKey, lastEventAt, unread = 0 } = relay
  const away = useLive(app.away)
  const told = useRef(0)
  const newest = Math.max(lastEventAt, events.at(-1)?.createdAt ?? 0)
  useEffect(() => {
    if (away || newest === 0 || (!unread && newest <= told.current)) return
    told.current = newest
    // Without a session it is told by the next look
    app.session.call('markRead', { relayKey, until: newest }).catch(() => (told.current = 0))
  }, [app, relayKey, newest, away, unread])
}

/**
 * The first message that is new to who comes, or comes back; what arrives while it is looked at
 * is not.
 */
export function useFirstNew({ firstUnread }: Relay): string | null {
  const away = useLive(useApp().away)
  const first = useRef(firstUnread ?? null)
  if (away && firstUnread) first.current = firstUnread
  return first.current
}
