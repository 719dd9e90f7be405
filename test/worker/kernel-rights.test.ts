/** Rights that were taken stay taken, whatever is dated before they were. */
import test from 'brittle'

import {
  isDeleted,
  isLive,
  readFormer,
  readMember,
  readWriterFacts
} from '../../worker/relays/state.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { RelayRecord } from '../../worker/relays/records.ts'
import {
  carried,
  eventBy,
  hexOf,
  Kernel,
  openStore,
  person,
  writerNamed
} from './kernel-fixture.ts'
import type { Person } from './kernel-fixture.ts'
import type { TestContext } from './member.ts'

const [founder, ada, ben, cleo, dan] = ['founder', 'ada', 'ben', 'cleo', 'dan'].map(person) as [
  Person,
  Person,
  Person,
  Person,
  Person
]

let relays = 0
const found = async (t: TestContext, access: 'open' | 'closed' = 'closed'): Promise<Kernel> =>
  Kernel.found(await openStore(t), `rights-${relays++}`, access)

const put = (by: Person, who: Person, ...roles: string[]): NostrEvent =>
  eventBy(by, { kind: 9000, tags: [['p', who.pubkey, ...roles]] })
const remove = (by: Person, who: Person): NostrEvent =>
  eventBy(by, { kind: 9001, tags: [['p', who.pubkey]] })
const says = (by: Person): NostrEvent => eventBy(by, { kind: 9 })
const cutting = (event: NostrEvent, ...cuts: [string, number][]): RelayRecord => ({
  type: 'act',
  event,
  cuts: cuts.map(([writer, length]) => ({ writer, length }))
})
const roleOf = async (who: Person, { state }: Kernel): Promise<string | null> =>
  (await readMember(state, who.pubkey))?.role ?? null

test('a device that a demotion does not name does nothing more by right', async (t) => {
  const kernel = await found(t, 'open')
  const known = await kernel.join(ada, 'admin')
  const friend = await kernel.join(ben)
  // Dated before the demotion, by a friend that nobody has anything against.
  const hidden = writerNamed('a hidden device of ada')
  await kernel.feed(friend, [kernel.admission(ada, hidden)])
  await kernel.feed(hidden, [carried(put(ada, cleo, 'admin'))])
  t.is(await roleOf(cleo, kernel), 'admin')
  await kernel.feed(kernel.relayKey, [cutting(put(founder, ada), [known, 0])])
  t.is(await roleOf(cleo, kernel), null, 'who demoted it had not seen that')
  t.is((await readWriterFacts(kernel.state, hidden))?.acts, 0)
  const words = says(ada)
  await kernel.feed(hidden, [carried(words)])
  t.ok(await isLive(kernel.state, words.id), 'words are a member’s right')
})

test('a moderator that is none any more takes nothing away, however it dates that', async (t) => {
  const kernel = await found(t)
  const writer = await kernel.join(ada, 'moderator')
  const bens = await kernel.join(ben)
  const [first, second] = [says(ben), says(ben)]
  await kernel.feed(bens, [carried(first), carried(second)])
  const deletion = (of: NostrEvent): RelayRecord =>
    carried(eventBy(ada, { kind: 9005, tags: [['e', of.id]] }))
  const pins = carried(eventBy(ada, { kind: 9010, tags: [['e', second.id]] }))
  await kernel.feed(writer, [deletion(first), deletion(second), pins])
  await kernel.feed(kernel.relayKey, [cutting(put(founder, ada), [writer, 1])])
  t.ok(await isDeleted(kernel.state, first.id), 'that had been seen')
  t.absent(await isDeleted(kernel.state, second.id))
  t.is((await readWriterFacts(kernel.state, writer))?.mods, 1)
  t.is((await readWriterFacts(kernel.state, writer))?.acts, null)
})

