/** Searching, comparing, deleting and the ends of answers, through the socket. */
import 'bare-encoding/global'
import 'bare-abort-controller/global'
import test from 'brittle'
import { nip77 } from 'nostr-tools'
import { AbstractRelay } from 'nostr-tools/abstract-relay'
import { generateSecretKey, getPublicKey, signEvent, verifyEvent } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { now } from '../../worker/relays/group.ts'
import type { NostrClient } from './nostr-client.ts'
import { note, scene } from './nostr-scene.ts'
import { WebSocketOverBare } from './web-socket.ts'

const options = {
  verifyEvent: verifyEvent as never,
  websocketImplementation: WebSocketOverBare as never
}
const idsOf = (events: { id: string }[]): string[] => events.map(({ id }) => id)

async function publishAll(client: NostrClient, events: NostrEvent[]): Promise<void> {
  for (const event of events) client.say('EVENT', event)
  for (const { id } of events) {
    const [, , ok, message] = await client.type('OK', id)
    if (ok !== true) throw new Error(String(message))
  }
}

test('NIP-50: the best first, with other conditions, stored and live', async (t) => {
  const { member, connect } = await scene(t)
  const client = connect()
  const [wren, both, owl, reply] = [
    note(member, { content: 'A wren by the river', created_at: now() - 30 }),
    note(member, { content: 'River, river: a wren', created_at: now() - 20 }),
    note(member, { content: 'An owl', created_at: now() - 10 }),
    note(member, { content: 'the river', kind: 1111 })
  ]
  await publishAll(client, [wren, both, owl, reply])
  const search = async (filter: object): Promise<string[]> => idsOf(await client.query(filter))
  t.alike(await search({ search: 'RIVER wren' }), [both.id, wren.id])
  t.alike(await search({ search: 'river', kinds: [9], limit: 1 }), [both.id])
  t.alike(await search({ search: 'wren language:en' }), [both.id, wren.id])
  t.alike(await search({ search: 'otter' }), [])
  client.say('REQ', 's', { search: 'owl' })
  await client.type('EOSE', 's')
  t.alike(idsOf(client.taken('s')), [owl.id])
  await client.publish(note(member, { content: 'another wren' }))
  const live = note(member, { content: 'another OWL' })
  await client.publish(live)
  t.is((await client.live('s')).id, live.id)
  client.say('REQ', 'x', { search: 'x'.repeat(300) })
  t.ok(String((await client.type('CLOSED', 'x'))[2]).startsWith('invalid: '))
})

test('NIP-67: EOSE says whether that was all', async (t) => {
  const { member, connect } = await scene(t)
  const client = connect()
  await publishAll(client, [note(member), note(member), note(member)])
  const end = async (...filters: object[]): Promise<unknown[]> => {
    client.say('REQ', 's', ...filters)
    const [, , ...rest] = await client.type('EOSE', 's')
    client.taken('s')
    return rest
  }
  t.alike(await end({ kinds: [9] }), [['finish']])
  t.alike(await end({ kinds: [9], limit: 3 }), [['finish']])
  t.alike(await end({ kinds: [9], limit: 2 }), [['more']])
  t.alike(await end({ kinds: [7] }), [['finish']])
  const until = now() + 60
  t.alike(await end({ kinds: [9], until, limit: 100 }), [['finish']], 'the last page too')
  // As nostrify and nostr-fetch call theirs, which take no EOSE of three elements.
  for (const id of ['8cbfefa6-c8ba-42be-b335-485c1ebecc90', '1795448813123f7']) {
    client.say('REQ', id, { kinds: [9] })
    t.alike(await client.type('EOSE', id), ['EOSE', id])
  }
  t.alike(await end({ kinds: [9], limit: 2 }, { kinds: [9] }), [], 'not known: nothing is said')
})

test('NIP-77: nostr-tools finds what either side lacks', { timeout: 60_000 }, async (t) => {
  const { member, connect, url } = await scene(t)
  const client = connect()
  const notes = Array.from({ length: 300 }, (_, n) =>
    note(member, { created_at: now() - (n >> 2) })
  )
  await publishAll(client, notes.slice(20))
  const relay = new AbstractRelay(url, options)
  t.teardown(() => relay.close(), { order: -2 })
  await relay.connect()
  const storage = new nip77.NegentropyStorageVector()
  for (const { id, created_at } of notes.slice(0, 280)) storage.insert(created_at, id)
  storage.seal()
  const [have, need]: [string[], string[]] = [[], []]
  await new Promise<void>((resolve, reject) => {
    const sync = new nip77.NegentropySync(
      relay as never,
      storage,
      { kinds: [9] },
      {
        onhave: (id) => have.push(id),
        onneed: (id) => need.push(id),
        onclose: (reason) => (reason === undefined ? resolve() : reject(new Error(reason)))
      }
    )
    void sync.start()
  })
  t.alike(have.sort(), idsOf(notes.slice(0, 20)).sort())
  t.alike(need.sort(), idsOf(notes.slice(280)).sort())
})

