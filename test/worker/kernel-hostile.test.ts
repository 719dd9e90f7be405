/** What members and admins with modified workers put into their cores, and what comes of it. */
import test from 'brittle'

import type { NostrEvent } from '../../protocol/nostr.ts'
import type { RelayRecord } from '../../worker/relays/records.ts'
import {
  isDeleted,
  isLive,
  readChanges,
  readFormer,
  readInvite,
  readMember,
  readRelay,
  readReplaceable,
  readSealed,
  readWriterFacts
} from '../../worker/relays/state.ts'
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

const [founder, relay, stranger] = ['founder', 'relay', 'stranger'].map(person) as Person[]
const [ada, ben, cleo, dan] = ['ada', 'ben', 'cleo', 'dan'].map(person) as Person[]
const HUGE = 2 ** 40

let relays = 0
async function found(t: TestContext, access: 'open' | 'closed' = 'closed'): Promise<Kernel> {
  return Kernel.found(await openStore(t), `${relays++}`, access)
}

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
const members = async (kernel: Kernel): Promise<string[]> => {
  const { pubkey } = founder!
  const all = [...(await kernel.entries()).keys()].filter((key) => key.startsWith('member:'))
  return all.map((key) => key.slice(7)).filter((member) => member !== pubkey)
}

test('a moderator does not keep a removal out by deleting it beforehand', async (t) => {
  const kernel = await found(t)
  const writer = await kernel.join(ada!, 'moderator')
  const removal = remove(founder!, ada!)
  const list = eventBy(relay!, { kind: 39002, h: null, tags: [['d', 'field-notes']] })
  const tags = [removal, list].map(({ id }) => ['e', id])
  await kernel.feed(writer, [carried(eventBy(ada!, { kind: 9005, tags }))])
  await kernel.feed(kernel.relayKey, [cutting(removal, [writer, 1]), carried(list)])
  t.is(await readFormer(kernel.state, ada!.pubkey), 'removed')
  t.ok(await isLive(kernel.state, list.id))
})

test('the end of a former group of the same name ends no other one', async (t) => {
  const card = { kind: 9007, at: 2000, tags: [] as string[][] }
  const probe = await found(t)
  card.tags = [
    ['relayKey', probe.relayKey],
    ['relayPubkey', relay!.pubkey],
    ['access', 'closed']
  ]
  const kernel = await Kernel.found(await openStore(t), 'again', 'closed', {
    card: eventBy(founder!, card)
  })
  const bad = await kernel.join(ada!, 'admin')
  for (const [writer, at] of [
    [kernel.relayKey, 1999],
    [bad, 1999],
    [bad, 2000]
  ] as const) {
    await kernel.feed(writer, [carried(eventBy(founder!, { kind: 9008, at }))])
    t.is((await readRelay(kernel.state))?.deleted, false)
  }
  // What an admin brought of another relay’s group does not keep the creator from ending this one.
  await kernel.feed(kernel.relayKey, [carried(eventBy(founder!, { kind: 9008, at: 2000 }))])
  t.is((await readRelay(kernel.state))?.deleted, true)
})

test('what a senior admin did is no junior’s to take back once the senior is gone', async (t) => {
  const byCreator = (senior: string, ...roles: string[]): RelayRecord =>
    roles.length > 0
      ? cutting(put(founder!, ada!, ...roles), [senior, 1])
      : cutting(remove(founder!, ada!), [senior, 1])
  const left = carried(eventBy(ada!, { kind: 9022 }))
  const ends: Record<string, (kernel: Kernel, senior: string, junior: string) => Promise<void>> = {
    'who left': (kernel, senior) => kernel.feed(senior, [left]),
    'who was removed': (kernel, senior) => kernel.feed(kernel.relayKey, [byCreator(senior)]),
    'who was demoted': (kernel, senior) =>
      kernel.feed(kernel.relayKey, [byCreator(senior, 'member')]),
    'whose removal is carried again': async (kernel, senior, junior) => {
      const removal = remove(founder!, ada!)
      await kernel.feed(kernel.relayKey, [cutting(removal, [senior, 1])])
      await kernel.feed(junior, [cutting(removal, [senior, 0])])
    }
  }
  for (const [name, end] of Object.entries(ends)) {
    const kernel = await found(t)
    const senior = await kernel.join(ada!, 'admin')
    const junior = await kernel.join(ben!, 'admin')
    await kernel.feed(senior, [carried(put(ada!, cleo!))])
    await end(kernel, senior, junior)
    await kernel.feed(junior, [cutting(remove(ben!, ada!), [senior, 0])])
    t.ok(await readMember(kernel.state, cleo!.pubkey), `of one ${name}`)
    t.is(await readFormer(kernel.state, ada!.pubkey), 'removed')
    await kernel.feed(kernel.relayKey, [cutting(remove(founder!, ada!), [senior, 0])])
    t.absent(await readMember(kernel.state, cleo!.pubkey), 'it is the creator’s')
  }
})

