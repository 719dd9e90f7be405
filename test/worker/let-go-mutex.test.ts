/** Locks of Hypercore hold no function and no error of their own, and lock as before. */
import test from 'brittle'
import Corestore from 'corestore'
import Mutex from 'hypercore/lib/mutex.js'

import '../../worker/let-go-mutex.ts'

test('who waits for a lock has it in turn, until it is closed', async (t) => {
  const lock = new Mutex()
  t.absent(Object.hasOwn(lock, '_enqueue'), 'no function lasts with it')
  await lock.lock()
  const order: number[] = []
  const waiting = [1, 2, 3].map(async (n) => {
    await lock.lock()
    order.push(n)
  })
  lock.unlock()
  await waiting[0]
  lock.unlock()
  await waiting[1]
  const error = new Error('the third one is told this')
  const refused = t.exception(waiting[2]!, /the third one is told this/)
  const ended = lock.destroy(error)
  await refused
  t.alike(order, [1, 2])
  lock.unlock()
  await ended
  await t.exception(lock.lock(), /Closed/)
  t.absent(Object.values(lock).includes(error), 'what it was closed with is let go')
})

test('a snapshot that was closed reads no more', async (t) => {
  const store = new Corestore(await t.tmp())
  t.teardown(() => store.close())
  const core = store.get({ name: 'core' })
  await core.append([Buffer.from('a')])
  const snapshot = core.snapshot()
  await snapshot.ready()
  t.is(String(await snapshot.get(0)), 'a')
  await snapshot.close()
  await t.exception(snapshot.get(0))
  await core.append([Buffer.from('b')])
  t.is(String(await core.get(1)), 'b')
})
