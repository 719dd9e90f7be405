/**
 * That something was meant for this relay, and not for another with a group of that alias.
 *
 * All that a foreign client's kind 9021 names is the alias, so what was signed for another
 * relay could be carried here by any member, and its author be let in against its will. A
 * proof by NIP-42 names this relay's address, which has the creator's key in it. It lies in
 * the log beside the request, so everybody who replays it checks it again. Pure.
 */
import { formatPublicIdentifier } from '../../protocol/ids.ts'
import { isNostrEvent, tagValue, verifyEvent } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { parseRelayAddress } from '../../protocol/relay-address.ts'
import { AUTH_KIND } from './kinds.ts'
import { invalid } from './rejection.ts'
import type { Rejection } from './rejection.ts'
import { isAnyHere } from './state.ts'
import type { RelayFacts, StateReader } from './state.ts'

/** Seconds between the proof and what is asked with it. */
const TOGETHER = 3600

/** Characters of a request as JSON: whoever asks, asks briefly. */
const REQUEST_LIMIT = 4096

/** Whether a relay's address, in any of its forms, is this relay's. */
export function isAddressOf(address: unknown, { creator, alias }: RelayFacts): boolean {
  const named = parseRelayAddress(address)
  return named?.publicIdentifier === formatPublicIdentifier(creator, alias)
}

/** @param proof whatever lies beside the request in the log */
export function showsPresence(proof: unknown, request: NostrEvent, relay: RelayFacts): boolean {
  if (!isNostrEvent(proof) || proof.kind !== AUTH_KIND) return false
  if (proof.pubkey !== request.pubkey) return false
  if (Math.abs(proof.created_at - request.created_at) > TOGETHER) return false
  return isAddressOf(tagValue(proof, 'relay'), relay) && verifyEvent(proof)
}

/**
 * Whether an event that somebody else brings was made for this group, as far as it says:
 * where it refers to others (NIP-29), at least one of them is here. Not all of them: what a
 * removal takes away must not take those along who answered to it.
 */
export async function refersHere(event: NostrEvent, state: StateReader): Promise<boolean> {
  const prefixes = referencesOf(event)
  if (prefixes.length === 0) return true
  for (const prefix of new Set(prefixes.slice(0, MAX_REFERENCES))) {
    if (IS_PREFIX.test(prefix) && (await isAnyHere(state, prefix))) return true
  }
  return false
}

/** The first characters of ids, as an event's `previous` tags name others. */
export const referencesOf = ({ tags }: NostrEvent): string[] =>
  tags.filter(([name]) => name === 'previous').flatMap((tag) => tag.slice(1))

export const MAX_REFERENCES = 50
export const IS_PREFIX = /^[0-9a-f]{8}$/

/** What a request says of its time, and how much it says. @param left when its author left */
export function judgeRequest(
  request: NostrEvent,
  { founded = 0 }: RelayFacts,
  left: number
): Rejection | null {
  if (request.created_at < founded) return invalid('older than the group')
  if (request.created_at < left) return invalid('older than your leaving; ask anew')
  const length = JSON.stringify(request).length
  return length <= REQUEST_LIMIT ? null : invalid('a request has 4 KiB at most')
}
