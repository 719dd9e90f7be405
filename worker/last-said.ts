/**
 * What was last said in each group, for the list of groups: answered from the group's index,
 * and until that is open from the newest blocks that are here. Emits `change` when any of it
 * is another.
 */
import EventEmitter from 'bare-events'

import type { NostrEvent } from '../protocol/nostr.ts'
import type { Filter } from '../protocol/filter.ts'
import type * as Rpc from '../protocol/rpc/generated/types.ts'
import { AddedTogether } from './added-together.ts'
import { coalesce } from './coalesce.ts'
import { lastView, LISTED } from './last-view.ts'
import type { People } from './people.ts'
import type { EventIndex, IndexedEvents } from './relays/event-index.ts'
import type { IndexReader } from './relays/index-reader.ts'
import { now } from './relays/group.ts'
import type { Group } from './relays/group.ts'
import { InTurn } from './relays/in-turn.ts'
import { isDeleting, KIND } from './relays/kinds.ts'
import { EventQuery } from './relays/query.ts'
import type { RelayUpdate } from './relays/relay.ts'
import { isLive } from './relays/state.ts'
import { eventOf } from './relays/terms.ts'
import type { Entry } from './relays/terms.ts'

/** Changes are gathered this long, in ms. */
const GATHER = 200
/** How long an index that reads its log is waited for, in ms; then the newest blocks tell. */
const BEHIND = 1_000
/** Blocks at the log's end that are looked at until the index is open. */
const GLANCE = 16
/** Of what is found: lines may be passed over. */
const MOST = 64
/** Of one second, in which a program may say a lot: the last of the log has any id. */
const MOST_AT_ONCE = 4096
/** What could not be read is tried again after so long, in ms. */
const AGAIN = 1_000

const NEWEST: Filter = {
  ids: null,
  authors: null,
  kinds: LISTED,
  tags: [],
  since: null,
  until: null,
  limit: MOST,
  search: null
}

export class LastSaid extends EventEmitter {
  readonly #people: People
  readonly #groups = new Map<string, LastOf>()

  constructor(people: People) {
    super()
    this.#people = people
  }

