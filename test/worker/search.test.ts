/** NIP-50 and NIP-67 from the index. */
import test from 'brittle'
import type { Assert } from 'brittle'
import { parseFilter } from '../../protocol/filter.ts'
import { hasWords, parseSearch } from '../../protocol/words.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { EventIndex } from '../../worker/relays/event-index.ts'
import { countEvents, EventQuery } from '../../worker/relays/query.ts'
import { MAX_CANDIDATES } from '../../worker/relays/query-search.ts'
import { eventOf } from '../../worker/relays/terms.ts'
import { ask, hex, makeEvent, makeSource, openIndex, random } from './index-fixture.ts'

const START = 1_700_000_000

async function indexOf(t: Assert, events: NostrEvent[]): Promise<EventIndex> {
  const source = makeSource()
  source.log.events.push(...events)
  return openIndex(t, source, (await t.tmp()) + '/index')
}

const idsOf = (events: { id: string }[]): string[] => events.map(({ id }) => id)

/** A query's events, how it ended, and how many entries it read for that. */
async function query(
  index: EventIndex,
  ...filters: object[]
): Promise<{ ids: string[]; hint: string | null; read: number }> {
  const reader = (await index.read())!
  let read = 0
  const { entries, at } = reader
  reader.entries = async (...args) => {
    const page = await entries.apply(reader, args)
    read += page.length
    return page
  }
  reader.at = async (positions) => {
    read += positions.length
    return at.call(reader, positions)
  }
  const answer = new EventQuery(reader, filters.map(parseFilter), { now: START })
  const ids: string[] = []
  for await (const entry of answer) ids.push(eventOf(entry).id)
  await reader.close()
  return { ids, hint: answer.hint, read }
}

test('the best first, and the limit after', async (t) => {
  const index = await indexOf(t, [
    makeEvent(1, { content: 'wren wren wren' }),
    makeEvent(2, { content: 'a wren among a great many words that have to do with anything else' }),
    makeEvent(3, { content: 'the owl' }),
    makeEvent(4, { content: 'a wren and the owl' }),
    makeEvent(5, { content: 'wrens' })
  ])
  t.alike(
    (await query(index, { search: 'wren' })).ids,
    [1, 4, 5, 2].map((n) => hex(n))
  )
  t.alike(await query(index, { search: 'wren', limit: 1 }), {
    ids: [hex(1)],
    hint: 'more',
    read: 4
  })
  t.alike((await query(index, { search: 'owl wren' })).ids, [hex(4)])
  t.alike((await query(index, { search: 'wren', since: START + 2, until: START + 4 })).ids, [
    hex(4),
    hex(2)
  ])
  t.alike((await query(index, { search: 'owl' }, { ids: [hex(2), hex(4)] })).ids, [
    hex(3),
    hex(4),
    hex(2)
  ])
  t.alike(await query(index, { search: 'otter' }), { ids: [], hint: 'finish', read: 0 })
  t.alike(await query(index, { search: '!!!' }), { ids: [], hint: 'finish', read: 0 })
  t.is((await query(index, { search: 'language:en' })).ids.length, 5, 'only extensions: no words')
})

test('any search finds what looking at every event finds', { timeout: 60_000 }, async (t) => {
  const seed = 50
  const next = random(seed)
  const vocabulary = Array.from(
    { length: 60 },
    (_, n) => ['wren', 'Owl', 'füchse', '猫の手'][n % 4]! + n
  )
  const text = (most: number): string =>
    Array.from({ length: 1 + next(most) }, () => vocabulary[Math.min(next(60), next(60))]).join(' ')
  const events = Array.from({ length: 1500 }, (_, n) =>
    makeEvent(n, { content: text(12), kind: [1, 9][next(2)]!, created_at: START + next(300) })
  )
  const index = await indexOf(t, events)
  let wrong = 0
  for (let i = 0; i < 200; i++) {
    const word = text(2)
    const search = next(3) === 0 ? word.slice(0, -1) : word
    const filter = { search, ...(next(2) === 0 ? { kinds: [9] } : {}), limit: 5000 }
    const expected = events.filter(
      (event) => hasWords(parseSearch(search)!, event) && (!('kinds' in filter) || event.kind === 9)
    )
    const { ids, hint } = await query(index, filter)
    const same = JSON.stringify(ids.toSorted()) === JSON.stringify(idsOf(expected).toSorted())
    if (same && hint === 'finish') continue
    wrong++
    t.comment(`seed ${seed}, round ${i}: ${search}: ${ids.length} of ${expected.length}, ${hint}`)
  }
  t.is(wrong, 0, '200 of 200')
})

