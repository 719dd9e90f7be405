/** Who may read what of a relay, by what the connection proved (NIP-42). */
import type { Filter } from '../../../protocol/filter.ts'
import { KIND } from '../../relays/kinds.ts'
import type { Relay } from '../../relays/relay.ts'
import type { Proofs } from './auth.ts'

type Facts = Pick<Relay, 'facts' | 'members'>

/** Invites are the admins' business. */
const FOR_ADMINS: ReadonlySet<number> = new Set([KIND.createInvite])
const NONE: ReadonlySet<number> = new Set()

/** @returns null, or why nothing may be read, with its prefix */
export function readingRefusal({ facts, members }: Facts, proofs: Proofs): string | null {
  if (facts === null) return 'error: the group is still arriving'
  if (facts.access !== 'private' || proofs.some((pubkey) => members.has(pubkey))) return null
  return proofs.size === 0
    ? 'auth-required: this group is for its members'
    : 'restricted: this group is for its members'
}

/** The kinds that a connection is not shown. */
export function unseenBy({ members }: Facts, proofs: Proofs): ReadonlySet<number> {
  return proofs.some((pubkey) => members.get(pubkey) === 'admin') ? NONE : FOR_ADMINS
}

/** Why these filters, which ask for nothing else, are not answered; null when they are. */
export function filterRefusal(
  filters: readonly Filter[],
  unseen: ReadonlySet<number>,
  proofs: Proofs
): string | null {
  const closed = filters.some(
    ({ kinds }) => kinds !== null && kinds.size > 0 && [...kinds].every((kind) => unseen.has(kind))
  )
  if (!closed) return null
  return `${proofs.size === 0 ? 'auth-required' : 'restricted'}: invites are for admins`
}

/** Whether a filter names a kind that this connection is not shown, perhaps beside others. */
export const asksFor = (filters: readonly Filter[], unseen: ReadonlySet<number>): boolean =>
  filters.some(({ kinds }) => kinds !== null && [...unseen].some((kind) => kinds.has(kind)))
