/** What acts do to what a relay says of itself: its cards, its description, its invites. */
import { adminsOfCard, CARD_ADMINS, rankIn } from '../../protocol/card.ts'
import { tagValue, tagValues } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { GroupStore } from './group-draft.ts'
import type { Effects } from './group-effects.ts'
import { CARDS_KEY, inviteKey, RELAY_KEY } from './keys.ts'
import { copiesOf, gatewaysOf } from './description.ts'
import { rulesAfter, rulesOf } from './rules.ts'
import { readCards, readInvite } from './state.ts'
import type { Cards, InviteFacts, RelayFacts } from './state.ts'

export async function putCard(
  card: NostrEvent,
  { store, position }: Pick<Effects, 'store' | 'position'>
): Promise<void> {
  const facts = { id: card.id, position, createdAt: card.created_at, by: card.pubkey }
  const cards = await readCards(store)
  if (cards === null || cards.creators.by === card.pubkey) {
    const creators = { ...facts, rank: 0 }
    await store.put(CARDS_KEY, {
      creators,
      admins: adminsOfCard(card),
      delegated: null,
      resigned: []
    })
    return
  }
  const resigned = cards.resigned.map(({ pubkey }) => pubkey)
  const rank = rankIn(cards.admins, resigned, card.pubkey)
  await store.put(CARDS_KEY, { ...cards, delegated: { ...facts, rank } })
}

export async function newCard(
  event: NostrEvent,
  relay: RelayFacts,
  effects: Effects
): Promise<void> {
  const { store } = effects
  await putCard(event, effects)
  const relayPubkey = tagValue(event, 'relayPubkey')!
  const isCreators = event.pubkey === relay.creator
  const rules = isCreators ? rulesAfter(event, rulesOf(relay)) : rulesOf(relay)
  const isSame = relayPubkey === relay.relayPubkey
  if (isSame && rules === rulesOf(relay)) return
  const burnt = isSame ? relay.burnt : null
  const raised = rules === rulesOf(relay) ? {} : { rules }
  await store.put(RELAY_KEY, { ...relay, ...raised, relayPubkey, burnt })
}

/**
 * An admin that the creator's card names leaves, and says so of that card: what it signs
 * for the relay from now on comes after what those who stay sign.
 */
export async function resign(event: NostrEvent, { store, position }: Effects): Promise<void> {
  const cards = await readCards(store)
  if (cards === null || !isResignation(event, cards)) return
  const { delegated } = cards
  await store.put(CARDS_KEY, {
    ...cards,
    resigned: [...cards.resigned, { pubkey: event.pubkey, position }],
    delegated:
      delegated?.by === event.pubkey
        ? { ...delegated, rank: delegated.rank + CARD_ADMINS }
        : delegated
  })
}

/** `["card", …]` binds it to the card, and so to this relay: others have the same alias. */
function isResignation(event: NostrEvent, { creators, admins, resigned }: Cards): boolean {
  if (tagValues(event, 'card').join() !== creators.id) return false
  const known = resigned.some(({ pubkey }) => pubkey === event.pubkey)
  return admins.includes(event.pubkey) && !known
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
