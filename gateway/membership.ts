import {
  checkProof,
  compareCards,
  isFarAhead,
  isNewer,
  resignedOf,
  type Cards,
  type MemberProof,
  type PeerEnd
} from '../protocol/card.ts'
import { HypertunaError } from '../protocol/errors.ts'
import { tagValues, type NostrEvent } from '../protocol/nostr.ts'

/**
 * Who speaks for one relay, as far as this gateway has been shown: the newest
 * card and the newest list of members (39002) seen from anyone count. Both are
 * signed, so a peer can add to this but not bend it.
 */
export class Membership {
  readonly publicIdentifier: string
  #cards: Cards | null = null
  #relayPubkey = ''
  #list: NostrEvent | null = null
  #members = new Set<string>()

  constructor(publicIdentifier: string) {
    this.publicIdentifier = publicIdentifier
  }

  /** Whether anybody has proved this relay to us. */
  get known(): boolean {
    return this.#list !== null
  }

  /** The key that signs what the relay says of itself, 64 hex; empty while nothing is known. */
  get relayPubkey(): string {
    return this.#relayPubkey
  }

  /** Whether its files are for members alone: the creator's card says so, once and for all. */
  get isPrivate(): boolean {
    return this.#cards !== null && tagValues(this.#cards.card, 'access').includes('private')
  }

  has(pubkey: string): boolean {
    return this.#members.has(pubkey)
  }

  /**
   * Judges what a member shows for itself and keeps the newer of what it brings.
   *
   * @returns the member's pubkey, and whether the list changed (peers accepted
   *   before may no longer be listed)
   * @param now - seconds since 1970
   * @throws {HypertunaError} UNPROVEN
   */
  accept(
    proof: MemberProof,
    end: PeerEnd,
    now = Date.now() / 1000
  ): { pubkey: string; changed: boolean } {
    const checked = checkProof(proof, { publicIdentifier: this.publicIdentifier, ...end })
    if (isFarAhead(proof.members.created_at, now)) {
      throw new HypertunaError('UNPROVEN', 'The list of members is dated in the future')
    }
    this.#acceptCards(proof, checked.relayPubkey)
    const changed = this.#list === null || isNewer(proof.members, this.#list)
    if (changed) {
      this.#list = proof.members
      this.#members = checked.members
    }
    if (!this.#members.has(checked.pubkey)) {
      throw new HypertunaError('UNPROVEN', 'A newer list of members no longer has this one')
    }
    return { pubkey: checked.pubkey, changed }
  }

  /** A new relay key (an admin was removed) ends what the old one signed. */
  #acceptCards({ card, delegated = null, resigned = [] }: Cards, relayPubkey: string): void {
    const shown: Cards = { card, delegated, resigned }
    const known = this.#cards
    // Who has left stays so, whoever shows the card next.
    if (known?.card.id === card.id) known.resigned = shown.resigned = resignedOf(known, shown)
    if (known === null || compareCards(shown, known) < 0) {
      if (known !== null && relayPubkey !== this.#relayPubkey) {
        this.#list = null
        this.#members = new Set()
      }
      this.#cards = shown
      this.#relayPubkey = relayPubkey
    } else if (relayPubkey !== this.#relayPubkey) {
      throw new HypertunaError('UNPROVEN', 'The relay has a newer card with another key')
    }
  }
}