test('a junior that restores an admin gives it nothing that a senior took', async (t) => {
  const kernel = await found(t)
  const senior = await kernel.join(ada, 'admin')
  const middle = await kernel.join(ben, 'admin')
  const junior = await kernel.join(cleo, 'admin')
  // What the founder had not seen when it demoted ada, dated before that.
  const note = says(ben)
  await kernel.feed(middle, [carried(note)])
  await kernel.feed(senior, [
    cutting(remove(ada, ben), [middle, 1]),
    carried(eventBy(ada, { kind: 9005, tags: [['e', note.id]] }))
  ])
  t.is(await readFormer(kernel.state, ben.pubkey), 'removed')
  await kernel.feed(kernel.relayKey, [cutting(put(founder, ada), [senior, 0])])
  t.is(await roleOf(ben, kernel), 'admin')
  t.ok(await isLive(kernel.state, note.id))
  await kernel.feed(junior, [carried(put(cleo, ada, 'admin'))])
  t.is(await roleOf(ada, kernel), 'admin')
  t.is(await roleOf(ben, kernel), 'admin', 'what ada did as the more senior one does not count')
  t.ok(await isLive(kernel.state, note.id))
  await kernel.feed(senior, [cutting(remove(ada, ben), [middle, 1])])
  t.is(await roleOf(ben, kernel), 'admin', 'and it is the more junior one now')
  await kernel.feed(senior, [carried(put(ada, dan))])
  t.is(await roleOf(dan, kernel), 'member', 'what it does as an admin again counts')
  // Something else is taken back, and all acts are played again.
  const seen = kernel.lengths.get(senior)!
  await kernel.feed(kernel.relayKey, [cutting(put(founder, ada), [senior, seen - 1])])
  t.is(await roleOf(dan, kernel), null)
  t.is(await roleOf(ben, kernel), 'admin', 'nor does it later')
})

test('nor do deletions count again that a senior had voided', async (t) => {
  const kernel = await found(t)
  const senior = await kernel.join(ada, 'admin')
  const junior = await kernel.join(cleo, 'admin')
  const note = says(cleo)
  await kernel.feed(junior, [carried(note)])
  await kernel.feed(senior, [carried(eventBy(ada, { kind: 9005, tags: [['e', note.id]] }))])
  await kernel.feed(kernel.relayKey, [cutting(put(founder, ada), [senior, 0])])
  await kernel.feed(junior, [carried(put(cleo, ada, 'admin'))])
  // A moderator's right it keeps, so its nodes are looked at once more by that.
  await kernel.feed(kernel.relayKey, [cutting(put(founder, ada, 'moderator'), [senior, 0])])
  t.ok(await isLive(kernel.state, note.id))
})

test('nobody makes an honest word fall by carrying it with many devices', async (t) => {
  const kernel = await found(t)
  const honest = await kernel.join(cleo)
  const note = says(cleo)
  const bad: [Person, string[]][] = []
  for (const by of [ada, ben, dan]) {
    const devices = Array.from({ length: 32 }, (_, i) => writerNamed(`${by.name} many ${i}`))
    await kernel.feed(
      kernel.relayKey,
      devices.map((writer) => kernel.admission(by, writer))
    )
    bad.push([by, devices])
  }
  // All of it dated before cleo's own node, which comes last.
  for (const [, devices] of bad) {
    for (const writer of devices) await kernel.feed(writer, [carried(note)])
  }
  await kernel.feed(honest, [carried(note)])
  for (const [by, devices] of bad) {
    const cuts = devices.map((writer): [string, number] => [writer, 0])
    await kernel.feed(kernel.relayKey, [cutting(remove(founder, by), ...cuts)])
  }
  t.ok(await isLive(kernel.state, note.id))
})

