/** What a person does to a group, as the event for it, signed with our own key. */
import { HypertunaError } from '../../protocol/errors.ts'
import { signEvent } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { Identity } from '../identity.ts'
import { KIND } from './kinds.ts'
import { PEOPLE } from './people-of.ts'
import type { Relay } from './relay.ts'
import { readCards, readPending, readPosition, readRequests } from './state.ts'
import type { RelayFacts, Role } from './state.ts'

export interface InviteWish {
  /** The invite's id, 64 hex. */
  code: string
  /** Of blind-pairing; null for a code that is asked for by kind 9021 alone. */
  pairing: string | null
  /** Unix seconds; 0 never. */
  expiresAt: number
  /** Admissions; 0 for any number. */
  uses: number
  /** Whether an admin is asked about each who comes. */
  approval: boolean
}

export type Description = Partial<Pick<RelayFacts, 'name' | 'about' | 'picture' | 'banner'>> & {
  /** Noise keys (64 hex) of the gateways that a private group's members answer; at most 16. */
  gateways?: readonly string[]
  /** Between the two that everybody may read. */
  access?: 'open' | 'closed'
  /** Copies that members are to have of each file, 1 to 99. */
  copies?: number
}

/** Each throws NOT_ALLOWED with the policy's reason, NOT_MEMBER, CLOSED or STORAGE_FAILED. */
export class GroupActs {
  readonly #relay: Relay
  readonly #identity: Identity
  readonly #now: () => number

  constructor(relay: Relay, identity: Identity, now: () => number) {
    this.#relay = relay
    this.#identity = identity
    this.#now = now
  }

  /** Makes somebody a member, with a role; also who was removed before. */
  putUser(pubkey: string, role: Role): Promise<NostrEvent> {
    return this.#do(KIND.putUser, [['p', pubkey, ...(role === 'member' ? [] : [role])]])
  }

  /** What the member wrote up to now stays; what of it nobody has seen yet does not count. */
  removeUser(pubkey: string, reason = ''): Promise<NostrEvent> {
    return this.#do(KIND.removeUser, [['p', pubkey]], reason)
  }

  approve(pubkey: string): Promise<NostrEvent> {
    return this.putUser(pubkey, 'member')
  }

  /** @throws BAD_REQUEST when nobody of that key waits */
  async decline(pubkey: string): Promise<NostrEvent> {
    if ((await readPending(this.#relay.state, pubkey)) === null) {
      throw new HypertunaError('BAD_REQUEST', 'That request was answered already')
    }
    return this.removeUser(pubkey)
  }

  /** Nobody waits any more; whoever was not let in may ask again. */
  async clearRequests(): Promise<void> {
    const waiting = (await readRequests(this.#relay.state)).map(({ pubkey }) => pubkey)
    for (let i = 0; i < waiting.length; i += PEOPLE) {
      const people = waiting.slice(i, i + PEOPLE).map((pubkey) => ['p', pubkey])
      await this.#do(KIND.removeUser, [...people, ['waiting']])
    }
  }

  /** What is not given stays as it is. */
  editMetadata(description: Description): Promise<NostrEvent> {
    const facts = { ...this.#facts(), ...description }
    const tags: string[][] = []
    for (const name of ['name', 'about', 'picture', 'banner'] as const) {
      if (facts[name] !== '') tags.push([name, facts[name]])
    }
    tags.push(['restricted'])
    if (facts.access !== 'open') tags.push(['closed'])
    if (facts.access === 'private') tags.push(['private'], ['hidden'])
    if (facts.supportedKinds !== null) {
      tags.push(['supported_kinds', ...facts.supportedKinds.map(String)])
    }
    for (const key of facts.gateways ?? []) tags.push(['gateway', key])
    if (facts.copies !== undefined) tags.push(['copies', String(facts.copies)])
    return this.#do(KIND.editMetadata, tags)
  }

  /** Takes others' events away. */
  deleteEvents(ids: string[], reason = ''): Promise<NostrEvent> {
    return this.#do(
      KIND.deleteEvent,
      ids.map((id) => ['e', id]),
      reason
    )
  }

  /**
   * Nobody brings the file any more, and the events that name it go. For admins.
   * @param ids of those events
   */
  blockFile(hash: string, ids: string[], reason = ''): Promise<NostrEvent> {
    const tags = [...ids.map((id) => ['e', id]), ['x', hash]]
    return this.#do(KIND.deleteEvent, tags, reason)
  }

  /** The file may be shared again; what was deleted with it stays deleted. */
  unblockFile(hash: string): Promise<NostrEvent> {
    return this.#do(KIND.deleteEvent, [['unblock', hash]])
  }

  /** @param pins `e` and `a` tags, all there are to be, in their order */
  pin(pins: string[][]): Promise<NostrEvent> {
    return this.#do(KIND.updatePins, pins)
  }

  /** An admin that the creator's card names says of which card that it holds no longer. */
  async leave(reason = ''): Promise<NostrEvent> {
    const cards = await readCards(this.#relay.state)
    const isNamed = cards?.admins.includes(this.#identity.pubkey) === true
    return this.#do(KIND.leaveRequest, isNamed ? [['card', cards.creators.id]] : [], reason)
  }

  deleteGroup(): Promise<NostrEvent> {
    return this.#do(KIND.deleteGroup, [])
  }

  createInvite({ code, pairing, expiresAt, uses, approval }: InviteWish): Promise<NostrEvent> {
    const tags = [['code', code]]
    if (pairing !== null) tags.push(['pairing', pairing])
    if (expiresAt > 0) tags.push(['expires', String(expiresAt)])
    if (uses > 0) tags.push(['uses', String(uses)])
    if (approval) tags.push(['approval'])
    return this.#do(KIND.createInvite, tags)
  }

  revokeInvite(code: string): Promise<NostrEvent> {
    return this.#do(KIND.createInvite, [['code', code], ['revoke']])
  }

  #facts(): RelayFacts {
    const { facts } = this.#relay
    if (facts === null) throw new HypertunaError('BUSY', 'The group is still arriving')
    return facts
  }

  async #do(kind: number, tags: string[][], content = ''): Promise<NostrEvent> {
    const { alias } = this.#facts()
    const template = { kind, created_at: this.#now(), tags: [['h', alias], ...tags], content }
    let event = signEvent(template, this.#identity.secretKey)
    // The same once more within a second would be the same event.
    while ((await readPosition(this.#relay.state, event.id)) !== null) {
      template.created_at++
      event = signEvent(template, this.#identity.secretKey)
    }
    await this.#relay.append([await this.#relay.recordFor(event)])
    return event
  }
}
