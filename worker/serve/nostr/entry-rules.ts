import { isNostrEvent } from '../../../protocol/nostr.ts'
import type { NostrEvent } from '../../../protocol/nostr.ts'
import { expiryOf, isExpired } from '../../relays/terms.ts'
import { AUTH_KIND } from '../../relays/kinds.ts'
import type { Proofs } from './auth.ts'
import { MAX_AHEAD } from './limits.ts'

/**
 * What keeps an event out before the policy is asked: shape, and the rules of the
 * clock and of this connection, which `apply` knows nothing of.
 *
 * @returns null, or the reason with its prefix
 */
export function refusal(event: unknown, proofs: Proofs, now: number): string | null {
  if (!isNostrEvent(event)) return 'invalid: not an event, or too large'
  if (event.kind === AUTH_KIND) return 'invalid: a proof is sent by AUTH and kept nowhere'
  if (event.created_at > now + MAX_AHEAD) {
    return 'invalid: created_at is more than 15 minutes in the future'
  }
  if (isExpired(expiryOf(event), now)) return 'invalid: the event has expired'
  if (REPOSTS.has(event.kind) && isProtected(quotedBy(event))) {
    return 'blocked: a protected event is not to be repeated within another'
  }
  return isProtected(event) ? judgeProtected(event, proofs) : null
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

function judgeProtected({ pubkey }: NostrEvent, proofs: Proofs): string | null {
  if (proofs.has(pubkey)) return null
  return proofs.size === 0
    ? 'auth-required: a protected event is brought by its author'
    : 'restricted: a protected event is brought by its author'
}
