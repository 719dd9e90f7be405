/** What a hostile member can make everybody's replay cost: bounded, and refused by name. */
import test from 'brittle'
import type { Assert } from 'brittle'

import { BY_ALL, BY_ONE } from '../../worker/relays/letting-in.ts'
import { ALL_LET_IN_KEY, letInKey } from '../../worker/relays/keys.ts'
import { isDeleted, isLive, readMember, readWriterFacts } from '../../worker/relays/state.ts'
import type { RelayRecord } from '../../worker/relays/records.ts'
import { carried, eventBy, Kernel, openStore, person, writerNamed } from './kernel-fixture.ts'
import type { Person } from './kernel-fixture.ts'

const [founder, ada, ben] = ['founder', 'ada', 'ben'].map(person) as [Person, Person, Person]

let relays = 0
const found = async (t: Assert, access: 'open' | 'closed'): Promise<Kernel> =>
  Kernel.found(await openStore(t), `bounds-${relays++}`, access)

/** How many keys of the state are read while something is done. */
async function readsOf({ view }: Kernel, doing: () => Promise<void>): Promise<number> {
  const { state } = view
  const batch = state.batch
  let reads = 0
  state.batch = (options) => {
    const made = batch.call(state, options)
    const get = made.get
    made.get = (key) => {
      reads++
      return get.call(made, key)
    }
    return made
  }
  await doing()
  state.batch = batch
  return reads
}

const cutting = (by: Person, who: Person, writer: string, length: number): RelayRecord => ({
  type: 'act',
  event: eventBy(by, { kind: 9001, tags: [['p', who.pubkey]] }),
  cuts: [{ writer, length }]
})

test('a plain member lets in so many and no more', { timeout: 60_000 }, async (t) => {
  const kernel = await found(t, 'open')
  const writer = await kernel.join(ada)
  const start = kernel.lengths.get(writer) ?? 0
  const some = Array.from({ length: BY_ONE + 4 }, (_, i) => person(`let in ${i}`))
  const half = some.length / 2
  await kernel.feed(
    writer,
    some.slice(0, half).map((by) => kernel.admission(by, writerNamed(by.name)))
  )
  await kernel.feed(
    writer,
    some.slice(half).map((by) => kernel.asking(by))
  )
  t.ok(await readMember(kernel.state, some[BY_ONE - 1]!.pubkey))
  for (const { pubkey } of some.slice(BY_ONE)) t.is(await readMember(kernel.state, pubkey), null)
  const next = kernel.admission(ben, writerNamed('writer of ben'))
  t.alike(await kernel.judge(writer, next), {
    prefix: 'restricted',
    reason: `one member lets in ${BY_ONE}; ask an admin`
  })

  const friend = writerNamed(some[0]!.name)
  t.is(await kernel.judge(friend, next), null, 'another one may')
  await kernel.state.put(ALL_LET_IN_KEY, BY_ALL)
  t.is(
    (await kernel.judge(friend, next))?.reason,
    `members let in ${BY_ALL} together; ask an admin`
  )
  const asks = kernel.asking(ben)
  t.is((await kernel.judge(friend, asks))?.prefix, 'restricted')
  t.is(await kernel.judge(kernel.relayKey, next), null, 'an admin always')

  await kernel.feed(kernel.relayKey, [cutting(founder, ada, writer, start)])
  t.is(await readMember(kernel.state, some[1]!.pubkey), null, 'with it go all that it let in')
  t.is((await kernel.state.get(letInKey(ada.pubkey)))?.value ?? 0, 0)
  t.is((await kernel.state.get(ALL_LET_IN_KEY))?.value ?? 0, 0, 'and others may be let in again')
})

