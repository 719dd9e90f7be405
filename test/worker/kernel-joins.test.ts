/** Who asks to be let in: for this relay, and not shut out by who asks with many keys. */
import test from 'brittle'

import { formatPublicIdentifier } from '../../protocol/ids.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { ALL_WAITING_KEY, waitingKey } from '../../worker/relays/keys.ts'
import { decodeRecord, encodeRecord } from '../../worker/relays/records.ts'
import type { RelayRecord } from '../../worker/relays/records.ts'
import { readMember, readPending, readRequests } from '../../worker/relays/state.ts'
import { BY_ADMIN, BY_MEMBER, BY_MEMBERS } from '../../worker/relays/waiting-list.ts'
import {
  carried,
  eventBy,
  hexOf,
  Kernel,
  openStore,
  person,
  provenTag,
  writerNamed
} from './kernel-fixture.ts'
import type { Person } from './kernel-fixture.ts'
import type { TestContext } from './member.ts'

const [founder, ada, ben, cleo] = ['founder', 'ada', 'ben', 'cleo'].map(person) as [
  Person,
  Person,
  Person,
  Person
]

let relays = 0
const found = async (t: TestContext, access: 'open' | 'closed'): Promise<Kernel> =>
  Kernel.found(await openStore(t), `joins-${relays++}`, access)

const asks = (by: Person, at?: number): NostrEvent =>
  eventBy(by, { kind: 9021, ...(at === undefined ? {} : { at }) })
const put = (by: Person, who: Person, ...roles: string[]): NostrEvent =>
  eventBy(by, { kind: 9000, tags: [['p', who.pubkey, ...roles]] })
const isIn = async ({ state }: Kernel, who: Person): Promise<boolean> =>
  (await readMember(state, who.pubkey)) !== null

test('nobody is let in by what it asked of another relay with that alias', async (t) => {
  const kernel = await found(t, 'open')
  const writer = await kernel.join(ada)
  const request = asks(ben)
  const at = request.created_at
  const beside = (proof: NostrEvent): RelayRecord => ({ type: 'event', event: request, proof })
  const elsewhere = `wss://a.example/${formatPublicIdentifier(cleo.pubkey, 'field-notes')}`
  for (const [record, why] of [
    [carried(request), 'it shows nothing'],
    [beside(kernel.presence(ada, at)), 'another’s proof'],
    [beside(kernel.presence(ben, at, elsewhere)), 'for another relay'],
    [beside(kernel.presence(ben, at, 'ALL_RELAYS')), 'for no relay'],
    [beside(kernel.presence(ben, at - 3601)), 'made long before'],
    [beside({ ...kernel.presence(ben, at), content: 'changed' }), 'not what was signed'],
    [beside(eventBy(ben, { kind: 9, tags: [['relay', kernel.address]] })), 'no proof'],
    [beside({} as NostrEvent), 'nothing']
  ] as const) {
    t.is((await kernel.judge(writer, record))?.prefix, 'restricted', why)
    await kernel.feed(writer, [record])
    t.absent(await isIn(kernel, ben), why)
  }
  await kernel.feed(writer, [beside(kernel.presence(ben, at))])
  t.ok(await isIn(kernel, ben), 'who spoke to this relay is in')
  await kernel.feed(kernel.relayKey, [carried(asks(cleo))])
  t.ok(await isIn(kernel, cleo), 'and whom an admin brings, who could as well put it in')
})

test('who left is not let in by what it asked before', async (t) => {
  const kernel = await found(t, 'open')
  const writer = await kernel.join(ada)
  await kernel.feed(writer, [kernel.asking(ben)])
  const request = asks(ben)
  const again: RelayRecord = {
    type: 'event',
    event: request,
    proof: kernel.presence(ben, request.created_at)
  }
  const device = kernel.admission(ben, writerNamed('an old device of ben'))
  await kernel.feed(kernel.relayKey, [carried(eventBy(ben, { kind: 9022 }))])
  t.absent(await isIn(kernel, ben))
  for (const record of [again, device]) {
    t.ok((await kernel.judge(writer, record))?.reason.startsWith('older than your leaving'))
    await kernel.feed(writer, [record])
    t.absent(await isIn(kernel, ben))
  }
  await kernel.feed(writer, [kernel.asking(ben)])
  t.ok(await isIn(kernel, ben), 'by what it asks now')
  t.is((await kernel.judge(writer, carried(asks(cleo, 0))))?.reason, 'older than the group')
})

test('what shows presence survives the way, and falls and stands with its carrier', async (t) => {
  const kernel = await found(t, 'open')
  const record = kernel.asking(ben)
  const encoded = encodeRecord(record)
  const copy = Uint8Array.from(encoded)
  t.alike(decodeRecord(Buffer.from(copy)), record)
  const plain = encodeRecord(carried(asks(ben)))
  t.absent('proof' in decodeRecord(Buffer.from(plain))!)

  const [bad, good] = [await kernel.join(ada), await kernel.join(cleo)]
  await kernel.feed(bad, [record])
  await kernel.feed(good, [record])
  const removal = eventBy(founder, { kind: 9001, tags: [['p', ada.pubkey]] })
  await kernel.feed(kernel.relayKey, [
    { type: 'act', event: removal, cuts: [{ writer: bad, length: 0 }] }
  ])
  t.ok(await isIn(kernel, ben), 'another carried it too')
})

