/**
 * Files that one person added one after the other, out of one folder: a list of groups says how
 * many they are and not that there is one more, three hundred times. What was counted before is
 * not read again; the conversation itself folds them in `app/ui/screens/fold.ts`.
 */
import { parseFiles } from '../protocol/file-event.ts'
import { tagValue } from '../protocol/nostr.ts'
import type { NostrEvent } from '../protocol/nostr.ts'
import { mediaOf } from './last-view.ts'
import { eventOf } from './relays/terms.ts'
import type { Entry } from './relays/terms.ts'

/** What comes within so many seconds of the one before was added together. */
const TOGETHER = 600
/** Of the newest so many seconds more may come: what is made at once is written as it is ready. */
const RECENT = 2
/** More are not counted when nothing is known of them yet. */
const MOST = 1_000
const ALONE: ReadonlySet<number> = new Set([9, 1063])

/** How many there are, and what all of them are: image, video, audio, or something else. */
export interface Together {
  files: number
  fileKind: string | null
}

interface Run extends Together {
  /** Of what is recent: the greatest age, and all ids. */
  until: number
  ids: ReadonlySet<string>
}

export class AddedTogether {
  #run: Run | null = null

  /** Something of it may be gone: then all of it is counted anew. */
  forget(): void {
    this.#run = null
  }

  /**
   * Those that go with the newest.
   * @param entries the newest first; no more of them are read than there is need
   * @param id of the newest event
   * @returns null when it is no file alone, or goes with none
   */
  async count(entries: AsyncIterable<Entry>, id: string): Promise<Together | null> {
    const counting = new Counting(this.#run)
    for await (const second of bySeconds(entries)) {
      if (!second.every((entry) => counting.add(entry))) break
    }
    const run = (this.#run = counting.run())
    if (run === null || run.files < 2 || !run.ids.has(id)) return null
    return { files: run.files, fileKind: run.fileKind }
  }
}

/** Of one second, what the log has last comes first. */
async function* bySeconds(entries: AsyncIterable<Entry>): AsyncGenerator<Entry[]> {
  let second: Entry[] = []
  const sorted = (): Entry[] => second.sort((a, b) => b.position - a.position)
  for await (const entry of entries) {
    if (second.length > 0 && entry.age !== second[0]?.age) {
      yield sorted()
      second = []
    }
    second.push(entry)
  }
  yield sorted()
}

/** One look from the newest on. */
class Counting {
  readonly #known: Run | null
  readonly #ids = new Set<string>()
  readonly #kinds = new Set<string | null>()
  #until: number | null = null
  #before: Added | null = null
  #files = 0
  /** Whether it came to what was counted before. */
  #reached = false

  constructor(known: Run | null) {
    this.#known = known
  }

  /** @returns whether it goes on */
  add(entry: Entry): boolean {
    const known = this.#known
    const isOver = this.#reached && known !== null && entry.age > known.until
    if (isOver || (known === null && this.#files >= MOST)) return false
    const added = addedBy(eventOf(entry))
    if (added === null || (this.#before !== null && !goWith(this.#before, added))) return false
    this.#before = added
    this.#until ??= entry.age + RECENT
    if (entry.age <= this.#until) this.#ids.add(added.id)
    if (known?.ids.has(added.id) === true) this.#reached = true
    else {
      this.#files++
      this.#kinds.add(added.kind)
    }
    return true
  }

  run(): Run | null {
    if (this.#until === null) return null
    const known = this.#reached ? this.#known : null
    if (known !== null) this.#kinds.add(known.fileKind)
    const [kind = null] = this.#kinds
    return {
      until: this.#until,
      ids: this.#ids,
      files: this.#files + (known?.files ?? 0),
      fileKind: this.#kinds.size === 1 ? kind : null
    }
  }
}

/** A file that somebody added without a word. */
interface Added {
  id: string
  by: string
  /** Unix seconds */
  at: number
  /** The first folder that it lies in; empty for none */
  folder: string
  kind: string | null
}

function addedBy(event: NostrEvent): Added | null {
  const { id, pubkey: by, created_at: at } = event
  if (!ALONE.has(event.kind) || event.content !== '' || tagValue(event, 'q') !== undefined) {
    return null
  }
  const [file, second] = parseFiles(event)
  if (file === undefined || second !== undefined) return null
  const path = file.path ?? ''
  const folder = path.slice(0, Math.max(0, path.indexOf('/')))
  return { id, by, at, folder, kind: mediaOf(file) }
}

function goWith(later: Added, { by, at, folder }: Added): boolean {
  return later.by === by && later.at - at <= TOGETHER && later.folder === folder
}