test('NIP-77: refusals by name, and what is left alone is closed', async (t) => {
  const limits = { records: 5, comparisons: 2, comparisonIdle: 50 }
  const { member, connect } = await scene(t, limits)
  const client = connect()
  await publishAll(
    client,
    Array.from({ length: 6 }, () => note(member))
  )
  const error = async (id: string): Promise<unknown[]> =>
    (await client.type('NEG-ERR', id)).slice(2)
  client.say('NEG-OPEN', 'a', { kinds: [9] }, '61')
  const [reason, most] = await error('a')
  t.ok(String(reason).startsWith('blocked: '))
  t.is(most, 5)
  client.say('NEG-OPEN', 'a', { kinds: ['9'] }, '61')
  t.ok(String((await error('a'))[0]).startsWith('invalid: '))
  client.say('NEG-OPEN', 'a', { search: 'x' }, '61')
  t.ok(String((await error('a'))[0]).startsWith('invalid: '))
  client.say('NEG-OPEN', 'a', { kinds: [9], limit: 5 }, 'xyz')
  t.ok(String((await error('a'))[0]).startsWith('invalid: '))
  client.say('NEG-OPEN', 'a', { kinds: [9], limit: 5 }, '6100')
  t.ok(String((await error('a'))[0]).startsWith('invalid: '))
  client.say('NEG-MSG', 'never', '61')
  t.ok(String((await error('never'))[0]).startsWith('closed: '))
  client.say('NEG-OPEN', 'a', { kinds: [7] }, '62')
  t.is((await client.type('NEG-MSG', 'a'))[2], '61', 'a later version is told ours')
  client.say('REQ', 'a', { kinds: [7] })
  await client.type('EOSE', 'a')
  client.say('NEG-CLOSE', 'a')
  client.say('COUNT', 'b', {})
  await client.type('COUNT', 'b')
  t.is(client.messages.filter(([type]) => type === 'CLOSED').length, 0, 'ids of its own')
  for (const id of ['1', '2', '3']) client.say('NEG-OPEN', id, { kinds: [7] }, '61')
  t.ok(String((await error('3'))[0]).startsWith('blocked: '))
  t.ok(String((await error('1'))[0]).startsWith('closed: '), 'after a while')
  await error('2')
})

test('NIP-77: what is being read counts for all who compare at once', async (t) => {
  const { member, connect } = await scene(t, { records: 100, allRecords: 100 })
  const [writer, ...clients] = [connect(), connect(), connect(), connect()]
  const notes = Array.from({ length: 80 }, () => note(member))
  await publishAll(writer, notes)
  for (const client of clients) client.say('NEG-OPEN', 'a', { kinds: [9] }, '6100000200')
  const answers = await Promise.all(
    clients.map((client) => client.next(([type]) => type === 'NEG-MSG' || type === 'NEG-ERR'))
  )
  const refused = answers.filter(([type]) => type === 'NEG-ERR')
  t.ok(refused.length >= 2, 'of three that hold 80 of 100 one at most is answered')
  for (const [, , reason] of refused) t.ok(String(reason).startsWith('blocked: too much'))
  for (const client of clients) client.say('NEG-CLOSE', 'a')
  for (const client of clients) await client.query({ limit: 1 })
  clients[0]!.say('NEG-OPEN', 'b', { kinds: [9] }, '6100000200')
  t.ok(await clients[0]!.type('NEG-MSG', 'b'), 'and nothing is counted that nobody holds')
})

test('NIP-09: an address is deleted up to its time', async (t) => {
  const { member, connect } = await scene(t)
  const client = connect()
  const at = now()
  const pubkey = getPublicKey(member.identity.secretKey)
  const article = (created_at: number): NostrEvent =>
    note(member, { kind: 30023, created_at, tags: [['d', 'a']] })
  const [old, newer] = [article(at - 10), article(at - 2)]
  await publishAll(client, [old])
  const tags = [
    ['a', `30023:${pubkey}:a`],
    ['k', '30023']
  ]
  await publishAll(client, [note(member, { kind: 5, created_at: at - 5, tags })])
  t.alike(await client.query({ kinds: [30023] }), [])
  const again = await client.publish(article(at - 6))
  t.ok(!again.ok, again.message)
  await publishAll(client, [newer])
  t.alike(idsOf(await client.query({ kinds: [30023] })), [newer.id])
  const early = note(member)
  await publishAll(client, [note(member, { kind: 5, tags: [['e', early.id]] })])
  const late = await client.publish(early)
  t.ok(!late.ok && late.message.startsWith('blocked: '), 'deleted before it came')
})

test('NIP-62: who vanishes leaves nothing', async (t) => {
  const { member, connect, url } = await scene(t)
  const client = connect()
  const at = now()
  const pubkey = getPublicKey(member.identity.secretKey)
  const kept = note(member, { created_at: at + 1 })
  const gone = note(member, { created_at: at - 1 })
  await publishAll(client, [
    gone,
    note(member, { kind: 30023, tags: [['d', 'x']], created_at: at - 3 }),
    kept
  ])
  const removal = note(member, { kind: 5, tags: [['e', note(member).id]], created_at: at - 1 })
  await publishAll(client, [removal])
  const vanish = async (relay: string, key = member.identity.secretKey): Promise<string> => {
    const event = signEvent(
      { kind: 62, created_at: at, tags: [['relay', relay]], content: '' },
      key
    )
    const { ok, message } = await client.publish(event)
    return ok ? '' : message
  }
  t.ok((await vanish('wss://relay.example/')).startsWith('invalid: '))
  t.ok((await vanish('ALL_RELAYS', generateSecretKey())).startsWith('restricted: '))
  t.is(await vanish(url), '')
  const left = await client.query({ authors: [pubkey], kinds: [5, 9, 30023] })
  t.alike(idsOf(left), [kept.id], 'its deletions are no exception')
  for (const event of [gone, removal]) {
    const back = await client.publish(event)
    t.ok(!back.ok && back.message.startsWith('blocked: '), 'and nothing of it comes back')
  }
  t.is(await vanish('ALL_RELAYS').then((message) => message.split(':')[0]), '')
})
