/** A writer that tells different members different things: two nodes at one length, both signed. */
import test from 'brittle'

import type { NostrEvent } from '../../protocol/nostr.ts'
import { isLive } from '../../worker/relays/state.ts'
import { carried, eventBy } from './kernel-fixture.ts'
import { agreed, connect, found, start, until } from './kernel-peers.ts'
import type { Peer } from './kernel-peers.ts'

const note = (peer: Peer): NostrEvent => eventBy(peer.by, { kind: 9 })

const allSee = (events: NostrEvent[], peers: Peer[]): Promise<void> =>
  until(async () => {
    const seen = peers.flatMap((peer) => events.map(({ id }) => isLive(peer.state, id)))
    return (await Promise.all(seen)).every((live) => live)
  }, peers)

/** Another device with the same key, which has all that the first one wrote. */
async function doubleOf(peer: Peer, founder: Peer, t: Parameters<typeof start>[0]): Promise<Peer> {
  const { keyPair, base } = peer
  const double = await start(t, peer.by.name, base.key, keyPair)
  const { local } = double.base
  const part = connect(founder, double)
  await until(async () => double.base.writable && local.length === base.local.length, [double])
  await local.download({ start: 0, end: local.length }).done()
  await agreed([founder, double])
  await part()
  return double
}

test('the others hear each other, and agree in the end', { timeout: 40_000 }, async (t) => {
  const peers = await found(t)
  const [founder, ada, ben, cleo, dan] = peers as [Peer, Peer, Peer, Peer, Peer]
  const double = await doubleOf(dan, founder, t)
  const [one, other] = [note(dan), note(double)]
  await dan.append(carried(one))
  await double.append(carried(other))
  t.is(dan.base.local.length, double.base.local.length)
  const parted = [connect(founder, ada, dan), connect(ben, cleo, double)]
  await allSee([one], [founder, ada])
  await allSee([other], [ben, cleo])
  for (const part of parted) await part()

  const decent = [founder, ada, ben, cleo]
  for (const peer of decent) peer.mends()
  connect(...decent)
  const part = connect(ada, dan)
  await dan.append(carried(note(dan))) // which does not fit what the other half has
  const said: NostrEvent[] = []
  for (let round = 0; round < 3; round++) {
    for (const peer of decent) {
      const event = note(peer)
      said.push(event)
      await peer.append(carried(event))
    }
  }
  await allSee(said, decent)
  await agreed(decent)
  t.absent(await isLive(cleo.state, other.id), 'what those who sign have not seen')
  await part()
})
