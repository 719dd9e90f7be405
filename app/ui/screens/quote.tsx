import { useEffect, useState } from 'react'
import type { ConversationEvent } from '../../../protocol/rpc/generated/types.ts'
import { Button } from '../parts/button.tsx'
import { plainWords } from '../plain-text.ts'
import { useApp } from '../state/app.ts'
import { useNames } from '../state/people.ts'
import { copy } from '../strings.ts'
import { readable } from './mention-text.ts'

const MOST_WORDS = 160

/** The message that another one answers, in a line; a press goes there. */
export function Quote({
  relayKey,
  id,
  known
}: {
  relayKey: string
  id: string
  known: ConversationEvent | undefined
}) {
  const app = useApp()
  const event = useQuoted(relayKey, id, known)
  const names = useNames()
  if (event === undefined) return null
  if (event === null) return <p className='quote muted'>{copy.reply.gone}</p>
  const name = names(event.pubkey, event.name)
  return (
    <Button kind='link' onPress={() => app.goTo.set(event.id)}>
      <span className='hidden-text'>{copy.reply.quote}</span>
      <span className='quote'>
        <bdi>{name}</bdi>
        <span dir='auto'>{wordsOf(event, names)}</span>
      </span>
    </Button>
  )
}

/** An older message is asked for: undefined until the worker said what it is, null without one. */
function useQuoted(relayKey: string, eventId: string, known: ConversationEvent | undefined) {
  const app = useApp()
  const [asked, setAsked] = useState<ConversationEvent | null | undefined>(undefined)
  const missing = known === undefined
  useEffect(() => {
    if (!missing) return
    let left = false
    app.session.call('message', { relayKey, eventId }).then(
      (event) => !left && setAsked(event),
      () => !left && setAsked(null) // it was deleted, or has not arrived
    )
    return () => {
      left = true
    }
  }, [app, relayKey, eventId, missing])
  return known ?? asked
}

/** What a message says, on one line. */
export function wordsOf(
  { content, files }: Pick<ConversationEvent, 'content' | 'files'>,
  names: (pubkey: string) => string
): string {
  const words = readable(plainWords(content.slice(0, MOST_WORDS * 4)), names)
  const line = words.replace(/\s+/g, ' ').trim().slice(0, MOST_WORDS)
  return line === '' ? copy.reply.files(files.length) : line
}
