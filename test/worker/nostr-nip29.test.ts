/** NIP-29 sentence by sentence, where no client's library has a word for it. */
import test from 'brittle'

import { generateSecretKey, getPublicKey, signEvent } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { now } from '../../worker/relays/group.ts'
import { AUTH_KIND } from '../../worker/relays/kinds.ts'
import { ask } from '../gateway/client.ts'
import type { NostrClient } from './nostr-client.ts'
import { note, scene } from './nostr-scene.ts'

const ALIAS = 'field-notes'
const DAY = 24 * 3600

let asked = 0

/** Waits until the group's newest event of a kind has these tags, in this order. */
async function until(client: NostrClient, kind: number, tags: string[][]): Promise<NostrEvent> {
  const id = `until ${asked++}`
  client.say('REQ', id, { kinds: [kind], '#d': [ALIAS] })
  const wanted = JSON.stringify([['d', ALIAS], ...tags])
  for (;;) {
    const event = await client.live(id)
    if (JSON.stringify(event.tags) !== wanted) continue
    client.say('CLOSE', id)
    return event
  }
}

async function refused(client: NostrClient, event: NostrEvent, prefix: string): Promise<void> {
  const { ok, message } = await client.publish(event)
  if (ok || !message.startsWith(`${prefix}: `)) throw new Error(`${event.kind}: “${message}”`)
}

async function taken(client: NostrClient, event: NostrEvent): Promise<void> {
  const { ok, message } = await client.publish(event)
  if (!ok || message !== '') throw new Error(`${event.kind}: ${message}`)
}

test('an event is of one group', async (t) => {
  t.timeout(60_000)
  const { member, connect } = await scene(t)
  const client = connect()
  const elsewhere = { tags: [['h', 'elsewhere']] }
  await refused(client, note(member, elsewhere), 'invalid')
  await refused(client, note(member, { ...elsewhere, kind: 20001 }), 'invalid')
  await refused(client, note(member, { ...elsewhere, kind: 9002 }), 'invalid')
  t.alike(await client.query({ '#h': ['elsewhere'] }), [])
  await taken(client, note(member, { tags: [['h', ALIAS]] }))
  await taken(client, note(member, { ...elsewhere, kind: 0, content: '{}' }))
  t.pass('named twice it is the same one, and a profile is of its author')
})

test('every previous tag is looked at', async (t) => {
  t.timeout(60_000)
  const { member, connect } = await scene(t)
  const client = connect()
  const first = note(member)
  await taken(client, first)
  const refer = (...previous: string[][]): NostrEvent =>
    note(member, { tags: previous.map((ids) => ['previous', ...ids]) })
  await taken(client, refer([], [first.id.slice(0, 8)]))
  const wrong = refer([], ['00000000'])
  await refused(client, wrong, 'invalid')
  t.alike(await client.query({ ids: [wrong.id] }), [])
})

test('a member who asks to join is told that it is one, whatever it asks with', async (t) => {
  t.timeout(60_000)
  const { member, connect } = await scene(t)
  const client = connect()
  await taken(client, note(member, { kind: 9009, tags: [['code', 'sesame']] }))
  const tags = [['code', 'sesame']]
  await refused(client, note(member, { kind: 9021, tags }), 'duplicate')
  const old = note(member, { kind: 9021, tags, created_at: now() - DAY })
  await refused(client, old, 'duplicate')
  await refused(client, note(member, { kind: 9021, created_at: now() - DAY }), 'duplicate')
  const stranger = generateSecretKey()
  const theirs = { kind: 9021, created_at: now() - DAY, tags: [['h', ALIAS], ...tags], content: '' }
  await refused(client, signEvent(theirs, stranger), 'invalid')
  t.pass('and to who is none an old request with a code is old')
})

test('what a description does not say is said no more', async (t) => {
  t.timeout(90_000)
  const { member, connect } = await scene(t)
  const client = connect()
  const edit = (...tags: string[][]): NostrEvent => note(member, { kind: 9002, tags })
  const described = [
    ['name', 'Owls'],
    ['about', 'at night'],
    ['picture', 'https://o.example/p.png'],
    ['banner', 'https://o.example/b.png']
  ]
  const kinds = ['supported_kinds', '9', '11']
  await taken(client, edit(...described, kinds, ['livekit'], ['colour', 'red']))
  await until(client, 39000, [...described, ['restricted'], kinds])
  await taken(client, note(member, { kind: 11 }))
  await refused(client, note(member, { kind: 1 }), 'invalid')

  await taken(client, edit(['closed'], ['supported_kinds']))
  await until(client, 39000, [['name', ALIAS], ['restricted'], ['closed'], ['supported_kinds']])
  await refused(client, note(member), 'invalid')

  await taken(client, edit(['name', 'Owls'], ['closed']))
  await until(client, 39000, [['name', 'Owls'], ['restricted'], ['closed']])
  await taken(client, note(member, { kind: 1 }))

  for (const flag of ['private', 'hidden']) await refused(client, edit([flag]), 'invalid')
  for (const name of ['parent', 'child']) await refused(client, edit([name, 'tech']), 'invalid')
  await taken(client, note(member, { created_at: now() - 400 * DAY }))
  t.pass('late publication is no mistake here')
})

