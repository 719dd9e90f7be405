/** A long history, and who comes late. */
import b4a from 'b4a'
import test from 'brittle'

import { agreed, connect, startPeer, until } from './indexer-scene.ts'

const EVENTS = 10_000
const GROUP = 100

for (const hinted of [true, false]) {
  const how = hinted ? 'told where it is signed' : 'told nothing'
  test(`a late reader of ${EVENTS} events, ${how}`, { timeout: 120_000 }, async (t) => {
    const f = await startPeer(t, 'f', null)
    await f.put(f, 0)
    for (let i = 0; i < EVENTS; i += GROUP) {
      await f.say(...Array.from({ length: GROUP }, (_, n) => `event ${i + n}`))
    }
    const { core } = f.base
    await until(() => core.signedLength > 100, f)
    const options = hinted ? { systemKey: core.key } : {}
    const late = await startPeer(t, 'late', f.base.key, options)
    const began = Date.now()
    const part = connect(f, late)
    await until(() => late.base.view.log.length === EVENTS, late)
    const first = await late.base.view.log.get(EVENTS - 1)
    t.is(b4a.toString(first), `event ${EVENTS - 1}`)
    await agreed(f, late)
    t.comment(`${Date.now() - began} ms, ${late.applied} nodes replayed`)
    t.ok(late.applied < EVENTS / 10, `${late.applied} replayed`)
    await part()
  })
}
