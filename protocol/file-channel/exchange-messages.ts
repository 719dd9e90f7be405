/**
 * The frames of what is more than reading: a client's socket carried to a member, and
 * files given to it or taken away. Laid out like those in messages.ts.
 *
 *     asker                                  answerer
 *     socket { id, address, … }          ──►
 *                                        ◄── grant { id, bytes }    (it is open)
 *     say { id, bytes }                  ──► as far as was granted
 *                                        ◄── said { id, bytes }     as far as credit goes
 *     cancel { id }                      ──►
 *                                        ◄── end { id } or error { id, code }
 *
 *     put { id, hash, size… }            ──►
 *                                        ◄── grant { id, bytes }    (0: still at it)
 *     say { id, bytes }                  ──► …
 *                                        ◄── stored { id } or error { id, code }
 *     remove { id, hash… }               ──►
 *                                        ◄── stored { id } or error { id, code }
 */
import { MAX_AUTHORIZATION } from '../authorization.ts'
import type { State } from 'compact-encoding'
import type { NostrEvent } from '../nostr.ts'
import { bytesOf, event, hex32, layout, text, uint } from './fields.ts'

export interface SocketMessage {
  id: number
  /** The address that the client came to, `wss://host/npub1…:alias`: what its proofs name. */
  address: string
  /** Bytes of messages that may be sent at once. */
  credit: number
  /** What the client is asked to sign (NIP-42), so that another member can be shown the same. */
  challenge: string
}

export interface PutMessage {
  id: number
  hash: string
  /** Bytes. */
  size: number
  mime: string | null
  /** Of the member who gives the file; its signature is not verified here. */
  authorization: NostrEvent
}

export interface RemoveMessage {
  id: number
  hash: string
  authorization: NostrEvent
}

export interface StoredMessage {
  id: number
  /** Whether it was not here before. */
  fresh: boolean
  /** Bytes. */
  size: number
  /** When it came, in seconds. */
  uploaded: number
  mime: string | null
}

const MIME = 1
const FRESH = 2

export const socket = layout<SocketMessage>(
  (field, message) => {
    field(uint, message.id)
    field(text, message.address)
    field(uint, message.credit)
    field(text, message.challenge)
  },
  (state) => {
    const id = uint.decode(state)
    const address = text.decode(state)
    const credit = uint.decode(state)
    return { id, address, credit, challenge: text.decode(state) }
  }
)

export const put = layout<PutMessage>(
  (field, message) => {
    field(uint, message.id)
    field(uint, message.mime === null ? 0 : MIME)
    field(hex32, message.hash)
    field(uint, message.size)
    field(event, bytesOf(message.authorization))
    if (message.mime !== null) field(text, message.mime)
  },
  (state) => {
    const id = uint.decode(state)
    const flags = uint.decode(state)
    const hash = hex32.decode(state)
    const size = uint.decode(state)
    const authorization = decodeAuthorization(state)
    const mime = (flags & MIME) === 0 ? null : text.decode(state)
    return { id, hash, size, mime, authorization }
  }
)

export const remove = layout<RemoveMessage>(
  (field, message) => {
    field(uint, message.id)
    field(hex32, message.hash)
    field(event, bytesOf(message.authorization))
  },
  (state) => {
    const id = uint.decode(state)
    const hash = hex32.decode(state)
    return { id, hash, authorization: decodeAuthorization(state) }
  }
)

export const stored = layout<StoredMessage>(
  (field, message) => {
    field(uint, message.id)
    field(uint, (message.mime === null ? 0 : MIME) | (message.fresh ? FRESH : 0))
    field(uint, message.size)
    field(uint, message.uploaded)
    if (message.mime !== null) field(text, message.mime)
  },
  (state) => {
    const id = uint.decode(state)
    const flags = uint.decode(state)
    const size = uint.decode(state)
    const uploaded = uint.decode(state)
    const mime = (flags & MIME) === 0 ? null : text.decode(state)
    return { id, fresh: (flags & FRESH) !== 0, size, uploaded, mime }
  }
)

/** An event that authorizes something, bounded before it is looked at. */
export function decodeAuthorization(state: State): NostrEvent {
  const start = state.start
  const authorization = event.decode(state)
  if (state.start - start > MAX_AUTHORIZATION + 16) throw new Error('Too long an authorization')
  return authorization
}
