/** What outside clients check of NIP-01 and NIP-11, row by row. */
import test from 'brittle'
import { generateSecretKey, getPublicKey, signEvent } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { now } from '../../worker/relays/group.ts'
import { ask } from '../gateway/client.ts'
import type { NostrClient } from './nostr-client.ts'
import { note, scene } from './nostr-scene.ts'
import type { Scene } from './nostr-scene.ts'

const PREFIXES =
  /^(duplicate|pow|blocked|rate-limited|invalid|restricted|mute|error|auth-required): \S/
const idsOf = (events: { id: string }[]): string[] => events.map(({ id }) => id)

const FLAWS: [object, string][] = [
  [{ id: 'AB'.repeat(32) }, 'id is 64 lowercase hex digits'],
  [{ id: 'short' }, 'id is 64 lowercase hex digits'],
  [{ pubkey: 'AB'.repeat(32) }, 'pubkey is 64 lowercase hex digits'],
  [{ sig: '' }, 'sig is 128 lowercase hex digits'],
  [{ created_at: 1.5 }, 'created_at is whole seconds'],
  [{ kind: '9' }, 'kind is a whole number up to 65535'],
  [{ colour: 'red' }, 'unknown field "colour"'],
  [{ ['__proto__x']: 1 }, 'unknown field "__proto__x"'],
  [{ content: null }, 'content is a text'],
  [{ content: 'half \ud83d' }, 'content has half a character (a lone surrogate)'],
  [{ tags: [[]] }, 'tags are lists of one text or more'],
  [{ tags: [['t', 1]] }, 'tags are lists of one text or more'],
  [{ content: '"'.repeat(131_000) }, 'a message has at most 262154 bytes']
]

async function limitsOf({ port, group }: Scene): Promise<Record<string, number>> {
  const headers = { accept: 'application/nostr+json' }
  const url = `http://127.0.0.1:${port}/${group.relay.publicIdentifier}`
  const { body } = await ask(url, { headers })
  return (JSON.parse(body.toString()) as { limitation: Record<string, number> }).limitation
}

async function answer(client: NostrClient, event: NostrEvent): Promise<unknown[]> {
  client.say('EVENT', event)
  return client.type('OK', event.id)
}

test('OK has four elements, and a refusal its prefix', async (t) => {
  const { member, connect } = await scene(t)
  const client = connect()
  const good = note(member)
  t.alike(await answer(client, good), ['OK', good.id, true, ''])
  // What is no event is answered by what it calls its id, and told what is wrong.
  for (const [fields, reason] of FLAWS) {
    const event = { ...note(member), ...fields } as NostrEvent
    t.alike(await answer(client, event), ['OK', event.id, false, `invalid: ${reason}`])
  }
  const again = await answer(client, good)
  t.is(again[2], true)
  t.ok(PREFIXES.test(String(again[3])))
  const stranger = generateSecretKey()
  const template = { kind: 9, created_at: now(), tags: [['h', 'field-notes']], content: '' }
  const wrong = [
    signEvent(template, stranger),
    signEvent({ ...template, kind: 20001 }, stranger),
    signEvent({ ...template, kind: 9000 }, stranger),
    { ...good, id: 'f'.repeat(64) },
    { ...good, content: 'another' },
    { ...note(member), sig: 'f'.repeat(128) },
    { ...note(member), created_at: -1 },
    { ...note(member), tags: 'none' },
    { ...note(member), kind: 70_000 },
    note(member, { kind: 22242 }),
    note(member, { kind: 39000 }),
    note(member, { kind: 9019 }),
    note(member, { created_at: now() + 3600 }),
    note(member, { tags: [['-']] }),
    note(member, { tags: [['expiration', '1']] }),
    { ...note(member), content: 'x'.repeat(300 * 1024) }
  ]
  for (const event of wrong) {
    const [, , ok, message, ...more] = await answer(client, event as NostrEvent)
    t.ok(ok === false && more.length === 0 && PREFIXES.test(String(message)), String(message))
  }
})

