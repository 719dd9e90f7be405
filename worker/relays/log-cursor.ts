import b4a from 'b4a'
import type Hypercore from 'hypercore'

import type { NostrEvent } from '../../protocol/nostr.ts'

/** How far back a reordering is followed; one that reaches further means "read all again". */
const REMEMBERED = 256

/**
 * Tells what is new in a relay's log since it was last asked.
 *
 * Autobase takes back and replays the end of the log as it learns the order of
 * concurrent nodes, so a position is no proof that an event was seen: the ids
 * at the last positions are remembered and compared.
 */
export class LogCursor {
  readonly #log: () => Hypercore
  #position = 0
  /** Ids of the events before the position, the last one last. */
  #ids: string[] = []

  constructor(log: () => Hypercore) {
    this.#log = log
  }

  /** Moves to the end without reading what is there. */
  async skip(): Promise<void> {
    const { length } = this.#log()
    this.#position = Math.max(0, length - REMEMBERED)
    this.#ids = []
    await this.advance()
  }

  async advance(): Promise<{ events: NostrEvent[]; reordered: boolean }> {
    const log = this.#log()
    const before = this.#position
    const reordered = await this.#rewind(log)
    const events: NostrEvent[] = []
    for (; this.#position < log.length; this.#position++) {
      const event = await readEvent(log, this.#position)
      this.#ids.push(event.id)
      if (this.#ids.length > REMEMBERED) this.#ids.shift()
      events.push(event)
    }
    return { events, reordered: reordered && before > 0 }
  }

  /** Steps back over what is no longer what it was. */
  async #rewind(log: Hypercore): Promise<boolean> {
    let moved = false
    while (this.#ids.length > 0) {
      const position = this.#position - 1
      if (position < log.length && (await readEvent(log, position)).id === this.#ids.at(-1)) break
      this.#ids.pop()
      this.#position = position
      moved = true
    }
    if (this.#position > log.length) this.#position = log.length
    return moved
  }
}

async function readEvent(log: Hypercore, position: number): Promise<NostrEvent> {
  return JSON.parse(b4a.toString(await log.get(position, { timeout: 30_000 }))) as NostrEvent
}
