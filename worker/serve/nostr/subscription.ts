import { matches } from '../../../protocol/filter.ts'
import type { Filter } from '../../../protocol/filter.ts'
import type { NostrEvent } from '../../../protocol/nostr.ts'
import { MAX_LIMIT } from '../../relays/query.ts'

/** An event on its way to subscriptions, as JSON once for all of them. */
export interface LiveEvent {
  event: NostrEvent
  /** UTF-8 */
  json: Uint8Array
  /** Of the index; Infinity for an event that is not stored. */
  generation: number
}

export const liveEvent = (event: NostrEvent, generation: number): LiveEvent => ({
  event,
  json: Buffer.from(JSON.stringify(event)),
  generation
})

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Events that wait while the stored ones are sent. */
const MAX_WAITING = 4096

/**
 * One REQ: first what is stored, then what comes. What comes meanwhile waits, so
 * that it is sent once, and after EOSE.
 */
export class Subscription {
  readonly id: string
  readonly filters: readonly Filter[]
  closed = false
  readonly #send: (json: Uint8Array) => void
  #waiting: LiveEvent[] | null = []

  constructor(id: string, filters: readonly Filter[], send: (json: Uint8Array) => void) {
    this.id = id
    this.filters = filters
    this.#send = send
  }

  /**
   * Whether EOSE may have a third element (NIP-67), which the NIP takes to be ignored by whoever
   * does not know it. There are clients that take such an EOSE for none and wait for another:
   * nostr-fetch, which goes from page to page by `until` and `limit` and knows by counting when
   * it has all, and nostrify, which calls its subscriptions by UUIDs.
   */
  get takesHint(): boolean {
    const pages = this.filters.every(
      ({ until, limit }) => until !== null && limit !== null && limit <= MAX_LIMIT
    )
    return !pages && !UUID.test(this.id)
  }

  /** @returns false when more waits than may: the subscription has to end */
  take(live: LiveEvent): boolean {
    if (this.closed || !this.filters.some((filter) => matches(filter, live.event))) return true
    if (this.#waiting === null) this.#send(live.json)
    else if (this.#waiting.length >= MAX_WAITING) return false
    else this.#waiting.push(live)
    return true
  }

  /** From now on events are sent as they come; those that were stored by `generation` were sent. */
  goLive(generation: number): void {
    const waiting = this.#waiting ?? []
    this.#waiting = null
    for (const live of waiting) {
      if (live.generation > generation) this.#send(live.json)
    }
  }
}
