/** NIP-42: the pubkeys that one connection proved to hold. */
import b4a from 'b4a'
import crypto from 'hypercore-crypto'

import { isNostrEvent, tagValue, verifyEvent } from '../../../protocol/nostr.ts'
import type { NostrEvent } from '../../../protocol/nostr.ts'
import { parseRelayAddress } from '../../../protocol/relay-address.ts'
import { AUTH_KIND } from '../../relays/kinds.ts'
import { MAX_AUTH_SKEW } from './limits.ts'

/** Under which addresses a client may know us. */
export interface OwnAddress {
  /** Names with their ports, in lower case. */
  hosts: readonly string[]
  publicIdentifier: string
}

export class Proofs {
  readonly challenge: string
  /** With what showed them. */
  readonly #pubkeys = new Map<string, NostrEvent>()
  readonly #relay: OwnAddress
  readonly #most: number

  /** @param most pubkeys of one connection */
  constructor(
    relay: OwnAddress,
    most: number,
    challenge = b4a.toString(crypto.randomBytes(16), 'hex')
  ) {
    this.challenge = challenge
    this.#relay = relay
    this.#most = most
  }

  has(pubkey: string): boolean {
    return this.#pubkeys.has(pubkey)
  }

  /** What showed that somebody has a key; null when nothing did. */
  of(pubkey: string): NostrEvent | null {
    return this.#pubkeys.get(pubkey) ?? null
  }

  some(is: (pubkey: string) => boolean): boolean {
    for (const pubkey of this.#pubkeys.keys()) if (is(pubkey)) return true
    return false
  }

  get size(): number {
    return this.#pubkeys.size
  }

  /** @returns null when the proof counts, or why not, with its prefix */
  add(event: unknown, now: number): string | null {
    if (!isNostrEvent(event)) return 'invalid: not an event'
    if (event.kind !== AUTH_KIND) return `invalid: AUTH is an event of kind ${AUTH_KIND}`
    if (Math.abs(event.created_at - now) > MAX_AUTH_SKEW) {
      return 'invalid: created_at is more than ten minutes off'
    }
    if (tagValue(event, 'challenge') !== this.challenge) return 'invalid: not our challenge'
    if (!this.#isOurs(tagValue(event, 'relay'))) return 'invalid: for another relay'
    if (this.#pubkeys.size >= this.#most && !this.has(event.pubkey)) {
      return `rate-limited: a connection proves at most ${this.#most} keys`
    }
    // Last, because it is what costs.
    if (!verifyEvent(event)) return 'invalid: wrong id or signature'
    this.#pubkeys.set(event.pubkey, event)
    return null
  }

  #isOurs(address: string | undefined): boolean {
    const named = parseRelayAddress(address)
    if (named === null || !this.#relay.hosts.includes(named.host)) return false
    return named.publicIdentifier === this.#relay.publicIdentifier
  }
}

/** Characters of an id that is answered, even if it is none. */
const LONGEST_ID = 64

/** The id to answer an event under, whatever the client takes for one; null where it has none. */
export function idOf(event: unknown): string | null {
  if (typeof event !== 'object' || event === null) return null
  const { id } = event as Partial<NostrEvent>
  return typeof id === 'string' && id !== '' && id.length <= LONGEST_ID ? id : null
}
