/** Two sides that wrote apart, with nobody who signs. */
import test from 'brittle'

import '../../worker/relays/guard-merge.ts'
import { agreed, connect, startPeer, until } from './indexer-scene.ts'

const EACH = 400

test(`${EACH} events on each side are merged in few rounds`, { timeout: 60_000 }, async (t) => {
  const f = await startPeer(t, 'f', null)
  const a = await startPeer(t, 'a', f.base.key)
  const b = await startPeer(t, 'b', f.base.key)
  const part = connect(f, a, b)
  await f.put(f, 0)
  for (const peer of [a, b]) await f.put(peer, -1)
  await until(() => [a, b].every(({ base }) => base.writable), a, b)
  for (const peer of [f, a, b]) await peer.say(`${peer.name} is here`)
  await agreed(f, a, b)
  await part()

  for (const peer of [a, b]) for (let i = 0; i < EACH; i++) await peer.say(`${peer.name} ${i}`)
  for (const peer of [a, b]) peer.applied = 0
  const rest = connect(a, b)
  await until(() => [a, b].every(({ base }) => base.view.log.length >= 2 * EACH + 3), a, b)
  await agreed(a, b)
  const replayed = Math.max(a.applied, b.applied)
  t.ok(replayed >= EACH, 'somebody has to put what it wrote behind the other’s')
  t.ok(replayed <= 4 * EACH, `${replayed} nodes replayed`)
  t.is(new Set(await a.heard()).size, 2 * EACH + 3, 'nothing is lost')
  await rest()
})
