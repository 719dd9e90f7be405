/**
 * What a writer's core holds: one record in each node.
 *
 * A record starts with its version and its kind. Unknown trailing bytes and
 * unknown kinds are ignored; an unknown version is refused, by everyone alike.
 */
import b4a from 'b4a'
import c from 'compact-encoding'
import type { State } from 'compact-encoding'

import { makeAside } from '../../protocol/aside.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { LOSS_LIMIT } from './indexer-record.ts'
import type { IndexerRecord } from './indexer-record.ts'
import { KIND } from './kinds.ts'

const VERSION = 1
const KIND_EVENT = 0
const KIND_ADMIT = 1
const KIND_ANNOUNCE = 2
const KIND_SEAL = 3
const KIND_ACT = 4
const KIND_LOST = 5
const KIND_PRESENT = 6
const KIND_SUCCEED = 7
const KIND_STANDS = 8
const KIND_PASS = 9

/** Hashes that one announcement may carry. */
export const ANNOUNCE_LIMIT = 256
/** Writers that one removal may cut. */
export const CUTS_LIMIT = 2048
const RECORD_LIMIT = 512 * 1024

/** How much of a writer's core counts: nodes beyond `length` do not. */
export interface Cut {
  writer: string
  length: number
}

export type RelayRecord =
  /**
   * A Nostr event, carried by a member's writer. Beside a join request may lie what shows
   * that its author spoke to this relay (NIP-42), or that it was looked at before.
   */
  | { type: 'event'; event: NostrEvent; proof?: NostrEvent | 'checked' }
  /** A join request (kind 9021) that names its writer, admitted by who carries it. */
  | { type: 'admit'; request: NostrEvent }
  /** The carrier's drive holds these files, and no longer those. */
  | { type: 'announce'; driveKey: string; held: string[]; withdrawn: string[] }
  /** The secret of `relayPubkey`, sealed with NIP-44 by `from` to `to`. */
  | { type: 'seal'; to: string; from: string; relayPubkey: string; payload: string }
  /** An event that takes a right away (9000, 9001), and what is to count of the writers until then. */
  | { type: 'act'; event: NostrEvent; cuts: Cut[] }
  | IndexerRecord

/**
 * Events that this device encoded, by their bytes: Autobase hands the same bytes to `apply`,
 * and what they say is known. Nobody changes a record, or its bytes, once it is one.
 */
const ours = makeAside<Uint8Array, RelayRecord>()

/** An event as JSON, in bytes, of those that this device encoded. */
const texts = makeAside<NostrEvent, Uint8Array>()

/** An event as JSON, in bytes that nobody changes. */
export const textOf = (event: NostrEvent): Uint8Array =>
  texts.get(event) ?? b4a.from(JSON.stringify(event))

/** Encodes a record for `base.append`. */
export function encodeRecord(record: RelayRecord): Uint8Array {
  if (record.type !== 'event') return encode(record)
  const proof = typeof record.proof === 'object' ? JSON.stringify(record.proof) : null
  const text = textOf(record.event)
  const state: State = { start: 0, end: 0, buffer: b4a.alloc(0) }
  c.uint.preencode(state, VERSION)
  c.uint.preencode(state, KIND_EVENT)
  c.uint.preencode(state, text.byteLength)
  const head = state.end
  state.end += text.byteLength
  if (proof !== null) c.string.preencode(state, proof)
  const encoded = (state.buffer = b4a.allocUnsafe(state.end))
  c.uint.encode(state, VERSION)
  c.uint.encode(state, KIND_EVENT)
  c.uint.encode(state, text.byteLength)
  encoded.set(text, head)
  state.start = head + text.byteLength
  if (proof !== null) c.string.encode(state, proof)
  ours.set(encoded, record)
  texts.set(record.event, encoded.subarray(head, head + text.byteLength))
  return encoded
}

