/** Which subscriptions an event is compared with, and what a thousand of them cost. */
import test from 'brittle'
import { matches, parseFilter } from '../../protocol/filter.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { Interests } from '../../worker/serve/nostr/interests.ts'
import { Subscription } from '../../worker/serve/nostr/subscription.ts'
import { hex, makeEvent, random } from './index-fixture.ts'
import { note, scene } from './nostr-scene.ts'

const subscribe = (id: string, ...filters: object[]): Subscription =>
  new Subscription(id, filters.map(parseFilter), () => {})

test('whatever matches is among them', (t) => {
  const next = random(8)
  const some = <T>(of: T[]): T[] => of.filter(() => next(2) === 0)
  const authors = [0, 1, 2].map((n) => hex(n, 'author'))
  const interests = new Interests()
  const all: Subscription[] = []
  for (let i = 0; i < 400; i++) {
    const filter: Record<string, unknown> = {}
    if (next(2) === 0) filter['kinds'] = some([1, 7, 9])
    if (next(3) === 0) filter['authors'] = some(authors)
    if (next(3) === 0) filter['#t'] = some(['a', 'b', 'c'])
    if (next(4) === 0) filter['#h'] = ['x']
    if (next(9) === 0) filter['ids'] = [hex(next(50))]
    if (next(20) === 0) filter['authors'] = Array.from({ length: 100 }, (_, n) => hex(n, 'author'))
    const subscription = subscribe(`s${i}`, filter, ...(next(4) === 0 ? [{ kinds: [1] }] : []))
    interests.add(subscription)
    all.push(subscription)
  }
  for (const gone of all.splice(300)) interests.delete(gone)
  let compared = 0
  let matched = 0
  for (let n = 0; n < 50; n++) {
    const tags = [['h', 'x'], ...some(['a', 'b', 'c']).map((value) => ['t', value])]
    const event: NostrEvent = makeEvent(n, {
      pubkey: authors[next(3)]!,
      kind: [1, 7, 9][next(3)]!,
      tags
    })
    const among = interests.of(event)
    const right = all.filter(({ filters }) => filters.some((filter) => matches(filter, event)))
    if (!right.every((subscription) => among.has(subscription))) t.fail('one is missing')
    if ([...among].some((subscription) => !all.includes(subscription))) t.fail('one is gone')
    compared += among.size
    matched += right.length
  }
  t.ok(compared < all.length * 50 * 0.6, `${compared} comparisons for ${matched} matches`)
})

test('one event reaches a thousand subscriptions', { timeout: 60_000 }, async (t) => {
  const { member, connect } = await scene(t)
  const clients = Array.from({ length: 32 }, () => connect())
  const filter = { kinds: [20001], '#h': ['field-notes'] }
  for (const client of clients) {
    for (let i = 0; i < 32; i++) client.say('REQ', `s${i}`, i < 31 ? filter : { kinds: [20002] })
    for (let i = 0; i < 32; i++) await client.type('EOSE', `s${i}`)
  }
  const times: number[] = []
  for (let round = 0; round < 9; round++) {
    const event = note(member, { kind: 20001 }) // is not stored, so that nothing else is measured
    const start = Date.now()
    clients[0]!.say('EVENT', event)
    for (const client of clients) for (let i = 0; i < 31; i++) await client.live(`s${i}`)
    times.push(Date.now() - start)
  }
  const median = times.sort((a, b) => a - b)[4]!
  t.comment(`${median} ms to 992 subscriptions, whose clients are in the same process`)
  t.ok(median < 100)
  t.is(clients.flatMap((client) => client.taken('s31')).length, 0)
})
