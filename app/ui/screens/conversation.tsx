import { useEffect, useMemo, useRef, useState } from 'react'
import type { ConversationEvent, Relay, SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { formatDay, sameDay } from '../format.ts'
import type { Outgoing } from '../outbox/outgoing.ts'
import { Empty, Loading } from '../parts/bits.tsx'
import { Button } from '../parts/button.tsx'
import { ChevronIcon, WordsIcon } from '../parts/icons.tsx'
import { useLive } from '../session/store.ts'
import { useApp } from '../state/app.ts'
import { conversationFeed } from '../state/feeds.ts'
import type { People } from '../state/people.ts'
import { administers, endOf, moderates } from '../state/standing.ts'
import { copy } from '../strings.ts'
import { beforeEach, isEcho, isHappening, lastRemovals, type Before } from './happenings.ts'
import { Happening } from './happening.tsx'
import { isSame, mergeLines, type Line } from './lines.ts'
import { Message } from './message.tsx'
import { OutgoingMessage } from './outgoing-message.tsx'

const PAGE = 100
/** Messages of one person within this many seconds share one head */
const TOGETHER = 300
/** How far up one has to be, in pixels, for the way back to be offered */
const FAR = 400

/** Chat, a file alone, notes, threads and their replies */
const WORDS = new Set([1, 9, 10, 11, 12, 1063, 1111])

interface ConversationProps {
  relay: Relay
  people: People
  files: ReadonlyMap<string, SharedFile>
}

/** Oldest above, newest below. The list is laid out from its foot, so it stays there by itself. */
export function Conversation({ relay, people, files }: ConversationProps) {
  const [limit, setLimit] = useState(PAGE)
  const { events, loaded } = useEvents(relay.relayKey, limit)
  const outgoing = useOutgoing(relay.relayKey, events, people.self)
  const past = useMemo(() => beforeEach(events), [events])
  const shown = useMemo(() => events.filter((event) => isShown(event, past)), [events, past])
  const lines = useMemo(() => mergeLines(shown, outgoing), [shown, outgoing])
  const removals = useMemo(() => lastRemovals(shown), [shown])
  const [far, setFar] = useState(false)
  const scroller = useRef<HTMLDivElement>(null)

  // One's own message is wanted in sight
  const sending = outgoing.findLast(({ phase }) => phase === 'sending')?.id
  useEffect(() => {
    if (sending !== undefined) scroller.current?.scrollTo({ top: 0 })
  }, [sending])

  if (!loaded && outgoing.length === 0) return <Loading label={copy.conversation.loading} />
  if (lines.length === 0) {
    return (
      <Empty
        icon={<WordsIcon />}
        title={copy.conversation.emptyTitle}
        text={copy.conversation.emptyText}
      />
    )
  }
  return (
    <div className='conversation-place'>
      <div
        className='conversation'
        ref={scroller}
        tabIndex={0}
        role='log'
        aria-label={copy.conversation.label}
        onScroll={(event) => setFar(event.currentTarget.scrollTop < -FAR)}
      >
        <div className='conversation-list'>
          {events.length >= limit && (
            <Button kind='quiet' onPress={() => setLimit(limit + PAGE)}>
              {copy.conversation.older}
            </Button>
          )}
          <ol aria-label={copy.conversation.messages}>
            {lines.map(({ key, event, item }, index) =>
              item ? (
                <OutgoingMessage key={key} item={item} self={people.self} />
              ) : (
                <Row
                  key={key}
                  event={event}
                  above={lines[index - 1]}
                  past={past}
                  relay={relay}
                  people={people}
                  files={files}
                  undoable={administers(relay) && removals.has(event.id)}
                />
              )
            )}
          </ol>
        </div>
      </div>
      {far && (
        <Button onPress={() => scroller.current?.scrollTo({ top: 0, behavior: 'smooth' })}>
          <ChevronIcon />
          {copy.conversation.newest}
        </Button>
      )}
    </div>
  )
}

interface RowProps extends ConversationProps {
  event: ConversationEvent
  above: Line<Outgoing> | undefined
  past: Before
  /** Whether it is a removal that we may take back */
  undoable: boolean
}

function Row({ event, above, past, relay, people, files, undoable }: RowProps) {
  const newDay = above === undefined || !sameDay(above.at, event.createdAt)
  const head =
    newDay ||
    above.event === undefined ||
    isHappening(above.event) ||
    above.event.pubkey !== event.pubkey ||
    event.createdAt - above.at > TOGETHER
  return (
    <>
      {newDay && (
        <li className='day'>
          <span>{formatDay(event.createdAt)}</span>
        </li>
      )}
      {isHappening(event) ? (
        <Happening relay={relay} event={event} people={people} before={past} undoable={undoable} />
      ) : (
        <Message
          relayKey={relay.relayKey}
          event={event}
          head={head}
          name={people.nameOf(event.pubkey, event.name)}
          files={files}
          own={event.pubkey === people.self}
          pinned={relay.pins?.includes(event.id) ?? false}
          moderates={moderates(relay)}
          writes={endOf(relay) === null}
        />
      )}
    </>
  )
}

/** What carries words or files, and who came and went; other kinds are not for reading. */
function isShown(event: ConversationEvent, past: Before): boolean {
  if (isEcho(event, past)) return false
  return isHappening(event) || WORDS.has(event.kind) || event.files.length > 0
}

/** A longer page starts as a new feed; until it has loaded, what was there stays. */
function useEvents(relayKey: string, limit: number) {
  const { session } = useApp()
  const feed = useLive(conversationFeed(session, relayKey, limit))
  const last = useRef<ConversationEvent[]>([])
  useEffect(() => {
    if (feed.loaded) last.current = feed.value
  }, [feed])
  const events = feed.loaded ? feed.value : last.current
  return { events, loaded: feed.loaded || events.length > 0 }
}

/** What is being sent here and has not shown up in the conversation. */
function useOutgoing(relayKey: string, events: ConversationEvent[], self: string | null) {
  const { outbox } = useApp()
  const items = useLive(outbox.items)
  const own = useMemo(() => items.filter((item) => item.relayKey === relayKey), [items, relayKey])
  const { arrived, open } = useMemo(() => {
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
