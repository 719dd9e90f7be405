import b4a from 'b4a'

import type { NostrEvent } from '../../protocol/nostr.ts'
import { KIND } from './kinds.ts'
import { peopleOf } from './people-of.ts'
import type { Cut } from './records.ts'
import type { Relay } from './relay.ts'
import { rightsLost } from './removal-effects.ts'
import { readDevices } from './state.ts'

/**
 * What is to count of the writers of those from whom an event takes a right: as much
 * as we have seen. What they write beyond that, or wrote without telling, does not.
 */
export async function cutsFor(event: NostrEvent, relay: Relay): Promise<Cut[]> {
  if (event.kind !== KIND.putUser && event.kind !== KIND.removeUser) return []
  const cuts: Cut[] = []
  for (const { pubkey, role } of peopleOf(event) ?? []) {
    const demotes = rightsLost(relay.members.get(pubkey) ?? 'member', role).length > 0
    if (event.kind === KIND.putUser && !demotes) continue
    for (const { writer, cut } of await readDevices(relay.state, pubkey)) {
      if (cut !== null) continue // it stays cut
      const seen = await relay.base.system.get(b4a.from(writer, 'hex'))
      cuts.push({ writer, length: seen?.length ?? 0 })
    }
  }
  return cuts
}
