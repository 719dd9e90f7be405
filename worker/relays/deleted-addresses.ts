/** The addresses that a deletion names (NIP-09's `a`), and how often it may. Pure. */
import { tagValues } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { deletedAddressKey } from './keys.ts'
import { isAddressable, isReplaceable, KIND } from './kinds.ts'
import { readReplaceable } from './state.ts'
import type { StateReader, Until } from './state.ts'

/** Deletions that are remembered for one event or address: of its author, and of moderators. */
export const DELETIONS = 8

/** Characters of a `d` tag: it is part of a key of the state, which everybody's look-ups pass. */
export const D_LIMIT = 1024

export type Address = [kind: number, d: string]

/** NIP-09: addresses of the deletion's own author. */
export function addressesOf(deletion: NostrEvent): Address[] {
  if (deletion.kind !== KIND.deletion) return []
  const addresses = new Map<string, Address>()
  for (const address of tagValues(deletion, 'a')) {
    const [, kind = '', pubkey, d = ''] = /^(\d{1,5}):([0-9a-f]{64}):([^]*)$/.exec(address) ?? []
    if (pubkey !== deletion.pubkey || d.length > D_LIMIT) continue
    if (isReplaceable(Number(kind)) || isAddressable(Number(kind))) {
      addresses.set(`${Number(kind)}:${d}`, [Number(kind), d])
    }
  }
  return [...addresses.values()]
}

/**
 * Whether a deletion would look through versions of an address that are younger than it
 * once more than is reasonable. One that reaches the newest version takes each away once.
 */
export async function looksTooOften(deletion: NostrEvent, state: StateReader): Promise<boolean> {
  const { pubkey, created_at: at } = deletion
  for (const [kind, d] of addressesOf(deletion)) {
    const newest = await readReplaceable(state, kind, pubkey, d)
    if (newest === null || newest.createdAt <= at) continue
    const until = (await state.get(deletedAddressKey(kind, pubkey, d)))?.value as Until | undefined
    if ((until?.length ?? 0) >= DELETIONS) return true
  }
  return false
}
