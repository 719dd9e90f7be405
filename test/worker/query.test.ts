import test from 'brittle'
import type { Assert } from 'brittle'
import { matches, parseFilter } from '../../protocol/filter.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { countEvents, EventQuery } from '../../worker/relays/query.ts'
import type { EventIndex } from '../../worker/relays/event-index.ts'
import { ask, hex, makeEvent, makeSource, openIndex, random } from './index-fixture.ts'
import type { Source } from './index-fixture.ts'

const START = 1_700_000_000
const TAGS = ['p', 'e', 'h', 't', 'T']

async function indexOf(t: Assert, events: NostrEvent[]): Promise<[EventIndex, Source]> {
  const source = makeSource()
  source.log.events.push(...events)
  return [await openIndex(t, source, (await t.tmp()) + '/index'), source]
}

/** Few authors, kinds, seconds and values: many events meet in each, and many tie. */
function someEvents(count: number, next: (below: number) => number): NostrEvent[] {
  return Array.from({ length: count }, (_, n) => {
    const tags = Array.from({ length: next(4) }, () => [TAGS[next(5)]!, `v${next(12)}`])
    if (next(40) === 0) tags.push(['expiration', String(START + next(600) - 300)])
    return makeEvent(n, {
      pubkey: hex(next(8), 'author'),
      kind: [1, 7, 9, 1063, 1111][next(5)]!,
      created_at: START + next(200),
      tags
    })
  })
}

function someFilter(events: NostrEvent[], next: (below: number) => number): object {
  const filter: Record<string, unknown> = {}
  const list = <T>(most: number, make: () => T): T[] => Array.from({ length: next(most + 1) }, make)
  if (next(8) === 0) filter['ids'] = list(6, () => events[next(events.length)]!.id)
  if (next(3) === 0) filter['authors'] = list(4, () => hex(next(10), 'author'))
  if (next(3) === 0) filter['kinds'] = list(3, () => [1, 7, 9, 1063, 1111, 4][next(6)]!)
  for (const tag of TAGS) {
    if (next(6) === 0) filter['#' + tag] = list(4, () => `v${next(14)}`)
  }
  if (next(3) === 0) filter['since'] = START + next(200)
  if (next(3) === 0) filter['until'] = START + next(200)
  if (next(2) === 0) filter['limit'] = next(60)
  return filter
}

/** What the answer is by its definition: look at all of them. */
function scan(events: NostrEvent[], filters: object[], now: number): string[] {
  const found = new Map<string, NostrEvent>()
  const live = events
    .filter(({ tags }) => !tags.some(([name, at]) => name === 'expiration' && Number(at) <= now))
    .sort(newestFirst)
  for (const value of filters) {
    const filter = parseFilter(value)
    const all = live.filter((event) => matches(filter, event))
    for (const event of all.slice(0, filter.limit ?? all.length)) found.set(event.id, event)
  }
  return [...found.values()].sort(newestFirst).map(({ id }) => id)
}

function newestFirst(a: NostrEvent, b: NostrEvent): number {
  return b.created_at - a.created_at || (a.id < b.id ? -1 : 1)
}

test('any filters are answered as by looking at every event', { timeout: 60_000 }, async (t) => {
  const seed = 20261122
  const next = random(seed)
  const events = someEvents(3000, next)
  const [index] = await indexOf(t, events)
  let wrong = 0
  for (let i = 0; i < 600; i++) {
    const filters = Array.from({ length: 1 + next(3) }, () => someFilter(events, next))
    const expected = scan(events, filters, START)
    const found = (await ask(index, filters, START)).map(({ id }) => id)
    if (JSON.stringify(found) === JSON.stringify(expected)) continue
    wrong++
    t.comment(`seed ${seed}, round ${i}: ${JSON.stringify(filters)}`)
    t.comment(`${found.length} found, ${expected.length} expected`)
  }
  t.is(wrong, 0, '600 of 600')
})

test('counting agrees with answering', async (t) => {
  const next = random(7)
  const events = someEvents(800, next)
  const [index] = await indexOf(t, events)
  const reader = await index.read()
  for (let i = 0; i < 60; i++) {
    const filter: Record<string, unknown> = { ...someFilter(events, next) }
    delete filter['limit']
    const count = await countEvents(reader!, [parseFilter(filter)], { now: START })
    const expected = scan(events, [filter], START).length
    if (count.count !== expected) t.is(count.count, expected, JSON.stringify(filter))
  }
  const all = await countEvents(reader!, [parseFilter({})], { now: START })
  t.alike(all, { count: scan(events, [{}], START).length, approximate: false })
  await reader!.close()
})

test('the same second: lowest id first, and the limit cuts there', async (t) => {
  const events = Array.from({ length: 20 }, (_, n) => makeEvent(n, { created_at: START }))
  const [index] = await indexOf(t, events)
  const ids = events.map(({ id }) => id).sort()
  const found = await ask(index, [{ limit: 7 }])
  t.alike(
    found.map(({ id }) => id),
    ids.slice(0, 7)
  )
})

test('what a filter costs grows with its answer', async (t) => {
  const events = Array.from({ length: 6000 }, (_, n) =>
    makeEvent(n, {
      tags:
        n % 3000 === 0
          ? [
              ['t', 'rare'],
              ['h', 'all']
            ]
          : [['h', 'all']]
    })
  )
  const [index] = await indexOf(t, events)
  const reader = (await index.read())!
  let read = 0
  const { entries } = reader
  reader.entries = async (...args) => {
    const page = await entries.apply(reader, args)
    read += page.length
    return page
  }
  t.is(await countOf({ '#h': ['all'], '#t': ['rare'] }), 2)
  t.is(read, 2, 'the rarer tag is read, and nothing else')
  read = 0
  t.is(await countOf({ '#h': ['all'], kinds: [9], limit: 100 }), 100)
  t.ok(read <= 256, `${read} entries read for 100 of 6000`)
  await reader.close()

  async function countOf(filter: object): Promise<number> {
    let count = 0
    for await (const _ of new EventQuery(reader, [parseFilter(filter)], { now: START })) count++
    return count
  }
})
