/** Binds the calls about a group's life: who is in, who decides, and how it ends. */
import type { RpcHandlers } from '../protocol/rpc/server.ts'
import { HypertunaError } from '../protocol/errors.ts'
import { isHex32 } from '../protocol/ids.ts'
import type { EditGroupRequest, Role as FaceRole } from '../protocol/rpc/generated/types.ts'
import { now } from './relays/group.ts'
import type { Group } from './relays/group.ts'
import type { Description, GroupActs } from './relays/group-acts.ts'
import { KIND } from './relays/kinds.ts'
import { GATEWAYS } from './relays/description.ts'
import { readBlocked, readPosition, readRecordIds } from './relays/state.ts'
import type { Role } from './relays/state.ts'
import { streamInvites, streamPinned, streamRequests, streamSigning } from './streams.ts'
import type { Worker } from './worker.ts'

type GroupCalls = Pick<
  RpcHandlers,
  | 'createInvite'
  | 'invites'
  | 'revokeInvite'
  | 'requests'
  | 'approveRequest'
  | 'declineRequest'
  | 'clearRequests'
  | 'removeMember'
  | 'setRole'
  | 'editGroup'
  | 'leaveGroup'
  | 'deleteGroup'
  | 'forgetGroup'
  | 'signing'
  | 'declareSignersLost'
  | 'takeBackLoss'
  | 'pinned'
  | 'pinMessage'
  | 'unpinMessage'
  | 'deleteMessage'
  | 'blockFile'
  | 'unblockFile'
  | 'blockedFiles'
>

export function groupCalls(worker: Worker): GroupCalls {
  const group = (relayKey: string): Group => worker.use().relays.get(relayKey)
  const acts = (relayKey: string): GroupActs => group(relayKey).acts
  return {
    invites: ({ relayKey }, subscription) => streamInvites(worker, relayKey, subscription),
    requests: ({ relayKey }, subscription) => streamRequests(worker, relayKey, subscription),
    pinned: ({ relayKey }, subscription) => streamPinned(worker, relayKey, subscription),

    signing: ({ relayKey }, subscription) => streamSigning(worker, relayKey, subscription),
    declareSignersLost: ({ relayKey }) => done(group(relayKey).succession.declareLost()),
    takeBackLoss: ({ relayKey }) => done(group(relayKey).succession.takeBack()),

    async createInvite({ relayKey, expiresIn, uses, approval }) {
      const { relays, sentInvites } = worker.use()
      const terms = { expiresIn, uses, approval: approval ?? false }
      const made = await relays.invite(relayKey, terms)
      sentInvites.keep(relayKey, made)
      return made
    },
    async revokeInvite({ relayKey, id }) {
      await acts(relayKey).revokeInvite(id)
      worker.use().sentInvites.forget(id)
      return {}
    },
    approveRequest: ({ relayKey, pubkey }) => done(acts(relayKey).approve(pubkey)),
    declineRequest: ({ relayKey, pubkey }) => done(acts(relayKey).decline(pubkey)),
    clearRequests: ({ relayKey }) => done(acts(relayKey).clearRequests()),
    removeMember: ({ relayKey, pubkey, reason }) =>
      done(acts(relayKey).removeUser(pubkey, reason ?? '')),
    setRole: ({ relayKey, pubkey, role }) => done(acts(relayKey).putUser(pubkey, given(role))),
    editGroup: (request) => done(edit(group(request.relayKey), request)),
    deleteGroup: ({ relayKey }) => done(acts(relayKey).deleteGroup()),
    forgetGroup: ({ relayKey }) => done(worker.use().relays.forget(relayKey)),
    // It stays here: then whoever comes online later hears of it too.
    leaveGroup: ({ relayKey }) => done(acts(relayKey).leave()),
    deleteMessage: ({ relayKey, eventId, reason }) =>
      done(takeBack(group(relayKey), eventId, reason ?? '')),
    blockFile: ({ relayKey, hash, reason }) => done(block(group(relayKey), hash, reason ?? '')),
    unblockFile: ({ relayKey, hash }) => done(acts(relayKey).unblockFile(hash)),
    async blockedFiles({ relayKey }) {
      return { hashes: await readBlocked(group(relayKey).relay.state, BLOCKED) }
    },
    pinMessage: ({ relayKey, eventId }) => done(pin(group(relayKey), eventId)),
    unpinMessage: ({ relayKey, eventId }) => done(unpin(group(relayKey), eventId))
  }
}

async function done(job: Promise<unknown>): Promise<Record<string, never>> {
  await job
  return {}
}

function given(role: FaceRole): Role {
  if (role === 'none') throw new HypertunaError('BAD_REQUEST', 'To take a role, remove the member')
  return role
}

/** What a request does not give stays as it is; the picture goes. */
async function edit({ relay, acts }: Group, request: EditGroupRequest): Promise<void> {
  const { name, about, picture, gateways, access, copies } = request
  const description: Description = { name, about, picture: picture ?? '' }
  const present = relay.facts?.access
  if (access && access !== present) {
    if (access === 'private' || present === 'private') throw badRequest(PRIVATE_IS_FOR_GOOD)
    description.access = access
  }
  if (gateways) {
    if (present !== 'private') throw badRequest('Only a private group lists its gateways')
    const keys = [...new Set(gateways.map((key) => key.trim().toLowerCase()))]
    if (!keys.every(isHex32)) throw badRequest('A gateway’s key has 64 hex digits')
    if (keys.length > GATEWAYS) throw badRequest(`A group lists at most ${GATEWAYS} gateways`)
    description.gateways = keys
  }
  if (copies) description.copies = copies
  await acts.editMetadata(description)
}

const PRIVATE_IS_FOR_GOOD = 'A group is private from its beginning, or not at all'

const badRequest = (message: string): HypertunaError => new HypertunaError('BAD_REQUEST', message)

/** A list of pins is replaced as a whole (kind 9010); the newest comes last. */
async function pin(group: Group, eventId: string): Promise<void> {
  await group.acts.pin([...without(group, eventId), ['e', eventId]])
}

async function unpin(group: Group, eventId: string): Promise<void> {
  await group.acts.pin(without(group, eventId))
}

function without(group: Group, eventId: string): string[][] {
  return (group.relay.facts?.pins ?? []).filter(([, value]) => value !== eventId)
}

/** Blocked files that are listed, and records that go with one that is blocked. */
const BLOCKED = 1000
const RECORDS = 200

/** For everybody, and for as long as no admin takes it back. */
async function block(group: Group, hash: string, reason: string): Promise<void> {
  if (!isHex32(hash)) throw badRequest('A file is blocked by its hash')
  const ids = await readRecordIds(group.relay.state, hash, RECORDS)
  await group.acts.blockFile(hash, ids, reason)
}

/** Our own event by kind 5 (NIP-09), anybody else's by kind 9005, which the group's rules judge. */
export async function takeBack(group: Group, eventId: string, reason: string): Promise<void> {
  const { relay } = group
  const position = await readPosition(relay.state, eventId)
  if (position === null) throw new HypertunaError('BAD_REQUEST', 'That message is not here')
  const { pubkey, kind } = await relay.eventAt(position)
  if (pubkey !== group.pubkey) return void (await group.acts.deleteEvents([eventId], reason))
  const tags = [
    ['h', relay.facts?.alias ?? ''],
    ['e', eventId],
    ['k', String(kind)]
  ]
  await group.publish({ kind: KIND.deletion, created_at: now(), tags, content: reason })
}
