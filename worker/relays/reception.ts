/**
 * What a Nostr client on this computer sends, on its way to a record: some of it
 * is for us to act on, because it may not lie in a log that everybody reads.
 */
import b4a from 'b4a'
import BlindPairing from 'blind-pairing'
import sodium from 'sodium-universal'
import * as z32 from 'z32'

import { signEvent, tagValue, verifyEvent } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { now } from './group.ts'
import type { Group } from './group.ts'
import { eventRecord } from './group-duties.ts'
import { KIND } from './kinds.ts'
import type { RelayRecord } from './records.ts'
import { readFormer, readInvite, readMember } from './state.ts'

/** An event that was dealt with: NIP-01's OK. */
export interface Received {
  ok: boolean
  /** Empty, or with a machine-readable prefix. */
  message: string
}

/**
 * @returns the record to append for an event, or what to answer at once
 * @throws NOT_ALLOWED, NOT_MEMBER, CLOSED, STORAGE_FAILED
 */
export async function receive(group: Group, event: NostrEvent): Promise<RelayRecord | Received> {
  const code = tagValue(event, 'code')
  if (event.kind === KIND.joinRequest && code !== undefined) return joinBy(code, event, group)
  if (event.kind === KIND.createInvite && code !== undefined && isPlain(event)) {
    return keepCode(code, event, group)
  }
  return group.relay.recordFor(event)
}

/** Our own invites name what is public of them; anybody else's code is a secret still. */
const isPlain = ({ tags }: NostrEvent): boolean =>
  !tags.some(([name]) => name === 'pairing' || name === 'revoke')

const refused = (message: string): Received => ({ ok: false, message })

/** A code in the log would be everybody's: an admin's worker honours it, and says whom it let in. */
async function joinBy(code: string, event: NostrEvent, group: Group): Promise<Received> {
  const { relay } = group
  const { facts, state } = relay
  const wrong = wrongOf(event, group)
  if (wrong !== null) return refused(wrong)
  if (facts === null) return refused('error: the group is still arriving')
  const { pubkey } = event
  if ((await readMember(state, pubkey)) !== null) return refused('duplicate: a member already')
  if ((await readFormer(state, pubkey)) === 'removed') {
    return refused('restricted: an admin removed you; only an admin can put you back')
  }
  if (group.role !== 'admin') {
    return refused('restricted: an invite code is honoured by an admin’s computer alone')
  }
  for (const id of inviteIdsOf(code, relay.relayKey)) {
    const invite = await readInvite(state, id)
    if (invite === null) continue
    if (invite.revoked) return refused('restricted: the invite was revoked')
    if (invite.expiresAt > 0 && invite.expiresAt <= now()) {
      return refused('restricted: the invite has expired')
    }
    if (invite.approval) return refused('restricted: an admin has to approve first')
    return letIn(event, id, group)
  }
  return refused('restricted: unknown invite code')
}

async function letIn(event: NostrEvent, invite: string, group: Group): Promise<Received> {
  const tags = [
    ['p', event.pubkey],
    ['invite', invite]
  ]
  const [rejection] = (await sayAsRelay(KIND.putUser, tags, group)) ?? [null]
  if (rejection === undefined) return { ok: true, message: '' }
  return refused(rejection ?? 'error: this admin’s computer does not have the group’s key yet')
}

/** An admin's plain code enters the log as its hash, in the relay's own name. */
async function keepCode(code: string, event: NostrEvent, group: Group): Promise<Received> {
  const { relay } = group
  const wrong = wrongOf(event, group)
  if (wrong !== null) return refused(wrong)
  const author = await readMember(relay.state, event.pubkey)
  if (author?.role !== 'admin') return refused('restricted: only an admin does that')
  if (group.role !== 'admin') {
    return refused('restricted: bring this to your own computer, or to an admin’s')
  }
  const kept = event.tags.filter(([name]) => name !== 'h' && name !== 'code')
  const tags = [['code', hashOf(code)], ...kept, ['by', event.pubkey]]
  const [rejection] = (await sayAsRelay(KIND.createInvite, tags, group)) ?? [null]
  if (rejection === undefined) return { ok: true, message: '' }
  return refused(rejection ?? 'error: this admin’s computer does not have the group’s key yet')
}

function wrongOf(event: NostrEvent, { relay }: Group): string | null {
  if (!verifyEvent(event)) return 'invalid: wrong id or signature'
  if (tagValue(event, 'h') !== relay.facts?.alias) {
    return 'invalid: the h tag is not this relay’s alias'
  }
  return null
}

/** @returns null without the relay's key; an empty list when it is done, or why not */
async function sayAsRelay(kind: number, tags: string[][], group: Group): Promise<string[] | null> {
  const secret = await group.relaySecret()
  if (secret === null) return null
  const alias = group.relay.facts?.alias ?? ''
  const template = { kind, created_at: now(), tags: [['h', alias], ...tags], content: '' }
  const [rejection] = await group.relay.offer([eventRecord(signEvent(template, secret))])
  return rejection ? [`${rejection.prefix}: ${rejection.reason}`] : []
}

/** The ids under which a code may be known: our own invites' seed, or any text by its hash. */
function inviteIdsOf(code: string, relayKey: string): string[] {
  const ids = [hashOf(code)]
  const seed = seedOf(code)
  if (seed !== null) {
    const invite = BlindPairing.createInvite(b4a.from(relayKey, 'hex'), { seed })
    ids.unshift(b4a.toString(invite.id, 'hex'))
  }
  return ids
}

/** The code of one of our invites, for kind 9021: its 32 secret bytes as z-base-32. */
export const codeOf = (seed: Uint8Array): string => z32.encode(seed)

function seedOf(code: string): Uint8Array | null {
  if (!/^[a-z0-9]{52}$/.test(code)) return null
  try {
    const seed = z32.decode(code)
    return seed.byteLength === 32 ? seed : null
  } catch {
    return null // some other text
  }
}

/** BLAKE2b-256, hex. */
function hashOf(code: string): string {
  const hash = b4a.alloc(32)
  sodium.crypto_generichash(hash, b4a.from(`hypertuna-invite/1\0${code}`))
  return b4a.toString(hash, 'hex')
}
