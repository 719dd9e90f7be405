/** What the worker says of itself while it starts. */
import test from 'brittle'

import { saysStarting } from '../../protocol/errors.ts'
import { silent } from '../../worker/log.ts'
import { Worker } from '../../worker/worker.ts'

test('the last that is said of a start is that it is over', async (t) => {
  const storage = await t.tmp()
  const options = { storage, bootstrap: [], localPort: 0, version: '0.0.0', log: silent }
  const worker = new Worker(options)
  t.teardown(() => worker.close())
  const states: string[] = []
  worker.on('status', () => states.push(worker.status().state))
  await worker.ready()
  t.is(states.at(-1), 'ready')
})

test('who asks before it has started is told that it is starting, and no other BUSY', async (t) => {
  const options = { storage: await t.tmp(), bootstrap: [], localPort: 0, version: '0', log: silent }
  const worker = new Worker(options)
  t.teardown(() => worker.close())
  t.ok(saysStarting(await thrown(() => worker.use())))
  await worker.ready()
  t.ok(worker.use(), 'and then it answers')
})

async function thrown(ask: () => unknown): Promise<unknown> {
  try {
    await ask()
    return null
  } catch (err) {
    return err
  }
}
