import { matches } from '../../../protocol/filter.ts'
import type { Filter } from '../../../protocol/filter.ts'
import type { NostrEvent } from '../../../protocol/nostr.ts'

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

/** Events that wait while the stored ones are sent, and their bytes. */
const MAX_WAITING = 4096
const MAX_WAITING_BYTES = 8 * 1024 * 1024

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
  #bytes = 0

  constructor(id: string, filters: readonly Filter[], send: (json: Uint8Array) => void) {
    this.id = id
    this.filters = filters
    this.#send = send
  }

  /** @returns false when more waits than may: the subscription has to end */
  take(live: LiveEvent): boolean {
    if (this.closed || !this.filters.some((filter) => matches(filter, live.event))) return true
    if (this.#waiting === null) {
      this.#send(live.json)
      return true
    }
    this.#bytes += live.json.byteLength
    if (this.#waiting.length >= MAX_WAITING || this.#bytes > MAX_WAITING_BYTES) return false
    this.#waiting.push(live)
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
