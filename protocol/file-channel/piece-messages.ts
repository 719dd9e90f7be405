/** The frames by which a file's tree is asked for, and a proof that somebody holds its bytes. */
import b4a from 'b4a'
import c from 'compact-encoding'
import type { NostrEvent } from '../nostr.ts'
import { decodeAuthorization } from './exchange-messages.ts'
import { bytesOf, event, hex32, layout, uint } from './fields.ts'

export interface PiecesMessage {
  id: number
  hash: string
  credit: number
  /** As in a request. */
  authorization?: NostrEvent | null
}

export interface SampleMessage {
  id: number
  hash: string
  offset: number
  length: number
  nonce: Uint8Array
}

export interface SampledMessage {
  id: number
  digest: Uint8Array
}

const AUTHORIZED = 4

export const pieces = layout<PiecesMessage>(
  (field, message) => {
    field(uint, message.id)
    field(hex32, message.hash)
    field(uint, message.credit)
    if (!message.authorization) return // as it was before there were any
    field(uint, AUTHORIZED)
    field(event, bytesOf(message.authorization))
  },
  (state) => {
    const request = uint.decode(state)
    const hash = hex32.decode(state)
    const credit = uint.decode(state)
    const flags = state.start < state.end ? uint.decode(state) : 0
    const authorization = (flags & AUTHORIZED) === 0 ? null : decodeAuthorization(state)
    return { id: request, hash, credit, authorization }
  }
)

export const sample = layout<SampleMessage>(
  (field, message) => {
    field(uint, message.id)
    field(hex32, message.hash)
    field(uint, message.offset)
    field(uint, message.length)
    field(c.buffer, message.nonce)
  },
  (state) => ({
    id: uint.decode(state),
    hash: hex32.decode(state),
    offset: uint.decode(state),
    length: uint.decode(state),
    nonce: c.buffer.decode(state)
  })
)

export const sampled = layout<SampledMessage>(
  (field, message) => {
    field(uint, message.id)
    field(c.fixed32, message.digest)
  },
  (state) => ({ id: uint.decode(state), digest: b4a.from(c.fixed32.decode(state)) })
)