test('who is removed does not say itself how much of it counts', async (t) => {
  const kernel = await found(t)
  const writer = await kernel.join(ada!, 'admin')
  const friend = await kernel.join(ben!, 'admin')
  const removal = remove(founder!, ada!)
  // Both know the removal, and date nodes before it that carry it with cuts of their own.
  await kernel.feed(writer, [cutting(removal, [writer, HUGE])])
  await kernel.feed(friend, [cutting(removal, [writer, HUGE])])
  t.ok(await readMember(kernel.state, ada!.pubkey), 'neither does anything')
  await kernel.feed(kernel.relayKey, [cutting(removal, [writer, 1])])
  const late = says(ada!)
  await kernel.feed(writer, [carried(late)])
  t.is((await readWriterFacts(kernel.state, writer))?.cut, 1)
  t.absent(await isLive(kernel.state, late.id))
})

test('of two that carry one removal the shorter cut counts, and either one is enough', async (t) => {
  const kernel = await found(t)
  const bad = await kernel.join(ada!, 'admin')
  const writer = await kernel.join(cleo!)
  const removal = remove(founder!, cleo!)
  const spam = says(cleo!)
  await kernel.feed(writer, [carried(spam)])
  await kernel.feed(bad, [cutting(removal, [writer, HUGE])])
  t.ok(await isLive(kernel.state, spam.id), 'so the bad admin says')
  await kernel.feed(kernel.relayKey, [cutting(removal, [writer, 0])])
  t.absent(await isLive(kernel.state, spam.id))
  await kernel.feed(kernel.relayKey, [cutting(remove(founder!, ada!), [bad, 0])])
  t.is(await readMember(kernel.state, cleo!.pubkey), null, 'it stands by whose word it is')
  t.absent(await isLive(kernel.state, spam.id))
})

test('a member that two admins let in stays when one of them falls', async (t) => {
  const kernel = await found(t)
  const bad = await kernel.join(ada!, 'admin')
  const request = kernel.admission(cleo!, writerNamed('writer of cleo'))
  await kernel.feed(bad, [request])
  await kernel.feed(kernel.relayKey, [request])
  const note = says(cleo!)
  await kernel.feed(writerNamed('writer of cleo'), [carried(note)])
  await kernel.feed(kernel.relayKey, [cutting(remove(founder!, ada!), [bad, 0])])
  t.ok(await readMember(kernel.state, cleo!.pubkey))
  t.ok(await isLive(kernel.state, note.id))
  t.ok(kernel.host.has(writerNamed('writer of cleo')))
})

test('a friend keeps words of who was removed, and nothing done by right', async (t) => {
  const kernel = await found(t)
  const writer = await kernel.join(ada!, 'admin')
  const friend = await kernel.join(cleo!)
  const [note, words] = [says(founder!), says(ada!)]
  await kernel.feed(kernel.relayKey, [carried(note)])
  const deletion = eventBy(ada!, { kind: 9005, tags: [['e', note.id]] })
  const list = eventBy(relay!, { kind: 39002, h: null, tags: [['d', 'field-notes']] })
  const all = [deletion, list, words].map(carried)
  await kernel.feed(writer, all)
  await kernel.feed(friend, all)
  t.ok(await isDeleted(kernel.state, note.id))
  await kernel.feed(kernel.relayKey, [cutting(remove(founder!, ada!), [writer, 0])])
  t.ok(await isLive(kernel.state, note.id), 'the deletion is undone')
  t.absent(await isLive(kernel.state, deletion.id))
  t.absent(await isLive(kernel.state, list.id))
  t.ok(await isLive(kernel.state, words.id))
})

