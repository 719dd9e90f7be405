import { useEffect, useRef } from 'react'
import type { ConversationEvent } from '../../../protocol/rpc/generated/types.ts'
import { useApp } from '../state/app.ts'
import type { People } from '../state/people.ts'
import { plainWords } from '../plain-text.ts'
import { copy } from '../strings.ts'
import { readable } from './mention-text.ts'

const MOST_WORDS = 140
/** Chat, a file alone, notes and threads */
const WORDS: ReadonlySet<number> = new Set([1, 9, 11, 1063, 1111])

/**
 * Tells what others say in the open conversation, once each. The conversation itself is silent:
 * its pictures, counts and older messages come and go, and would all be read out.
 */
export function useHeard(events: ConversationEvent[], loaded: boolean, people: People): void {
  const { herald } = useApp()
  const known = useRef<ReadonlySet<string> | null>(null)
  const waiting = useRef<ConversationEvent[]>([])
  const names = useRef(people)
  names.current = people
  useEffect(() => {
    if (!loaded) return
    const before = known.current
    known.current = new Set(events.map(({ id }) => id))
    if (before === null) return
    const fresh = newOnes(events, before).filter(({ pubkey }) => pubkey !== people.self)
    if (fresh.length === 0) return
    waiting.current.push(...fresh)
    herald.soon(() => sayAll(waiting.current.splice(0), names.current))
  }, [events, loaded, people.self, herald])
  useEffect(() => () => herald.hush(), [herald])
}

/** What came to an end that was known: older ones that are shown now were said before. */
export function newOnes(
  events: readonly ConversationEvent[],
  before: ReadonlySet<string>
): ConversationEvent[] {
  const first = events.findIndex(({ id }) => before.has(id))
  const after = before.size === 0 ? events : first < 0 ? [] : events.slice(first)
  return after.filter(({ id, kind }) => WORDS.has(kind) && !before.has(id))
}

/** One message as it is; of many how many, and files by their number. */
export function sayAll(
  events: readonly ConversationEvent[],
  { nameOf }: Pick<People, 'nameOf'>
): string {
  const [only] = events
  if (only === undefined) return ''
  if (events.length === 1) return wordsOf(only, nameOf)
  const files = events.every(({ content, pubkey }) => content === '' && pubkey === only.pubkey)
  if (!files) return copy.unread.messages(events.length)
  return copy.heard.files(
    nameOf(only.pubkey, only.name),
    events.reduce((sum, event) => sum + event.files.length, 0)
  )
}

/** A message in one sentence, for who does not see it. */
function wordsOf(event: ConversationEvent, nameOf: People['nameOf']): string {
  const { pubkey, name, content, files } = event
  const from = nameOf(pubkey, name)
  const words = readable(plainWords(content), nameOf)
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, MOST_WORDS)
  return words === '' ? copy.heard.files(from, files.length) : copy.notify.message(from, words)
}
