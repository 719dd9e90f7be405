/** What an event says of files as such: that they are blocked in the group, or not any more. */
import { isHex32 } from '../../protocol/ids.ts'
import { tagValues } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { KIND } from './kinds.ts'

/** The files that an event blocks, and those that it lets in again: the latter win. */
export function verdictsOf(event: NostrEvent): Map<string, 0 | 1> {
  const found = new Map<string, 0 | 1>()
  if (event.kind !== KIND.deleteEvent) return found
  for (const hash of tagValues(event, 'x')) found.set(hash, 1)
  for (const hash of tagValues(event, 'unblock')) found.set(hash, 0)
  return found
}

/** An admin's, and not a moderator's: it is about what nobody may bring any more. */
export const isVerdict = (event: NostrEvent): boolean => verdictsOf(event).size > 0

export const areHashes = (verdicts: Map<string, 0 | 1>): boolean => {
  return [...verdicts.keys()].every(isHex32)
}
