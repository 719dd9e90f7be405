/** Who becomes a writer, by whom, and who is given the relay's key. Pure, as all of the policy. */
import { tagValue } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { KIND } from './kinds.ts'
import { judgeLettingIn } from './letting-in.ts'
import { judgeSignature } from './policy-context.ts'
import type { Context } from './policy-context.ts'
import { judgeRequest } from './presence.ts'
import type { RelayRecord } from './records.ts'
import { duplicate, invalid, restricted } from './rejection.ts'
import type { Rejection } from './rejection.ts'
import {
  readDevices,
  readFormer,
  readInvite,
  readLeftAt,
  readMember,
  readSealed,
  readWriter
} from './state.ts'
import type { StateReader } from './state.ts'
import { isWriterProven, writerIn } from './writer-proof.ts'

/** Devices that one pubkey may write with. */
const DEVICES = 32

/**
 * Admission: an admin (in an open relay any member) carries the join request of
 * somebody who signed it with the key that asks to be let in, and who names the
 * writer's core that it will write with, and proves that it has that core's key.
 */
export async function judgeAdmission(
  request: NostrEvent,
  context: Context,
  state: StateReader
): Promise<Rejection | null> {
  return (
    judgeSignature(request) ?? judgeProof(request, context) ?? judgeRight(request, context, state)
  )
}

/** The same of one that was let in before: its signatures are no others now. */
export function judgeAdmissionAgain(
  request: NostrEvent,
  context: Context,
  state: StateReader
): Promise<Rejection | null> {
  return judgeRight(request, context, state)
}

function judgeProof(request: NostrEvent, { relay, carrier }: Context): Rejection | null {
  if (request.kind !== KIND.joinRequest) return invalid('not a join request')
  if (tagValue(request, 'h') !== relay.alias) return invalid('asks for another relay')
  if (tagValue(request, 'relay') !== carrier.discoveryKey) return invalid('asks for another relay')
  const named = writerIn(request)
  if (named === null) return invalid('names no writer, or does not prove that it has its key')
  const { writer, proof } = named
  const { discoveryKey } = carrier
  if (isWriterProven(writer, proof, { discoveryKey, pubkey: request.pubkey })) return null
  return invalid('does not prove that it has its writer’s key')
}

async function judgeRight(
  request: NostrEvent,
  context: Context,
  state: StateReader
): Promise<Rejection | null> {
  const { relay, member, mayAct } = context
  if (request.pubkey === relay.relayPubkey) return invalid('the relay’s key is nobody’s')
  const { writer } = writerIn(request)!
  const bound = await readWriter(state, writer)
  if (bound !== null && bound !== request.pubkey) return restricted('that writer is another’s')
  if (bound !== null) return duplicate('admitted already')
  // Any member admits to an open relay; of what an admin does there nothing counts beyond its cut.
  const may = member.role === 'admin' ? mayAct : relay.access === 'open'
  if (!may) return restricted('only an admin admits')
  if ((await readFormer(state, request.pubkey)) === 'removed') {
    return restricted('was removed; only an admin puts it back')
  }
  if ((await readMember(state, request.pubkey)) === null) {
    const wrong = judgeRequest(request, relay, await readLeftAt(state, request.pubkey))
    if (wrong !== null) return wrong
  }
  const devices = await readDevices(state, request.pubkey)
  if (devices.filter(({ writes }) => writes).length >= DEVICES) {
    return restricted(`at most ${DEVICES} devices of one member`)
  }
  return (await judgeInvite(request, state)) ?? judgeLettingIn(context, state)
}

async function judgeInvite(request: NostrEvent, state: StateReader): Promise<Rejection | null> {
  const code = tagValue(request, 'code')
  if (code === undefined) return null // approved without an invite
  if ((await readMember(state, request.pubkey)) !== null) return null // one more device
  const invite = await readInvite(state, code)
  if (invite === null) return restricted('unknown invite')
  if (invite.revoked) return restricted('the invite was revoked')
  if (invite.approval) return restricted('an admin has to approve first')
  if (invite.uses > 0 && invite.used >= invite.uses) return restricted('the invite is used up')
  return null
}

/** The relay's secret goes from an admin to an admin. */
export async function judgeSeal(
  record: Extract<RelayRecord, { type: 'seal' }>,
  { relay, by, member, mayAct }: Context,
  state: StateReader
): Promise<Rejection | null> {
  if (member.role !== 'admin' || !mayAct) return restricted('only an admin seals the relay’s key')
  if (record.from !== by) return invalid('sealed in another name')
  if (record.relayPubkey !== relay.relayPubkey) return invalid('not this relay’s key')
  if ((await readMember(state, record.to))?.role !== 'admin') return invalid('sealed to no admin')
  const held = await readSealed(state, record.to)
  if (held?.relayPubkey === record.relayPubkey) {
    // A bad seal in the place of a good one would take the relay's voice from an admin.
    const sealer = await readMember(state, held.from)
    const replaces = sealer?.role !== 'admin' || member.rank < sealer.rank
    if (!replaces) return duplicate('sealed already')
  }
  return record.payload.length <= 1024 ? null : invalid('not a sealed key')
}
