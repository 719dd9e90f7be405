import b4a from 'b4a'
import type Hypercore from 'hypercore'

import { HypertunaError } from '../../protocol/errors.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'

/** ms that a person waits for an event that is not on this device. */
const SOON = 1000
/** ms after which it is looked at again whether a block is still to come: the log may be another one by then. */
const LOOK = 5000

/**
 * Reads accepted events at positions of a relay's log, which may not be on this device.
 *
 * Whoever has them may be gone for a minute, or for ever: nothing that a person waits for
 * waits for that. What does not come soon is waited for in the background, one block at a
 * time, and what was shown without it is told to look again when it is here.
 */
export class LogReader {
  readonly #log: () => Hypercore
  readonly #onlate: (position: number) => void
  #waiting: Promise<void> | null = null
  #stopped = false

  constructor(log: () => Hypercore, onlate: (position: number) => void) {
    this.#log = log
    this.#onlate = onlate
  }

  /** @throws NOBODY_ONLINE when it is not here and does not come soon */
  async at(position: number): Promise<NostrEvent> {
    const event = await this.soon(position)
    if (event !== null) return event
    throw new HypertunaError('NOBODY_ONLINE', 'Nobody who is online has this event')
  }

  /** Null when it does not come within a second: `onlate` tells when it does. */
  async soon(position: number): Promise<NostrEvent | null> {
    const here = await this.here(position)
    if (here !== null) return here
    try {
      return parse(await this.#log().get(position, { timeout: SOON }))
    } catch (err) {
      if ((err as { code?: string }).code !== 'REQUEST_TIMEOUT') throw err
      this.await(position)
      return null
    }
  }

  /** Null when it is not on this device. */
  async here(position: number): Promise<NostrEvent | null> {
    const block = await this.#log().get(position, { wait: false })
    return block === null ? null : parse(block)
  }

  /** Tells when the block is here, unless another one is being waited for. */
  await(position: number): void {
    if (this.#stopped) return
    this.#waiting ??= this.#wait(position).finally(() => {
      this.#waiting = null
    })
  }

  /** Call before the log is closed; await what it returns after it was. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#waiting
  }

  async #wait(position: number): Promise<void> {
    while (!this.#stopped && position < this.#log().length) {
      try {
        await this.#log().get(position, { timeout: LOOK })
        break
      } catch (err) {
        // It is closed or broken, and would fail again at once: whoever asks next waits anew.
        if ((err as { code?: string }).code !== 'REQUEST_TIMEOUT') return
      }
    }
    if (!this.#stopped) this.#onlate(position)
  }
}

const parse = (block: Uint8Array): NostrEvent => JSON.parse(b4a.toString(block)) as NostrEvent
