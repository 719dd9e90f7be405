import { useEffect, useMemo, useRef, useState } from 'react'
import type { ConversationEvent, Relay, SharedFile } from '../../../protocol/rpc/generated/types.ts'
import { formatDay, sameDay } from '../format.ts'
import { Empty, Loading } from '../parts/bits.tsx'
import { Button } from '../parts/button.tsx'
import { ChevronIcon, WordsIcon } from '../parts/icons.tsx'
import { useLive } from '../session/store.ts'
import { useApp } from '../state/app.ts'
import { conversationFeed } from '../state/feeds.ts'
import type { People } from '../state/people.ts'
import { copy } from '../strings.ts'
import { Message } from './message.tsx'
import { OutgoingMessage } from './outgoing-message.tsx'

const PAGE = 100
/** Messages of one person within this many seconds share one head */
const TOGETHER = 300
/** How far up one has to be, in pixels, for the way back to be offered */
const FAR = 400

/** NIP-29's join request: in the relay, it is somebody who joined */
const JOINED = 9021
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
  const lines = useMemo(() => events.filter(isShown), [events])
  const outgoing = useOutgoing(relay.relayKey, events)
  const [far, setFar] = useState(false)
  const scroller = useRef<HTMLDivElement>(null)

  // One's own message is wanted in sight
  useEffect(() => {
    scroller.current?.scrollTo({ top: 0 })
  }, [outgoing.length])

  if (!loaded && outgoing.length === 0) return <Loading label={copy.conversation.loading} />
  if (lines.length === 0 && outgoing.length === 0) {
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
            {lines.map((event, index) => (
              <Row
                key={event.id}
                event={event}
                before={lines[index - 1]}
                relay={relay}
                people={people}
                files={files}
              />
            ))}
            {outgoing.map((item) => (
              <OutgoingMessage key={item.id} item={item} self={people.self} />
            ))}
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
  before: ConversationEvent | undefined
}

function Row({ event, before, relay, people, files }: RowProps) {
  const newDay = before === undefined || !sameDay(before.createdAt, event.createdAt)
  const head =
    newDay ||
    before.kind === JOINED ||
    before.pubkey !== event.pubkey ||
    event.createdAt - before.createdAt > TOGETHER
  return (
    <>
      {newDay && (
        <li className='day'>
          <span>{formatDay(event.createdAt)}</span>
        </li>
      )}
      {event.kind === JOINED ? (
        <li className='joined'>{copy.conversation.joined(people.nameOf(event.pubkey))}</li>
      ) : (
        <Message
          relayKey={relay.relayKey}
          event={event}
          head={head}
          name={people.nameOf(event.pubkey)}
          files={files}
        />
      )}
    </>
  )
}

/** What carries words or files, and who came; other kinds are not for reading. */
function isShown({ kind, files }: ConversationEvent): boolean {
  return kind === JOINED || WORDS.has(kind) || files.length > 0
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
function useOutgoing(relayKey: string, events: ConversationEvent[]) {
  const { outbox } = useApp()
  const items = useLive(outbox.items)
  const known = useMemo(() => new Set(events.map(({ id }) => id)), [events])
  const arrived = items.filter(({ eventId }) => eventId !== null && known.has(eventId))
  useEffect(() => {
    for (const { id } of arrived) outbox.forget(id)
  })
  return items.filter((item) => item.relayKey === relayKey && !arrived.includes(item))
}
