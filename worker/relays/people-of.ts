/** Whom an act names, with which role: read alike where it is judged and where it takes effect. */
import { isHex32 } from '../../protocol/ids.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { Role } from './state.ts'

/** People that one act names. */
export const PEOPLE = 64

/** The people that an act names, each with the role that it is given; null for what are none. */
export function peopleOf(event: NostrEvent): { pubkey: string; role: Role }[] | null {
  const people = new Map<string, Role>()
  for (const [name, pubkey, ...roles] of event.tags) {
    if (name !== 'p') continue
    if (!isHex32(pubkey)) return null
    people.set(pubkey, roleOf(roles))
  }
  if (people.size === 0 || people.size > PEOPLE) return null
  return Array.from(people, ([pubkey, role]) => ({ pubkey, role }))
}

/** Role names that are not known here are allowed and mean nothing (NIP-29). */
function roleOf(names: string[]): Role {
  if (names.includes('admin')) return 'admin'
  return names.includes('moderator') ? 'moderator' : 'member'
}
