import { memo, useEffect, useMemo, useRef, useState } from 'react'
import type { ConversationEvent, Relay } from '../../../protocol/rpc/generated/types.ts'
import type { Outgoing } from '../outbox/outgoing.ts'
import { Empty, Loading } from '../parts/bits.tsx'
import { Button } from '../parts/button.tsx'
import { ChevronIcon } from '../parts/icons.tsx'
import { TalkPicture } from '../parts/pictures.tsx'
import { useLive } from '../session/store.ts'
import { useApp } from '../state/app.ts'
import type { People } from '../state/people.ts'
import { endOf } from '../state/standing.ts'
import { copy } from '../strings.ts'
import { blocksOf, type Block } from './blocks.ts'
import { reactionsOf } from './conversation-facts.ts'
import { Far, useSight, type Sight } from './far.tsx'
import { FirstSteps } from './first-steps.tsx'
import { foldFiles } from './fold.ts'
import { beforeEach, isEcho, isHappening, lastRemovals, type Before } from './happenings.ts'
import { mergeLines, type Line } from './lines.ts'
import { OutgoingMessage } from './outgoing-message.tsx'
import { placeOf } from './pinned.tsx'
import { goesOn, Row, type Scene } from './row.tsx'
import { useEvents, useOutgoing } from './use-events.ts'
import { useHeard } from './use-heard.ts'
import { useFirstNew, useSeen } from './use-seen.ts'

const PAGE = 100
/** What the worker gives at most */
const MOST = 10_000
/** So few lines may be the folded files of many messages: more of these are asked for, up to so many */
const FEW_LINES = 20
const MOST_FOLDED = 1600
/** How far up one has to be, in pixels, for the way back to be offered */
const FAR = 400
/** How near to the oldest message older ones are asked for, in pixels */
const NEAR_TOP = 1200

/** Blocks at the foot that are drawn at once; those above when they come near */
const AT_FOOT = 4
/** What a line takes as a rule, in pixels */
const LINE = 48

/** Chat, a file alone, notes, threads and their replies */
const WORDS = new Set([1, 9, 10, 11, 12, 1063, 1111])

interface ConversationProps {
  relay: Relay
  people: People
}

