/** What the second rules changed, beside what the first ones do: groups of both go on. */
import test from 'brittle'
import type { Assert } from 'brittle'

import type { NostrEvent } from '../../protocol/nostr.ts'
import { awaitedKey, eventKey } from '../../worker/relays/keys.ts'
import type { RelayRecord } from '../../worker/relays/records.ts'
import { readRules } from '../../worker/relays/rules.ts'
import {
  isDeleted,
  isLive,
  readEventFacts,
  readFormer,
  readMember,
  readPending
} from '../../worker/relays/state.ts'
import { carried, eventBy, Kernel, openStore, person } from './kernel-fixture.ts'
import type { Person } from './kernel-fixture.ts'

const [founder, relay, ada, ben] = ['founder', 'relay', 'ada', 'ben'].map(person) as [
  Person,
  Person,
  Person,
  Person
]

let relays = 0
const found = async (t: Assert, rules: number): Promise<Kernel> =>
  Kernel.found(await openStore(t), `second-${relays++}`, 'closed', { rules })

const deleting = (by: Person, ids: string[]): RelayRecord =>
  carried(eventBy(by, { kind: 5, tags: ids.map((id) => ['e', id]) }))
const refersTo = (...prefixes: string[]): NostrEvent =>
  eventBy(ada, { kind: 9, tags: [['previous', ...prefixes]] })

/** Ids that are nowhere, and come before one that begins as they do. */
const like = ({ id }: NostrEvent): string[] => {
  const rest = (n: number): string => n.toString(16).padStart(56, '0')
  return Array.from({ length: 256 }, (_, n) => id.slice(0, 8) + rest(n))
}

/** Entries of the state that are read while something is judged. */
async function entriesRead({ state }: Kernel, doing: () => Promise<unknown>): Promise<number> {
  const stream = state.createReadStream
  let entries = 0
  state.createReadStream = (...args) => {
    const made = stream.apply(state, args)
    const next = made[Symbol.asyncIterator].bind(made)
    made[Symbol.asyncIterator] = async function* () {
      for await (const node of { [Symbol.asyncIterator]: next }) {
        entries++
        yield node
      }
    }
    return made
  }
  await doing()
  state.createReadStream = stream
  return entries
}

test('who names ids that are nowhere hides no event from those who refer to it', async (t) => {
  for (const rules of [1, 2]) {
    const kernel = await found(t, rules)
    const [own, other] = [await kernel.join(ada), await kernel.join(ben)]
    const note = eventBy(ada, { kind: 9 })
    await kernel.feed(own, [carried(note)])
    const answer = carried(refersTo(note.id.slice(0, 8)))
    t.is(await kernel.judge(other, answer), null)
    await kernel.feed(other, [deleting(ben, like(note))])
    const refused = await kernel.judge(other, answer)
    t.is(refused?.prefix, rules === 1 ? 'invalid' : undefined, `rules ${rules}`)
    const nowhere = like(note)
      .slice(0, 50)
      .map((_, n) => n.toString(16).padStart(8, '0'))
    for (const prefix of nowhere) {
      const ids = like({ ...note, id: prefix })
      await kernel.feed(other, [deleting(ben, ids)])
    }
    const far = carried(refersTo(...nowhere))
    const cost = await entriesRead(kernel, () => kernel.judge(other, far))
    t.is(cost, rules === 1 ? 50 * 256 : 0, 'and no judge looks at them all')
    const again = carried(refersTo(...nowhere.map(() => nowhere[0]!)))
    t.is(await entriesRead(kernel, () => kernel.judge(other, again)), rules === 1 ? 256 : 0)
  }
})

test('what comes with its deletion, at once and after it, stays out', async (t) => {
  for (const rules of [1, 2]) {
    const kernel = await found(t, rules)
    const own = await kernel.join(ada)
    const [note, other] = [eventBy(ada, { kind: 9 }), eventBy(ada, { kind: 9 })]
    await kernel.feed(own, [carried(other), deleting(ada, [note.id]), carried(note)])
    t.is(await isLive(kernel.state, note.id), false, `rules ${rules}`)
    t.ok(await isLive(kernel.state, other.id))
    t.is((await readEventFacts(kernel.state, note.id))?.position, -1, 'it is not here')
  }
})

