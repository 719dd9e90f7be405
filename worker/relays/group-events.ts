/** The events that describe a relay itself: its cards, and 39000–39005 (NIP-29). */
import { signEvent } from '../../protocol/nostr.ts'
import type { EventTemplate, NostrEvent } from '../../protocol/nostr.ts'
import { KIND } from './kinds.ts'
import type { Access, RelayFacts, Role } from './state.ts'
import { writerTag } from './writer-proof.ts'
import type { WriterProof } from './writer-proof.ts'

export interface CardWish {
  alias: string
  relayKey: string
  relayPubkey: string
  access: Access
  name: string
  about: string
  /** Admins, the most senior first, who may speak while the creator is away. */
  admins: readonly string[]
  /** That the founder has the key of the core that the relay begins with; in the first card. */
  proof?: WriterProof
  /** By which rules the relay is replayed, in the first card; without it by the first ones. */
  rules?: number
  /** Of the creator's card, for one that an admin makes in its name. */
  card?: string
}

/** The card: the creator's signed word on which key and which pubkey a relay has. */
export function makeCard(wish: CardWish, createdAt: number, secretKey: Uint8Array): NostrEvent {
  const tags = [
    ['h', wish.alias],
    ['relayKey', wish.relayKey],
    ['relayPubkey', wish.relayPubkey],
    ['access', wish.access]
  ]
  // A stranger may be shown the card of a private relay, and is told no more than it needs.
  if (wish.access !== 'private') {
    tags.push(['name', wish.name])
    if (wish.about !== '') tags.push(['about', wish.about])
  }
  if (wish.proof !== undefined) tags.push(writerTag(wish.relayKey, wish.proof))
  if (wish.rules !== undefined) tags.push(['rules', String(wish.rules)])
  for (const admin of wish.admins) tags.push(['admin', admin])
  if (wish.card !== undefined) tags.push(['card', wish.card])
  return signEvent({ kind: KIND.createGroup, created_at: createdAt, tags, content: '' }, secretKey)
}

type Described = Pick<
  RelayFacts,
  'alias' | 'name' | 'about' | 'picture' | 'banner' | 'access' | 'supportedKinds' | 'pins'
>

/** People in one list: an event has 256 KiB, and a list that is too long would be none at all. */
const LISTED = 3000

/** The templates of 39000–39005 for the state as it stands, for the relay's key to sign. */
export function groupStateTemplates(
  relay: Described,
  members: Iterable<[string, Role]>,
  createdAt: number
): EventTemplate[] {
  const d = ['d', relay.alias]
  const people = [...members]
  const chosen = people.filter(([, role]) => role !== 'member')
  const others = people.filter(([, role]) => role === 'member')
  const admins = [d, ...chosen.slice(0, LISTED).map(([pubkey, role]) => ['p', pubkey, role])]
  const listed = [d, ...[...chosen, ...others].slice(0, LISTED).map(([pubkey]) => ['p', pubkey])]
  const roles = [
    d,
    ['role', 'admin', 'lets people in and out, gives roles, describes the group'],
    ['role', 'moderator', 'deletes messages and pins them']
  ]
  return [
    template(KIND.metadata, metadataTags(relay), createdAt),
    template(KIND.admins, admins, createdAt),
    template(KIND.members, listed, createdAt),
    template(KIND.roles, roles, createdAt),
    template(KIND.pins, [d, ...relay.pins], createdAt)
  ]
}

function metadataTags(relay: Described): string[][] {
  const tags = [['d', relay.alias]]
  for (const name of ['name', 'about', 'picture', 'banner'] as const) {
    if (relay[name] !== '') tags.push([name, relay[name]])
  }
  tags.push(['restricted'])
  if (relay.access !== 'open') tags.push(['closed'])
  if (relay.access === 'private') tags.push(['private'], ['hidden'])
  const kinds = relay.supportedKinds
  if (kinds !== null) tags.push(['supported_kinds', ...kinds.map(String)])
  return tags
}

function template(kind: number, tags: string[][], createdAt: number): EventTemplate {
  return { kind, created_at: createdAt, tags, content: '' }
}