test('nor do many members together, or what somebody carries for its author', async (t) => {
  const kernel = await found(t)
  const honest = await kernel.join(cleo)
  await kernel.feed(kernel.relayKey, [carried(put(founder, dan))])
  const [own, carries] = [says(cleo), says(dan)]
  const bad = Array.from({ length: 34 }, (_, i) => person(`bad ${i}`))
  const devicesOf = ({ name }: Person): string[] => [0, 1].map((i) => writerNamed(`${name} ${i}`))
  for (const by of bad) {
    const admissions = devicesOf(by).map((writer) => kernel.admission(by, writer))
    await kernel.feed(kernel.relayKey, admissions)
    for (const writer of devicesOf(by)) await kernel.feed(writer, [carried(own)])
  }
  const few = Array.from({ length: 32 }, (_, i) => writerNamed(`many of ada ${i}`))
  const more = Array.from({ length: 32 }, (_, i) => writerNamed(`many of ben ${i}`))
  await kernel.feed(
    kernel.relayKey,
    [...few, ...more].map((writer, i) => kernel.admission(i < 32 ? ada : ben, writer))
  )
  for (const writer of [devicesOf(bad[0]!)[0]!, ...few, ...more]) {
    await kernel.feed(writer, [carried(carries)])
  }
  await kernel.feed(honest, [carried(own), carried(carries)])
  for (const by of [...bad, ada, ben]) {
    await kernel.feed(kernel.relayKey, [carried(remove(founder, by))])
  }
  t.ok(await isLive(kernel.state, own.id), 'its author said it')
  t.ok(await isLive(kernel.state, carries.id), 'and this an honest one carried')
})

test('nobody makes a removal fall by carrying it with many devices', async (t) => {
  const kernel = await found(t)
  const writer = await kernel.join(cleo)
  const devices = Array.from({ length: 70 }, (_, i) => writerNamed(`devices ${i}`))
  const owners = [ada, ben, dan]
  for (const [i, device] of devices.entries()) {
    await kernel.feed(kernel.relayKey, [kernel.admission(owners[i % 3]!, device)])
  }
  for (const by of owners) await kernel.feed(kernel.relayKey, [carried(put(founder, by, 'admin'))])
  const removal = remove(founder, cleo)
  for (const device of devices) await kernel.feed(device, [cutting(removal, [writer, 2 ** 40])])
  await kernel.feed(kernel.relayKey, [cutting(removal, [writer, 0])])
  for (const [n, by] of owners.entries()) {
    const cuts = devices.filter((_, i) => i % 3 === n).map((key): [string, number] => [key, 0])
    await kernel.feed(kernel.relayKey, [cutting(remove(founder, by), ...cuts)])
  }
  t.is(await readFormer(kernel.state, cleo.pubkey), 'removed')
})

test('lengths at the end of all numbers', async (t) => {
  for (const length of [2 ** 48, Number.MAX_SAFE_INTEGER]) {
    const kernel = await found(t)
    const writer = await kernel.join(ada, 'admin')
    const note = says(ada)
    await kernel.feed(writer, [carried(note), carried(put(ada, cleo))])
    await kernel.feed(kernel.relayKey, [
      cutting(put(founder, ada), [writer, length], [hexOf('no writer'), length]),
      cutting(remove(founder, ada), [writer, length])
    ])
    t.is(await readFormer(kernel.state, ada.pubkey), 'removed')
    t.ok(await isLive(kernel.state, note.id))
    t.is(await roleOf(cleo, kernel), 'member')
    await kernel.feed(kernel.relayKey, [cutting(remove(founder, ada), [writer, 0])])
    t.absent(await isLive(kernel.state, note.id))
    t.is(await roleOf(cleo, kernel), null)
  }
})

test('who signed alone and left goes from Autobase when another one signs', async (t) => {
  const kernel = await found(t)
  const writer = await kernel.join(ada, 'admin')
  await kernel.feed(kernel.relayKey, [carried(eventBy(founder, { kind: 9022 }))])
  t.ok(kernel.host.has(kernel.relayKey), 'somebody has to sign')
  await kernel.feed(writer, [{ type: 'announce', driveKey: writer, held: [], withdrawn: [] }])
  t.alike(kernel.indexers, [writer])
  t.absent(kernel.host.has(kernel.relayKey))
})
