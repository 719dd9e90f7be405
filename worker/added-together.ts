/**
 * Files that one person added one after the other, out of one folder: a list of groups says how
 * many they are and not that there is one more, three hundred times. What was counted before is
 * not read again; the conversation itself folds them in `app/ui/screens/fold.ts`.
 */
import { parseFiles } from '../protocol/file-event.ts'
import { tagValue } from '../protocol/nostr.ts'
import type { NostrEvent } from '../protocol/nostr.ts'
import { mediaOf } from './last-view.ts'
import { ageOf, eventOf } from './relays/terms.ts'
import type { Entry } from './relays/terms.ts'

/** What comes within so many seconds of the one before was added together. */
const TOGETHER = 600
/** Of the newest so many seconds more may come: what is made at once is written as it is ready. */
const RECENT = 2
/** Entries that are read, of which the first look takes fewer: somebody waits for it. */
const MOST = 4_000
const MOST_AT_FIRST = 64
/** So many are remembered each by itself of what was heard of; of more, the oldest of all. */
const MOST_HEARD = 64
const ALONE: ReadonlySet<number> = new Set([9, 1063])

/** How many there are, and what all of them are: image, video, audio, or something else. */
export interface Together {
  files: number
  fileKind: string | null
}

interface Run extends Together {
  /** Of the index that it was counted in. */
  generation: number
  /** Of what is recent: the greatest age, and all ids. */
  until: number
  ids: ReadonlySet<string>
}

/** Events that can be found from a generation of the index on; the greatest age of theirs. */
interface Heard {
  generation: number
  age: number
}

export interface Counted {
  /** Null when the newest is no file alone, or goes with none. */
  together: Together | null
  /** Whether that is all; else it is to be counted once more. */
  whole: boolean
}

export class AddedTogether {
  #run: Run | null = null
  /** Those that the run may not have */
  #heard: Heard[] = []
  /** Whether anybody was told of something. */
  #looked = false
  /** How often it was forgotten: what is being counted meanwhile is of no use later. */
  #forgotten = 0

  /** Something of it may be gone: then all of it is counted anew. */
  forget(): void {
    this.#run = null
    this.#forgotten++
  }

  /**
   * New events can be found. One may be older than what is looked at again: a member that was
   * away wrote it, or a busy computer wrote it late.
   * @param events what the list of groups would tell
   * @param generation readers with this one or a later one have them
   */
  hear(events: readonly NostrEvent[], generation: number): void {
    const age = Math.max(...events.map((event) => ageOf(event.created_at)))
    if (events.length > 0) this.#heard.push({ generation, age })
    if (this.#heard.length <= MOST_HEARD) return
    this.#heard = [{ generation, age: Math.max(...this.#heard.map((heard) => heard.age)) }]
  }

  /**
   * Those that go with the newest.
   * @param query the newest entries, the newest first; no more are read than there is need
   * @param id of the newest event
   * @param generation of the index that they are read from
   */
  async count(
    query: (limit: number) => AsyncIterable<Entry>,
    id: string,
    generation: number
  ): Promise<Counted> {
    const forgotten = this.#forgotten
    const limit = this.#looked ? MOST : MOST_AT_FIRST
    const counting = new Counting(this.#knowsAll() ? this.#run : null)
    const read = await counting.read(query(limit))
    const run = counting.run(generation)
    // A second that was cut may have had others, in another order
    const whole = this.#looked || read < limit
    this.#looked = true
    if (forgotten === this.#forgotten) {
      this.#run = whole ? run : null
      this.#heard = this.#heard.filter((heard) => heard.generation > generation)
    }
    if (run === null || run.files < 2 || !run.ids.has(id)) return { together: null, whole }
    return { together: { files: run.files, fileKind: run.fileKind }, whole }
  }

  /** Whether what came since the last look is among what is looked at again. */
  #knowsAll(): boolean {
    const run = this.#run
    if (run === null) return false
    return !this.#heard.some(
      ({ generation, age }) => generation > run.generation && age > run.until
    )
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

  /** Reads as far as there is need. @returns how many */
  async read(entries: AsyncIterable<Entry>): Promise<number> {
    let read = 0
    for await (const second of bySeconds(entries)) {
      read += second.length
      if (!second.every((entry) => this.#add(entry))) break
    }
    return read
  }

  /** @returns whether it goes on */
  #add(entry: Entry): boolean {
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

  run(generation: number): Run | null {
    if (this.#until === null) return null
    const known = this.#reached ? this.#known : null
    if (known !== null) this.#kinds.add(known.fileKind)
    const [kind = null] = this.#kinds
    return {
      generation,
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
