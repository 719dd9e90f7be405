import test from 'brittle'
import b4a from 'b4a'
import Corestore from 'corestore'
import Hyperbee from 'hyperbee'
import type Hypercore from 'hypercore'
import type { Assert } from 'brittle'

import { atMoment, Moment } from '../../worker/moment.ts'
import '../../worker/warm-bee.ts'

type Bee = Hyperbee<string, unknown>

const open = (core: Hypercore): Bee =>
  new Hyperbee(core, { extension: false, keyEncoding: 'utf-8', valueEncoding: 'json' })

async function makeCore(t: Assert): Promise<Hypercore> {
  const store = new Corestore(await t.tmp())
  t.teardown(() => store.close())
  const core = store.get({ name: 'bee' })
  await core.ready()
  return core
}

test('what was written is found as if it were read from the disk', async (t) => {
  const core = await makeCore(t)
  const bee = open(core)
  const expected = new Map<string, number>()
  const lengths: number[] = []
  let random = 1
  const next = (below: number): number => (random = (random * 48271) % 2147483647) % below
  for (let round = 0; round < 40; round++) {
    // What others of the same core wrote, and cut off, counts too.
    if (round % 8 === 7) {
      await core.truncate(lengths[next(lengths.length)]!)
      lengths.splice(0, lengths.length, ...lengths.filter((length) => length <= core.length))
      expected.clear()
      for (const [key, value] of await entries(open(core))) expected.set(key, value)
    }
    const batch = bee.batch({ update: false })
    for (let i = 0; i < 50; i++) {
      const key = `key ${next(400)}`
      if (next(4) === 0) {
        await batch.del(key)
        expected.delete(key)
      } else {
        await batch.put(key, round * 100 + i)
        expected.set(key, round * 100 + i)
      }
    }
    await batch.flush()
    lengths.push(core.length)
  }
  const all = [...expected].sort(([a], [b]) => b4a.compare(b4a.from(a), b4a.from(b)))
  t.alike(await entries(bee), all, 'by the one that wrote')
  t.alike(await entries(open(core)), all, 'and by one that reads it all')
  for (const [key, value] of all.slice(0, 20)) t.is((await bee.get(key))?.value, value)
})

test('a moment stays what it was', async (t) => {
  const bee = open(await makeCore(t))
  for (let i = 0; i < 100; i++) await bee.put(`key ${i}`, i)
  const moment = new Moment(bee)
  t.is((await moment.get('key 7'))?.value, 7)
  await bee.put('key 8', 'other')
  await bee.del('key 9')
  t.is((await moment.get('key 8'))?.value, 8)
  t.is((await moment.get('key 9'))?.value, 9)
  t.is(await moment.get('key 100'), null)
  t.is((await moment.peek({ gte: 'key 98', lt: 'key 99' }))?.value, 98)
  const found: unknown[] = []
  const range = { gte: 'key 1', lt: 'key 2' }
  for await (const { value } of moment.createReadStream(range, { limit: 3 })) found.push(value)
  t.alike(found, [1, 10, 11])
  await moment.close()
  t.is((await bee.get('key 8'))?.value, 'other', 'the other readers are open still')
})

test('a moment that is over is held by nobody', async (t) => {
  const bee = open(await makeCore(t))
  const batches = (): object[] => (bee as unknown as { _batches: object[] })._batches
  await bee.put('a', 1)
  const own: boolean[] = []
  const look = (moment: Moment): Promise<unknown> => {
    for (const batch of batches()) own.push(Object.hasOwn(batch, 'getRoot'))
    return moment.get('a')
  }
  for (let i = 0; i < 5; i++) {
    await atMoment(() => bee, look)
  }
  t.is(batches().length, 0)
  t.alike(own, Array(5).fill(false), 'a function of its own would keep what it saw for long')
})

test('who asks about a moment that is cut off is answered about a later one', async (t) => {
  const core = await makeCore(t)
  const bee = open(core)
  for (let i = 0; i < 100; i++) await bee.put(`key ${i}`, i)
  let asked = 0
  const answer = await atMoment(
    () => bee,
    async (moment) => {
      if (asked++ === 0) throw cutOff()
      return (await moment.get('key 5'))?.value
    }
  )
  t.is(answer, 5)
  t.is(asked, 2)
  await t.exception(
    atMoment(
      () => bee,
      () => Promise.reject(new Error('something else'))
    ),
    /something else/
  )
})

const cutOff = (): Error => Object.assign(new Error('cut off'), { code: 'SNAPSHOT_NOT_AVAILABLE' })

async function entries(bee: Bee): Promise<[string, number][]> {
  const found: [string, number][] = []
  for await (const { key, value } of bee.createReadStream()) found.push([key, value as number])
  return found
}