test('of the same second the lowest id comes first, and of a replaceable it stays', async (t) => {
  const { member, connect } = await scene(t)
  const client = connect()
  const at = now() - 5
  const notes = Array.from({ length: 10 }, () => note(member, { created_at: at }))
  for (const event of notes) await client.publish(event)
  const sorted = idsOf(notes).sort()
  t.alike(idsOf(await client.query({ kinds: [9] })), sorted)
  t.alike(idsOf(await client.query({ kinds: [9], limit: 3 })), sorted.slice(0, 3))

  const versions = (d: string): NostrEvent[] =>
    [1, 2].map((n) =>
      note(member, { kind: 30023, created_at: at, tags: [['d', d]], content: `${n}` })
    )
  for (const [d, first] of [
    ['up', 0],
    ['down', 1]
  ] as const) {
    const [low, high] = versions(d).sort((a, b) => (a.id < b.id ? -1 : 1)) as [
      NostrEvent,
      NostrEvent
    ]
    const order = first === 0 ? [low, high] : [high, low]
    const results = [await client.publish(order[0]!), await client.publish(order[1]!)]
    t.alike(idsOf(await client.query({ kinds: [30023], '#d': [d] })), [low.id], d)
    t.is(results[1]!.ok, first === 1)
  }
})

test('every single-letter tag is found', async (t) => {
  const { member, connect } = await scene(t)
  const client = connect()
  const letters = [...'abcdefgijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ']
  const valueOf = (letter: string): string =>
    letter === 'h' ? 'field-notes' : `value of ${letter}` // an event is of one group
  const others = letters.filter((letter) => letter !== 'h')
  const tags = others.map((letter) => [letter, valueOf(letter), 'more'])
  t.ok((await client.publish(note(member, { tags }))).ok)
  for (const letter of letters) {
    const found = await client.query({ kinds: [9], ['#' + letter]: [valueOf(letter), 'another'] })
    if (found.length !== 1) t.fail(letter)
    if ((await client.query({ ['#' + letter]: ['more'] })).length !== 0) t.fail(letter)
  }
  t.pass(`${letters.length} letters`)
})

test('filters: empty ones, empty lists, limit 0, and ids of subscriptions', async (t) => {
  const { member, connect } = await scene(t)
  const client = connect()
  const event = note(member)
  await client.publish(event)
  t.ok(idsOf(await client.query({})).includes(event.id), 'an empty filter asks for everything')
  for (const empty of [{ ids: [] }, { authors: [] }, { kinds: [] }, { '#h': [] }]) {
    t.alike(await client.query(empty), [], JSON.stringify(empty))
  }
  t.alike(await client.query({ limit: 0 }), [])
  t.alike(idsOf(await client.query({ kinds: [9] }, { ids: [event.id] })), [event.id], 'each once')
  const longest = 'x'.repeat(64)
  client.say('REQ', longest, { kinds: [9] })
  await client.type('EOSE', longest)
  client.say('REQ', longest + 'x', { kinds: [9] })
  t.ok(String((await client.type('NOTICE'))[1]).startsWith('invalid: '))
  for (const wrong of [{ kinds: 9 }, { ids: ['x'] }, { until: '1' }, { '#hh': ['x'] }, 7, null]) {
    client.say('REQ', 'wrong', wrong)
    const [, , reason, ...more] = await client.type('CLOSED', 'wrong')
    t.ok(more.length === 0 && PREFIXES.test(String(reason)), String(reason))
  }
})

test('a REQ of the same id takes the place of the one before', async (t) => {
  const { member, connect } = await scene(t)
  const client = connect()
  client.say('REQ', 's', { kinds: [9] })
  await client.type('EOSE', 's')
  client.say('REQ', 's', { kinds: [1] })
  await client.type('EOSE', 's')
  await client.publish(note(member))
  const one = note(member, { kind: 1 })
  await client.publish(one)
  t.is((await client.live('s')).id, one.id)
  client.say('CLOSE', 's')
  await client.publish(note(member, { kind: 1 }))
  t.is(client.taken('s').length, 0)
})