test('a private group stays so, and says it to its members', async (t) => {
  t.timeout(60_000)
  const { member, url, connect } = await scene(t, {}, 'private')
  const client = connect()
  const [, challenge] = await client.type('AUTH')
  const tags = [
    ['relay', url],
    ['challenge', challenge as string]
  ]
  const proof = { kind: AUTH_KIND, created_at: now(), tags, content: '' }
  client.say('AUTH', signEvent(proof, member.identity.secretKey))
  await taken(client, note(member, { kind: 9002, tags: [['name', 'Owls']] }))
  const flags = [['restricted'], ['closed'], ['private'], ['hidden']]
  await until(client, 39000, [['name', 'Owls'], ...flags])
  t.pass('omitting them makes it no other')
})

test('roles are given, taken, and those without a meaning are none', async (t) => {
  t.timeout(90_000)
  const { member, group, connect } = await scene(t)
  const client = connect()
  const admin = member.identity.pubkey
  const secretKey = generateSecretKey()
  const ada = getPublicKey(secretKey)
  const put = (...roles: string[]): NostrEvent =>
    note(member, { kind: 9000, tags: [['p', ada, ...roles]] })
  await taken(client, put('gardener', 'moderator'))
  const chosen = [admin, ada].sort()
  const roleOf = (pubkey: string): string => (pubkey === ada ? 'moderator' : 'admin')
  const both = chosen.map((pubkey) => ['p', pubkey, roleOf(pubkey)])
  const told = await until(client, 39001, both)
  t.is(told.pubkey, group.relay.facts?.relayPubkey)
  await taken(client, put('gardener'))
  await until(client, 39001, [['p', admin, 'admin']])
  await until(client, 39002, [
    ['p', admin],
    ['p', ada]
  ])
  const [roles] = await client.query({ kinds: [39003] })
  const named = roles!.tags.flatMap(([name, role = '']) => (name === 'role' ? [role] : []))
  t.alike(named, ['admin', 'moderator'], 'all that mean something')

  const by = (kind: number, tags: string[][] = []): NostrEvent =>
    signEvent({ kind, created_at: now(), tags: [['h', ALIAS], ...tags], content: '' }, secretKey)
  const acts: [number, string[][]][] = [
    [9000, [['p', ada, 'admin']]],
    [9001, [['p', admin]]],
    [9002, [['name', 'Hers']]],
    [9005, [['e', 'ab'.repeat(32)]]],
    [9008, []],
    [9009, [['code', 'sesame']]],
    [9010, []]
  ]
  for (const [kind, tags] of acts) await refused(client, by(kind, tags), 'restricted')
  await taken(client, by(9022))
  await until(client, 39002, [['p', admin]])
  client.say('REQ', 'out', { kinds: [9001], '#p': [ada] })
  t.is((await client.live('out')).pubkey, group.relay.facts?.relayPubkey, 'the relay removes her')
})

test('pins are the list that came last, in its order', async (t) => {
  t.timeout(60_000)
  const { member, connect } = await scene(t)
  const client = connect()
  const notes = [note(member), note(member)]
  for (const event of notes) await taken(client, event)
  const [first, second] = notes.map(({ id }) => ['e', id]) as [string[], string[]]
  const article = ['a', `30023:${member.identity.pubkey}:on owls: part 1`]
  const pin = (...tags: string[][]): NostrEvent => note(member, { kind: 9010, tags, content: '' })
  await taken(client, pin(second, article, first))
  await until(client, 39005, [second, article, first])
  await taken(client, pin(first))
  await until(client, 39005, [first])
  await taken(client, pin())
  await until(client, 39005, [])
  t.pass('none clears it')
})

test('what is not the group’s, and what is nobody’s to send', async (t) => {
  t.timeout(60_000)
  const { member, port, connect } = await scene(t)
  const client = connect()
  const { secretKey } = member.identity
  const bare = (kind: number, tags: string[][]): NostrEvent =>
    signEvent({ kind, created_at: now(), tags, content: '' }, secretKey)
  const known = [9000, 9001, 9002, 9005, 9007, 9008, 9009, 9010, 9021, 9022]
  for (const kind of [9, 5, ...known]) {
    await refused(client, bare(kind, [['p', member.identity.pubkey]]), 'invalid')
    await refused(client, bare(kind, [['h', 'elsewhere']]), 'invalid')
  }
  for (const kind of [9003, 9004, 9006, 9011, 9020]) {
    await refused(client, note(member, { kind }), 'invalid')
  }
  for (const kind of [39000, 39001, 39002, 39003, 39004, 39005]) {
    await refused(client, note(member, { kind, tags: [['d', ALIAS]] }), 'restricted')
  }
  t.alike(await client.query({ kinds: [39000, 39004], authors: [member.identity.pubkey] }), [])
  for (const path of ['', `/${ALIAS}`]) {
    const url = `http://127.0.0.1:${port}/.well-known/nip29/livekit${path}`
    t.is((await ask(url)).status, 404, 'no rooms for voices')
  }
})
