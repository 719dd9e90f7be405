/** What is asked of events that change nobody's rights, kept ones and ephemeral ones. */
import { parseFiles } from '../../protocol/file-event.ts'
import { tagValue } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { KIND } from './kinds.ts'
import { blocked, invalid, restricted } from './rejection.ts'
import type { Rejection } from './rejection.ts'
import { isBlocked, readMember, readRelay, readVanished } from './state.ts'
import type { MemberFacts, RelayFacts, StateReader } from './state.ts'

/** What the state has against an ephemeral event, whose signature was checked. */
export async function judgePassing(
  event: NostrEvent,
  state: StateReader
): Promise<Rejection | null> {
  const relay = await readRelay(state)
  if (relay === null) return restricted('the relay has no card yet')
  if (relay.deleted) return blocked('the group was deleted')
  if (tagValue(event, 'h') !== relay.alias) return foreign()
  const author = await judgeAuthor(event, state)
  return 'prefix' in author ? author : judgeWords(event, relay, state)
}

/** @returns who the author is in the group, or why it may say nothing */
export async function judgeAuthor(
  { pubkey, created_at }: NostrEvent,
  state: StateReader
): Promise<MemberFacts | Rejection> {
  const author = await readMember(state, pubkey)
  if (author === null) return restricted('the author is not a member')
  if (created_at <= (await readVanished(state, pubkey))) {
    return blocked('its author asked to vanish')
  }
  return author
}

/** Whether the group takes what an event has in it. */
export async function judgeWords(
  event: NostrEvent,
  { supportedKinds }: RelayFacts,
  state: StateReader
): Promise<Rejection | null> {
  if (await namesBlocked(event, state)) return blocked('an admin blocked that file in this group')
  if (supportedKinds === null || event.kind === KIND.profile) return null
  if (supportedKinds.includes(event.kind)) return null
  return invalid(`kind ${event.kind} is not wanted in this group`)
}

export const foreign = (): Rejection => invalid('the h tag is not this relay’s alias')

async function namesBlocked(event: NostrEvent, state: StateReader): Promise<boolean> {
  for (const { hash } of parseFiles(event)) if (await isBlocked(state, hash)) return true
  return false
}
