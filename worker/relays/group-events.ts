/** The events that describe a relay itself: its card, and 39000–39003 (NIP-29). */
import { signEvent } from '../../protocol/nostr.ts'
import type { EventTemplate, NostrEvent } from '../../protocol/nostr.ts'
import { KIND } from './policy.ts'
import type { Access, RelayFacts, Role } from './state.ts'

export interface CardFacts {
  alias: string
  relayKey: string
  relayPubkey: string
  access: Access
  name: string
  about: string
}

/** The card: the creator's signed word on which key and which pubkey a relay has. */
export function makeCard(facts: CardFacts, createdAt: number, secretKey: Uint8Array): NostrEvent {
  const tags = [
    ['h', facts.alias],
    ['relayKey', facts.relayKey],
    ['relayPubkey', facts.relayPubkey],
    ['access', facts.access],
    ['name', facts.name]
  ]
  if (facts.about !== '') tags.push(['about', facts.about])
  return signEvent({ kind: KIND.createGroup, created_at: createdAt, tags, content: '' }, secretKey)
}

/** The templates of 39000–39003 for the state as it stands, for the relay's key to sign. */
export function groupStateTemplates(
  relay: Pick<RelayFacts, 'alias' | 'name' | 'about' | 'access'>,
  members: Iterable<[string, Role]>,
  createdAt: number
): EventTemplate[] {
  const d = ['d', relay.alias]
  const metadata = [d, ['name', relay.name], ['restricted']]
  if (relay.about !== '') metadata.push(['about', relay.about])
  metadata.push(relay.access === 'closed' ? ['closed'] : ['open'], ['public'])
  const admins = [d]
  const listed = [d]
  for (const [pubkey, role] of members) {
    if (role === 'admin') admins.push(['p', pubkey, 'admin'])
    listed.push(['p', pubkey])
  }
  const roles = [d, ['role', 'admin', 'admits members and describes the group']]
  return [
    template(KIND.metadata, metadata, createdAt),
    template(KIND.admins, admins, createdAt),
    template(KIND.members, listed, createdAt),
    template(KIND.roles, roles, createdAt)
  ]
}

function template(kind: number, tags: string[][], createdAt: number): EventTemplate {
  return { kind, created_at: createdAt, tags, content: '' }
}