test('nobody takes what is not its to take', async (t) => {
  const kernel = await found(t)
  const senior = await kernel.join(ada!, 'admin')
  const junior = await kernel.join(ben!, 'admin')
  const plain = await kernel.join(cleo!)
  const before = await members(kernel)
  const forged = eventBy(dan!, { kind: 39002, h: null, tags: [['d', 'field-notes']] })
  const sealed = { type: 'seal', relayPubkey: relay!.pubkey, payload: 'x' } as const
  const card = (by: Person): NostrEvent => {
    const tags = [
      ['relayKey', kernel.relayKey],
      ['relayPubkey', dan!.pubkey]
    ]
    return eventBy(by, { kind: 9007, tags })
  }
  const attempts: [string, RelayRecord[]][] = [
    [
      junior,
      [
        cutting(remove(ben!, ada!), [senior, 0]),
        cutting(put(ben!, ada!), [senior, 0]),
        cutting(remove(ben!, founder!), [kernel.relayKey, 0]),
        cutting(put(ben!, founder!), [kernel.relayKey, 0]),
        cutting(remove(founder!, ada!), [senior, 0]),
        carried(card(ben!)),
        carried(forged)
      ]
    ],
    [senior, [cutting(put(ada!, founder!), [kernel.relayKey, 0])]],
    [
      plain,
      [
        carried(put(cleo!, cleo!, 'admin')),
        cutting(remove(founder!, ada!), [senior, 0]),
        cutting(remove(cleo!, ada!), [senior, 0]),
        carried(put(relay!, stranger!)),
        carried(card(cleo!)),
        carried(eventBy(relay!, { kind: 39002, h: null, tags: [['d', 'field-notes']] })),
        { ...sealed, to: cleo!.pubkey, from: cleo!.pubkey },
        kernel.admission(stranger!, writerNamed('writer of a stranger')),
        carried(eventBy(founder!, { kind: 9008 })),
        carried(eventBy(ada!, { kind: 9022 })),
        carried(eventBy(cleo!, { kind: 9021, tags: [['code', hexOf('code')]] }))
      ]
    ]
  ]
  for (const [writer, records] of attempts) await kernel.feed(writer, records)
  t.alike(await members(kernel), before)
  for (const writer of [kernel.relayKey, senior, junior, plain]) {
    const { cut, acts } = (await readWriterFacts(kernel.state, writer))!
    t.alike([cut, acts], [null, null])
  }
  t.is((await readRelay(kernel.state))?.relayPubkey, relay!.pubkey)
  t.is((await readMember(kernel.state, cleo!.pubkey))?.role, 'member')
  t.is(await readSealed(kernel.state, cleo!.pubkey), null)
  t.is(await readReplaceable(kernel.state, 39002, relay!.pubkey, 'field-notes'), null)
})

test('cuts of any shape', async (t) => {
  const kernel = await found(t)
  const writer = await kernel.join(ada!)
  const other = await kernel.join(ben!)
  const notes = [says(ada!), says(ada!)]
  await kernel.feed(writer, notes.map(carried))
  const odd: [string, number][] = Array.from({ length: 2047 }, (_, i) => [hexOf(`no ${i}`), i])
  await kernel.feed(kernel.relayKey, [
    cutting(remove(founder!, ada!), ...odd, [other, 0], [writer, 1], [writer, 0])
  ])
  t.ok(await readMember(kernel.state, ada!.pubkey), 'more than 2048 are no record')
  await kernel.feed(kernel.relayKey, [
    cutting(remove(founder!, ada!), ...odd.slice(2), [other, 0], [writer, 1], [writer, 0])
  ])
  t.is(await readMember(kernel.state, ada!.pubkey), null)
  t.alike(await Promise.all(notes.map(({ id }) => isLive(kernel.state, id))), [true, false])
  t.is((await readWriterFacts(kernel.state, other))?.cut, null, 'another’s writer is not cut')
})

test('a creator that left and is back keeps its card and its place', async (t) => {
  const kernel = await found(t)
  const writer = await kernel.join(ada!, 'admin')
  await kernel.feed(kernel.relayKey, [carried(eventBy(founder!, { kind: 9022 }))])
  await kernel.feed(writer, [carried(put(ada!, founder!, 'admin'))])
  await kernel.feed(writer, [
    cutting(put(ada!, founder!), [kernel.relayKey, 0]),
    cutting(remove(ada!, founder!), [kernel.relayKey, 0])
  ])
  t.is((await readMember(kernel.state, founder!.pubkey))?.role, 'admin')
  t.ok(await readRelay(kernel.state))
})

