/**
 * An invite as text: what a person sends to a friend.
 *
 * `hypertuna://join/<z-base-32>` of a version, the pairing invite, and what the
 * friend may know before joining. It is a secret: whoever has it can join, or ask
 * to, if an admin wants to be asked. What a private relay is encrypted with is not
 * in it: who admits hands that over.
 */
import b4a from 'b4a'
import BlindPairing from 'blind-pairing'
import c from 'compact-encoding'
import type { State } from 'compact-encoding'
import * as z32 from 'z32'

import { HypertunaError } from '../../protocol/errors.ts'
import { parsePublicIdentifier } from '../../protocol/ids.ts'
import type { Access } from './state.ts'

const VERSION = 1
const PREFIX = 'hypertuna://join/'
/** NIP-29: a group's reference, today's or the one of before, with a code at its end. */
const REFERENCE = /^(?:naddr1[a-z0-9]+|[^\s'?]+'[^\s'?]+)\?invite=/
const TEXT_LIMIT = 4096
/** An invite of whatever version has a seed and a key; what is shorter is some other text. */
const LEAST_BYTES = 64
const ACCESS: readonly Access[] = ['open', 'closed', 'private']
const APPROVAL = 1

export interface Invite {
  /** blind-pairing's own invite: seed, discovery key, expiry. */
  pairing: Uint8Array
  publicIdentifier: string
  name: string
  access: Access
  /** Whether an admin has to approve first. */
  approval: boolean
  /** Where the view was signed when the invite was made, hex; null when it does not tell. */
  systemKey?: string | null
}

export interface DecodedInvite extends Invite {
  discoveryKey: Uint8Array
  /** Unix seconds; 0 never expires. */
  expiresAt: number
}

export function encodeInvite(invite: Invite): string {
  const state: State = { start: 0, end: 0, buffer: null }
  const access = ACCESS.indexOf(invite.access)
  const flags = invite.approval ? APPROVAL : 0
  c.uint.preencode(state, VERSION)
  c.buffer.preencode(state, invite.pairing)
  c.string.preencode(state, invite.publicIdentifier)
  c.string.preencode(state, invite.name)
  c.uint.preencode(state, access)
  c.uint.preencode(state, flags)
  const systemKey = b4a.from(invite.systemKey ?? '', 'hex')
  c.buffer.preencode(state, systemKey)
  state.buffer = b4a.alloc(state.end)
  c.uint.encode(state, VERSION)
  c.buffer.encode(state, invite.pairing)
  c.string.encode(state, invite.publicIdentifier)
  c.string.encode(state, invite.name)
  c.uint.encode(state, access)
  c.uint.encode(state, flags)
  c.buffer.encode(state, systemKey)
  return PREFIX + z32.encode(state.buffer)
}

/** @throws INVITE_INVALID */
export function decodeInvite(text: string): DecodedInvite {
  const code = text.trim().replace(REFERENCE, '').replace(PREFIX, '')
  if (code.length === 0 || code.length > TEXT_LIMIT || !/^[a-z0-9]+$/.test(code)) throw garbage()
  try {
    return decode(z32.decode(code))
  } catch (err) {
    throw err instanceof HypertunaError && err.code === 'INVITE_INVALID' ? err : garbage(err)
  }
}

function decode(buffer: Uint8Array): DecodedInvite {
  const state: State = { start: 0, end: buffer.byteLength, buffer }
  if (buffer.byteLength < LEAST_BYTES) throw garbage()
  const version = c.uint.decode(state)
  if (version > VERSION) {
    throw new HypertunaError(
      'INVITE_INVALID',
      'This invite was made by a newer Hypertuna. Update, then try it again.'
    )
  }
  const pairing = c.buffer.decode(state)
  if (version !== VERSION || pairing === null) throw garbage()
  const { publicIdentifier } = parsePublicIdentifier(c.string.decode(state))
  const name = c.string.decode(state)
  const access = ACCESS[c.uint.decode(state)]
  if (access === undefined) throw garbage()
  const flags = state.start < state.end ? c.uint.decode(state) : 0
  const approval = (flags & APPROVAL) !== 0
  const signed = state.start < state.end ? c.buffer.decode(state) : null
  const systemKey = signed?.byteLength === 32 ? b4a.toString(signed, 'hex') : null
  const { discoveryKey, expires } = BlindPairing.decodeInvite(pairing)
  const expiresAt = Math.floor(expires / 1000)
  const told = { pairing, publicIdentifier, name, access, approval, systemKey }
  return { ...told, discoveryKey, expiresAt }
}

function garbage(cause?: unknown): HypertunaError {
  return new HypertunaError(
    'INVITE_INVALID',
    'This is not an invite. Copy the whole link that you were sent and paste it again.',
    { cause }
  )
}

/** What came by an invite is not what it told. */
export function mismatched(): HypertunaError {
  return new HypertunaError(
    'INVITE_INVALID',
    'The group is not what the invite says of it. Ask who sent it for another.'
  )
}
