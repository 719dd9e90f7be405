import { tagValues, type NostrEvent } from '../protocol/nostr.ts'
import { coalesce } from './coalesce.ts'
import type { Read } from './reads-file.ts'
import type { Group } from './relays/group.ts'
import { InTurn } from './relays/in-turn.ts'
import { KIND } from './relays/kinds.ts'
import type { RelayUpdate } from './relays/relay.ts'
import { isLive, readMember } from './relays/state.ts'
import type { UnreadFacts } from './unread.ts'

/** More unread messages of a group are not told apart. */
export const MOST_UNREAD = 100
/** Of the log this much is looked at at first: bookkeeping lies between the messages. */
const LOOK = 400
/** And this much whenever its order changed: what was seen at first is not new by that. */
const LOOK_AGAIN = 200
/** Such looks are this far apart, in ms. */
const GATHER = 200
/** Ids of what came late, and of what is known, at most. */
const MOST_LATE = 100
const MOST_KNOWN = 2 * LOOK

/** Chat, a file alone, notes, threads and their replies. */
export const SAYS: ReadonlySet<number> = new Set([1, 9, 10, 11, 12, 1063, 1111])
const TAKES_BACK: ReadonlySet<number> = new Set([
  KIND.deletion,
  KIND.vanish,
  KIND.removeUser,
  KIND.putUser,
  KIND.deleteEvent
])

/** A message and whether it was said since we came; before or after, where seconds do not tell. */
interface Said {
  event: NostrEvent
  isSince: boolean
}

interface Told {
  createdAt: number
  isMention: boolean
}

/** What is unread in one group. */
export class UnreadOf {
  readonly read: Read
  readonly #group: Group
  readonly #joinedAt: number
  readonly #onchange: (kept: boolean) => void
  /** By event id. */
  readonly #new = new Map<string, Told>()
  /** Messages that were here at the last look, unread or not. */
  #known = new Set<string>()
  #first = true
  /** False while a group is arriving: all that comes with it is read. */
  #arrived: boolean
  #stopped = false
  readonly #looking = new InTurn(
    () => this.#lookAtAll(),
    () => {} // the group is being closed, or its log is broken, which it says itself
  )

  readonly #lookSoon = coalesce(GATHER, () => this.#looking.soon())

  /** @param onchange told whether what is kept is another too */
  constructor(
    group: Group,
    { read, joinedAt, isFresh }: { read: Read; joinedAt: number; isFresh: boolean },
    onchange: (kept: boolean) => void
  ) {
    this.#group = group
    this.read = { until: read.until, late: [...read.late] }
    this.#joinedAt = joinedAt
    this.#arrived = !isFresh
    this.#onchange = onchange
  }

  get facts(): UnreadFacts {
    const all = [...this.#new].sort(([, a], [, b]) => a.createdAt - b.createdAt)
    return {
      unread: Math.min(all.length, MOST_UNREAD),
      mentions: Math.min(all.filter(([, { isMention }]) => isMention).length, MOST_UNREAD),
      firstUnread: all[0]?.[0] ?? null
    }
  }

  stop(): void {
    this.#stopped = true
    this.#lookSoon.stop()
    void this.#looking.stop()
  }

  mark(until: number): void {
    const { read } = this
    if (until <= read.until && this.#new.size === 0) return
    read.until = Math.max(read.until, until)
    read.late = []
    // What nobody can have seen yet, as it is newer, stays
    for (const [id, { createdAt }] of this.#new) if (createdAt <= read.until) this.#new.delete(id)
    this.#onchange(true)
  }

  /** What came, or null for a look at all of it. */
  look(update: RelayUpdate | null): void {
    if (this.#stopped) return
    const takenBack = update?.events.some(({ kind }) => TAKES_BACK.has(kind)) ?? true
    const isPlain = update !== null && !update.reordered && !takenBack
    if (!isPlain || this.#first || !this.#arrived) return this.#lookSoon()
    const said = update.events.map((event) => ({ event, isSince: true }))
    if (this.#note(said)) this.#onchange(this.read.late.length > 0)
  }

  /** Whether something new is among them. */
  #note(said: Said[]): boolean {
    const before = this.#new.size
    for (const { event, isSince } of said) {
      if (!SAYS.has(event.kind) || this.#known.has(event.id)) continue
      this.#known.add(event.id)
      if (isSince && event.pubkey !== this.#group.pubkey) this.#weigh(event)
    }
    this.#bound()
    return this.#new.size !== before
  }

  #weigh({ id, created_at: createdAt, ...event }: NostrEvent): void {
    const { read } = this
    const isLate = createdAt <= read.until
    if (isLate && !read.late.includes(id)) {
      // At the first look it cannot be told from what was read
      if (this.#first || createdAt < this.#joinedAt) return
      read.late = [...read.late, id].slice(-MOST_LATE)
    }
    const isMention = tagValues(event as NostrEvent, 'p').includes(this.#group.pubkey)
    this.#new.set(id, { createdAt, isMention })
  }

  async #lookAtAll(): Promise<void> {
    const { relay, pubkey, joined } = this.#group
    const { length } = relay.base.view.log
    const from = Math.max(0, length - (this.#first || !this.#arrived ? LOOK : LOOK_AGAIN))
    const positions = Array.from({ length: length - from }, (_, i) => from + i)
    const [member, ...events] = await Promise.all([
      readMember(relay.state, pubkey),
      ...positions.map((position) => relay.eventHere(position))
    ])
    if (this.#stopped) return
    const since = member?.since ?? length
    const said = events.flatMap((event, i) => {
      if (event === null) return []
      const { created_at: at } = event
      const isSince =
        at === this.#joinedAt ? from + i > since : this.#arrived || at > this.#joinedAt
      return [{ event, isSince }]
    })
    this.#note(said)
    this.#first = false
    this.#arrived ||= joined
    const gone = await this.#takenBack()
    if (this.#stopped) return
    for (const id of gone) this.#new.delete(id)
    this.#onchange(true)
  }

  /** What is unread here and stands no more. */
  async #takenBack(): Promise<string[]> {
    const { state } = this.#group.relay
    const ids = [...this.#new.keys()]
    const live = await Promise.all(ids.map((id) => isLive(state, id)))
    return ids.filter((_id, i) => !live[i])
  }

  /** The oldest are not told apart anyway. */
  #bound(): void {
    for (const id of this.#new.keys()) {
      if (this.#new.size <= LOOK) break
      this.#new.delete(id)
    }
    if (this.#known.size > MOST_KNOWN) this.#known = new Set([...this.#known].slice(-LOOK))
  }
}
