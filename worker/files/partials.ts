/**
 * Files that came in half: what was received and checked of them before the provider left
 * or the worker ended, so that only the rest is fetched.
 *
 * Their bytes are where they were being written, at the end of the drive's blob core or in
 * the spool, a private relay's sealed in both. What is noted here says where; it is kept
 * beside the blob core, so that it is as old or as new as the blocks are. Few, and not for
 * long: nobody sees these bytes, and they take room.
 */
import b4a from 'b4a'
import type Hypercore from 'hypercore'
import type { Log } from '../log.ts'
import type { Spool } from './spool.ts'
import type { WriteGuard } from './write-guard.ts'

/** Smaller files begin anew: they are there again before it matters. */
export const RESUMABLE = 8 * 1024 * 1024

const NOTES = 'hypertuna/partials'
const MOST = 16
/** How long one is kept, in ms. */
const OLDEST = 7 * 24 * 60 * 60_000

/** Where a half file's bytes are. */
export type PartialPlace =
  /** Blocks of the blob core; `end` is null while it is being written. */
  | { start: number; byte: number; end: number | null }
  /** Segments of this name. */
  | { spool: string }

export interface Partial {
  relayKey: string
  hash: string
  size: number
  sealed: boolean
  /** When it was begun, in ms. */
  at: number
  place: PartialPlace
}

/** Where one file's half is noted while it is written. */
export interface Slot {
  /** What is there of it; null for nothing that helps. */
  find(): Partial | null
  /** Its bytes go, or are, there from now on; what was noted before goes. */
  note(place: PartialPlace): Promise<void>
  /** Nobody writes it any more: it may go, if others need its place. */
  rest(): void
  /** No more a half: the file is about to be in the drive, or its bytes are gone. */
  forget(): Promise<void>
}

type Which = Pick<Partial, 'relayKey' | 'hash'>

const nameOf = ({ relayKey, hash }: Which): string => `${relayKey}/${hash}`

export class Partials {
  readonly #core: Hypercore
  readonly #spool: Spool
  readonly #guard: WriteGuard
  readonly #log: Log
  readonly #kept = new Map<string, Partial>()
  /** Those that are being written now. */
  readonly #busy = new Set<string>()

  constructor(core: Hypercore, spool: Spool, guard: WriteGuard, log: Log) {
    this.#core = core
    this.#spool = spool
    this.#guard = guard
    this.#log = log
  }

  /**
   * Reads the notes, and leaves out what is too old. To be called before anything is
   * reclaimed: what is noted here is no orphan.
   */
  async open(): Promise<void> {
    const notes = await this.#core.getUserData(NOTES)
    const list = notes === null ? [] : (JSON.parse(b4a.toString(notes)) as Partial[])
    for (const partial of list) {
      const { place, at } = partial
      if (Date.now() - at > OLDEST) continue // what it had is an orphan now
      if ('start' in place) {
        place.end ??= this.#core.length
        if (place.end > this.#core.length || place.end <= place.start) continue
      }
      this.#kept.set(nameOf(partial), partial)
    }
  }

  /** Blocks that are in use although no entry refers to them; `end` exclusive. */
  spans(): { start: number; end: number }[] {
    const spans: { start: number; end: number }[] = []
    for (const { place } of this.#kept.values()) {
      if ('start' in place) spans.push({ start: place.start, end: place.end ?? this.#core.length })
    }
    return spans
  }

  /** Names of the spooled files that are to stay. */
  spooled(): Set<string> {
    const names = new Set<string>()
    for (const { place } of this.#kept.values()) if ('spool' in place) names.add(place.spool)
    return names
  }

  /** One file's half, as long as it is being written; null for files that begin anew. */
  slot(which: Omit<Partial, 'at' | 'place'>): Slot | null {
    if (which.size < RESUMABLE) return null
    return {
      find: () => this.#find(which),
      note: (place) => this.#note({ ...which, at: Date.now(), place }),
      rest: () => void this.#busy.delete(nameOf(which)),
      forget: () => this.#forget(which)
    }
  }

  /** What is there of a file; null for nothing that helps. */
  #find(which: Omit<Partial, 'at' | 'place'>): Partial | null {
    const kept = this.#kept.get(nameOf(which))
    if (kept?.size !== which.size || kept.sealed !== which.sealed) return null
    return kept
  }

  async #note(partial: Partial): Promise<void> {
    const name = nameOf(partial)
    const before = this.#kept.get(name)
    this.#kept.set(name, partial)
    this.#busy.add(name)
    const spare = [...this.#kept.values()].filter((each) => !this.#busy.has(nameOf(each)))
    for (const oldest of spare.slice(0, Math.max(0, this.#kept.size - MOST))) {
      this.#kept.delete(nameOf(oldest))
      await this.#clear(oldest)
    }
    await this.#save()
    if (before !== undefined && !isSame(before.place, partial.place)) await this.#clear(before)
  }

  async #forget(which: Which): Promise<void> {
    this.#busy.delete(nameOf(which))
    if (this.#kept.delete(nameOf(which))) await this.#save()
  }

  /** Lets go of those that nobody wants any more. */
  async keepOnly(isWanted: (partial: Partial) => boolean): Promise<void> {
    const unwanted = [...this.#kept.values()].filter((partial) => {
      return !this.#busy.has(nameOf(partial)) && !isWanted(partial)
    })
    if (unwanted.length === 0) return
    for (const partial of unwanted) this.#kept.delete(nameOf(partial))
    await this.#save()
    for (const partial of unwanted) await this.#clear(partial)
  }

  async #clear({ place }: Partial): Promise<void> {
    try {
      if ('spool' in place) await (await this.#spool.reopen(place.spool)).discard()
      else if (place.end !== null) {
        const { start, end } = place
        await this.#guard.run(() => this.#core.clear(start, end))
      }
    } catch (err) {
      this.#log('partial-not-cleared', { err }) // an orphan, for the next opening
    }
  }

  async #save(): Promise<void> {
    const notes = b4a.from(JSON.stringify([...this.#kept.values()]))
    await this.#guard.run(() => this.#core.setUserData(NOTES, notes))
  }
}

function isSame(a: PartialPlace, b: PartialPlace): boolean {
  if ('spool' in a) return 'spool' in b && a.spool === b.spool
  return 'start' in b && a.start === b.start
}
