import { useEffect, useMemo, useRef } from 'react'
import type { ConversationEvent } from '../../../protocol/rpc/generated/types.ts'
import type { Outgoing } from '../outbox/outgoing.ts'
import { useLive } from '../session/store.ts'
import { useApp } from '../state/app.ts'
import { conversationFeed } from '../state/feeds.ts'
import { isSame } from './lines.ts'

/** A longer page starts as a new feed; until it has loaded, what was there stays. */
export function useEvents(relayKey: string, limit: number) {
  const { session } = useApp()
  const feed = useLive(conversationFeed(session, relayKey, limit))
  const last = useRef<ConversationEvent[]>([])
  const { events: now, coming } = feed.value
  // A session that begins again sends everything anew; what is here stays until it has come
  const whole = feed.loaded && (coming === null || now.length > 0)
  useEffect(() => {
    if (whole) last.current = now
  }, [whole, now])
  const events = whole ? now : last.current
  return { events, loaded: whole || events.length > 0, whole }
}

/** What is being sent here and has not shown up in the conversation. */
export function useOutgoing(relayKey: string, events: ConversationEvent[], self: string | null) {
  const { outbox } = useApp()
  const items = useLive(outbox.items)
  const own = useMemo(() => items.filter((item) => item.relayKey === relayKey), [items, relayKey])
  const { arrived, open } = useMemo(() => {
    if (own.length === 0) return { arrived: own, open: own }
    const known = new Set(events.map(({ id }) => id))
    const isHere = (item: Outgoing) =>
      (item.eventId !== null && known.has(item.eventId)) ||
      (item.restored && events.some((event) => isSame(event, item, self)))
    return { arrived: own.filter(isHere), open: own.filter((item) => !isHere(item)) }
  }, [events, own, self])
  useEffect(() => {
    for (const { id } of arrived) outbox.forget(id)
  }, [arrived, outbox])
  return open
}
