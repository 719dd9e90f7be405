/** NIP-77: what a client has, compared with what is here. */
import b4a from 'b4a'

import { HypertunaError } from '../../../protocol/errors.ts'
import { parseFilter } from '../../../protocol/filter.ts'
import type { Filter } from '../../../protocol/filter.ts'
import { reconcile, RecordSet } from '../../../protocol/negentropy.ts'
import type { IndexReader } from '../../relays/index-reader.ts'
import { readMatching } from '../../relays/query.ts'
import type { QueryOptions } from '../../relays/query.ts'
import { createdAtOf } from '../../relays/terms.ts'
import type { Limits } from './limits.ts'

/** Bytes of one answer, which is sent as hex. */
const FRAME = 60_000
const BUSY = 'blocked: too much is being looked for at the moment; try again soon'
const HEX = /^(?:[0-9a-f]{2})+$/i

/** How many records all comparisons of a relay hold. */
export interface Held {
  records: number
}

export interface ComparisonsOptions {
  limits: Limits
  held: Held
  say(...message: unknown[]): void
  /** Runs a question to the index when its turn has come; with null when the index is behind. */
  ask(run: (reader: IndexReader | null) => Promise<void>): Promise<void>
  query(): QueryOptions
}

interface Comparison {
  /** Null while the records are read. */
  set: RecordSet | null
  timer: ReturnType<typeof setTimeout> | null
}

/** Those of one connection. Their ids are not those of subscriptions. */
export class Comparisons {
  readonly #options: ComparisonsOptions
  readonly #open = new Map<string, Comparison>()

  constructor(options: ComparisonsOptions) {
    this.#options = options
  }

  /** @param message of the client's side, as hex */
  async open(id: string, value: unknown, message: unknown): Promise<void> {
    const { limits, ask } = this.#options
    this.close(id) // NIP-77: another one of the same id takes its place
    const filter = readFilter(value)
    if (typeof filter === 'string') return this.#refuse(id, filter)
    if (this.#open.size >= limits.comparisons) {
      return this.#refuse(id, `blocked: at most ${limits.comparisons} comparisons at once`)
    }
    const comparison: Comparison = { set: null, timer: null }
    this.#open.set(id, comparison)
    try {
      await ask((reader) => this.#load(id, comparison, filter, reader))
    } catch (err) {
      const busy = HypertunaError.from(err).code === 'BUSY'
      const why = busy ? BUSY : 'error: the records could not be read'
      if (this.#open.get(id) === comparison) this.refuse(id, why)
      if (busy) return
      throw err
    }
    if (comparison.set !== null) this.next(id, message)
  }

  /** Answers the client's next message. */
  next(id: string, message: unknown): void {
    const comparison = this.#open.get(id)
    if (comparison === undefined || comparison.set === null) {
      return this.#refuse(id, 'closed: no such comparison is open')
    }
    if (typeof message !== 'string' || !HEX.test(message)) {
      return this.refuse(id, 'invalid: a message is bytes as hex')
    }
    try {
      const answer = reconcile(comparison.set, b4a.from(message, 'hex'), FRAME)
      this.#options.say('NEG-MSG', id, b4a.toString(answer, 'hex'))
      this.#wait(id, comparison)
    } catch (err) {
      this.refuse(id, `invalid: ${HypertunaError.from(err).message}`)
    }
  }

  close(id: string): void {
    const comparison = this.#open.get(id)
    if (comparison === undefined) return
    this.#open.delete(id)
    this.#options.held.records -= comparison.set?.size ?? 0
    comparison.set = null
    if (comparison.timer !== null) clearTimeout(comparison.timer)
  }

  /** Ends one with a reason. */
  refuse(id: string, reason: string, ...more: unknown[]): void {
    this.close(id)
    this.#refuse(id, reason, ...more)
  }

  /** Ends all; with a reason when there is somebody to tell. */
  end(reason: string | null): void {
    for (const id of [...this.#open.keys()]) {
      if (reason === null) this.close(id)
      else this.refuse(id, reason)
    }
  }

  async #load(
    id: string,
    comparison: Comparison,
    filter: Filter,
    reader: IndexReader | null
  ): Promise<void> {
    const { limits, held, query } = this.#options
    const gone = (): boolean => this.#open.get(id) !== comparison
    if (gone()) return
    if (reader === null) return this.refuse(id, 'error: the history is still being read')
    const reading = new Reading(limits, held)
    let set: RecordSet | null = null
    try {
      set = await readSet(reader, filter, reading, { ...query(), aborted: gone })
      if (gone()) set = null
    } finally {
      if (set === null) reading.giveUp()
    }
    if (gone()) return
    comparison.set = set
    if (set === null) this.refuse(id, reading.why, limits.records)
  }

  #refuse(id: string, reason: string, ...more: unknown[]): void {
    this.#options.say('NEG-ERR', id, reason, ...more)
  }

  #wait(id: string, comparison: Comparison): void {
    if (comparison.timer !== null) clearTimeout(comparison.timer)
    comparison.timer = setTimeout(
      () => this.refuse(id, 'closed: nobody went on with it for too long'),
      this.#options.limits.comparisonIdle
    )
  }
}

function readFilter(value: unknown): Filter | string {
  try {
    const filter = parseFilter(value)
    return filter.search === null ? filter : 'invalid: what is looked for by words has no end'
  } catch (err) {
    return `invalid: ${HypertunaError.from(err).message}`
  }
}

/** Counts what is read as held at once: others read at the same time. */
class Reading {
  /** Why there is room for no more. */
  why = 'blocked: too many records; ask for a part of them'
  #read = 0
  readonly #limits: Limits
  readonly #held: Held

  constructor(limits: Limits, held: Held) {
    this.#limits = limits
    this.#held = held
  }

  /** Makes room for one more; false when there is none. */
  one(): boolean {
    if (this.#read >= this.#limits.records) return false
    if (this.#held.records >= this.#limits.allRecords) {
      this.why = 'blocked: too much is being compared at the moment; try again later'
      return false
    }
    this.#held.records++
    this.#read++
    return true
  }

  giveUp(): void {
    this.#held.records -= this.#read
    this.#read = 0
  }
}

/** The records that meet a filter; null when there are too many. */
async function readSet(
  reader: IndexReader,
  filter: Filter,
  reading: Reading,
  options: QueryOptions
): Promise<RecordSet | null> {
  const ages: number[] = []
  const ids: Uint8Array[] = []
  for await (const { age, id } of readMatching(reader, filter, options)) {
    if (!reading.one()) return null
    ages.push(age)
    ids.push(id)
  }
  return oldestFirst(ages, ids)
}

/** The index goes from the newest to the oldest, but by ids up within a second. */
function oldestFirst(ages: number[], ids: Uint8Array[]): RecordSet {
  const timestamps: number[] = []
  const bytes = b4a.allocUnsafe(ids.length * 32)
  for (let end = ages.length; end > 0;) {
    let start = end - 1
    while (start > 0 && ages[start - 1] === ages[end - 1]) start--
    for (let i = start; i < end; i++) {
      bytes.set(ids[i]!, timestamps.length * 32)
      timestamps.push(createdAtOf(ages[i]!))
    }
    end = start
  }
  return new RecordSet(timestamps, bytes)
}
