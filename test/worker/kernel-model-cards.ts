/** Of the model in `kernel-model.ts`: the cards that count, and the relay's key that they name. */
import { tagValue, tagValues } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { Group } from './kernel-model.ts'

export interface ModelCards {
  id: string
  at: number
  /** Whom the creator's card names, the most senior first. */
  admins: string[]
  /** Of them, who left since. */
  resigned: string[]
  /** What an admin made in the name of the creator's card. */
  delegated: { by: string; at: number; rank: number } | null
}

export const foundedCards = (card: NostrEvent): ModelCards => ({
  id: card.id,
  at: card.created_at,
  admins: tagValues(card, 'admin'),
  resigned: [],
  delegated: null
})

/** Who left comes after all who did not. */
const rankOf = ({ admins, resigned }: ModelCards, pubkey: string): number =>
  admins.indexOf(pubkey) + (resigned.includes(pubkey) ? 1000 : 0)

export function mayCard(card: NostrEvent, { creator, cards }: Group): boolean {
  if (card.pubkey === creator) return card.created_at > cards.at
  if (tagValue(card, 'card') !== cards.id || !cards.admins.includes(card.pubkey)) return false
  if (cards.delegated === null) return true
  const rank = rankOf(cards, card.pubkey)
  if (rank !== cards.delegated.rank) return rank < cards.delegated.rank
  return card.created_at > cards.delegated.at
}

export function newCard(card: NostrEvent, group: Group): void {
  const { pubkey, created_at: at } = card
  if (pubkey === group.creator) group.cards = foundedCards(card)
  else group.cards.delegated = { by: pubkey, at, rank: rankOf(group.cards, pubkey) }
  const relayPubkey = tagValue(card, 'relayPubkey')!
  if (relayPubkey !== group.relayPubkey) group.burnt = null
  group.relayPubkey = relayPubkey
}

/** Of a leaving that says which card it is about. */
export function resign({ pubkey, tags }: NostrEvent, { cards }: Group): void {
  const said = tagValues({ tags }, 'card').join()
  if (said !== cards.id || !cards.admins.includes(pubkey)) return
  if (cards.resigned.includes(pubkey)) return
  cards.resigned.push(pubkey)
  if (cards.delegated?.by === pubkey) cards.delegated.rank += 1000
}
