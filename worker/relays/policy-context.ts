/** What each part of the policy is asked with. */
import { isNostrEvent, isVouchedFor, verifyEvent } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { blocked, invalid, restricted } from './rejection.ts'
import type { Rejection } from './rejection.ts'
import { readMember, readWriterFacts } from './state.ts'
import type { MemberFacts, RelayFacts, StateReader } from './state.ts'

/** The node that a record came in. */
export interface Carrier {
  /** The key of the writer's core. */
  writer: string
  /** The core's length with this node: how many nodes of the writer there are up to it. */
  length: number
  /** Whether it is the core that the relay began with. */
  founding: boolean
  relayKey: string
  /** What a join request names: an invite tells it, and not the key. */
  discoveryKey: string
  /** Of an act that is played again: whether it lies beyond where its writer acts by right. */
  isVoid?: boolean
}

/** Who brings a record, and into what. */
export interface Context {
  relay: RelayFacts
  carrier: Carrier
  /** The pubkey that the carrying writer is bound to. */
  by: string
  member: MemberFacts
  /** Whether the node lies before the point from which the writer's acts do not count. */
  mayAct: boolean
  /** The same of what a moderator does. */
  mayModerate: boolean
  /** Of a join request: whether its author showed that it spoke to this relay. */
  isHere?: boolean
}

export const BROUGHT = 'bring this to your own computer, or to an admin’s'

/** Who carries: a writer bound to a member, within the length that counts. */
export async function contextOf(
  relay: RelayFacts,
  carrier: Carrier,
  state: StateReader
): Promise<Context | Rejection> {
  if (relay.deleted) return blocked('the group was deleted')
  const writer = await readWriterFacts(state, carrier.writer)
  if (writer === null) return restricted('the writer is bound to nobody')
  if (writer.cut !== null && carrier.length > writer.cut) {
    return restricted('the writer does not count any more')
  }
  if (writer.left === true) return restricted('its member left the group with this writer')
  const member = await readMember(state, writer.pubkey)
  if (member === null) return restricted('the carrier is not a member')
  const { length, isVoid = false } = carrier
  const mayAct = !isVoid && (writer.acts === null || length <= writer.acts)
  const mayModerate = writer.mods === null || length <= writer.mods
  return { relay, carrier, by: writer.pubkey, member, mayAct, mayModerate }
}

export function judgeSignature(event: NostrEvent): Rejection | null {
  if (isVouchedFor(event)) return null // by this device, a moment ago
  if (!isNostrEvent(event)) return invalid('not an event')
  return verifyEvent(event) ? null : invalid('wrong id or signature')
}
