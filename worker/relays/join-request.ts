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
import type { KeyPair } from 'hypercore-crypto'

import { HypertunaError } from '../../protocol/errors.ts'
import { parsePublicIdentifier } from '../../protocol/ids.ts'
import { cleanText } from '../../protocol/names.ts'
import { getPublicKey, signEvent } from '../../protocol/nostr.ts'
import type { EventTemplate, NostrEvent } from '../../protocol/nostr.ts'
import { KIND } from './policy.ts'
import { proveWriter, writerIn, writerKeyOf, writerTag } from './writer-proof.ts'
import type { WriterProof } from './writer-proof.ts'

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
  /** Of the core that it will write with. */
  writer: KeyPair
  createdAt: number
  /** For the admin who is asked; empty for none. */
  name?: string
}

const VERSION = 2
/** Characters of the name. A request with the longest one has 536 bytes, without one 233. */
const ASKING_NAME_LIMIT = 100
const HALF_AT_END = /[\ud800-\udbff]$/

/** What of a request is not known before. */
interface Said {
  proof: WriterProof
  createdAt: number
  name: string
}

function template(target: JoinTarget, { proof, createdAt, name }: Said): EventTemplate {
  const { alias } = parsePublicIdentifier(target.publicIdentifier)
  const tags = [
    ['h', alias],
    ['relay', target.discoveryKey],
    writerTag(writerKeyOf(b4a.from(proof.publicKey, 'hex')), proof)
  ]
  if (target.code !== null) tags.push(['code', target.code])
  return { kind: KIND.joinRequest, created_at: createdAt, tags, content: name }
}

export function makeJoinRequest(
  target: JoinTarget,
  { writer, createdAt, name = '' }: Asking,
  secretKey: Uint8Array
): NostrEvent {
  const { discoveryKey } = target
  const proof = proveWriter(writer, { discoveryKey, pubkey: getPublicKey(secretKey) })
  return signEvent(template(target, { proof, createdAt, name: askingName(name) }), secretKey)
}

/** A name on one line, well-formed (so that both sides sign the same bytes) and not too long. */
export function askingName(name: string): string {
  const start = cleanText(name).slice(0, ASKING_NAME_LIMIT)
  return start.replace(HALF_AT_END, '').trimEnd()
}

/**
 * Version, pubkey, id, signature, the public key of the writer's core and its
 * signature, created_at; and the name, where there is one.
 * @throws BAD_REQUEST for a request that names no writer, or proves nothing
 */
export function encodeJoinRequest(request: NostrEvent): Uint8Array {
  const { content: name } = request
  const named = writerIn(request)
  if (named === null) throw new HypertunaError('BAD_REQUEST', 'The request proves no writer')
  const state: State = { start: 0, end: 1 + 32 * 3 + 64 * 2 + 8, buffer: null }
  if (name !== '') c.string.preencode(state, name)
  state.buffer = b4a.alloc(state.end)
  c.uint8.encode(state, VERSION)
  c.fixed32.encode(state, b4a.from(request.pubkey, 'hex'))
  c.fixed32.encode(state, b4a.from(request.id, 'hex'))
  c.fixed64.encode(state, b4a.from(request.sig, 'hex'))
  c.fixed32.encode(state, b4a.from(named.proof.publicKey, 'hex'))
  c.fixed64.encode(state, b4a.from(named.proof.signature, 'hex'))
  c.uint64.encode(state, request.created_at)
  if (name !== '') c.string.encode(state, name)
  return state.buffer as Uint8Array
}

/** @throws INVITE_REJECTED for bytes that are no request; what they prove is the policy's matter */
export function decodeJoinRequest(buffer: Uint8Array, target: JoinTarget): NostrEvent {
  const state: State = { start: 0, end: buffer.byteLength, buffer }
  const hex = (bytes: Uint8Array): string => b4a.toString(bytes, 'hex')
  try {
    if (c.uint8.decode(state) !== VERSION) throw new RangeError('unknown version')
    const pubkey = hex(c.fixed32.decode(state))
    const id = hex(c.fixed32.decode(state))
    const sig = hex(c.fixed64.decode(state))
    const proof = {
      publicKey: hex(c.fixed32.decode(state)),
      signature: hex(c.fixed64.decode(state))
    }
    const createdAt = c.uint64.decode(state)
    const name = state.start < state.end ? c.string.decode(state) : ''
    if (name.length > ASKING_NAME_LIMIT) throw new RangeError('a name that is too long')
    return { ...template(target, { proof, createdAt, name }), id, pubkey, sig }
  } catch (err) {
    throw new HypertunaError('INVITE_REJECTED', 'Not a join request', { cause: err })
  }
}
