/** Whose writer a core is: asked once, however many relays are opened, and found when it changes. */
import AutoWakeup from 'autobase/lib/wakeup.js'
import b4a from 'b4a'
import Corestore from 'corestore'
import test from 'brittle'

import '../../worker/relays/guard-wakeup.ts'

const KEYS = Array.from({ length: 20 }, (_, i) => b4a.alloc(32, i + 1))

test('a core is asked once whose it is, and heard of by its own relay alone', async (t) => {
  const store = new Corestore(await t.tmp())
  t.teardown(() => store.close())
  const core = store.get({ name: 'a writer' })
  await core.ready()
  await core.setUserData('referrer', KEYS[7] as Uint8Array)
  const inner = core.core as unknown as AutoWakeup.Core
  const { asked, stop } = countReads(inner)
  const answers = await Promise.all(KEYS.map((key) => wakeupOf(key)._add(inner)))
  t.alike(
    answers.flatMap((isOurs, i) => (isOurs ? [i] : [])),
    [7]
  )
  t.is(asked(), 1)
  t.is(await wakeupOf(KEYS[7] as Uint8Array)._add(inner), true, 'also later')
  t.is(asked(), 1)
  stop()
})

test('a core that was nobody’s is asked again, and one of a view is no writer’s', async (t) => {
  const store = new Corestore(await t.tmp())
  t.teardown(() => store.close())
  const key = KEYS[3] as Uint8Array
  const core = store.get({ name: 'a core' })
  await core.ready()
  const inner = core.core as unknown as AutoWakeup.Core
  t.is(await wakeupOf(key)._add(inner), false)
  t.is(inner.preupdate, null)
  await core.setUserData('referrer', key)
  t.is(await wakeupOf(key)._add(inner), true)
  t.ok(inner.preupdate !== null)

  const view = store.get({ name: 'a view' })
  await view.ready()
  await view.setUserData('referrer', key)
  await view.setUserData('autobase/view', b4a.from('log'))
  t.is(await wakeupOf(key)._add(view.core as unknown as AutoWakeup.Core), false)
})

/** What Autobase's has of a relay, as far as it is asked here. */
function wakeupOf(key: Uint8Array): AutoWakeup {
  const own = { base: { key, local: { core: null } }, _preupdateBound: async () => {} }
  return Object.assign(Object.create(AutoWakeup.prototype), own) as AutoWakeup
}

function countReads({ storage }: AutoWakeup.Core): { asked: () => number; stop: () => void } {
  let count = 0
  const read = storage.read.bind(storage)
  const counted = storage as { read: typeof read }
  counted.read = () => {
    count++
    return read()
  }
  return { asked: () => count, stop: () => void (counted.read = read) }
}
