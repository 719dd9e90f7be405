import type { ConversationEvent, LastSaid, Relay } from '../../../protocol/rpc/generated/types.ts'
import { personName } from '../parts/names.tsx'
import { plainName, plainWords } from '../plain-text.ts'
import { copy } from '../strings.ts'
import { happened, isHappening, PUT } from './happenings.ts'
import { readable } from './mention-text.ts'

/** One line about a group: who said it, where somebody did, and what. */
export interface LastLine {
  by: string | null
  /** The beginning of a long name, where there is little room */
  shortBy: string | null
  words: string
  /** Whether files came with the words */
  files: boolean
}

const NOBODY = { by: null, shortBy: null, files: false }
const NOTHING_BEFORE: ReadonlyMap<string, ConversationEvent> = new Map()

/** What was last said in a group, for a line of the list; null where there is nothing. */
export function lastLine({ last, access }: Relay, self: string | null): LastLine | null {
  if (!last) return null
  if (isHappening(last)) return { ...NOBODY, words: cameOrWent(last, access) }
  const names = (pubkey: string): string => personName(pubkey, null)
  const words = readable(plainWords(last.words), names).replace(/\s+/g, ' ').trim()
  const by = last.pubkey === self ? copy.last.you : personName(last.pubkey, last.name)
  const files = (last.files ?? 0) > 0
  const line = { by, shortBy: by.split(' ', 1)[0] ?? by }
  if (words !== '') return { ...line, words, files }
  return { ...line, words: files ? fileWords(last) : '…', files: false }
}

function cameOrWent(last: LastSaid, access: Relay['access']): string {
  const event = { ...last, tags: last.tags ?? '[]' }
  const { subject, subjectName, wasIn } = last
  if (subject && wasIn === false && event.byRelay !== true && last.kind === PUT) {
    const by = personName(last.pubkey, last.name)
    return copy.happened.letIn(by, personName(subject, subjectName))
  }
  return happened(event, { nameOf: personName, before: NOTHING_BEFORE, open: access === 'open' })
}

function fileWords({ files, fileName, fileKind }: LastSaid): string {
  const count = files ?? 0
  const named = plainName(fileName ?? '')
  if (fileKind === 'image') return copy.last.images(count)
  if (fileKind === 'video') return copy.last.videos(count)
  return count === 1 && named !== '' ? named : copy.reply.files(count)
}