test('in an open group a former admin admits like any member, and no more', async (t) => {
  const kernel = await found(t, 'open')
  const writer = await kernel.join(ada, 'admin')
  await kernel.feed(writer, [carried(asks(ben)), kernel.admission(cleo, writerNamed('of cleo'))])
  const demotion = put(founder, ada)
  await kernel.feed(kernel.relayKey, [
    { type: 'act', event: demotion, cuts: [{ writer, length: 0 }] }
  ])
  t.absent(await isIn(kernel, ben), 'nobody had seen that as an admin it vouched for it')
  t.absent(await isIn(kernel, cleo))
  await kernel.feed(writer, [kernel.admission(cleo, writerNamed('of cleo'))])
  await kernel.feed(writer, [carried(asks(ben))])
  t.ok(await isIn(kernel, cleo))
  t.absent(await isIn(kernel, ben))
})

test('who asks with many keys shuts out nobody', async (t) => {
  const kernel = await found(t, 'closed')
  const [bad, good] = [await kernel.join(ada), await kernel.join(ben)]
  const admin = await kernel.join(cleo, 'admin')
  const many = (what: string, count: number): Person[] =>
    Array.from({ length: count }, (_, i) => person(`${what} ${i}`))
  const flood = many('sock', BY_MEMBER + 4)
  await kernel.feed(
    bad,
    flood.map((by) => carried(asks(by)))
  )
  t.is((await readRequests(kernel.state)).length, BY_MEMBER)
  const honest = person('honest')
  t.is((await kernel.judge(bad, carried(asks(honest))))?.prefix, 'restricted')
  t.is(await kernel.judge(good, carried(asks(honest))), null, 'by anybody else')

  // Many members together have an end too, and admins another.
  await kernel.state.put(ALL_WAITING_KEY, BY_MEMBERS)
  t.is((await kernel.judge(good, carried(asks(honest))))?.prefix, 'restricted')
  await kernel.feed(
    admin,
    many('bare', BY_ADMIN + 1).map((by) => carried(asks(by)))
  )
  t.is((await kernel.state.get(waitingKey(cleo.pubkey, 'bare')))?.value, BY_ADMIN)
  t.is((await kernel.judge(admin, carried(asks(honest))))?.prefix, 'restricted')
  const tags = [provenTag(writerNamed('of honest'), kernel.discoveryKey, honest)]
  const invited = eventBy(honest, { kind: 9021, tags })
  t.is(await kernel.judge(admin, carried(invited)), null, 'who has an invite')
  t.is(await kernel.judge(kernel.relayKey, carried(asks(honest))), null, 'or asks another admin')
  await kernel.state.put(ALL_WAITING_KEY, BY_MEMBER)

  // Each answer makes room; what falls does so too.
  const [first, second] = flood as [Person, Person]
  await kernel.feed(kernel.relayKey, [carried(put(founder, first))])
  const declined = eventBy(founder, { kind: 9001, tags: [['p', second.pubkey]] })
  await kernel.feed(kernel.relayKey, [carried(declined)])
  t.is((await kernel.state.get(waitingKey(ada.pubkey, 'bare')))?.value, BY_MEMBER - 2)
  t.is((await kernel.state.get(ALL_WAITING_KEY))?.value, BY_MEMBER - 2)
  const removal = eventBy(founder, { kind: 9001, tags: [['p', ada.pubkey]] })
  await kernel.feed(kernel.relayKey, [
    { type: 'act', event: removal, cuts: [{ writer: bad, length: 0 }] }
  ])
  t.is((await readRequests(kernel.state)).length, BY_ADMIN, 'they go with who brought them')
  t.absent(await kernel.state.get(ALL_WAITING_KEY))
  t.is(await readPending(kernel.state, first.pubkey), null)
})

test('a request is brief', async (t) => {
  const kernel = await found(t, 'closed')
  const long = eventBy(ada, { kind: 9021, content: 'x'.repeat(5000) })
  t.is((await kernel.judge(kernel.relayKey, carried(long)))?.reason, 'a request has 4 KiB at most')
  const tags = [['code', hexOf('code')]]
  const named = kernel.admission(ada, writerNamed('of ada'), [['x', 'x'.repeat(5000)], ...tags])
  t.is((await kernel.judge(kernel.relayKey, named))?.reason, 'a request has 4 KiB at most')
})

test('what another brings refers to this group, when it refers to anything', async (t) => {
  const kernel = await found(t, 'closed')
  const [own, other] = [await kernel.join(ada), await kernel.join(ben)]
  const note = eventBy(ada, { kind: 9 })
  await kernel.feed(own, [carried(note)])
  const refers = (...prefixes: string[]): RelayRecord =>
    carried(eventBy(ada, { kind: 9, tags: [['previous', ...prefixes]] }))
  const known = note.id.slice(0, 8)
  for (const [record, why] of [
    [refers('00000000', 'ffffffff'), 'said in another group of that name'],
    [refers('', 'xyz', note.id, '__proto__'), 'no references'],
    [refers(...Array.from({ length: 60 }, () => '00000000'), known), 'too many to look for']
  ] as const) {
    t.is((await kernel.judge(other, record))?.prefix, 'invalid', why)
    t.is((await kernel.judge(kernel.relayKey, record))?.prefix, 'invalid', 'nor may an admin')
    t.is(await kernel.judge(own, record), null, 'of its own it brings what it likes')
  }
  t.is(await kernel.judge(other, refers(known)), null)
  t.is(await kernel.judge(other, refers('00000000', known)), null, 'one may be gone')
  const act = eventBy(founder, { kind: 9002, tags: [['previous', '00000000']] })
  await kernel.feed(kernel.relayKey, [carried(put(founder, ada, 'admin'))])
  t.is((await kernel.judge(own, carried(act)))?.prefix, 'invalid', 'acts alike')
})
