/** What acts do to what a relay says of itself: its cards, its description, its invites. */
import { tagValue } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { GroupStore } from './group-draft.ts'
import type { Effects } from './group-effects.ts'
import { CARDS_KEY, inviteKey, RELAY_KEY } from './keys.ts'
import { copiesOf, gatewaysOf } from './description.ts'
import { adminsOfCard } from './policy-acts.ts'
import { readCards, readInvite, readMember } from './state.ts'
import type { InviteFacts, RelayFacts } from './state.ts'

export async function putCard(
  card: NostrEvent,
  rank: number,
  { store, position }: Pick<Effects, 'store' | 'position'>
): Promise<void> {
  const facts = { id: card.id, position, createdAt: card.created_at, by: card.pubkey, rank }
  const cards = await readCards(store)
  const own = rank === 0
  await store.put(CARDS_KEY, {
    creators: own || cards === null ? facts : cards.creators,
    admins: own || cards === null ? adminsOfCard(card) : cards.admins,
    delegated: own ? null : facts
  })
}

export async function newCard(
  event: NostrEvent,
  relay: RelayFacts,
  effects: Effects
): Promise<void> {
  const { store } = effects
  const author = await readMember(store, event.pubkey)
  await putCard(event, author?.rank ?? 0, effects)
  const relayPubkey = tagValue(event, 'relayPubkey')!
  if (relayPubkey === relay.relayPubkey) return
  await store.put(RELAY_KEY, { ...relay, relayPubkey, burnt: null })
}

/** 9002 replaces the descriptive facts whole; identity stays, and a private group private. */
export function described(relay: RelayFacts, event: NostrEvent): RelayFacts {
  const text = (name: string): string => tagValue(event, name) ?? ''
  const closed = event.tags.some(([name]) => name === 'closed')
  const kinds = event.tags.find(([name]) => name === 'supported_kinds')
  const copies = copiesOf(event)
  const { copies: _before, ...kept } = relay
  return {
    ...kept,
    ...(copies === null ? {} : { copies }),
    access: relay.access === 'private' ? 'private' : closed ? 'closed' : 'open',
    name: text('name') === '' ? relay.alias : text('name'),
    about: text('about'),
    picture: text('picture'),
    banner: text('banner'),
    supportedKinds: kinds === undefined ? null : kinds.slice(1).map(Number).filter(isKind),
    gateways: gatewaysOf(event) ?? []
  }
}

const isKind = (kind: number): boolean => Number.isInteger(kind) && kind >= 0 && kind <= 65535

export async function invite(event: NostrEvent, store: GroupStore): Promise<void> {
  const code = tagValue(event, 'code')!
  if (event.tags.some(([name]) => name === 'revoke')) {
    const held = await readInvite(store, code)
    return held === null ? undefined : store.put(inviteKey(code), { ...held, revoked: true })
  }
  const count = (name: string): number => {
    const value = Number(tagValue(event, name) ?? 0)
    return Number.isSafeInteger(value) && value > 0 ? value : 0
  }
  const facts: InviteFacts = {
    publicKey: tagValue(event, 'pairing') ?? null,
    expiresAt: count('expires'),
    uses: count('uses'),
    used: 0,
    approval: event.tags.some(([name]) => name === 'approval'),
    revoked: false,
    by: event.pubkey
  }
  return store.put(inviteKey(code), facts)
}

export async function countUse(code: string | undefined, store: GroupStore): Promise<void> {
  if (code === undefined) return
  const held = await readInvite(store, code)
  if (held !== null) await store.put(inviteKey(code), { ...held, used: held.used + 1 })
}
