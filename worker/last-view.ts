/** The newest of a group as one line of a list: whose words, or what its files are. */
import { decodeKey } from '../protocol/bech32.ts'
import { parseFiles } from '../protocol/file-event.ts'
import type { NamedFile } from '../protocol/file-event.ts'
import type { NostrEvent } from '../protocol/nostr.ts'
import type * as Rpc from '../protocol/rpc/generated/types.ts'
import { eventViews, wasIn } from './group-views.ts'
import type { People } from './people.ts'
import type { Group } from './relays/group.ts'
import { KIND } from './relays/kinds.ts'
import { SAYS } from './unread-of.ts'
import { COMINGS } from './views.ts'

/** What stands in the list: what is said, and who comes and goes. */
export const LISTED: ReadonlySet<number> = new Set([...SAYS, ...COMINGS])

/** Characters of what is told; of a text that has keys for people more are looked at. */
const MOST_WORDS = 200
const LOOK_WORDS = 4 * MOST_WORDS
const MOST_NAME = 120
const MENTION = /nostr:(npub1[02-9ac-hj-np-z]{58})/g
/** Tags that say how somebody came, as `app/ui/screens/happenings.ts` reads them. */
const TELLING = ['p', 'code', 'invite']
const MOST_TAGS = 8

/** Null for what the list passes over: the relay's own notes of what has a line already. */
export async function lastView(
  event: NostrEvent,
  group: Group,
  people: People
): Promise<Rpc.LastSaid | null> {
  const { id, pubkey, created_at: createdAt, kind } = event
  const view = () => ({ id, pubkey, createdAt, kind, content: '', tags: '', files: [] })
  const [told] = await eventViews([event], { group, people, view })
  if (told === undefined || isPassedOver(event, told)) return null
  const { name, subject, subjectName, byRelay } = told
  const facts = { id, pubkey, createdAt, kind, name: name ?? null }
  if (!COMINGS.has(kind)) {
    return { ...facts, words: await wordsOf(event, group, people), ...filesOf(event) }
  }
  const tags = event.tags.filter(([tag = '']) => TELLING.includes(tag)).slice(0, MOST_TAGS)
  return {
    ...facts,
    words: '',
    tags: JSON.stringify(tags.map((tag) => tag.slice(0, 4).map((value) => cut(value, MOST_NAME)))),
    subject: subject ?? null,
    subjectName: subjectName ?? null,
    byRelay: byRelay ?? null,
    wasIn: subject ? await wasIn(group, event, subject) : null
  }
}

/** That the relay took note of who came or left, and that a member has one more device. */
function isPassedOver({ kind, tags }: NostrEvent, told: Rpc.ConversationEvent): boolean {
  if (kind === KIND.joinRequest) return told.wasIn === true
  if (told.byRelay !== true) return false
  return kind === KIND.removeUser || !tags.some(([tag]) => tag === 'invite')
}

async function wordsOf({ content }: NostrEvent, group: Group, people: People): Promise<string> {
  const start = content.slice(0, LOOK_WORDS)
  const names = new Map<string, string | null>()
  for (const [, npub = ''] of start.matchAll(MENTION)) {
    const pubkey = names.has(npub) ? null : keyIn(npub)
    if (pubkey !== null) names.set(npub, await people.nameOf(group, pubkey))
  }
  const named = start.replace(MENTION, (key, npub: string) => {
    const name = names.get(npub)
    return typeof name === 'string' ? `@${name}` : key
  })
  return cut(named.replace(/\s+/g, ' ').trim(), MOST_WORDS)
}

function filesOf(event: NostrEvent): Pick<Rpc.LastSaid, 'files' | 'fileName' | 'fileKind'> {
  const files = parseFiles(event)
  const [first] = files
  if (first === undefined) return {}
  const kind = mediaOf(first)
  return {
    files: files.length,
    fileName: files.length === 1 ? cut(first.name ?? first.path ?? '', MOST_NAME) : null,
    fileKind: files.every((file) => mediaOf(file) === kind) ? kind : null
  }
}

/** `image`, `video` or `audio`; null for anything else. */
export function mediaOf({ mime }: NamedFile): string | null {
  return /^(image|video|audio)\//.exec(mime ?? '')?.[1] ?? null
}

function keyIn(npub: string): string | null {
  try {
    return decodeKey('npub', npub)
  } catch {
    return null // misspelt: it stays the text that it is
  }
}

/** Not in the middle of a character. */
const cut = (text: string, most: number): string => text.slice(0, most).toWellFormed()
