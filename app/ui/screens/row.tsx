import type { ConversationEvent, Relay } from '../../../protocol/rpc/generated/types.ts'
import { formatDay, sameDay } from '../format.ts'
import type { Outgoing } from '../outbox/outgoing.ts'
import type { People } from '../state/people.ts'
import { administers, endOf, moderates } from '../state/standing.ts'
import { copy } from '../strings.ts'
import { replyOf, type Reaction } from './conversation-facts.ts'
import { isHappening, type Before } from './happenings.ts'
import { Happening } from './happening.tsx'
import { Album } from './album.tsx'
import type { Line, LineOfEvent } from './lines.ts'
import { Message } from './message.tsx'

/** Messages of one person within this many seconds share one head */
const TOGETHER = 300
const NO_REACTIONS: Reaction[] = []

/** What all lines of a conversation are drawn with. */
export interface Scene {
  relay: Relay
  people: People
  past: Before
  /** Removals that may still be taken back */
  removals: ReadonlySet<string>
  reactions: ReadonlyMap<string, Reaction[]>
  byId: ReadonlyMap<string, ConversationEvent>
  /** The first line that was not read before */
  firstNew: string | null
}

interface RowProps {
  scene: Scene
  line: LineOfEvent
  above: Line<Outgoing> | undefined
  /** Whether one of the messages around is gone to */
  wanted: boolean
}

/** One line: a message, or who came and went; above it its day, and where the new ones begin. */
export function Row({ scene, line, above, wanted }: RowProps) {
  const { event, album } = line
  const { relay, people, past, firstNew } = scene
  const newDay = above === undefined || !sameDay(above.at, event.createdAt)
  const isNew = event.id === firstNew
  const head = isNew || !goesOn(line, above, people.self)
  return (
    <>
      {newDay && (
        <li className='day'>
          <span>{formatDay(event.createdAt)}</span>
        </li>
      )}
      {isNew && (
        <li className='day new'>
          <span>{copy.unread.divider}</span>
        </li>
      )}
      {album !== undefined ? (
        <Album
          relayKey={relay.relayKey}
          events={album}
          head={head}
          name={people.nameOf(event.pubkey, event.name)}
          wanted={wanted}
        >
          {(one) => <Said key={one.id} scene={scene} event={one} head={false} />}
        </Album>
      ) : isHappening(event) ? (
        <Happening
          relay={relay}
          event={event}
          people={people}
          before={past}
          undoable={administers(relay) && scene.removals.has(event.id)}
        />
      ) : (
        <Said scene={scene} event={event} head={head} />
      )}
    </>
  )
}

function Said({ scene, event, head }: { scene: Scene; event: ConversationEvent; head: boolean }) {
  const { relay, people, reactions, byId } = scene
  const reply = replyOf(event)
  return (
    <Message
      relayKey={relay.relayKey}
      event={event}
      head={head}
      name={people.nameOf(event.pubkey, event.name)}
      reactions={reactions.get(event.id) ?? NO_REACTIONS}
      reply={reply}
      quoted={reply === null ? undefined : byId.get(reply)}
      own={event.pubkey === people.self}
      pinned={relay.pins?.includes(event.id) ?? false}
      moderates={moderates(relay)}
      writes={endOf(relay) === null}
    />
  )
}

/**
 * Whether a line goes on from the one above: one person's, on one day, soon after it, and no answer
 * to another.
 *
 * @param self whose lines that are still on their way are
 */
export function goesOn(
  line: Line<Outgoing>,
  above: Line<Outgoing> | undefined,
  self: string | null
): boolean {
  if (above === undefined || (above.event && isHappening(above.event))) return false
  const { at, event, item } = line
  const answers = event ? replyOf(event) : item.replyTo
  const by = ({ event }: Line<Outgoing>) => event?.pubkey ?? self
  const near = at - above.at <= TOGETHER && sameDay(above.at, at)
  return answers === null && near && by(line) === by(above)
}