test('what is deleted before it comes stays out, and comes when that is taken back', async (t) => {
  const kernel = await found(t, 2)
  const [own, other] = [await kernel.join(ada), await kernel.join(ben)]
  const [note, others, both] = [ada, ada, ada].map((by) => eventBy(by, { kind: 9 })) as [
    NostrEvent,
    NostrEvent,
    NostrEvent
  ]
  await kernel.feed(own, [deleting(ada, [note.id, both.id])])
  await kernel.feed(other, [deleting(ben, [others.id, both.id])])
  t.is(await kernel.state.get(eventKey(note.id)), null)
  t.ok(await kernel.state.get(awaitedKey(note.id)))
  t.is((await kernel.judge(own, carried(note)))?.reason, 'deleted')
  await kernel.feed(own, [carried(others)])
  t.ok(await isLive(kernel.state, others.id), 'nobody deletes what another says')
  t.is(await kernel.state.get(awaitedKey(others.id)), null, 'it is in one place')

  const length = kernel.lengths.get(own) ?? 0
  const event = eventBy(founder, { kind: 9001, tags: [['p', ada.pubkey]] })
  await kernel.feed(kernel.relayKey, [
    { type: 'act', event, cuts: [{ writer: own, length: length - 2 }] }
  ])
  t.is(await kernel.state.get(awaitedKey(note.id)), null, 'the deletion fell')
  t.is(await kernel.state.get(eventKey(others.id)), null)
  t.alike((await readEventFacts(kernel.state, both.id))?.deletions.length, 1)
})

test('what was said by the first rules holds when the second ones come', async (t) => {
  const kernel = await found(t, 1)
  const [own, other] = [await kernel.join(ada), await kernel.join(ben)]
  const [note, twice] = [eventBy(ada, { kind: 9 }), eventBy(ada, { kind: 9 })]
  await kernel.feed(own, [deleting(ada, [note.id, twice.id])])
  t.ok(await kernel.state.get(eventKey(note.id)))
  const card = kernel.card(relay, 'closed', 9, [['rules', '2']])
  await kernel.feed(kernel.relayKey, [carried(card)])
  t.is(await readRules(kernel.state), 2)
  t.is((await kernel.judge(own, carried(note)))?.reason, 'deleted')
  await kernel.feed(own, [deleting(ada, [twice.id])])
  t.is(await kernel.state.get(eventKey(twice.id)), null, 'what is said anew lies apart')
  t.is((await readEventFacts(kernel.state, twice.id))?.deletions.length, 2)
  await kernel.feed(other, [carried(note), carried(twice)])
  for (const { id } of [note, twice]) t.absent(await isLive(kernel.state, id))
  t.absent(await isDeleted(kernel.state, note.id), 'it never came')
})

test('a d tag is no key without an end', async (t) => {
  for (const rules of [1, 2]) {
    const kernel = await found(t, rules)
    const own = await kernel.join(ada)
    const named = (length: number, kind = 30000): RelayRecord =>
      carried(eventBy(ada, { kind, tags: [['d', 'x'.repeat(length)]] }))
    t.is(await kernel.judge(own, named(1024)), null)
    t.is(await kernel.judge(own, named(5000, 9)), null, 'where it is no part of an address')
    const refused = await kernel.judge(own, named(1025))
    t.is(refused?.reason, rules === 1 ? undefined : 'a d tag has at most 1024 characters')
  }
})

test('who clears the list of those who wait removes nobody who was let in', async (t) => {
  for (const rules of [1, 2]) {
    const kernel = await found(t, rules)
    const admin = await kernel.join(ada, 'admin')
    const waiting = ['cleo', 'dan'].map(person)
    await kernel.feed(
      kernel.relayKey,
      waiting.map((by) => carried(eventBy(by, { kind: 9021 })))
    )
    const [first, second] = waiting as [Person, Person]
    const people = waiting.map(({ pubkey }) => ['p', pubkey])
    const clearing = eventBy(founder, { kind: 9001, tags: [...people, ['waiting']] })
    await kernel.feed(admin, [carried(eventBy(ada, { kind: 9000, tags: [people[0]!] }))])
    await kernel.feed(kernel.relayKey, [carried(clearing)])
    t.is((await readMember(kernel.state, first.pubkey)) !== null, rules === 2, `rules ${rules}`)
    t.is(await readFormer(kernel.state, first.pubkey), rules === 1 ? 'removed' : null)
    t.is(await readPending(kernel.state, second.pubkey), null, 'who waits waits no more')
    t.is(await readFormer(kernel.state, second.pubkey), null, 'and is barred from nothing')
    t.is(await kernel.judge(admin, carried(eventBy(second, { kind: 9021 }))), null)
  }
})
