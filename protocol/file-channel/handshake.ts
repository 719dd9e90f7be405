/** The first frame of each side: who it is, and its proof. */
import b4a from 'b4a'
import c from 'compact-encoding'
import type { State } from 'compact-encoding'
import { CARD_ADMINS } from '../card.ts'
import type { MemberProof } from '../card.ts'
import type { NostrEvent } from '../nostr.ts'
import { bytesOf, event, hex32, layout, uint } from './fields.ts'

/** The major version. Another one closes the channel; fields may be added within it. */
export const VERSION = 1

/** First message of each side. A gateway has no proof. */
export interface Handshake {
  version: number
  role: 'member' | 'gateway'
  proof: MemberProof | null
  /** A private relay's member proves itself in this instead, which strangers cannot read. */
  sealed?: Uint8Array | null
  /** A member's clock, in seconds since 1970; older versions do not tell. */
  clock?: number
}

const PROOF = 1
const SEALED = 2
const DELEGATED = 4
const RESIGNED = 8
const CLOCK = 16

export const handshake = layout<Handshake>(
  (field, message) => {
    field(uint, message.version)
    field(uint, message.role === 'member' ? 0 : 1)
    const { proof, sealed } = message
    const delegated = proof?.delegated ?? null
    const resigned = proof?.resigned ?? []
    field(
      uint,
      (proof === null ? 0 : PROOF) |
        (sealed ? SEALED : 0) |
        (delegated === null ? 0 : DELEGATED) |
        (resigned.length === 0 ? 0 : RESIGNED) |
        (message.clock === undefined ? 0 : CLOCK)
    )
    if (proof !== null) {
      field(hex32, proof.pubkey)
      field(hex32, proof.driveKey)
      field(c.fixed64, proof.signature)
      field(event, bytesOf(proof.card))
      field(event, bytesOf(proof.members))
    }
    if (delegated !== null) field(event, bytesOf(delegated))
    if (sealed) field(c.buffer, sealed)
    if (resigned.length > 0) {
      field(uint, resigned.length)
      for (const word of resigned) field(event, bytesOf(word))
    }
    if (message.clock !== undefined) field(uint, message.clock)
  },
  (state) => {
    const version = uint.decode(state)
    // What follows is that version's own; the channel says UNSUPPORTED and closes.
    if (version !== VERSION) return { version, role: 'gateway', proof: null }
    const role = uint.decode(state)
    if (role > 1) throw new Error('Unknown role')
    const flags = uint.decode(state)
    const proof = (flags & PROOF) === 0 ? null : decodeProof(state)
    const delegated = (flags & DELEGATED) === 0 ? null : event.decode(state)
    if (proof !== null && delegated !== null) proof.delegated = delegated
    // A copy: what the connection put there is gone by the time it is judged.
    const sealed = (flags & SEALED) === 0 ? null : b4a.from(c.buffer.decode(state) ?? [])
    if (proof !== null && (flags & RESIGNED) !== 0) proof.resigned = decodeResigned(state)
    const known: Handshake = { version, role: role === 0 ? 'member' : 'gateway', proof, sealed }
    if ((flags & CLOCK) === 0) return known
    // Of a proof that is none the words of who left are not read, nor what follows them.
    if (proof === null && (flags & RESIGNED) !== 0) return known
    return { ...known, clock: uint.decode(state) }
  }
)

function decodeResigned(state: State): NostrEvent[] {
  const count = uint.decode(state)
  if (count > CARD_ADMINS) throw new Error('More than a card names')
  return Array.from({ length: count }, () => event.decode(state))
}

function decodeProof(state: State): MemberProof {
  const pubkey = hex32.decode(state)
  const driveKey = hex32.decode(state)
  const signature = b4a.from(c.fixed64.decode(state))
  const card = event.decode(state)
  const members = event.decode(state)
  return { pubkey, driveKey, card, members, signature }
}
