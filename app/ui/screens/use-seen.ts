import { useEffect, useRef, useState } from 'react'
import type { ConversationEvent, Relay } from '../../../protocol/rpc/generated/types.ts'
import { useLive } from '../session/store.ts'
import { useApp } from '../state/app.ts'

export interface Seen {
  /** Until when all had been read before this look, in seconds since 1970 */
  before: number
  /** Whether nobody looks now */
  away: boolean
}

/** Marks a conversation as read while it is looked at. */
export function useSeen(relay: Relay, events: readonly ConversationEvent[]): Seen {
  const app = useApp()
  const { relayKey, lastEventAt } = relay
  const away = useLive(app.away)
  const until = useLive(app.reads.until).get(relayKey) ?? Infinity
  const [first] = useState(until)
  const newest = Math.max(lastEventAt, events.at(-1)?.createdAt ?? 0)
  useEffect(() => {
    if (!away && newest > 0) app.reads.mark(relayKey, newest)
  }, [app, relayKey, newest, away])
  return { before: away ? until : first, away }
}

/**
 * The first line that is new to who comes, or comes back; what arrives while it is looked at
 * is not.
 */
export function useFirstNew(
  { before, away }: Seen,
  loaded: boolean,
  firstAfter: (seconds: number) => string | null
): string | null {
  const marked = useRef<string | null | undefined>(undefined)
  if (loaded && (marked.current === undefined || away)) {
    marked.current = firstAfter(before) ?? marked.current ?? null
  }
  return marked.current ?? null
}