function encode(record: Exclude<RelayRecord, { type: 'event' }>): Uint8Array {
  const state: State = { start: 0, end: 0, buffer: b4a.alloc(0) }
  walk(c.uint.preencode, c.string.preencode, c.fixed32.preencode)
  state.buffer = b4a.allocUnsafe(state.end)
  walk(c.uint.encode, c.string.encode, c.fixed32.encode)
  return state.buffer

  function walk(
    uint: (state: State, value: number) => void,
    string: (state: State, value: string) => void,
    fixed: (state: State, value: Uint8Array) => void
  ): void {
    const key = (hex: string): void => fixed(state, b4a.from(hex, 'hex'))
    uint(state, VERSION)
    switch (record.type) {
      case 'admit':
        uint(state, KIND_ADMIT)
        string(state, JSON.stringify(record.request))
        break
      case 'announce':
        uint(state, KIND_ANNOUNCE)
        key(record.driveKey)
        uint(state, record.held.length)
        for (const hash of record.held) key(hash)
        uint(state, record.withdrawn.length)
        for (const hash of record.withdrawn) key(hash)
        break
      case 'seal':
        uint(state, KIND_SEAL)
        key(record.to)
        key(record.from)
        key(record.relayPubkey)
        string(state, record.payload)
        break
      case 'act':
        uint(state, KIND_ACT)
        string(state, JSON.stringify(record.event))
        uint(state, record.cuts.length)
        for (const { writer, length } of record.cuts) {
          key(writer)
          uint(state, length)
        }
        break
      case 'lost':
        uint(state, KIND_LOST)
        uint(state, record.writers.length)
        for (const writer of record.writers) key(writer)
        break
      case 'present':
        uint(state, KIND_PRESENT)
        break
      case 'succeed':
        uint(state, KIND_SUCCEED)
        key(record.key)
        uint(state, record.length)
        break
      case 'stands':
        uint(state, KIND_STANDS)
        break
      case 'pass':
        uint(state, KIND_PASS)
    }
  }
}

/**
 * Decodes what any writer may have appended.
 * @returns null for what is not a record of this version: it has no effect.
 */
export function decodeRecord(buffer: unknown): RelayRecord | null {
  if (!b4a.isBuffer(buffer) || buffer.byteLength > RECORD_LIMIT) return null
  const known = ours.get(buffer)
  if (known !== undefined) return known
  const state: State = { start: 0, end: buffer.byteLength, buffer }
  try {
    if (c.uint.decode(state) !== VERSION) return null
    return decodeKind(state)
  } catch {
    return null // bytes that end early or are not JSON: not a record
  }
}

function decodeEvent(state: State): RelayRecord {
  const event = JSON.parse(c.string.decode(state)) as NostrEvent
  if (event?.kind !== KIND.joinRequest || state.start >= state.end) return { type: 'event', event }
  return { type: 'event', event, proof: JSON.parse(c.string.decode(state)) as NostrEvent }
}

function decodeKind(state: State): RelayRecord | null {
  const key = (): string => b4a.toString(c.fixed32.decode(state), 'hex')
  const keys = (limit = ANNOUNCE_LIMIT): string[] => {
    const count = c.uint.decode(state)
    if (count > limit) throw new RangeError('too many keys')
    return Array.from({ length: count }, key)
  }
  const cuts = (): Cut[] => {
    const count = c.uint.decode(state)
    if (count > CUTS_LIMIT) throw new RangeError('too many cuts')
    return Array.from({ length: count }, () => ({ writer: key(), length: c.uint.decode(state) }))
  }
  switch (c.uint.decode(state)) {
    case KIND_EVENT:
      return decodeEvent(state)
    case KIND_ADMIT:
      return { type: 'admit', request: JSON.parse(c.string.decode(state)) as NostrEvent }
    case KIND_ANNOUNCE:
      return { type: 'announce', driveKey: key(), held: keys(), withdrawn: keys() }
    case KIND_SEAL:
      return {
        type: 'seal',
        to: key(),
        from: key(),
        relayPubkey: key(),
        payload: c.string.decode(state)
      }
    case KIND_ACT:
      return { type: 'act', event: JSON.parse(c.string.decode(state)) as NostrEvent, cuts: cuts() }
    case KIND_LOST:
      return { type: 'lost', writers: keys(LOSS_LIMIT) }
    case KIND_PRESENT:
      return { type: 'present' }
    case KIND_SUCCEED:
      return { type: 'succeed', key: key(), length: c.uint.decode(state) }
    case KIND_STANDS:
      return { type: 'stands' }
    case KIND_PASS:
      return { type: 'pass' }
    default:
      return null
  }
}
