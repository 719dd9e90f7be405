import type { Relay } from '../relays/relay.ts'
import { ANNOUNCE_LIMIT } from '../relays/records.ts'

/** How long announcements are gathered before one append, in ms. */
const GATHER = 100

/**
 * Tells a relay which files this drive holds, or holds no longer, many in one record.
 *
 * A thousand files that arrive together are a handful of appends, not a thousand.
 */
export class Announcer {
  readonly #relay: Relay
  readonly #driveKey: string
  readonly #onerror: (err: unknown) => void
  readonly #held = new Set<string>()
  readonly #withdrawn = new Set<string>()
  #timer: ReturnType<typeof setTimeout> | null = null
  #flushing: Promise<void> = Promise.resolve()

  constructor(relay: Relay, driveKey: string, onerror: (err: unknown) => void) {
    this.#relay = relay
    this.#driveKey = driveKey
    this.#onerror = onerror
  }

  announce(hash: string): void {
    this.#held.add(hash)
    this.#withdrawn.delete(hash)
    this.#flushSoon()
  }

  /** This drive holds it no longer. */
  withdraw(hash: string): void {
    this.#held.delete(hash)
    this.#withdrawn.add(hash)
    this.#flushSoon()
  }

  #flushSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      this.#flushing = this.#flushing.then(() => this.#flush()).catch(this.#onerror)
    }, GATHER)
  }

  /** Drops what was not said yet: the next sweep says it. */
  async close(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#held.clear()
    this.#withdrawn.clear()
    await this.#flushing
  }

  async #flush(): Promise<void> {
    while (this.#held.size + this.#withdrawn.size > 0 && this.#relay.base.writable) {
      const held = take(this.#held, ANNOUNCE_LIMIT)
      const withdrawn = take(this.#withdrawn, ANNOUNCE_LIMIT - held.length)
      const { relay, driveKey } = { relay: this.#relay, driveKey: this.#driveKey }
      await relay.append([{ type: 'announce', driveKey, held, withdrawn }])
    }
  }
}

function take(hashes: Set<string>, most: number): string[] {
  const taken = [...hashes].slice(0, most)
  for (const hash of taken) hashes.delete(hash)
  return taken
}
