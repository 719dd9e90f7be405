/**
 * The file channel's frames, as bytes.
 *
 * Each frame begins with what every version knows; decoders leave whatever
 * follows alone, so a later minor version may append fields. Optional fields
 * are named by a bit of `flags`. Frames of an unknown type never get here:
 * Protomux drops them.
 */
import b4a from 'b4a'
import c from 'compact-encoding'
import type { NostrEvent } from '../nostr.ts'
import { decodeAuthorization } from './exchange-messages.ts'
import type {
  PutMessage,
  RemoveMessage,
  SocketMessage,
  StoredMessage
} from './exchange-messages.ts'
import { bytesOf, event, hex32, layout, text, uint } from './fields.ts'
import type { LaneMessage, OfferMessage } from './lane-messages.ts'
import type { PiecesMessage, SampledMessage, SampleMessage } from './piece-messages.ts'

export * from './exchange-messages.ts'
export * from './lane-messages.ts'
export * from './piece-messages.ts'
export { handshake, VERSION, type Handshake } from './handshake.ts'

export const PROTOCOL = 'hypertuna-files'

/** Frame types: part of the wire format. New ones are appended; unknown ones are dropped. */
export const TYPE = {
  request: 0,
  head: 1,
  data: 2,
  end: 3,
  pieces: 4,
  sample: 5,
  sampled: 6,
  cancel: 7,
  credit: 8,
  error: 9,
  socket: 10,
  put: 11,
  remove: 12,
  stored: 13,
  say: 14,
  said: 15,
  grant: 16,
  lane: 17,
  offer: 18
} as const

export interface RequestMessage {
  id: number
  hash: string
  /** Whether the head shall carry the event. */
  event: boolean
  offset: number
  /** -1 to the end. */
  length: number
  /** Bytes that may be sent at once, before any `credit`. */
  credit: number
  /** Of the member in whose name a gateway asks; its signature is not verified here. */
  authorization?: NostrEvent | null
}

export interface HeadMessage {
  id: number
  /** 0 is ok; there is no other in this version. */
  status: number
  /** Bytes of the whole file; of the layer when `pieces` was asked. */
  size: number
  mime: string | null
  name: string | null
  event: NostrEvent | null
}

export interface DataMessage {
  id: number
  bytes: Uint8Array
}

export interface IdMessage {
  id: number
}

export interface CreditMessage {
  id: number
  bytes: number
}

/** `id` 0 speaks of the channel, which closes after it. */
export interface ErrorMessage {
  id: number
  code: string
  message: string
  /** driveKeys of those who hold the file, for NOT_HELD. */
  holders: string[]
}

const MAX_HOLDERS = 32

const id = uint

const TO_END = 1
const WITH_EVENT = 2
const AUTHORIZED = 4

export const request = layout<RequestMessage>(
  (field, message) => {
    const toEnd = message.length < 0
    field(id, message.id)
    const authorization = message.authorization ?? null
    field(
      uint,
      (toEnd ? TO_END : 0) |
        (message.event ? WITH_EVENT : 0) |
        (authorization === null ? 0 : AUTHORIZED)
    )
    field(hex32, message.hash)
    field(uint, message.offset)
    field(uint, toEnd ? 0 : message.length)
    field(uint, message.credit)
    if (authorization !== null) field(event, bytesOf(authorization))
  },
  (state) => {
    const request = id.decode(state)
    const flags = uint.decode(state)
    const hash = hex32.decode(state)
    const offset = uint.decode(state)
    const length = uint.decode(state)
    const credit = uint.decode(state)
    return {
      id: request,
      hash,
      event: (flags & WITH_EVENT) !== 0,
      offset,
      length: (flags & TO_END) !== 0 ? -1 : length,
      credit,
      authorization: (flags & AUTHORIZED) === 0 ? null : decodeAuthorization(state)
    }
  }
)

const MIME = 1
const NAME = 2
const EVENT = 4

export const head = layout<HeadMessage>(
  (field, message) => {
    field(id, message.id)
    field(uint, message.status)
    field(uint, message.size)
    field(
      uint,
      (message.mime === null ? 0 : MIME) |
        (message.name === null ? 0 : NAME) |
        (message.event === null ? 0 : EVENT)
    )
    if (message.mime !== null) field(text, message.mime)
    if (message.name !== null) field(text, message.name)
    if (message.event !== null) field(event, bytesOf(message.event))
  },
  (state) => {
    const request = id.decode(state)
    const status = uint.decode(state)
    const size = uint.decode(state)
    const flags = uint.decode(state)
    const mime = (flags & MIME) === 0 ? null : text.decode(state)
    const name = (flags & NAME) === 0 ? null : text.decode(state)
    const published = (flags & EVENT) === 0 ? null : event.decode(state)
    return { id: request, status, size, mime, name, event: published }
  }
)

export const data = layout<DataMessage>(
  (field, message) => {
    field(id, message.id)
    field(c.buffer, message.bytes)
  },
  // The bytes stay where the connection put them: no copy.
  (state) => ({ id: id.decode(state), bytes: c.buffer.decode(state) })
)

export const only = layout<IdMessage>(
  (field, message) => field(id, message.id),
  (state) => ({ id: id.decode(state) })
)

export const credit = layout<CreditMessage>(
  (field, message) => {
    field(id, message.id)
    field(uint, message.bytes)
  },
  (state) => ({ id: id.decode(state), bytes: uint.decode(state) })
)

export const error = layout<ErrorMessage>(
  (field, message) => {
    field(id, message.id)
    field(text, message.code)
    field(text, message.message)
    const holders = message.holders.slice(0, MAX_HOLDERS)
    field(uint, holders.length)
    for (const holder of holders) field(hex32, holder)
  },
  (state) => {
    const request = id.decode(state)
    const code = text.decode(state)
    const message = text.decode(state)
    const holders: string[] = []
    const count = uint.decode(state)
    if (count > MAX_HOLDERS) throw new Error('Too many holders')
    while (holders.length < count) holders.push(hex32.decode(state))
    return { id: request, code, message, holders }
  }
)

/** What each frame type carries. */
export interface Messages {
  request: RequestMessage
  head: HeadMessage
  data: DataMessage
  end: IdMessage
  pieces: PiecesMessage
  sample: SampleMessage
  sampled: SampledMessage
  cancel: IdMessage
  credit: CreditMessage
  error: ErrorMessage
  socket: SocketMessage
  put: PutMessage
  remove: RemoveMessage
  stored: StoredMessage
  say: DataMessage
  said: DataMessage
  grant: CreditMessage
  lane: LaneMessage
  offer: OfferMessage
}

/** Puts one frame on the wire. */
export type Send = <T extends keyof Messages>(type: T, message: Messages[T]) => void
