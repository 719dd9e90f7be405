/**
 * Pairing over the DHT: members answer invites, candidates use them.
 *
 * Blind-pairing carries a candidate's join request, encrypted to who knows the
 * invite, to any member that is allowed to admit; the answer is the relay's key,
 * and what a private relay is encrypted with. Where an admin wants to be asked, the
 * request waits in the log and the candidate keeps asking.
 */
import b4a from 'b4a'
import BlindPairing from 'blind-pairing'
import crypto from 'hypercore-crypto'
import type { KeyPair } from 'hypercore-crypto'
import ReadyResource from 'ready-resource'
import type Hyperswarm from 'hyperswarm'

import type { Signal } from '../../protocol/file-channel/channel.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import { verifyEvent } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { Identity } from '../identity.ts'
import type { Log } from '../log.ts'
import type { DecodedInvite } from './invite-code.ts'
import { decodeJoinRequest, encodeJoinRequest, makeJoinRequest } from './join-request.ts'
import type { Relay } from './relay.ts'
import { readFormer, readInvite, readMember, readPending, readWriter } from './state.ts'
import type { InviteFacts } from './state.ts'
import { isWriterProven, writerIn } from './writer-proof.ts'

/** How often a candidate asks again those it is connected to, in ms: an admin may have approved. */
const ASK_AGAIN = 3_000

/** How often a waiting candidate and the members look in the DHT for each other, in ms. */
const POLL = 60_000

const REJECTED = 1
const USED = 2
const EXPIRED = 3

/** What who admits hands over. */
export interface Admission {
  key: Uint8Array
  encryptionKey: Uint8Array | null
}

type Status = typeof REJECTED | typeof USED | typeof EXPIRED

export class Pairing extends ReadyResource {
  readonly #pairing: BlindPairing
  readonly #log: Log
  readonly #members = new Map<string, BlindPairing.Member>()

  constructor(swarm: Hyperswarm, log: Log) {
    super()
    this.#pairing = new BlindPairing(swarm, { poll: POLL })
    this.#log = log
  }

  override async _open(): Promise<void> {
    await this.#pairing.ready()
  }

  override async _close(): Promise<void> {
    await this.#pairing.close()
  }

  /** Makes an invite's secret and public halves. `expiresAt`: unix seconds, 0 never. */
  static create(
    relayKey: string,
    expiresAt: number
  ): { id: string; publicKey: string; pairing: Uint8Array } {
    const made = BlindPairing.createInvite(b4a.from(relayKey, 'hex'), { expires: expiresAt * 1000 })
    return {
      id: b4a.toString(made.id, 'hex'),
      publicKey: b4a.toString(made.publicKey, 'hex'),
      pairing: made.invite
    }
  }

  /** Answers candidates of a relay from now on. Serving twice does nothing. */
  serve(relay: Relay): void {
    if (this.#members.has(relay.relayKey)) return
    const member = this.#pairing.addMember({
      discoveryKey: relay.base.discoveryKey,
      onadd: async (request) => {
        try {
          await this.#answer(relay, request)
        } catch (err) {
          this.#log('admission-failed', { relayKey: relay.relayKey, reason: String(err) })
          request.deny({ status: REJECTED })
        }
      }
    })
    this.#members.set(relay.relayKey, member)
  }

  async unserve(relayKey: string): Promise<void> {
    const member = this.#members.get(relayKey)
    this.#members.delete(relayKey)
    if (member !== undefined) await member.close()
  }

  async #answer(relay: Relay, request: BlindPairing.MemberRequest): Promise<void> {
    const code = b4a.toString(request.inviteId, 'hex')
    const invite = await readInvite(relay.state, code)
    if (invite === null || invite.publicKey === null || relay.publicIdentifier === null) return // another member may know it
    const bytes = request.open(b4a.from(invite.publicKey, 'hex'))
    const target = {
      publicIdentifier: relay.publicIdentifier,
      discoveryKey: relay.discoveryKey,
      code: invite.approval ? null : code
    }
    const join = decodeJoinRequest(bytes, target)
    // Before anything is answered by what the request says of its sender.
    if (!verifyEvent(join) || !provesWriter(join, relay)) {
      return request.deny({ status: REJECTED })
    }
    const refusal = await refusalFor(join.pubkey, invite, relay)
    if (refusal !== null) return request.deny({ status: refusal })
    if (await mustWait(join, invite, relay)) return // it asks again
    if (!(await admit(relay, join))) return // an admin may
    const { key, encryptionKey } = relay.base
    request.confirm({ key, encryptionKey })
    this.#log('admitted', { relayKey: relay.relayKey, pubkey: join.pubkey })
  }

  /**
   * Waits until a member admits us.
   * @returns the relay's key, and what it is encrypted with when it is private
   * @throws INVITE_USED, INVITE_EXPIRED, INVITE_REJECTED, CANCELLED, BUSY
   */
  async join(invite: DecodedInvite, request: NostrEvent, signal: Signal): Promise<Admission> {
    if (signal.aborted) throw cancelled()
    const candidate = this.#add(invite, request)
    const asking = setInterval(() => {
      candidate.visited.clear()
      void candidate.broadcast()
    }, ASK_AGAIN)
    try {
      return await new Promise<Admission>((resolve, reject) => {
        signal.addEventListener('abort', () => reject(cancelled()), { once: true })
        candidate.request.on('rejected', (err) => {
          const refusal = refusalOf(err)
          if (refusal !== null) reject(refusal)
        })
        candidate.pairing.then((paired) => {
          if (paired === null) reject(cancelled())
          else resolve(paired)
        }, reject)
      })
    } finally {
      clearInterval(asking)
      await candidate.close()
    }
  }

  #add(invite: DecodedInvite, request: NostrEvent): BlindPairing.Candidate {
    try {
      return this.#pairing.addCandidate({
        invite: invite.pairing,
        userData: encodeJoinRequest(request)
      })
    } catch (err) {
      throw new HypertunaError('BUSY', 'This group is being joined already', { cause: err })
    }
  }
}