  /** Follows a group until it closes; one of the same key takes its place. */
  add(group: Group): void {
    const { relayKey } = group.relay
    void this.#groups.get(relayKey)?.stop()
    const of = new LastOf(group, this.#people, () => this.emit('change'))
    this.#groups.set(relayKey, of)
    group.once('close', () => {
      void of.stop()
      if (this.#groups.get(relayKey) === of) this.#groups.delete(relayKey)
    })
  }

  /** Asks the group's index from now on, which is open. */
  use(group: Group, index: EventIndex): void {
    this.#groups.get(group.relay.relayKey)?.use(group, index)
  }

  /** Null when nothing was said, or it is not known yet. */
  of(relayKey: string): Rpc.LastSaid | null {
    return this.#groups.get(relayKey)?.last ?? null
  }

  /** Resolves when each group was looked at for the first time. */
  async known(): Promise<void> {
    await Promise.all(Array.from(this.#groups.values(), ({ known }) => known))
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#groups.values(), (of) => of.stop()))
  }
}

/** Of one group. */
class LastOf {
  last: Rpc.LastSaid | null = null
  readonly #group: Group
  readonly #people: People
  readonly #onchange: () => void
  readonly #known = Promise.withResolvers<void>()
  readonly #added = new AddedTogether()
  #index: EventIndex | null = null
  #undo: () => void
  #stopped = false
  readonly #looking = new InTurn(
    () => this.#look(),
    () => this.#failed()
  )

  #again: ReturnType<typeof setTimeout> | null = null

  readonly #soon = coalesce(GATHER, () => this.#looking.soon())

  constructor(group: Group, people: People, onchange: () => void) {
    this.#group = group
    this.#people = people
    this.#onchange = onchange
    const onupdate = ({ events, reordered, touched }: RelayUpdate): void => {
      // What is new the index tells of when it can be found there
      if (reordered || touched === null) this.#added.forget()
      if (reordered || touched === null || (this.#index === null && events.some(matters))) {
        this.#soon()
      }
    }
    group.on('update', onupdate)
    this.#undo = () => group.off('update', onupdate)
    this.#soon()
  }

  /** Resolves when it was looked at once. */
  get known(): Promise<void> {
    return this.#known.promise
  }

  use(group: Group, index: EventIndex): void {
    if (group !== this.#group || this.#index === index) return
    const onevents = (update: unknown): void => {
      const { events, generation } = update as IndexedEvents
      if (events.some(({ kind }) => isDeleting(kind))) this.#added.forget()
      this.#added.hear(
        events.filter(({ kind }) => LISTED.has(kind)),
        generation
      )
      if (events.some(matters)) this.#soon()
    }
    index.on('events', onevents)
    this.#index = index
    const before = this.#undo
    this.#undo = () => {
      before()
      index.off('events', onevents)
    }
    this.#soon()
  }

  stop(): Promise<void> {
    this.#stopped = true
    this.#undo()
    this.#soon.stop()
    if (this.#again !== null) clearTimeout(this.#again)
    this.#known.resolve()
    return this.#looking.stop()
  }

  /** What was read was cut off meanwhile, or the group is being closed: then nobody asks again. */
  #failed(): void {
    this.#known.resolve()
    this.#later()
  }

  #later(): void {
    if (this.#stopped) return
    if (this.#again !== null) clearTimeout(this.#again)
    this.#again = setTimeout(() => this.#looking.soon(), AGAIN)
  }

  async #look(): Promise<void> {
    const indexed = await this.#inIndex()
    // An index that reads its log tells of new events when it has them, and of no others
    if (indexed === null && this.#index !== null) this.#later()
    const found = indexed ?? (await this.#atTheEnd())
    const said = JSON.stringify(found.last)
    this.#known.resolve()
    if (said === JSON.stringify(this.last)) return
    this.last = found.last
    this.#onchange()
  }

  /** Null while there is no index, or it does not know all that the log has. */
  async #inIndex(): Promise<{ last: Rpc.LastSaid | null } | null> {
    const reader = (await this.#index?.read(BEHIND)) ?? null
    if (reader === null) return null
    try {
      let second: Entry[] = []
      let found = 0
      for await (const entry of new EventQuery(reader, [NEWEST], { now: now() })) {
        if (second.length > 0 && entry.age !== second[0]?.age) {
          const last = await this.#newestOf(second)
          if (last !== null) return { last: await this.#withOthers(reader, last) }
          second = []
        }
        second.push(entry)
        found++
      }
      // There may be more of the second at which the answer ends.
      if (found === MOST) second = await allOf(reader, second[0]!)
      const last = await this.#newestOf(second)
      return { last: last && (await this.#withOthers(reader, last)) }
    } finally {
      await reader.close()
    }
  }

  /** A file that was added without a word, as one of all that were added with it. */
  async #withOthers(reader: IndexReader, last: Rpc.LastSaid): Promise<Rpc.LastSaid> {
    if (last.files !== 1 || last.words !== '') return last
    const newest = (limit: number): AsyncIterable<Entry> =>
      new EventQuery(reader, [{ ...NEWEST, limit }], { now: now() })
    const generation = await reader.generation()
    const { together, whole } = await this.#added.count(newest, last.id, generation)
    if (!whole) this.#soon()
    return together === null ? last : { ...last, ...together, fileName: null }
  }

  /** Of one second, what the group's log has last. */
  async #newestOf(entries: Entry[]): Promise<Rpc.LastSaid | null> {
    for (const entry of entries.sort((a, b) => b.position - a.position)) {
      const last = await this.#view(eventOf(entry))
      if (last !== null) return last
    }
    return null
  }

  /** By what is here of the log's end, the newest first. */
  async #atTheEnd(): Promise<{ last: Rpc.LastSaid | null }> {
    const { relay } = this.#group
    const { length } = relay.base.view.log
    const from = Math.max(0, length - GLANCE)
    const positions = Array.from({ length: length - from }, (_, i) => from + i)
    const events = await Promise.all(positions.map((position) => relay.eventHere(position)))
    const listed = events
      .filter((event): event is NostrEvent => event !== null && LISTED.has(event.kind))
      .reverse()
      .sort((a, b) => b.created_at - a.created_at)
    for (const event of listed) {
      const last = (await isLive(relay.state, event.id)) ? await this.#view(event) : null
      if (last !== null) return { last }
    }
    return { last: null }
  }

  #view(event: NostrEvent): Promise<Rpc.LastSaid | null> {
    return lastView(event, this.#group, this.#people)
  }
}

/** All that was said in the second of an entry, as far as anybody has so much to say. */
async function allOf(reader: IndexReader, entry: Entry): Promise<Entry[]> {
  const at = eventOf(entry).created_at
  const filter = { ...NEWEST, since: at, until: at, limit: MOST_AT_ONCE }
  const entries: Entry[] = []
  for await (const entry of new EventQuery(reader, [filter], { now: now() })) entries.push(entry)
  return entries
}

/** Whether an event may make another one the newest, or name its author otherwise. */
const matters = ({ kind }: NostrEvent): boolean =>
  LISTED.has(kind) || isDeleting(kind) || kind === KIND.profile