test('no card makes a member’s key the relay’s, and no member is the relay', async (t) => {
  const kernel = await found(t, 'open')
  await kernel.join(ada!, 'admin')
  const writer = writerNamed('writer of ada')
  const named = kernel.card(relay!, 'open', 2, [['admin', ada!.pubkey]])
  await kernel.feed(kernel.relayKey, [carried(named)])
  const tags = [
    ['relayKey', kernel.relayKey],
    ['relayPubkey', founder!.pubkey],
    ['card', named.id]
  ]
  await kernel.feed(writer, [carried(eventBy(ada!, { kind: 9007, tags }))])
  t.is((await readRelay(kernel.state))?.relayPubkey, relay!.pubkey)
  await kernel.feed(writer, [
    carried(put(ada!, relay!)),
    carried(eventBy(relay!, { kind: 9021 })),
    kernel.admission(relay!, writerNamed('writer of the relay'))
  ])
  t.is(await readMember(kernel.state, relay!.pubkey), null)
})

test('what the relay’s old key says is nothing, and what it said is not seen', async (t) => {
  const kernel = await found(t)
  const writer = await kernel.join(ada!, 'admin')
  const list = (at: number): NostrEvent =>
    eventBy(relay!, { kind: 39002, h: null, at, tags: [['d', 'field-notes']] })
  const lists = [list(10), list(20)]
  await kernel.feed(writer, lists.map(carried))
  const anew = person('the relay anew')
  await kernel.feed(kernel.relayKey, [carried(kernel.card(anew, 'closed', 2))])
  const cause = kernel.view.log.length - 1
  const hidden: number[] = []
  for await (const { position, visible } of readChanges(kernel.state, cause)) {
    if (!visible) hidden.push(position)
  }
  t.is(hidden.length, 2, 'no older version takes the place of the newest')
  await kernel.feed(writer, [
    carried(list(30)),
    carried(eventBy(relay!, { kind: 9009, tags: [['code', hexOf('i')]] }))
  ])
  await kernel.feed(kernel.relayKey, [cutting(put(founder!, ada!), [writer, 0])])
  await kernel.feed(kernel.relayKey, [carried(put(founder!, ada!, 'admin'))])
  t.is(await readReplaceable(kernel.state, 39002, relay!.pubkey, 'field-notes'), null)
  for (const { id } of lists) t.absent(await isLive(kernel.state, id))
  t.is(await readInvite(kernel.state, hexOf('i')), null)
})

test('a good seal is not put aside by a junior’s', async (t) => {
  const kernel = await found(t)
  await kernel.join(ada!, 'admin')
  const junior = await kernel.join(ben!, 'admin')
  const seal = { type: 'seal', relayPubkey: relay!.pubkey } as const
  const [to, from] = [ada!.pubkey, founder!.pubkey]
  await kernel.feed(kernel.relayKey, [{ ...seal, to, from, payload: 'good' }])
  await kernel.feed(junior, [{ ...seal, to, from: ben!.pubkey, payload: 'bad' }])
  t.is((await readSealed(kernel.state, to))?.payload, 'good')
})

test('requests of another group of the same name', async (t) => {
  const kernel = await found(t, 'open')
  const writer = await kernel.join(ada!)
  await kernel.join(ben!)
  const elsewhere = eventBy(ben!, { kind: 9022 })
  await kernel.feed(writer, [carried(elsewhere)])
  t.ok(await readMember(kernel.state, ben!.pubkey), 'nobody is made to leave')
  const names = [
    ['relay', hexOf('another relay')],
    provenTag(writerNamed('its writer'), hexOf('another relay'), ada!)
  ]
  const request = eventBy(cleo!, { kind: 9021, tags: names })
  await kernel.feed(writer, [{ type: 'admit', request }])
  t.is(await readWriterFacts(kernel.state, writerNamed('its writer')), null)
})

