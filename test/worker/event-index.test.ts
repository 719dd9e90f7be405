import test from 'brittle'
import type { Assert } from 'brittle'
import { readdirSync, rmSync, writeFileSync } from 'bare-fs'
import HyperDB from 'hyperdb'
import process from 'bare-process'
import definition from '../../worker/relays/index-spec/generated/index.js'
import type { EventIndex, IndexedEvents } from '../../worker/relays/event-index.ts'
import { ask, hex, makeEvent, makeSource, openIndex } from './index-fixture.ts'
import type { Source } from './index-fixture.ts'

const START = 1_700_000_000

async function scene(t: Assert): Promise<{ index: EventIndex; source: Source; path: string }> {
  const source = makeSource()
  const path = (await t.tmp()) + '/index'
  return { source, path, index: await openIndex(t, source, path) }
}

const idsOf = (events: { id: string }[]): string[] => events.map(({ id }) => id)
const some = (from: number, count: number): ReturnType<typeof makeEvent>[] =>
  Array.from({ length: count }, (_, i) => makeEvent(from + i))

test('the index follows the log, and says what is new once it can be found', async (t) => {
  const { index, source } = await scene(t)
  const told: string[] = []
  index.on('events', (update) => told.push(...idsOf((update as IndexedEvents).events)))
  const events = some(0, 1500)
  source.log.events.push(...events.slice(0, 1000))
  t.is((await ask(index, [{ limit: 5000 }])).length, 1000)
  source.log.events.push(...events.slice(1000))
  const found = await ask(index, [{ limit: 3 }])
  t.alike(idsOf(found), idsOf(events.slice(-3).reverse()))
  t.alike(told, idsOf(events), 'each once, in order')
  t.is(source.log.reads, 1500, 'each block is read once')
})

test('after a restart it goes on where it was', async (t) => {
  const { index, source, path } = await scene(t)
  source.log.events.push(...some(0, 700))
  await ask(index, [{}])
  await index.close()
  source.log.reads = 0
  source.log.events.push(...some(700, 5))
  const again = await openIndex(t, source, path)
  t.is((await ask(again, [{ limit: 5000 }])).length, 705)
  t.is(source.log.reads, 5)
})

test('a reordered log: what changed is taken back, however deep', async (t) => {
  const { index, source } = await scene(t)
  const { events } = source.log
  const told: string[] = []
  events.push(...some(0, 300))
  await ask(index, [{}])
  events.push(...some(300, 300))
  await ask(index, [{}])
  index.on('events', (update) => told.push(...idsOf((update as IndexedEvents).events)))

  // Something before the last event is another; length and end are the same.
  const before = events[450]!
  events[450] = makeEvent(9000)
  const found = idsOf(await ask(index, [{ limit: 5000 }]))
  t.is(found.length, 600)
  t.ok(found.includes(hex(9000)))
  t.absent(found.includes(before.id))
  t.alike(told, [hex(9000)], 'only what is new is told')

  events.splice(10)
  t.is((await ask(index, [{ limit: 5000 }])).length, 10, 'cut short')
  events.push(...some(5000, 2))
  t.is((await ask(index, [{ limit: 5000 }])).length, 12)
})

test('a reordering after a restart is noticed too', async (t) => {
  const { index, source, path } = await scene(t)
  source.log.events.push(...some(0, 600))
  await ask(index, [{}])
  await index.close()
  source.log.events[100] = makeEvent(9000)
  const again = await openIndex(t, source, path)
  t.is((await ask(again, [{ ids: [hex(9000)] }])).length, 1)
  t.is((await ask(again, [{ ids: [hex(100)] }])).length, 0)
  t.is((await ask(again, [{ limit: 5000 }])).length, 600)
})