test('what NIP-11 says is so', { timeout: 60_000 }, async (t) => {
  const place = await scene(t, { subscriptions: 3, filters: 2, message: 100_000 })
  const { member, connect, group } = place
  const client = connect()
  const limits = await limitsOf(place)
  t.is(limits['max_subid_length'], 64)
  t.is(limits['max_limit'], limits['default_limit'])
  const ahead = limits['created_at_upper_limit']!
  t.ok((await client.publish(note(member, { created_at: now() + ahead - 5 }))).ok)
  t.absent((await client.publish(note(member, { created_at: now() + ahead + 60 }))).ok)
  t.absent('created_at_lower_limit' in limits)
  t.ok((await client.publish(note(member, { created_at: 1 }))).ok, 'members sync what is old')
  for (let i = 0; i < limits['max_subscriptions']!; i++) {
    client.say('REQ', `s${i}`, { kinds: [1] })
    await client.type('EOSE', `s${i}`)
  }
  client.say('REQ', 'more', { kinds: [1] })
  t.ok(String((await client.type('CLOSED', 'more'))[2]).startsWith('rate-limited: '))
  const filters = Array.from({ length: limits['max_filters']! + 1 }, () => ({}))
  client.say('COUNT', 'c', ...filters)
  t.ok(String((await client.type('CLOSED', 'c'))[2]).startsWith('invalid: '))

  client.say('CLOSE', 's0')
  const [admin] = await client.query({ kinds: [39000], authors: [group.relay.facts!.relayPubkey] })
  t.is(admin?.kind, 39000, 'self and pubkey are who signs 39000')
  t.is(getPublicKey(member.identity.secretKey), group.relay.facts!.creator)
  const longest = (bytes: number): string => `["REQ","long",{}${' '.repeat(bytes - 17)}]`
  client.socket.write(longest(limits['max_message_length']!))
  await client.type('EOSE', 'long')
  client.socket.write(longest(limits['max_message_length']! + 1))
  t.is((await client.type('CLOSED', 'long'))[2], 'invalid: a message has at most 100000 bytes')
  client.socket.write(longest(2 * limits['max_message_length']! + 1))
  await client.end()
})

test('the longest message that NIP-11 names is the largest event', async (t) => {
  const place = await scene(t)
  const { member, connect } = place
  const limits = await limitsOf(place)
  const of = (length: number): NostrEvent => note(member, { content: 'x'.repeat(length) })
  const most = limits['max_message_length']!
  const around = Buffer.byteLength(JSON.stringify(['EVENT', of(0)]))
  const client = connect()
  t.ok((await client.publish(of(most - around))).ok)
  const largest = of(most - around)
  const { ok, message } = await client.publish({ ...largest, content: `${largest.content}x` })
  t.ok(!ok && message.startsWith('invalid: '), message)
})

test('what NIP-11 has is as the NIP has it', async (t) => {
  const { port, group } = await scene(t)
  const headers = { accept: 'application/nostr+json' }
  const url = `http://127.0.0.1:${port}/${group.relay.publicIdentifier}`
  const { body, headers: answered } = await ask(url, { headers })
  const told = JSON.parse(body.toString()) as Record<string, unknown>
  for (const name of ['name', 'description', 'version']) t.is(typeof told[name], 'string', name)
  for (const name of ['self', 'pubkey']) t.ok(/^[0-9a-f]{64}$/.test(String(told[name])), name)
  t.absent('software' in told, 'it would be the address of a homepage')
  for (const name of ['origin', 'headers', 'methods']) {
    t.ok(answered[`access-control-allow-${name}`] !== undefined, name)
  }
})
