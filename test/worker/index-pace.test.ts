/** Under load the index lets more events come before it writes, and nobody who reads waits for that. */
import test from 'brittle'
import type { Assert } from 'brittle'

import { ask, makeEvent, makeSource, openIndex } from './index-fixture.ts'

const some = (from: number, count: number): ReturnType<typeof makeEvent>[] =>
  Array.from({ length: count }, (_, i) => makeEvent(from + i))

/** No time passes, and the pauses between two writes end when the test says so. */
function holdPauses(t: Assert): { begun(): Promise<() => void> } {
  const { setTimeout, clearTimeout } = globalThis
  const { now } = Date
  const moment = now()
  const held = new Map<unknown, () => void>()
  let tell: (end: () => void) => void = () => {}
  Date.now = () => moment
  globalThis.setTimeout = ((work: () => void, ms: number) => {
    if (ms !== 64) return setTimeout(work, ms)
    const timer = setTimeout(() => {}, 0)
    held.set(timer, work)
    tell(work)
    return timer
  }) as unknown as typeof setTimeout
  globalThis.clearTimeout = ((timer: ReturnType<typeof setTimeout>) => {
    held.delete(timer)
    clearTimeout(timer)
  }) as typeof clearTimeout
  t.teardown(() => {
    Date.now = now
    Object.assign(globalThis, { setTimeout, clearTimeout })
  })
  const begun = async (): Promise<() => void> => {
    const [there] = held.values()
    return there ?? new Promise((resolve) => (tell = resolve))
  }
  return { begun }
}

test('many events: those that come meanwhile are written together', async (t) => {
  const source = makeSource()
  const { events } = source.log
  const index = await openIndex(t, source, (await t.tmp()) + '/index')
  const told: number[] = []
  index.on('events', (update) => told.push((update as { events: unknown[] }).events.length))
  const pauses = holdPauses(t)

  events.push(...some(0, 20))
  await ask(index, [{}])
  events.push(...some(20, 20))
  index.follow()
  let end = await pauses.begun()
  events.push(...some(40, 20))
  index.follow()
  t.is(index.position, 20, 'nothing is written yet')
  const written = new Promise((resolve) => index.once('events', resolve))
  end()
  await written
  t.alike(told, [20, 40])

  events.push(...some(60, 20))
  index.follow()
  await pauses.begun()
  t.is((await ask(index, [{ limit: 500 }])).length, 80, 'who reads waits for no pause')

  events.push(...some(80, 20))
  index.follow()
  end = await pauses.begun()
  const enough = new Promise((resolve) => index.once('events', resolve))
  events.push(...some(100, 300))
  index.follow()
  await enough
  t.ok(index.position >= 336, 'nor do many')
  end()
})

test('an index that pauses between two writes closes at once', async (t) => {
  const source = makeSource()
  const { events } = source.log
  const index = await openIndex(t, source, (await t.tmp()) + '/index')
  const pauses = holdPauses(t)
  events.push(...some(0, 20))
  await ask(index, [{}])
  events.push(...some(20, 20))
  index.follow()
  await pauses.begun()
  await index.close()
  t.is(index.position, 20)
})

test('a few events are written as they come', async (t) => {
  const source = makeSource()
  const { events } = source.log
  const index = await openIndex(t, source, (await t.tmp()) + '/index')
  const pauses = holdPauses(t)
  events.push(...some(0, 20))
  await ask(index, [{}])
  events.push(...some(20, 7))
  index.follow()
  const end = await pauses.begun()
  end()
  await new Promise((resolve) => index.once('events', resolve))
  for (let n = 27; n < 40; n++) {
    const written = new Promise((resolve) => index.once('events', resolve))
    events.push(makeEvent(n))
    index.follow()
    await written
    t.is(index.position, n + 1)
  }
})