test('of a replaceable only the newest is found; the older again when it is taken back', async (t) => {
  const { index, source } = await scene(t)
  const { events } = source.log
  const profile = (n: number, at: number): ReturnType<typeof makeEvent> =>
    makeEvent(n, { kind: 0, created_at: START + at })
  const article = (n: number, at: number, d: string): ReturnType<typeof makeEvent> =>
    makeEvent(n, { kind: 30023, created_at: START + at, tags: [['d', d]] })
  events.push(profile(1, 1), article(2, 1, 'a'), article(3, 1, 'b'), profile(4, 2))
  t.alike(idsOf(await ask(index, [{ kinds: [0] }])), [hex(4)])
  events.push(article(5, 9, 'a'))
  t.alike(idsOf(await ask(index, [{ kinds: [30023] }])), [hex(5), hex(3)])
  t.is((await ask(index, [{ ids: [hex(1), hex(2)] }])).length, 0, 'not by id either')
  events.pop()
  t.alike(idsOf(await ask(index, [{ kinds: [30023] }])).sort(), [hex(2), hex(3)].sort())
})

test('deleted events are not found, unless the deletion is taken back', async (t) => {
  const { index, source } = await scene(t)
  const { events } = source.log
  events.push(...some(0, 2), makeEvent(2, { pubkey: hex(1, 'author') }))
  await ask(index, [{}])
  const tags = [
    ['e', hex(1)],
    ['e', hex(2)]
  ]
  events.push(makeEvent(10, { kind: 5, tags }))
  t.alike(idsOf(await ask(index, [{ kinds: [9] }])), [hex(2), hex(0)], 'own ones alone')
  t.is((await ask(index, [{ '#e': [hex(1)] }])).length, 1, 'the deletion itself is found')
  events.push(makeEvent(11, { kind: 9005, tags }))
  t.alike(idsOf(await ask(index, [{ kinds: [9] }])), [hex(0)], 'a moderator deletes any')
  events.splice(-2)
  t.is((await ask(index, [{ kinds: [9] }])).length, 3)
})

test('expired events are not found, by the clock of who asks', async (t) => {
  const { index, source } = await scene(t)
  source.log.events.push(makeEvent(1, { tags: [['expiration', String(START + 50)]] }))
  t.is((await ask(index, [{}], START + 49)).length, 1)
  t.is((await ask(index, [{}], START + 50)).length, 0)
})

test('missing, of another version, or garbage: built anew', async (t) => {
  const { index, source, path } = await scene(t)
  source.log.events.push(...some(0, 600))
  await ask(index, [{}])
  await index.close()

  rmSync(path, { recursive: true })
  await rebuilt('missing')

  const db = HyperDB.rocks(path, definition as HyperDB.Definition)
  const head = await db.get<object>('@index/head', { name: 'head' })
  await db.insert('@index/head', { ...head, version: 77 })
  await db.flush()
  await db.close()
  await rebuilt('of another version')

  for (const name of readdirSync(path) as string[]) writeFileSync(`${path}/${name}`, 'garbage')
  await rebuilt('garbage')

  async function rebuilt(how: string): Promise<void> {
    source.log.reads = 0
    const again = await openIndex(t, source, path)
    t.is((await ask(again, [{ limit: 5000 }])).length, 600, how)
    t.is(source.log.reads, 600)
    await again.close()
  }
})

test('a log that cannot be read is no reason to build anew', async (t) => {
  const { index, source } = await scene(t)
  source.log.events.push(...some(0, 10))
  await ask(index, [{}])
  const { get } = source.log
  source.log.get = () => Promise.reject(new Error('nobody has it'))
  source.log.events.push(makeEvent(10))
  t.is(await index.read(50), null, 'who asks is told that it is behind')
  source.log.get = get
  t.is(index.position, 10)
  await index.close()
})

test('memory stays where it is while a long log is read', { timeout: 60_000 }, async (t) => {
  const { index, source } = await scene(t)
  const content = 'x'.repeat(4000)
  source.log.events.push(...some(0, 2000).map((event) => ({ ...event, content })))
  await ask(index, [{ limit: 1 }])
  const before = process.memoryUsage().rss
  source.log.events.push(...some(2000, 8000).map((event) => ({ ...event, content })))
  await ask(index, [{ limit: 1 }])
  const grown = (process.memoryUsage().rss - before) / 1e6
  t.comment(`${grown.toFixed(0)} MB more for 32 MB of events`)
  t.ok(grown < 150)
})
