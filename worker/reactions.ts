/** Reactions (NIP-25): a character or a word about somebody's event. */
import { HypertunaError } from '../protocol/errors.ts'
import type { NostrEvent } from '../protocol/nostr.ts'
import { now } from './relays/group.ts'
import type { Group } from './relays/group.ts'
import { KIND } from './relays/kinds.ts'
import { previousTag } from './relays/newest.ts'
import { readPosition } from './relays/state.ts'

const LONGEST = 32

/** @throws BAD_REQUEST when the event is not here, NOT_ALLOWED when the group takes none */
export async function react(group: Group, eventId: string, content: string): Promise<NostrEvent> {
  const { relay } = group
  if (content.trim() === '' || content.length > LONGEST) {
    throw new HypertunaError('BAD_REQUEST', `A reaction has 1 to ${LONGEST} characters`)
  }
  const position = await readPosition(relay.state, eventId)
  if (position === null) throw new HypertunaError('BAD_REQUEST', 'That message is not here')
  const { pubkey, kind } = await relay.eventAt(position)
  const tags = [
    ['h', relay.facts?.alias ?? ''],
    ['e', eventId, '', pubkey],
    ['p', pubkey],
    ['k', String(kind)]
  ]
  const previous = await previousTag(relay, group.pubkey)
  if (previous !== null) tags.push(previous)
  return group.publish({ kind: KIND.reaction, created_at: now(), tags, content })
}
