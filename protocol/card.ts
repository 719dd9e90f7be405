import { HypertunaError } from './errors.ts'
import type { NostrEvent } from './nostr.ts'

export interface MemberProof {
  pubkey: string
  driveKey: string
  card: NostrEvent
  members: NostrEvent
  signature: Uint8Array
}

export interface CheckedCard {
  relayKey: string
  relayPubkey: string
}

export interface CheckedProof extends CheckedCard {
  pubkey: string
  members: Set<string>
}

export function checkCard(_card: NostrEvent, _publicIdentifier: string): CheckedCard {
  throw soon()
}

export function checkMembers(
  _event: NostrEvent,
  _relay: { alias: string; relayPubkey: string }
): Set<string> {
  throw soon()
}

export function proofMessage(_topic: Uint8Array, _handshakeHash: Uint8Array): Uint8Array {
  throw soon()
}

export function checkProof(
  _proof: MemberProof,
  _channel: { publicIdentifier: string; handshakeHash: Uint8Array }
): CheckedProof {
  throw soon()
}

function soon(): HypertunaError {
  return new HypertunaError('UNPROVEN', 'Not there yet')
}
