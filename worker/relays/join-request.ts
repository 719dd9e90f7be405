/**
 * The join request of a candidate: a kind 9021 that names its writer's core.
 *
 * On its way through pairing it travels as its few variable fields, because a
 * request may wait in the DHT, where a value has about a kilobyte. Both sides
 * build the same event from them, so the signature holds.
 */
import b4a from 'b4a'
import c from 'compact-encoding'
import type { State } from 'compact-encoding'

import { HypertunaError } from '../../protocol/errors.ts'
import { parsePublicIdentifier } from '../../protocol/ids.ts'
import { cleanText } from '../../protocol/names.ts'
import { signEvent, tagValue } from '../../protocol/nostr.ts'
import type { EventTemplate, NostrEvent } from '../../protocol/nostr.ts'
import { KIND } from './policy.ts'

/** What both sides know of the request before it is made. */
export interface JoinTarget {
  publicIdentifier: string
  /** The relay's discovery key, hex. */
  discoveryKey: string
  /**
   * The invite's id, hex; null where an admin has to approve: then the request waits
   * in the log, which has no codes in it.
   */
  code: string | null
}

/** What a candidate says for itself. */
export interface Asking {
  /** The core that it will write with, hex. */
  writer: string
  createdAt: number
  /** For the admin who is asked; empty for none. */
  name?: string
}

/** Characters of the name. A request with the longest one has 472 bytes, without one 169. */
const ASKING_NAME_LIMIT = 100
const HALF_AT_END = /[\ud800-\udbff]$/

function template(target: JoinTarget, { writer, createdAt, name }: Asking): EventTemplate {
  const { alias } = parsePublicIdentifier(target.publicIdentifier)
  const tags = [
    ['h', alias],
    ['relay', target.discoveryKey],
    ['writer', writer]
  ]
  if (target.code !== null) tags.push(['code', target.code])
  return { kind: KIND.joinRequest, created_at: createdAt, tags, content: name ?? '' }
}

export function makeJoinRequest(
  target: JoinTarget,
  { name = '', ...asking }: Asking,
  secretKey: Uint8Array
): NostrEvent {
  const asked = { ...asking, name: askingName(name) }
  return signEvent(template(target, asked), secretKey)
}

/** A name on one line, well-formed (so that both sides sign the same bytes) and not too long. */
export function askingName(name: string): string {
  const start = cleanText(name).slice(0, ASKING_NAME_LIMIT)
  return start.replace(HALF_AT_END, '').trimEnd()
}

/** Version, pubkey, id, signature, writer, created_at; and the name, where there is one. */
export function encodeJoinRequest(request: NostrEvent): Uint8Array {
  const { content: name } = request
  const state: State = { start: 0, end: 1 + 32 * 3 + 64 + 8, buffer: null }
  if (name !== '') c.string.preencode(state, name)
  state.buffer = b4a.alloc(state.end)
  c.uint8.encode(state, 1)
  c.fixed32.encode(state, b4a.from(request.pubkey, 'hex'))
  c.fixed32.encode(state, b4a.from(request.id, 'hex'))
  c.fixed64.encode(state, b4a.from(request.sig, 'hex'))
  c.fixed32.encode(state, b4a.from(tagValue(request, 'writer') ?? '', 'hex'))
  c.uint64.encode(state, request.created_at)
  if (name !== '') c.string.encode(state, name)
  return state.buffer as Uint8Array
}

/** @throws INVITE_REJECTED for bytes that are no request; signatures are the policy's matter */
export function decodeJoinRequest(buffer: Uint8Array, target: JoinTarget): NostrEvent {
  const state: State = { start: 0, end: buffer.byteLength, buffer }
  const hex = (bytes: Uint8Array): string => b4a.toString(bytes, 'hex')
  try {
    if (c.uint8.decode(state) !== 1) throw new RangeError('unknown version')
    const pubkey = hex(c.fixed32.decode(state))
    const id = hex(c.fixed32.decode(state))
    const sig = hex(c.fixed64.decode(state))
    const writer = hex(c.fixed32.decode(state))
    const createdAt = c.uint64.decode(state)
    const name = state.start < state.end ? c.string.decode(state) : ''
    if (name.length > ASKING_NAME_LIMIT) throw new RangeError('a name that is too long')
    return { ...template(target, { writer, createdAt, name }), id, pubkey, sig }
  } catch (err) {
    throw new HypertunaError('INVITE_REJECTED', 'Not a join request', { cause: err })
  }
}