test('deletions of addresses with many versions', { timeout: 60_000 }, async (t) => {
  const kernel = await found(t, 'closed')
  const writer = await kernel.join(ada)
  const names = Array.from({ length: 16 }, (_, i) => `d${i}`)
  const versions = names.map((d) =>
    Array.from({ length: 24 }, (_, at) =>
      eventBy(ada, { kind: 30000, at: 100 + at, tags: [['d', d]] })
    )
  )
  await kernel.feed(writer, versions.flat().map(carried))
  const tags = names.map((d) => ['a', `30000:${ada.pubkey}:${d}`])
  const deletion = (at: number): RelayRecord => carried(eventBy(ada, { kind: 5, at, tags }))
  const cost = (at: number): Promise<number> =>
    readsOf(kernel, () => kernel.feed(writer, [deletion(at)]))

  const old = await cost(110)
  t.ok(await isDeleted(kernel.state, versions[3]![10]!.id))
  t.absent(await isDeleted(kernel.state, versions[3]![11]!.id))
  t.ok((await cost(110)) < old / 4, 'what was reached already is not looked at again')
  const answers: (string | undefined)[] = []
  for (let n = 0; n < 8; n++) {
    const record = deletion(111 + n)
    answers.push((await kernel.judge(writer, record))?.reason)
    await kernel.feed(writer, [record])
  }
  t.is(
    answers.filter((reason) => reason !== undefined).length,
    2,
    'past younger ones only so often'
  )
  t.is(answers.at(-1), 'older versions of that address were deleted often enough')

  const whole = await cost(200)
  t.ok(await isDeleted(kernel.state, versions[3]![23]!.id), 'and up to the newest always')
  for (let n = 1; n < 4; n++) {
    const again = await cost(200 + n)
    t.ok(again < whole / 2, `${again} reads after ${whole}`)
  }
  const late = eventBy(ada, { kind: 30000, at: 203, tags: [['d', 'd3']] })
  t.is((await kernel.judge(writer, carried(late)))?.reason, 'deleted')
})

test('what two deletions reach comes back with neither of them alone', async (t) => {
  const kernel = await found(t, 'closed')
  const writer = await kernel.join(ada)
  const bens = await kernel.join(ben)
  const versions = Array.from({ length: 4 }, (_, at) =>
    eventBy(ada, { kind: 30000, at: 100 + at, tags: [['d', 'x']] })
  )
  await kernel.feed(writer, versions.map(carried))
  const tags = [['a', `30000:${ada.pubkey}:x`]]
  // Ben carries the one that came first and takes all away, Ada the other.
  await kernel.feed(bens, [carried(eventBy(ada, { kind: 5, at: 200, tags }))])
  await kernel.feed(writer, [carried(eventBy(ada, { kind: 5, at: 102, tags }))])
  const gone = (): Promise<boolean[]> =>
    Promise.all(versions.map(({ id }) => isDeleted(kernel.state, id)))
  t.alike(await gone(), [true, true, true, true])
  await kernel.feed(kernel.relayKey, [cutting(founder, ben, bens, 0)])
  t.alike(await gone(), [true, true, true, false], 'the other one reaches three of them')
  t.ok(await isLive(kernel.state, versions[3]!.id))
})

test('a device that nobody has a block of is seated without waiting for one', async (t) => {
  const kernel = await found(t, 'closed')
  const drives = [ada, ben].map(async (by) => {
    const writer = await kernel.join(by, 'admin')
    return { writer, proof: (await readWriterFacts(kernel.state, writer))!.proof }
  })
  for (const device of drives) {
    const { writer, proof } = await device
    t.ok(proof)
    const driveKey = writer
    await kernel.feed(writer, [{ type: 'announce', driveKey, held: [], withdrawn: [] }])
  }
  t.is(kernel.indexers.length, 3)
  t.is(kernel.opened.length, 2)
  for (const manifest of kernel.opened) t.ok(manifest, 'its proof tells what it is signed with')
})

test('acts that fall have those looked up whom they concern, and not everybody', async (t) => {
  const costs: number[] = []
  for (const count of [8, 120]) {
    const kernel = await found(t, 'closed')
    const [senior, junior] = [await kernel.join(ada, 'admin'), await kernel.join(ben, 'admin')]
    const many = Array.from({ length: count }, (_, i) => person(`one of ${i}`))
    await kernel.feed(
      kernel.relayKey,
      many.map((by) => kernel.admission(by, writerNamed(by.name)))
    )
    const named = eventBy(ben, { kind: 9002, tags: [['name', 'mine']] })
    await kernel.feed(junior, [carried(named)])
    const event = eventBy(ada, { kind: 9000, tags: [['p', ben.pubkey]] })
    const demotion: RelayRecord = { type: 'act', event, cuts: [{ writer: junior, length: 0 }] }
    costs.push(await readsOf(kernel, () => kernel.feed(senior, [demotion])))
    t.absent(await isLive(kernel.state, named.id))
  }
  const [few, all] = costs as [number, number]
  t.is(all, few, `${few} keys are looked up among 8, ${all} among 120`)
})
