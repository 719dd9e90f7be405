import { flawOf, isNostrEvent, tagValue, tagValues } from '../../../protocol/nostr.ts'
import type { NostrEvent } from '../../../protocol/nostr.ts'
import { expiryOf, isExpired } from '../../relays/terms.ts'
import { AUTH_KIND, isModeration, KIND } from '../../relays/kinds.ts'
import type { Proofs } from './auth.ts'
import { MAX_AHEAD } from './limits.ts'

/** Of whom an event comes. */
export interface Bringer {
  proofs: Proofs
  /** Whether the client came by a gateway. */
  isStranger: boolean
  /** Whether the group is for members alone. */
  isPrivate: boolean
  /** The group's, which an event names by its `h` tag; null while it is not known. */
  alias: string | null
}

/**
 * What keeps an event out before the policy is asked: shape, and the rules of the
 * clock and of this connection, which `apply` knows nothing of.
 *
 * @returns null, or the reason with its prefix
 */
export function refusal(
  event: unknown,
  { proofs, isStranger, isPrivate, alias }: Bringer,
  now: number
): string | null {
  if (!isNostrEvent(event)) return `invalid: ${flawOf(event)}`
  // NIP-11's `auth_required`; and nobody tries what is here by sending it.
  if (isPrivate && proofs.size === 0) return 'auth-required: this group is for its members'
  if (event.kind === AUTH_KIND) return 'invalid: a proof is sent by AUTH and kept nowhere'
  if (event.created_at > now + MAX_AHEAD) {
    return 'invalid: created_at is more than 15 minutes in the future'
  }
  if (alias !== null && isElsewhereToo(event, alias)) {
    return 'invalid: an event is of one group; its h tags name several'
  }
  if (isExpired(expiryOf(event), now)) return 'invalid: the event has expired'
  if (REPOSTS.has(event.kind) && isProtected(quotedBy(event))) {
    return 'blocked: a protected event is not to be repeated within another'
  }
  if (isStranger && isRight(event)) return judgeBringer(event, proofs, 'a right is used')
  return isProtected(event) ? judgeBringer(event, proofs, 'a protected event is brought') : null
}

/**
 * Whether it decides on people or for them. All that says for which group it was signed is the
 * group's alias, which others have too, on other relays: somebody could bring here what an admin
 * signed there, and be let in by it. A proof (NIP-42) names this relay.
 */
const isRight = (event: NostrEvent): boolean => {
  if (event.kind !== KIND.joinRequest) return isModeration(event.kind)
  return tagValue(event, 'code') === undefined // a code is of one group alone
}

/** Kinds that need not name the group at all: they are of their author, wherever that is. */
const OF_AUTHOR: ReadonlySet<number> = new Set([KIND.profile, KIND.vanish])

/**
 * Whether it names another group beside this one (NIP-29 has one `h` tag). It could be brought
 * there as well, out of what was said here, and would be found here as that group's.
 */
function isElsewhereToo(event: NostrEvent, alias: string): boolean {
  if (OF_AUTHOR.has(event.kind)) return false
  const groups = tagValues(event, 'h')
  return groups[0] === alias && groups.some((group) => group !== alias)
}

const REPOSTS: ReadonlySet<number> = new Set([6, 16])

/** The event that a repost has within it (NIP-18); null for one that refers to it alone. */
function quotedBy({ content }: NostrEvent): unknown {
  try {
    return JSON.parse(content)
  } catch {
    return null // words of its own
  }
}

/** NIP-70: only its author brings it. */
function isProtected(event: unknown): boolean {
  const tags = (event as Partial<NostrEvent> | null)?.tags
  return Array.isArray(tags) && tags.some((tag: unknown) => Array.isArray(tag) && tag[0] === '-')
}

function judgeBringer({ pubkey }: NostrEvent, proofs: Proofs, what: string): string | null {
  if (proofs.has(pubkey)) return null
  return `${proofs.size === 0 ? 'auth-required' : 'restricted'}: ${what} by its author`
}
