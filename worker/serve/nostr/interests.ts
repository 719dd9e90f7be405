import type { Filter } from '../../../protocol/filter.ts'
import type { NostrEvent } from '../../../protocol/nostr.ts'
import type { Subscription } from './subscription.ts'

/** Values under which one filter is kept; with more of them it is asked of every event. */
const MAX_KEYS = 64
const EVERY = '*'

/**
 * Subscriptions by one thing that each of their filters asks for, so that an event
 * is compared with those alone that it may concern.
 */
export class Interests {
  readonly #subscriptions = new Map<string, Set<Subscription>>()

  add(subscription: Subscription): void {
    for (const key of keysOfAll(subscription)) {
      const held = this.#subscriptions.get(key)
      if (held === undefined) this.#subscriptions.set(key, new Set([subscription]))
      else held.add(subscription)
    }
  }

  delete(subscription: Subscription): void {
    for (const key of keysOfAll(subscription)) {
      const held = this.#subscriptions.get(key)
      held?.delete(subscription)
      if (held?.size === 0) this.#subscriptions.delete(key)
    }
  }

  /** The subscriptions that may match, each once. */
  of(event: NostrEvent): Set<Subscription> {
    const found = new Set<Subscription>()
    for (const key of keysOfEvent(event)) {
      for (const subscription of this.#subscriptions.get(key) ?? []) found.add(subscription)
    }
    return found
  }
}

const keysOfAll = ({ filters }: Subscription): Set<string> => new Set(filters.flatMap(keysOf))

/** The narrowest condition, and of those that are as narrow the one with fewest values. */
function keysOf({ ids, authors, kinds, tags }: Filter): string[] {
  const candidates: string[][] = []
  if (ids !== null) candidates.push(Array.from(ids, (id) => `i${id}`))
  for (const [letter, values] of tags) {
    // Every event has the group's own h, so it tells nothing.
    if (letter !== 'h') candidates.push(Array.from(values, (value) => `${letter}:${value}`))
  }
  if (authors !== null) candidates.push(Array.from(authors, (pubkey) => `p${pubkey}`))
  const narrow = candidates.filter((keys) => keys.length <= MAX_KEYS)
  if (narrow.length > 0) return narrow.reduce((a, b) => (b.length < a.length ? b : a))
  if (kinds !== null && kinds.size <= MAX_KEYS) return Array.from(kinds, (kind) => `k${kind}`)
  return [EVERY]
}

function* keysOfEvent({ id, pubkey, kind, tags }: NostrEvent): Generator<string> {
  yield EVERY
  yield `i${id}`
  yield `p${pubkey}`
  yield `k${kind}`
  for (const [letter = '', value] of tags) {
    if (letter.length === 1 && letter !== 'h' && value !== undefined) yield `${letter}:${value}`
  }
}
