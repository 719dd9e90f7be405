import { useEffect, useState } from 'react'
import type { ConversationEvent, Relay } from '../../../protocol/rpc/generated/types.ts'
import { useLive } from '../session/store.ts'
import { useApp } from '../state/app.ts'

/**
 * Marks a conversation as read while it is looked at.
 * @returns until when it had been read before this look, in seconds since 1970
 */
export function useSeen(relay: Relay, events: readonly ConversationEvent[]): number {
  const app = useApp()
  const { relayKey, lastEventAt } = relay
  const [before] = useState(() => app.reads.until.get().get(relayKey) ?? Infinity)
  const newest = Math.max(lastEventAt, events.at(-1)?.createdAt ?? 0)
  const away = useLive(app.away)
  useEffect(() => {
    if (!away && newest > 0) app.reads.mark(relayKey, newest)
  }, [app, relayKey, newest, away])
  return before
}
