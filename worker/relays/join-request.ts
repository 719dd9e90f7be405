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

function template(target: JoinTarget, writer: string, createdAt: number): EventTemplate {
  const { alias } = parsePublicIdentifier(target.publicIdentifier)
  const tags = [
    ['h', alias],
    ['relay', target.discoveryKey],
    ['writer', writer]
  ]
  if (target.code !== null) tags.push(['code', target.code])
  return { kind: KIND.joinRequest, created_at: createdAt, tags, content: '' }
}

export function makeJoinRequest(
  target: JoinTarget,
  writer: string,
  createdAt: number,
  secretKey: Uint8Array
): NostrEvent {
  return signEvent(template(target, writer, createdAt), secretKey)
}

/** 232 bytes: version, pubkey, id, signature, writer, created_at. */
export function encodeJoinRequest(request: NostrEvent): Uint8Array {
  const state: State = { start: 0, end: 0, buffer: b4a.alloc(1 + 32 * 3 + 64 + 8) }
  c.uint8.encode(state, 1)
  c.fixed32.encode(state, b4a.from(request.pubkey, 'hex'))
  c.fixed32.encode(state, b4a.from(request.id, 'hex'))
  c.fixed64.encode(state, b4a.from(request.sig, 'hex'))
  c.fixed32.encode(state, b4a.from(tagValue(request, 'writer') ?? '', 'hex'))
  c.uint64.encode(state, request.created_at)
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
    return { ...template(target, writer, c.uint64.decode(state)), id, pubkey, sig }
  } catch (err) {
    throw new HypertunaError('INVITE_REJECTED', 'Not a join request', { cause: err })
  }
}
