import b4a from 'b4a'
import type Hypercore from 'hypercore'

import type { NostrEvent } from '../../protocol/nostr.ts'

/** More new events than this at once are not told one by one: "look at all of it". */
const TOLD = 1000

/**
 * Tells what is new in a relay's log since it was last asked.
 *
 * Autobase takes back and replays the end of the log as it learns the order of
 * concurrent nodes, so a position that was seen may hold another event later.
 * `apply` says from where on it wrote, and what was told from there on counts
 * as unseen again.
 */
export class LogCursor {
  readonly #log: () => Hypercore
  #position = 0
  /** The lowest position written since the last look. */
  #replayed = Infinity

  constructor(log: () => Hypercore) {
    this.#log = log
  }

  /** The log was written, or written anew, from this position on. */
  replayed(position: number): void {
    this.#replayed = Math.min(this.#replayed, position)
  }

  /** Moves to the end without reading what is there. */
  skip(): void {
    this.#position = this.#log().length
    this.#replayed = Infinity
  }

  /** Whether what was told is to be read again. */
  get reordered(): boolean {
    return this.#replayed < this.#position || this.#log().length < this.#position
  }

  /**
   * @returns the events since the last look, oldest first, up to the first that is not on
   * this device: then `missing` is its position, and the next look begins there. No events
   * with `reordered`.
   */
  async advance(): Promise<{
    events: NostrEvent[]
    reordered: boolean
    missing: number | null
  }> {
    const log = this.#log()
    const { length } = log
    const { reordered } = this
    this.#replayed = Infinity // a replay from here on is for the next look
    if (reordered || length - this.#position > TOLD) {
      this.#position = length
      return { events: [], reordered: true, missing: null }
    }
    const reading: Promise<Uint8Array | null>[] = []
    for (let position = this.#position; position < length; position++) {
      reading.push(log.get(position, { wait: false }))
    }
    const blocks = await Promise.all(reading)
    const absent = blocks.indexOf(null)
    const here = (absent < 0 ? blocks : blocks.slice(0, absent)) as Uint8Array[]
    const events = here.map((block) => JSON.parse(b4a.toString(block)) as NostrEvent)
    this.#position += here.length // only now: what could not be read is tried again
    return { events, reordered: false, missing: absent < 0 ? null : this.#position }
  }
}
