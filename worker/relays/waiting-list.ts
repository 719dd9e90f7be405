/**
 * How many may wait for an admin's answer. Keys cost nothing, so whoever likes can ask
 * with hundreds of them, and a list that has one end for all would be closed to everybody
 * else. So who brings requests has a share of its own: those that a hostile member brings
 * take nobody else's place, and admins have theirs whatever all plain members do. Of each
 * share those that came by an invite (they name a writer) have a part for themselves.
 *
 * Who waits is a function of the log alone; so is what a share has left.
 */
import type { GroupStore } from './group-draft.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { ALL_WAITING_KEY, pendingKey, waitingKey } from './keys.ts'
import { restricted } from './rejection.ts'
import type { Rejection } from './rejection.ts'
import { readPending } from './state.ts'
import type { PendingFacts, Role, StateReader } from './state.ts'
import { writerIn } from './writer-proof.ts'

/** Who wait by one admin's computer, in each of the two ways. */
export const BY_ADMIN = 128
/** The same of any other member. */
export const BY_MEMBER = 16
/** By all those others together. */
export const BY_MEMBERS = 512

const countOf = async (key: string, state: StateReader): Promise<number> =>
  ((await state.get(key))?.value ?? 0) as number

const wayOf = (request: NostrEvent): 'named' | 'bare' =>
  writerIn(request) === null ? 'bare' : 'named'

/** @returns null when one more may wait */
export async function judgeWaiting(
  request: NostrEvent,
  { by, member }: { by: string; member: { role: Role } },
  state: StateReader
): Promise<Rejection | null> {
  const isAdmin = member.role === 'admin'
  const own = await countOf(waitingKey(by, wayOf(request)), state)
  if (own >= (isAdmin ? BY_ADMIN : BY_MEMBER)) return tooMany()
  if (isAdmin || (await countOf(ALL_WAITING_KEY, state)) < BY_MEMBERS) return null
  return tooMany()
}

const tooMany = (): Rejection =>
  restricted('too many people wait for an answer this way; ask an admin for an invite')

/** Somebody waits, by a member's carriage. */
export async function keepWaiting(
  request: NostrEvent,
  { position, by, member }: { position: number; by: string; member: { role: Role } | null },
  store: GroupStore
): Promise<void> {
  const plain = member?.role !== 'admin'
  const counted = [waitingKey(by, wayOf(request)), ...(plain ? [ALL_WAITING_KEY] : [])]
  for (const key of counted) await store.put(key, (await countOf(key, store)) + 1)
  const facts: PendingFacts = { eventId: request.id, position, counted }
  await store.put(pendingKey(request.pubkey), facts)
}

/** Somebody waits no longer: it was answered. */
export async function endWaiting(pubkey: string, store: GroupStore): Promise<void> {
  const facts = await readPending(store, pubkey)
  if (facts === null) return
  for (const key of facts.counted ?? []) {
    const left = (await countOf(key, store)) - 1
    await store.set(key, left > 0 ? left : null)
  }
  await store.del(pendingKey(pubkey))
}
