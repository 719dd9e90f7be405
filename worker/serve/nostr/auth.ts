/** NIP-42: the pubkeys that one connection proved to hold. */
import b4a from 'b4a'
import crypto from 'hypercore-crypto'

import { isHex32, parsePublicIdentifier } from '../../../protocol/ids.ts'
import { tagValue, verifyEvent } from '../../../protocol/nostr.ts'
import type { NostrEvent } from '../../../protocol/nostr.ts'
import { hostsOf } from '../loopback.ts'
import { MAX_AUTH_SKEW } from './limits.ts'

export const AUTH_KIND = 22242

export class Proofs {
  readonly challenge = b4a.toString(crypto.randomBytes(16), 'hex')
  readonly #pubkeys = new Set<string>()
  readonly #relay: { port: number; publicIdentifier: string }
  readonly #most: number

  /** @param most pubkeys of one connection */
  constructor(relay: { port: number; publicIdentifier: string }, most: number) {
    this.#relay = relay
    this.#most = most
  }

  has(pubkey: string): boolean {
    return this.#pubkeys.has(pubkey)
  }

  some(is: (pubkey: string) => boolean): boolean {
    for (const pubkey of this.#pubkeys) if (is(pubkey)) return true
    return false
  }

  get size(): number {
    return this.#pubkeys.size
  }

  /** @returns null when the proof counts, or why not, with its prefix */
  add(event: unknown, now: number): string | null {
    if (!verifyEvent(event)) return 'invalid: wrong id or signature'
    if (event.kind !== AUTH_KIND) return `invalid: AUTH is an event of kind ${AUTH_KIND}`
    if (Math.abs(event.created_at - now) > MAX_AUTH_SKEW) {
      return 'invalid: created_at is more than ten minutes off'
    }
    if (tagValue(event, 'challenge') !== this.challenge) return 'invalid: not our challenge'
    if (!this.#isOurs(tagValue(event, 'relay'))) return 'invalid: for another relay'
    if (this.#pubkeys.size >= this.#most && !this.has(event.pubkey)) {
      return `rate-limited: a connection proves at most ${this.#most} keys`
    }
    this.#pubkeys.add(event.pubkey)
    return null
  }

  #isOurs(address: string | undefined): boolean {
    if (address === undefined || address.length > 512) return false
    const [, host = '', path = ''] = /^wss?:\/\/([^/]+)(\/.*)$/.exec(address) ?? []
    if (!hostsOf(this.#relay.port).includes(host.toLowerCase())) return false
    return relayOfPath(path) === this.#relay.publicIdentifier
  }
}

/** The publicIdentifier that a URL's path names; null when it names none. */
export function relayOfPath(path: string): string | null {
  const [bare = ''] = path.split(/[?#]/, 1)
  try {
    return parsePublicIdentifier(bare.replace(/^\//, '').replace(/\/$/, '')).publicIdentifier
  } catch {
    return null // whatever it is, it names no relay
  }
}

/** The id to answer an event under; null for what has none. */
export function idOf(event: unknown): string | null {
  if (typeof event !== 'object' || event === null) return null
  const { id } = event as Partial<NostrEvent>
  return isHex32(id) ? id : null
}