/** The invite's id, as the relay's state knows it. */
function inviteIdOf(invite: DecodedInvite): string {
  return b4a.toString(BlindPairing.createRequest(invite.pairing, b4a.alloc(1)).inviteId, 'hex')
}

/**
 * The signed request by which somebody asks to write with this core.
 * @param at when it asks, unix seconds
 * @param name said only to an admin who is asked; whoever comes in tells it inside
 */
export function requestBy(
  invite: DecodedInvite,
  { writer, name, at }: { writer: KeyPair; name: string; at: number },
  by: Identity
): NostrEvent {
  const target = {
    publicIdentifier: invite.publicIdentifier,
    discoveryKey: b4a.toString(invite.discoveryKey, 'hex'),
    code: invite.approval ? null : inviteIdOf(invite)
  }
  const asking = { writer, createdAt: at, name: invite.approval ? name : '' }
  return makeJoinRequest(target, asking, by.secretKey)
}

/** A key pair for this device's writer in one relay: a fresh one without a seed, 32 bytes. */
export const newWriter = (seed?: Uint8Array): KeyPair => crypto.keyPair(seed)

/** Before a person is asked about it, too: nobody could be let in by it. */
function provesWriter(join: NostrEvent, { discoveryKey }: Relay): boolean {
  const named = writerIn(join)
  const target = { discoveryKey, pubkey: join.pubkey }
  return named !== null && isWriterProven(named.writer, named.proof, target)
}

/** Why a candidate is not let in; null when it is, or may be. */
async function refusalFor(
  pubkey: string,
  invite: InviteFacts,
  { state }: Relay
): Promise<Status | null> {
  const known = (await readMember(state, pubkey)) !== null
  if ((await readFormer(state, pubkey)) === 'removed' || invite.revoked) return REJECTED
  // Whoever asked in time is admitted when an admin comes to it.
  const inTime = known && invite.approval
  if (!inTime && invite.expiresAt > 0 && invite.expiresAt * 1000 <= Date.now()) return EXPIRED
  if (!known && invite.uses > 0 && invite.used >= invite.uses) return USED
  return null
}

/** Whether an admin has to approve first; the request then lies in the log. */
async function mustWait(join: NostrEvent, invite: InviteFacts, relay: Relay): Promise<boolean> {
  if (!invite.approval || (await readMember(relay.state, join.pubkey)) !== null) return false
  if ((await readPending(relay.state, join.pubkey)) !== null) return true
  const record = { type: 'event', event: join } as const
  // Where too many wait it asks again, and is not told that it was refused.
  const refusal = await relay.judge(record)
  if (refusal?.prefix === 'restricted' || refusal?.prefix === 'duplicate') return true
  await relay.append([record])
  return true
}

/** @returns false when an admin may, and this device may not, or not any more */
async function admit(relay: Relay, join: NostrEvent): Promise<boolean> {
  const writer = writerIn(join)?.writer ?? ''
  if ((await readWriter(relay.state, writer)) === join.pubkey) return true // asked twice
  const role = relay.members.get((await relay.boundTo()) ?? '') ?? 'member'
  const record = { type: 'admit', request: join } as const
  if (role !== 'admin' && (await relay.judge(record)) !== null) return false
  await relay.append([record])
  if ((await readWriter(relay.state, writer)) !== join.pubkey) {
    throw new HypertunaError('NOT_ALLOWED', 'The admission did not take effect')
  }
  return true
}

function refusalOf(err: unknown): HypertunaError | null {
  const code = (err as { code?: string }).code
  if (code === 'INVITE_USED') {
    return new HypertunaError('INVITE_USED', 'This invite was used already. Ask for a new one.')
  }
  if (code === 'INVITE_EXPIRED') return expired()
  if (code === 'PAIRING_REJECTED') {
    return new HypertunaError(
      'INVITE_REJECTED',
      'The group did not let you in: the invite was revoked, or an admin declined or removed you. Ask an admin.'
    )
  }
  return null // an answer that was not for us
}

export function expired(): HypertunaError {
  return new HypertunaError('INVITE_EXPIRED', 'This invite has expired. Ask for a new one.')
}

const cancelled = (): HypertunaError => new HypertunaError('CANCELLED', 'Joining was cancelled')
