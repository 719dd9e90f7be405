import { useEffect, useMemo, useRef, useState, type RefObject } from 'react'
import type { ConversationEvent, Relay, SharedFile } from '../../../protocol/rpc/generated/types.ts'
import type { Outgoing } from '../outbox/outgoing.ts'
import { Empty, Loading } from '../parts/bits.tsx'
import { Button } from '../parts/button.tsx'
import { ChevronIcon, WordsIcon } from '../parts/icons.tsx'
import { useLive } from '../session/store.ts'
import { useApp } from '../state/app.ts'
import type { People } from '../state/people.ts'
import { endOf } from '../state/standing.ts'
import { copy } from '../strings.ts'
import { blocksOf, type Block } from './blocks.ts'
import { reactionsOf } from './conversation-facts.ts'
import { Far } from './far.tsx'
import { FirstSteps } from './first-steps.tsx'
import { beforeEach, isEcho, isHappening, lastRemovals, type Before } from './happenings.ts'
import { mergeLines, type Line } from './lines.ts'
import { OutgoingMessage } from './outgoing-message.tsx'
import { placeOf } from './pinned.tsx'
import { Row, type Scene } from './row.tsx'
import { useEvents, useOutgoing } from './use-events.ts'
import { useFirstNew, useSeen } from './use-seen.ts'

const PAGE = 100
/** What the worker gives at most */
const MOST = 10_000
/** How far up one has to be, in pixels, for the way back to be offered */
const FAR = 400
/** How near to the oldest message older ones are asked for, in pixels */
const NEAR_TOP = 1200

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
  const { events, loaded, whole } = useEvents(relay.relayKey, limit)
  const outgoing = useOutgoing(relay.relayKey, events, people.self)
  const { shown, ...facts } = useFacts(events, people.self)
  const firstNew = useFirstNew(useSeen(relay, events), loaded, (seconds) =>
    firstAfter(shown, seconds, people.self)
  )
  const lines = useMemo(() => mergeLines(shown, outgoing), [shown, outgoing])
  const blocks = useMemo(() => blocksOf(lines), [lines])
  const [far, setFar] = useState(false)
  const scroller = useRef<HTMLDivElement>(null)
  const wanted = useGoTo(lines, loaded)

  // One's own message is wanted in sight
  const sending = outgoing.findLast(({ phase }) => phase === 'sending')?.id
  useEffect(() => {
    if (sending !== undefined) scroller.current?.scrollTo({ top: 0 })
  }, [sending])

  if (!loaded && outgoing.length === 0) return <Loading label={copy.conversation.loading} />
  if (!lines.some(({ event }) => event === undefined || !isHappening(event))) {
    if (lines.length === 0 || relay.members <= 1) return <Nothing relay={relay} />
  }
  const more = events.length >= limit && limit < MOST
  const older = () => setLimit(Math.min(limit * 2, MOST))
  const onscroll = ({ scrollTop, scrollHeight, clientHeight }: HTMLElement) => {
    setFar(scrollTop < -FAR)
    if (more && whole && scrollHeight - clientHeight + scrollTop < NEAR_TOP) older()
  }
  const scene: Scene = { relay, people, files, firstNew, ...facts }
  return (
    <div className='conversation-place'>
      <div
        className='conversation'
        ref={scroller}
        tabIndex={0}
        role='log'
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
            {blocks.map((block) => (
              <Lines
                key={block.key}
                block={block}
                above={lines[block.start - 1]}
                scene={scene}
                scroller={scroller}
                wanted={block.lines.some(({ key }) => key === wanted)}
              />
            ))}
          </div>
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

interface LinesProps {
  block: Block<Line<Outgoing>>
  above: Line<Outgoing> | undefined
  scene: Scene
  scroller: RefObject<HTMLDivElement | null>
  wanted: boolean
}

function Lines({ block, above, scene, scroller, wanted }: LinesProps) {
  return (
    <Far scroller={scroller} wanted={wanted} label={copy.conversation.messages}>
      {() =>
        block.lines.map(({ key, event, item }, index) =>
          item ? (
            <OutgoingMessage key={key} item={item} self={scene.people.self} />
          ) : (
            <Row key={key} scene={scene} event={event} above={block.lines[index - 1] ?? above} />
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
    <Empty icon={<WordsIcon />} title={emptyTitle} text={ended ? endedText : emptyText}>
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

/** The first message of others after a moment, if there were others before it. */
function firstAfter(
  shown: readonly ConversationEvent[],
  seconds: number,
  self: string | null
): string | null {
  const isNew = ({ createdAt, pubkey }: ConversationEvent) => createdAt > seconds && pubkey !== self
  const index = shown.findIndex(isNew)
  return index <= 0 ? null : (shown[index]?.id ?? null)
}

/** Goes to the message that was asked for, once it is drawn; says so when it is not here. */
function useGoTo(lines: readonly Line<Outgoing>[], loaded: boolean): string | null {
  const app = useApp()
  const wanted = useLive(app.goTo)
  useEffect(() => {
    if (wanted === null || !loaded) return
    if (!lines.some(({ key }) => key === wanted)) app.notices.say(copy.pinned.far)
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
