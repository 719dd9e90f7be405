/** Hundreds who ask to be let in are answered at once, through the calls of a whole worker. */
import test from 'brittle'

import { generateSecretKey, getPublicKey, signEvent } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { now } from '../../worker/relays/group.ts'
import { PEOPLE } from '../../worker/relays/people-of.ts'
import { readFormer, readMember, readPending, readRequests } from '../../worker/relays/state.ts'
import { localDht } from './member.ts'
import { startWhole, together } from './whole.ts'

test('a list of many who ask is cleared, and bars nobody', { timeout: 60_000 }, async (t) => {
  const whole = await startWhole(t, await localDht(t))
  const { relayKey } = await together(whole, [])
  const { relay } = whole.worker.use().relays.get(relayKey)
  const keys = Array.from({ length: PEOPLE + 6 }, generateSecretKey)
  const tags = [['h', relay.facts?.alias ?? '']]
  const asks = (key: Uint8Array): NostrEvent =>
    signEvent({ kind: 9021, created_at: now(), tags, content: '' }, key)
  await relay.append(keys.map((key) => ({ type: 'event', event: asks(key) })))
  t.is((await readRequests(relay.state)).length, keys.length)

  await whole.calls.clearRequests({ relayKey })
  t.alike(await readRequests(relay.state), [], 'more than one event names')
  const [first] = keys as [Uint8Array]
  const pubkey = getPublicKey(first)
  t.is(await readFormer(relay.state, pubkey), null)
  t.is(await readMember(relay.state, pubkey), null)
  const template = { kind: 9021, created_at: now(), tags, content: 'May I, again?' }
  await relay.append([{ type: 'event', event: signEvent(template, first) }])
  t.ok(await readPending(relay.state, pubkey), 'who was cleared away may ask again')
})
