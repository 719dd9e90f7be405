/** What a question holds of the index while nobody reads its answer. */
import test from 'brittle'
import { parseFilter } from '../../protocol/filter.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { PageRoom } from '../../worker/relays/page-room.ts'
import { EventQuery } from '../../worker/relays/query.ts'
import { eventOf } from '../../worker/relays/terms.ts'
import { makeEvent, makeSource, openIndex } from './index-fixture.ts'

const OPTIONS = { now: 0 }
const LARGE = 60_000

const large = (n: number, words = 'tide'): NostrEvent =>
  makeEvent(n, { content: `${words} ${n} `.padEnd(LARGE, '.') })

test('of large events few are read at once, and of small ones many', async (t) => {
  const source = makeSource()
  for (let n = 0; n < 300; n++) source.log.events.push(n < 200 ? makeEvent(n) : large(n))
  const index = await openIndex(t, source, await t.tmp())
  const ahead: number[] = []
  for (const filter of [{}, { kinds: [9] }, { until: 1_700_000_000 + 150 }]) {
    const reader = (await index.read())!
    let [read, sent] = [0, 0]
    reader.meter = { spend: (records) => void (read += records) }
    let most = 0
    for await (const _ of new EventQuery(reader, [parseFilter(filter)], OPTIONS)) {
      if (++sent <= 100) most = Math.max(most, read - sent)
    }
    ahead.push(most)
    await reader.close()
  }
  t.ok(ahead[0]! <= 16, `${ahead[0]} of 60 kB wait to be sent`)
  t.ok(ahead[1]! <= 40, `${ahead[1]} of them after the small ones were read`)
  t.ok(ahead[2]! >= 64, `${ahead[2]} of 200 bytes`)
})

test('of several terms each reads its share', (t) => {
  const room = new PageRoom()
  room.learn(Array.from({ length: 1 }, () => ({ json: 'x'.repeat(1024) }) as never))
  for (let i = 0; i < 10; i++) room.learn([{ json: 'x'.repeat(1024) } as never])
  t.is(room.entries(), 128)
  t.is(room.entries(1024), 4)
  room.learn([{ json: 'x'.repeat(LARGE) } as never])
  t.is(room.entries(), 2)
  t.is(room.entries(1024), 1)
})

test('what was found by words and is large is read again when its turn comes', async (t) => {
  const source = makeSource()
  const best = new Set([3, 7, 31])
  for (let n = 0; n < 40; n++) {
    source.log.events.push(large(n, best.has(n) ? 'tide tide tide' : 'tide'))
  }
  const index = await openIndex(t, source, await t.tmp())
  const reader = (await index.read())!
  const found: string[] = []
  const query = new EventQuery(reader, [parseFilter({ search: 'tide', limit: 30 })], OPTIONS)
  for await (const entry of query) found.push(eventOf(entry).content.replace(/\.*$/, '').trim())
  await reader.close()
  const others = Array.from({ length: 40 }, (_, n) => 39 - n).filter((n) => !best.has(n))
  const first = [31, 7, 3].map((n) => `tide tide tide ${n}`)
  t.alike(found, [...first, ...others.slice(0, 27).map((n) => `tide ${n}`)])
  t.is(query.hint, 'more')
})