test('no junior admin makes a senior one leave by what it signed elsewhere', async (t) => {
  const kernel = await found(t)
  const senior = await kernel.join(ada!, 'admin')
  const junior = await kernel.join(ben!, 'admin')
  await kernel.join(cleo!)
  await kernel.feed(junior, [
    carried(eventBy(founder!, { kind: 9022 })),
    carried(eventBy(ada!, { kind: 9022 })),
    carried(eventBy(cleo!, { kind: 9022, at: 0 }))
  ])
  for (const { pubkey } of [founder!, ada!, cleo!]) {
    t.ok(await readMember(kernel.state, pubkey), 'nor by what is older than the group')
  }
  await kernel.feed(junior, [carried(eventBy(cleo!, { kind: 9022 }))])
  t.absent(await readMember(kernel.state, cleo!.pubkey), 'an admin could remove that one')
  await kernel.feed(senior, [carried(eventBy(ben!, { kind: 9022 }))])
  t.absent(await readMember(kernel.state, ben!.pubkey), 'and this one')
})

test('how often somebody may vanish', async (t) => {
  const kernel = await found(t)
  const writer = await kernel.join(ada!)
  const vanish = (): RelayRecord =>
    carried(eventBy(ada!, { kind: 62, tags: [['relay', 'ALL_RELAYS']] }))
  const { length } = kernel.view.log
  await kernel.feed(writer, Array.from({ length: 20 }, vanish))
  t.is(kernel.view.log.length - length, 8)
})

test('who was removed, or left, can still ask to vanish; who was never here cannot', async (t) => {
  const kernel = await found(t)
  const [removed, left] = [await kernel.join(ada!), await kernel.join(ben!)]
  const friend = await kernel.join(cleo!)
  const [words, others] = [says(ada!), says(ben!)]
  const brought = says(ada!)
  await kernel.feed(removed, [carried(words)])
  await kernel.feed(left, [carried(others), carried(eventBy(ben!, { kind: 9022 }))])
  await kernel.feed(friend, [carried(brought)])
  await kernel.feed(kernel.relayKey, [cutting(remove(founder!, ada!), [removed, 1])])
  for (const { id } of [words, others, brought]) t.ok(await isLive(kernel.state, id))
  const tags = [['relay', 'ALL_RELAYS']]
  const vanish = (by: Person): NostrEvent => eventBy(by, { kind: 62, at: 2 ** 33, tags })
  await kernel.feed(
    friend,
    [ada!, ben!, dan!].map((by) => carried(vanish(by)))
  )
  for (const { id } of [words, others, brought]) t.ok(await isDeleted(kernel.state, id))
  t.is((await kernel.log()).filter(({ pubkey }) => pubkey === dan!.pubkey).length, 0)
})

test('nobody keeps an author from deleting what has not come yet', async (t) => {
  const kernel = await found(t)
  const [own, other] = [await kernel.join(ada!), await kernel.join(ben!)]
  const note = says(ada!)
  const deletion = (by: Person): RelayRecord =>
    carried(eventBy(by, { kind: 5, tags: [['e', note.id]] }))
  await kernel.feed(
    other,
    Array.from({ length: 20 }, () => deletion(ben!))
  )
  await kernel.feed(own, [deletion(ada!)])
  await kernel.feed(other, [carried(note)])
  t.absent(await isLive(kernel.state, note.id))
})

test('deletions of acts, of each other, and of what is not there', async (t) => {
  const kernel = await found(t)
  const writer = await kernel.join(ada!, 'moderator')
  const note = says(ada!)
  const own = eventBy(ada!, { kind: 5, tags: [['e', note.id]] })
  const acts = (await kernel.log()).map(({ id }) => ['e', id])
  const again = eventBy(ada!, { kind: 9005, tags: [['e', own.id], ...acts] })
  await kernel.feed(writer, [
    carried(note),
    carried(own),
    carried(again),
    carried(eventBy(ada!, { kind: 5, tags: [['e', again.id]] })),
    carried(eventBy(ada!, { kind: 5, tags: [['e', '__proto__'], ['e'], ['a'], ['a', '::']] })),
    carried(eventBy(ada!, { kind: 9005, tags: [['e', hexOf('nowhere')]] }))
  ])
  for (const [, id] of acts) t.ok(await isLive(kernel.state, id!))
  t.ok(await isDeleted(kernel.state, note.id))
  t.ok(await isLive(kernel.state, own.id))
  t.ok(await isLive(kernel.state, again.id))
})

