import { useState } from 'react'
import type { ConversationEvent, Relay } from '../../../protocol/rpc/generated/types.ts'
import { Button, IconButton } from '../parts/button.tsx'
import { PinIcon, UnpinIcon } from '../parts/icons.tsx'
import { plainName, plainWords } from '../plain-text.ts'
import { useLive } from '../session/store.ts'
import { useApp } from '../state/app.ts'
import { pinnedFeed } from '../state/feeds.ts'
import type { People } from '../state/people.ts'
import { moderates } from '../state/standing.ts'
import { copy } from '../strings.ts'

/** Characters of a pinned message in its one line */
const MOST_WORDS = 200

/** The id that a message has in the page, so that it can be gone to. */
export const placeOf = (eventId: string): string => `message-${eventId}`

/** What is pinned, in one line at the top that opens. It keeps its place while it loads. */
export function Pinned({ relay, people }: { relay: Relay; people: People }) {
  const app = useApp()
  const { value: events } = useLive(pinnedFeed(app.session, relay.relayKey))
  const [open, setOpen] = useState(false)
  const pins = relay.pins ?? []
  if (pins.length === 0) return null
  const shown = open ? events : events.slice(0, 1)
  return (
    <section className='pinned' aria-label={copy.pinned.label}>
      <PinIcon size={16} />
      <ul>
        {shown.map((event) => (
          <PinnedLine key={event.id} relay={relay} people={people} event={event} />
        ))}
      </ul>
      {pins.length > 1 && (
        <Button kind='quiet' aria-expanded={open} onPress={() => setOpen(!open)}>
          {open ? copy.pinned.less : copy.pinned.all(pins.length)}
        </Button>
      )}
    </section>
  )
}

interface PinnedLineProps {
  relay: Relay
  people: People
  event: ConversationEvent
}

function PinnedLine({ relay, people, event }: PinnedLineProps) {
  const app = useApp()
  const name = people.nameOf(event.pubkey, event.name)
  const go = () => app.goTo.set(event.id)
  const unpin = () => {
    const { relayKey } = relay
    app.attempt(() => app.session.call('unpinMessage', { relayKey, eventId: event.id }))
  }
  return (
    <li>
      <Button kind='link' aria-label={copy.pinned.go(name)} onPress={go}>
        <bdi className='pinned-name'>{name}</bdi>
        <span className='pinned-words' dir='auto'>
          {wordsOf(event)}
        </span>
      </Button>
      {moderates(relay) && (
        <IconButton label={copy.pinned.unpin(name)} hint={copy.message.unpin} onPress={unpin}>
          <UnpinIcon size={16} />
        </IconButton>
      )}
    </li>
  )
}

function wordsOf({ content, files }: ConversationEvent): string {
  const words = plainWords(content.slice(0, MOST_WORDS)).replace(/\s+/g, ' ').trim()
  if (words !== '') return words
  const [first] = files
  return files.length === 1 && first ? plainName(first.name ?? '') : copy.pinned.files(files.length)
}
