import type { ConversationEvent } from '../../../protocol/rpc/generated/types.ts'
import { sameDay } from '../format.ts'
import { replyOf } from './conversation-facts.ts'
import type { Line, LocalMessage } from './lines.ts'

/** Fewer files than this stay messages of their own: of one folder, and of none */
const MANY = 4
const MANY_LOOSE = 12
/** What comes within so many seconds of the one before was added together */
const TOGETHER = 600

const ALONE = new Set([9, 1063])

interface Told {
  /** Whether something is said or shown about a message, so that it has to be seen by itself */
  isMarked(event: ConversationEvent): boolean
  /** The first message that was not read before: nothing is folded over it */
  firstNew: string | null
}

/**
 * Folds files that one person added together, out of one folder, into one line: a folder of a
 * thousand photos would be a thousand messages.
 */
export function foldFiles<T extends LocalMessage>(
  lines: readonly Line<T>[],
  told: Told
): Line<T>[] {
  const folded: Line<T>[] = []
  let run: ConversationEvent[] = []
  const flush = (): void => {
    if (isMany(run)) folded.push(albumLine(run))
    else folded.push(...run.map((event) => ({ key: event.id, at: event.createdAt, event })))
    run = []
  }
  for (const line of lines) {
    const { event } = line
    if (event === undefined || !isFileAlone(event) || told.isMarked(event)) {
      flush()
      folded.push(line)
      continue
    }
    const last = run.at(-1)
    if (last !== undefined && (event.id === told.firstNew || !goWith(last, event))) flush()
    run.push(event)
  }
  flush()
  return folded
}

function isMany(run: readonly ConversationEvent[]): boolean {
  const [first] = run
  if (first === undefined) return false
  return run.length >= (topFolderOf(first) === '' ? MANY_LOOSE : MANY)
}

/** An album keeps its key while more comes to it. */
function albumLine<T extends LocalMessage>(album: ConversationEvent[]): Line<T> {
  const first = album[0] as ConversationEvent
  const last = album.at(-1) as ConversationEvent
  return { key: first.id, at: last.createdAt, event: first, album }
}

function isFileAlone(event: ConversationEvent): boolean {
  const { kind, content, files } = event
  return ALONE.has(kind) && content === '' && files.length === 1 && replyOf(event) === null
}

function goWith(a: ConversationEvent, b: ConversationEvent): boolean {
  return (
    a.pubkey === b.pubkey &&
    b.createdAt - a.createdAt <= TOGETHER &&
    sameDay(a.createdAt, b.createdAt) &&
    topFolderOf(a) === topFolderOf(b)
  )
}

/** The folder of the group that a file message put its file into; empty for none. */
export function topFolderOf({ files }: ConversationEvent): string {
  const path = files[0]?.path ?? ''
  const slash = path.indexOf('/')
  return slash < 0 ? '' : path.slice(0, slash)
}
