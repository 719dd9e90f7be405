/**
 * NIP-29's timeline references: an event that refers to what is not here was
 * written for another group of the same name, or what it refers to is late.
 */
import type { NostrEvent } from '../../protocol/nostr.ts'
import { IS_PREFIX, MAX_REFERENCES, referencesOf } from './presence.ts'
import type { Relay } from './relay.ts'
import { isAnyHere } from './state.ts'

/** ms that an event waits for what it refers to. */
const PATIENCE = 5000
/** Events of a relay that wait at once; beyond that none does. */
const MAX_WAITING = 64

export class References {
  readonly #relay: Relay
  readonly #patience: number
  #waiting = 0

  constructor(relay: Relay, patience = PATIENCE) {
    this.#relay = relay
    this.#patience = patience
  }

  /** @returns null once all references are known; or why not, with its prefix */
  async refusal(event: NostrEvent): Promise<string | null> {
    const prefixes = referencesOf(event)
    if (prefixes.length === 0) return null
    if (prefixes.length > MAX_REFERENCES) return `invalid: more than ${MAX_REFERENCES} references`
    if (!prefixes.every((prefix) => IS_PREFIX.test(prefix))) {
      return 'invalid: a reference is the first 8 characters of an event’s id'
    }
    return (await this.#areKnown(new Set(prefixes)))
      ? null
      : 'invalid: refers to events that are not in this group'
  }

  async #areKnown(missing: Set<string>): Promise<boolean> {
    if (await this.#look(missing)) return true
    if (this.#waiting >= MAX_WAITING || this.#relay.closing) return false
    this.#waiting++
    try {
      return await this.#wait(missing)
    } finally {
      this.#waiting--
    }
  }

  #wait(missing: Set<string>): Promise<boolean> {
    const relay = this.#relay
    return new Promise((resolve, reject) => {
      const end = (known: boolean): void => {
        clearTimeout(timer)
        relay.off('update', look)
        relay.off('close', give)
        resolve(known)
      }
      const give = (): void => end(false)
      const look = (): void => {
        this.#look(missing).then((known) => {
          if (known) end(true)
        }, reject)
      }
      const timer = setTimeout(give, this.#patience)
      relay.on('update', look)
      relay.on('close', give)
    })
  }

  async #look(missing: Set<string>): Promise<boolean> {
    for (const prefix of [...missing]) {
      if (await isAnyHere(this.#relay.state, prefix)) missing.delete(prefix)
    }
    return missing.size === 0
  }
}

/** Whether an event has references at all. */
export const hasReferences = (event: NostrEvent): boolean => referencesOf(event).length > 0