/** Oldest above, newest below. The list is laid out from its foot, so it stays there by itself. */
export const Conversation = memo(function Conversation({ relay, people }: ConversationProps) {
  const [limit, setLimit] = useState(PAGE)
  const { events, loaded, whole } = useEvents(relay.relayKey, limit)
  const outgoing = useOutgoing(relay.relayKey, events, people.self)
  const facts = useFacts(events, people.self)
  const { shown } = facts
  useSeen(relay, events)
  useHeard(events, loaded, people)
  const firstUnread = useFirstNew(relay)
  // With nothing above it, there is nothing that it would be newer than
  const firstNew = firstUnread === shown[0]?.id ? null : firstUnread
  const { pins } = relay
  const lines = useMemo(() => {
    const isMarked = ({ id }: ConversationEvent) =>
      facts.reactions.has(id) || pins?.includes(id) === true
    return foldFiles(mergeLines(shown, outgoing), { isMarked, firstNew })
  }, [shown, outgoing, facts, pins, firstNew])
  const blocks = useMemo(() => blocksOf(lines), [lines])
  const [far, setFar] = useState(false)
  const scroller = useRef<HTMLDivElement>(null)
  const sight = useSight(scroller)
  const wanted = useGoTo(lines, loaded)
  const scene = useMemo<Scene>(
    () => ({ relay, people, firstNew, ...facts }),
    [relay, people, firstNew, facts]
  )

  // One's own message is wanted in sight
  const sending = outgoing.findLast(({ phase }) => phase === 'sending')?.id
  useEffect(() => {
    if (sending !== undefined) scroller.current?.scrollTo({ top: 0 })
  }, [sending])

  const more = events.length >= limit && limit < MOST
  const folded = whole && more && lines.length < FEW_LINES && limit < MOST_FOLDED
  useEffect(() => {
    if (folded) setLimit(limit * 2)
  }, [folded, limit])

  if (!loaded && outgoing.length === 0) return <Loading label={copy.conversation.loading} />
  const silent = !lines.some(({ event }) => event === undefined || !isHappening(event))
  if (silent && (lines.length === 0 || relay.members <= 1)) return <Nothing relay={relay} />
  const older = () => setLimit(Math.min(limit * 2, MOST))
  const onscroll = ({ scrollTop, scrollHeight, clientHeight }: HTMLElement) => {
    setFar(scrollTop < -FAR)
    if (more && whole && scrollHeight - clientHeight + scrollTop < NEAR_TOP) older()
  }
  return (
    <div className='conversation-place'>
      <div
        className='conversation'
        ref={scroller}
        tabIndex={0}
        role='log'
        aria-live='off'
        aria-label={copy.conversation.label}
        onScroll={(event) => onscroll(event.currentTarget)}
      >
        <div className='conversation-list'>
          {more && (
            <Button kind='quiet' onPress={older}>
              {copy.conversation.older}
            </Button>
          )}
          <div className='conversation-lines'>
            {blocks.map((block, index) => (
              <Lines
                key={block.key}
                block={block}
                above={lines[block.start - 1]}
                scene={scene}
                sight={sight}
                atFoot={index >= blocks.length - AT_FOOT}
                wanted={wanted !== null && block.lines.some((line) => holds(line, wanted))}
              />
            ))}
          </div>
          {silent && <Nothing relay={relay} />}
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
})

interface LinesProps {
  block: Block<Line<Outgoing>>
  above: Line<Outgoing> | undefined
  scene: Scene
  sight: Sight
  /** Whether it is seen when the conversation opens */
  atFoot: boolean
  wanted: boolean
}

function Lines({ block, above, scene, sight, atFoot, wanted }: LinesProps) {
  const room = atFoot ? null : block.lines.length * LINE
  return (
    <Far sight={sight} room={room} wanted={wanted} label={copy.conversation.messages}>
      {() =>
        block.lines.map((line, index) =>
          line.item ? (
            <OutgoingMessage
              key={line.key}
              item={line.item}
              self={scene.people.self}
              head={!goesOn(line, block.lines[index - 1] ?? above, scene.people.self)}
            />
          ) : (
            <Row
              key={line.key}
              scene={scene}
              line={line}
              above={block.lines[index - 1] ?? above}
              wanted={wanted}
            />
          )
        )
      }
    </Far>
  )
}

function Nothing({ relay }: { relay: Relay }) {
  const { emptyTitle, emptyText, endedText } = copy.conversation
  const ended = endOf(relay) !== null
  return (
    <Empty icon={<TalkPicture />} title={emptyTitle} text={ended ? endedText : emptyText}>
      {!ended && <FirstSteps relay={relay} />}
    </Empty>
  )
}

/** What follows from the events alone. */
function useFacts(events: ConversationEvent[], self: string | null) {
  return useMemo(() => {
    const past = beforeEach(events)
    const shown = events.filter((event) => isShown(event, past))
    const byId = new Map(shown.map((event) => [event.id, event]))
    const removals = lastRemovals(shown)
    return { past, shown, byId, removals, reactions: reactionsOf(events, self) }
  }, [events, self])
}

/** What carries words or files, and who came and went; other kinds are not for reading. */
function isShown(event: ConversationEvent, past: Before): boolean {
  if (isEcho(event, past)) return false
  return isHappening(event) || WORDS.has(event.kind) || event.files.length > 0
}

/** Whether a message is drawn by a line. */
function holds({ key, album }: Line<Outgoing>, id: string): boolean {
  return key === id || album?.some((event) => event.id === id) === true
}

/** Goes to the message that was asked for, once it is drawn; says so when it is not here. */
function useGoTo(lines: readonly Line<Outgoing>[], loaded: boolean): string | null {
  const app = useApp()
  const wanted = useLive(app.goTo)
  useEffect(() => {
    if (wanted === null || !loaded) return
    if (!lines.some((line) => holds(line, wanted))) app.notices.say(copy.pinned.far)
    // In the next frame it has its place
    const frame = requestAnimationFrame(() => {
      const place = document.getElementById(placeOf(wanted))
      place?.scrollIntoView({ block: 'center' })
      place?.focus()
      app.goTo.set(null)
    })
    return () => cancelAnimationFrame(frame)
  }, [app, wanted, loaded, lines])
  return wanted
}
