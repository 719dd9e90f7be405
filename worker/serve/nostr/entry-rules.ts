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
  return isProtected(event) ? judgeProtected(event, proofs) : null
}

/** NIP-70: only its author brings it. */
const isProtected = ({ tags }: NostrEvent): boolean => tags.some((tag) => tag[0] === '-')

function judgeProtected({ pubkey }: NostrEvent, proofs: Proofs): string | null {
  if (proofs.has(pubkey)) return null
  return proofs.size === 0
    ? 'auth-required: a protected event is brought by its author'
    : 'restricted: a protected event is brought by its author'
}