test('a common word costs no more than so much', { timeout: 60_000 }, async (t) => {
  const count = MAX_CANDIDATES + 2000
  const events = Array.from({ length: count }, (_, n) =>
    makeEvent(n, { content: n % 1000 === 0 ? 'common rare' : 'common' })
  )
  const index = await indexOf(t, events)
  const common = await query(index, { search: 'common', limit: 20 })
  t.is(common.ids.length, 20)
  t.ok(common.read <= MAX_CANDIDATES + 128, `${common.read} entries read of ${count}`)
  t.is(common.hint, 'more')
  const both = await query(index, { search: 'common rare' })
  t.is(both.ids.length, 7, 'a rare word beside it finds all')
  t.is(both.read, 7)
  t.is(both.hint, 'finish')
  const all = await query(index, { search: 'common', limit: 5000 })
  t.is(all.hint, null, 'not everything was looked at, and so neither is said')
  const reader = (await index.read())!
  const counted = await countEvents(reader, [parseFilter({ search: 'common' })], { now: START })
  t.alike(counted, { count: MAX_CANDIDATES, approximate: true })
  await reader.close()
})

test('what is deleted or replaced is not found by its words either', async (t) => {
  const source = makeSource()
  const index = await openIndex(t, source, (await t.tmp()) + '/index')
  const profile = (n: number, name: string): NostrEvent =>
    makeEvent(n, { kind: 0, content: JSON.stringify({ name }) })
  source.log.events.push(profile(1, 'Mara'), makeEvent(2, { content: 'mara was here' }))
  t.is((await ask(index, [{ search: 'mara' }])).length, 2)
  source.log.events.push(profile(3, 'Ivo'), makeEvent(4, { kind: 5, tags: [['e', hex(2)]] }))
  t.is((await ask(index, [{ search: 'mara' }])).length, 0)
  t.alike(idsOf(await ask(index, [{ search: 'ivo' }])), [hex(3)])
})

test('NIP-67: finish and more are true', { timeout: 60_000 }, async (t) => {
  const events = Array.from({ length: 40 }, (_, n) =>
    makeEvent(n, { kind: n % 2 === 0 ? 9 : 1, created_at: START - 1000 + Math.floor(n / 4) })
  )
  const index = await indexOf(t, [
    ...events,
    makeEvent(99, { tags: [['expiration', String(START)]], created_at: 5 })
  ])
  const hint = async (...filters: object[]): Promise<string | null> =>
    (await query(index, ...filters)).hint
  t.is(await hint({}), 'finish')
  t.is(await hint({ limit: 40 }), 'finish', 'as many as there are; what has expired is not there')
  t.is(await hint({ limit: 39 }), 'more')
  t.is(await hint({ limit: 0 }), 'more')
  t.is(await hint({ limit: 0, kinds: [7] }), 'finish')
  t.is(await hint({ kinds: [9], authors: [hex(0, 'author')], '#h': ['x'], limit: 1 }), 'finish')
  t.is(await hint({ kinds: [9], limit: 19 }, { kinds: [1] }), 'more')
  t.is(await hint({ kinds: [9], limit: 19 }, { kinds: [1], limit: 20 }, { kinds: [9] }), null)
  t.is(await hint({ ids: [hex(3)] }, { limit: 0, kinds: [7] }), 'finish')

  const next = random(67)
  for (let i = 0; i < 100; i++) {
    const filters = Array.from({ length: 1 + next(2) }, () => ({
      kinds: [[9], [1], [1, 9]][next(3)],
      limit: next(45)
    }))
    const { ids, hint } = await query(index, ...filters)
    const asked = new Set(filters.flatMap(({ kinds }) => kinds!))
    const all = events.filter(({ kind }) => asked.has(kind)).length
    if (hint === 'finish' && ids.length !== all) t.fail(JSON.stringify(filters))
    if (hint === 'more' && ids.length === all) t.fail(JSON.stringify(filters))
  }
})

test('our own limit never cuts a second in two', { timeout: 60_000 }, async (t) => {
  const events = Array.from({ length: 5300 }, (_, n) =>
    makeEvent(n, { created_at: n < 800 ? START : START + 1 + Math.floor(n / 10) })
  )
  const index = await indexOf(t, events)
  const { ids, hint } = await query(index, {})
  t.is(ids.length, 5300)
  t.is(hint, 'finish')
  t.is((await query(index, { limit: 5000 })).ids.length, 5000, 'who asks for 5000 gets 5000')
})
