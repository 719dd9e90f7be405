/**
 * What a client has asked for and what it has got, so that another member can go on where
 * one went away: each event once, and none left out.
 */
import { matches, parseFilter, type Filter } from '../protocol/filter.ts'
import { HypertunaError } from '../protocol/errors.ts'
import { isHex32 } from '../protocol/ids.ts'
import { isNostrEvent } from '../protocol/nostr.ts'

/** Subscriptions of one client. A member allows fewer; this bounds what is kept here. */
export const MAX_SUBSCRIPTIONS = 64

/** Characters of all that one client asks for. */
const MAX_TEXT = 1024 * 1024

/** Events of one client that are remembered, over all of its subscriptions. */
const MAX_SEEN = 16_384

/** Digits of an id that are kept: as many as a number holds exactly. */
const DIGITS = 13

interface Asked {
  raw: Record<string, unknown>
  filter: Filter
  /** Stored events that matched, and the oldest of them, in seconds. */
  count: number
  oldest: number
}

/** One REQ. */
export class CarriedSubscription {
  readonly id: string
  /** Whether the client was told that the stored events are through. */
  eosed = false
  /** As the client wrote it. */
  readonly text: string
  readonly #asked: Asked[]
  readonly #seen = new Set<number>()
  readonly #began = Math.floor(Date.now() / 1000)

  constructor(id: string, text: string, filters: unknown[]) {
    this.id = id
    this.text = text
    this.#asked = filters.flatMap((raw) => {
      try {
        const filter = parseFilter(raw)
        return [{ raw: raw as Record<string, unknown>, filter, count: 0, oldest: Infinity }]
      } catch (err) {
        if (HypertunaError.from(err).code === 'BAD_REQUEST') return [] // a member refuses it
        throw err
      }
    })
  }

  get remembered(): number {
    return this.#seen.size
  }

  /** Whether an event goes to the client: it asked for it, and has not got it yet. */
  take(event: unknown, key: (id: string) => number): boolean {
    if (!isNostrEvent(event) || !isHex32(event.id)) return false
    const asked = this.#asked.filter(({ filter }) => matches(filter, event))
    const number = key(event.id)
    if (asked.length === 0 || this.#seen.has(number)) return false
    this.#seen.add(number)
    if (this.eosed) return true
    for (const one of asked) {
      one.count++
      one.oldest = Math.min(one.oldest, event.created_at)
    }
    return true
  }

  forget(count: number): void {
    for (const oldest of this.#seen) {
      if (count-- <= 0) return
      this.#seen.delete(oldest)
    }
  }

  /**
   * What another member is asked. A limit counted for the stored events alone: what was
   * beyond it must not come now, and what came since must not be cut off by it.
   */
  again(): string {
    if (!this.eosed) return this.text
    const filters = this.#asked.map(({ raw, filter: { limit }, count, oldest }) => {
      if (limit === null) return raw
      const { limit: _, ...rest } = raw
      if (count < limit) return rest
      const since = Math.max(Number(raw['since'] ?? 0), limit === 0 ? this.#began : oldest)
      return { ...rest, since }
    })
    return JSON.stringify(['REQ', this.id, ...filters])
  }
}

/** All of one client. */
export class CarriedSubscriptions {
  readonly #subscriptions = new Map<string, CarriedSubscription>()
  // Which digits is nobody's to foresee: an event cannot be made to look like another one.
  readonly #from = Math.floor(Math.random() * (64 - DIGITS))

  /** Returns null when there are too many. */
  add(id: string, text: string, filters: unknown[]): CarriedSubscription | null {
    this.#subscriptions.delete(id)
    let length = text.length
    for (const { text: other } of this.#subscriptions.values()) length += other.length
    if (this.#subscriptions.size >= MAX_SUBSCRIPTIONS || length > MAX_TEXT) return null
    const subscription = new CarriedSubscription(id, text, filters)
    this.#subscriptions.set(id, subscription)
    return subscription
  }

  get(id: unknown): CarriedSubscription | undefined {
    return typeof id === 'string' ? this.#subscriptions.get(id) : undefined
  }

  delete(id: unknown): boolean {
    return typeof id === 'string' && this.#subscriptions.delete(id)
  }

  all(): CarriedSubscription[] {
    return [...this.#subscriptions.values()]
  }

  /** Whether an event goes to the client; it is remembered then. */
  take(id: unknown, event: unknown): boolean {
    const key = (hash: string): number =>
      Number.parseInt(hash.slice(this.#from, this.#from + DIGITS), 16)
    if (this.get(id)?.take(event, key) !== true) return false
    let remembered = 0
    for (const { remembered: some } of this.#subscriptions.values()) remembered += some
    if (remembered <= MAX_SEEN) return true
    const [largest] = this.all().sort((a, b) => b.remembered - a.remembered)
    largest?.forget(remembered - MAX_SEEN)
    return true
  }
}