test('addresses with separators are nobody else’s', async (t) => {
  const kernel = await found(t)
  const writer = await kernel.join(ada!)
  const names = ['', 'a', 'a:b', `a:${ben!.pubkey}`, '!', '__proto__', 'ü\u0000', 'x'.repeat(2000)]
  const versions = names.map((d) => eventBy(ada!, { kind: 30000, tags: [['d', d]] }))
  await kernel.feed(writer, versions.map(carried))
  for (const [i, d] of names.entries()) {
    const newest = await readReplaceable(kernel.state, 30000, ada!.pubkey, d)
    t.is(newest?.id, versions[i]!.id)
  }
  const tags = [['a', `30000:${ada!.pubkey}:a:b`]]
  await kernel.feed(writer, [carried(eventBy(ada!, { kind: 5, at: 2_000_000_000, tags }))])
  const gone = await Promise.all(versions.map(({ id }) => isDeleted(kernel.state, id)))
  t.alike(gone, [false, false, true, false, false, false, false, false])
})

test('what one bad admin costs when it goes', { timeout: 60_000 }, async (t) => {
  const kernel = await found(t)
  const bad = await kernel.join(ada!, 'admin')
  const many = Array.from({ length: 800 }, (_, i) => person(`many ${i}`))
  for (let i = 0; i < many.length; i += 100) {
    const some = many.slice(i, i + 100)
    await kernel.feed(
      kernel.relayKey,
      some.map((by) => kernel.admission(by, writerNamed(by.name)))
    )
  }
  const start = kernel.lengths.get(bad) ?? 0
  const versions = Array.from({ length: 2000 }, (_, i) =>
    carried(eventBy(ada!, { kind: 10000, at: i + 1 }))
  )
  const last = carried(eventBy(ada!, { kind: 9002, tags: [['name', 'mine']] }))
  await kernel.feed(bad, [...versions, last])
  const at = Date.now()
  await kernel.feed(kernel.relayKey, [cutting(remove(founder!, ada!), [bad, start])])
  const took = Date.now() - at
  t.comment(`${took} ms for 800 acts of others and 2,000 versions of one address`)
  t.ok(took < 15_000)
  t.is((await members(kernel)).length, 800)
  t.is((await readRelay(kernel.state))?.name, 'field-notes')
  t.is(await readReplaceable(kernel.state, 10000, ada!.pubkey), null)
})

test('nobody is bound to a core whose key it does not have', async (t) => {
  const kernel = await found(t)
  const bad = await kernel.join(ada!, 'admin')
  const { discoveryKey } = kernel
  const [theirs, mine] = [writerNamed('of another group'), writerNamed('of cleo')]
  const proof = provenTag(mine, discoveryKey, cleo!).slice(2)
  const flipped = proof[1]!.startsWith('0') ? '1' : '0'
  for (const [named, why] of [
    [['writer', theirs], 'names it and no more, as requests did before'],
    [['writer', theirs, ...provenTag(mine, discoveryKey, ada!).slice(2)], 'proves another core'],
    [['writer', mine, ...proof], 'is bound to who signed, and not to who carries it first'],
    [provenTag(mine, hexOf('another relay'), ada!), 'was proven for another relay'],
    [['writer', mine, proof[0]!, flipped + proof[1]!.slice(1)], 'a wrong signature'],
    [['writer', mine, '0'.repeat(64), proof[1]!], 'no key'],
    [['writer', mine, proof[0]!, 'x'], 'no signature'],
    [['writer', mine, proof[0]!], 'half of it']
  ] as const) {
    const tags = [['relay', discoveryKey], [...named]]
    const request = eventBy(ada!, { kind: 9021, tags })
    const answer = await kernel.judge(bad, { type: 'admit', request })
    t.is(answer?.prefix, 'invalid', why)
    t.ok(answer?.reason.includes('does not prove'))
    await kernel.feed(bad, [{ type: 'admit', request }])
    t.absent(kernel.host.has(named[1]!))
    t.is(await readWriterFacts(kernel.state, named[1]!), null)
  }
  await kernel.feed(bad, [kernel.admission(cleo!, mine)])
  t.is(
    (await readWriterFacts(kernel.state, mine))?.pubkey,
    cleo!.pubkey,
    'cleo comes in all the same'
  )
})
