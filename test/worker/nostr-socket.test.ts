import b4a from 'b4a'
import test from 'brittle'
import { existsSync, rmSync } from 'bare-fs'
import { join } from 'bare-path'
import { generateSecretKey, getPublicKey, signEvent } from '../../protocol/nostr.ts'
import { now } from '../../worker/relays/group.ts'
import type { Group } from '../../worker/relays/group.ts'
import AbortController from 'bare-abort-controller'
import { ask } from '../gateway/client.ts'
import { startMember } from './member.ts'
import { NostrSocket } from '../../worker/serve/nostr-socket.ts'
import { note, scene, serve, unknownRelay } from './nostr-scene.ts'

const idsOf = (events: { id: string }[]): string[] => events.map(({ id }) => id)

test('events go in with an OK each, and come out newest first', async (t) => {
  const { member, connect } = await scene(t)
  const client = connect()
  const at = now()
  const notes = [0, 1, 2, 3, 4].map((n) => note(member, { created_at: at - 10 + n }))
  for (const event of notes) t.alike(await client.publish(event), { ok: true, message: '' })
  const newest = idsOf(notes).reverse()
  t.alike(idsOf(await client.query({ kinds: [9] })), newest)
  t.alike(
    idsOf(await client.query({ '#h': ['field-notes'], kinds: [9], limit: 2 })),
    newest.slice(0, 2)
  )
  t.alike(idsOf(await client.query({ ids: [notes[3]!.id] }, { ids: [notes[1]!.id] })), [
    notes[3]!.id,
    notes[1]!.id
  ])
  const again = await client.publish(notes[0]!)
  t.is(again.ok, true)
  t.ok(again.message.startsWith('duplicate: '))
  client.say('COUNT', 'c', { kinds: [9] })
  t.alike(await client.type('COUNT', 'c'), ['COUNT', 'c', { count: 5 }])
})

test('many at once share appends, and each has its own OK', { timeout: 60_000 }, async (t) => {
  const { member, connect, group } = await scene(t)
  const client = connect()
  const before = group.relay.base.local.length
  const notes = Array.from({ length: 600 }, () => note(member))
  const twice = [...notes, ...notes.slice(0, 10)]
  for (const event of twice) client.say('EVENT', event)
  const answers = []
  for (let i = 0; i < twice.length; i++) answers.push(await client.type('OK'))
  t.ok(answers.every(([, , ok]) => ok === true))
  t.is(answers.filter(([, , , message]) => message === '').length, 600)
  t.is(await carriedSince(before, group), 600, 'what came twice is kept once')
  t.is((await client.query({ kinds: [9], limit: 5000 })).length, 600)
})

/** Messages in this device's own core: other nodes there only confirm what others wrote. */
async function carriedSince(length: number, { relay }: Group): Promise<number> {
  const { local } = relay.base
  let carried = 0
  for (let seq = length; seq < local.length; seq++) {
    const block = await local.get(seq, { valueEncoding: 'binary' } as object)
    if (b4a.toString(block as Uint8Array).includes('"kind":9,')) carried++
  }
  return carried
}

test('a subscription: what is stored, EOSE, and then what comes, once', async (t) => {
  const { member, connect } = await scene(t)
  const [writer, reader, other] = [connect(), connect(), connect()]
  const stored = note(member)
  await writer.publish(stored)
  reader.say('REQ', 's', { kinds: [9] })
  other.say('REQ', 's', { kinds: [1] })
  await reader.type('EOSE', 's')
  await other.type('EOSE', 's')
  t.alike(idsOf(reader.taken('s')), [stored.id])
  const live = note(member)
  await writer.publish(live)
  t.is((await reader.live('s')).id, live.id)
  reader.say('CLOSE', 's')
  reader.say('REQ', 's', { kinds: [9], limit: 0 })
  await reader.type('EOSE', 's')
  t.is(reader.taken('s').length, 0, 'a limit of 0 is for what comes alone')
  const next = note(member)
  await writer.publish(next)
  t.is((await reader.live('s')).id, next.id)
  t.is(reader.taken('s').length, 0, 'each once')
  t.is(other.taken('s').length, 0)
})

test(
  'what comes while the stored ones are sent is neither lost nor sent twice',
  { timeout: 60_000 },
  async (t) => {
    const { member, connect } = await scene(t)
    const [writer, reader] = [connect(), connect()]
    const notes = Array.from({ length: 300 }, () => note(member))
    for (const event of notes) writer.say('EVENT', event)
    for (let i = 0; i < 100; i++) await writer.type('OK')
    reader.say('REQ', 's', { kinds: [9], limit: 5000 })
    for (let i = 0; i < 200; i++) await writer.type('OK')
    const seen: string[] = []
    while (seen.length < 300) seen.push((await reader.live('s')).id)
    await reader.type('EOSE', 's')
    t.alike([...seen].sort(), idsOf(notes).sort())
    t.is(reader.taken('s').length, 0)
  }
)

test('refusals by name', async (t) => {
  const { member, connect } = await scene(t)
  const client = connect()
  const stranger = generateSecretKey()
  const at = now()
  const base = { kind: 9, created_at: at, tags: [['h', 'field-notes']], content: 'x' }
  const refused = async (event: ReturnType<typeof note>, prefix: string): Promise<void> => {
    const { ok, message } = await client.publish(event)
    t.ok(!ok && message.startsWith(prefix + ': '), `${message} (${prefix})`)
  }
  await refused(signEvent(base, stranger), 'restricted')
  await refused({ ...note(member), content: 'changed' }, 'invalid')
  await refused({ ...note(member), sig: '0'.repeat(128) }, 'invalid')
  await refused(note(member, { created_at: at + 3600 }), 'invalid')
  await refused(note(member, { tags: [['expiration', String(at - 1)]] }), 'invalid')
  await refused(note(member, { kind: 22242 }), 'invalid')
  await refused(
    signEvent({ ...base, tags: [['h', 'other']] }, member.identity.secretKey),
    'invalid'
  )
  await refused(note(member, { kind: 9001 }), 'invalid')
  await refused(note(member, { tags: [['-']] }), 'auth-required')
  const repost = JSON.stringify(note(member, { tags: [['-']] }))
  await refused(note(member, { kind: 6, content: repost }), 'blocked')
  await refused(note(member, { kind: 16, content: repost }), 'blocked')
  t.ok((await client.publish(note(member, { kind: 6, content: 'null' }))).ok)
  t.alike(await client.query({ kinds: [9, 22242, 9001] }), [], 'none of them is there')
  client.say('REQ', 'x', { kinds: ['9'] })
  t.ok(String((await client.type('CLOSED', 'x'))[2]).startsWith('invalid: '))
  client.say('REQ', 'x', { ids: ['abc'] })
  t.ok(String((await client.type('CLOSED', 'x'))[2]).startsWith('invalid: '))
  client.say('REQ', 'x', { kinds: [9], colour: 'red' })
  t.is((await client.type('CLOSED', 'x'))[2], 'invalid: unknown field "colour"')
  client.say('REQ', 'x')
  t.is((await client.type('CLOSED', 'x'))[2], 'invalid: no filter')
  client.say('COUNT', 'x', { kinds: ['9'] })
  t.ok(String((await client.type('CLOSED', 'x'))[2]).startsWith('invalid: '))
  client.say('REQ', 'x', ...Array.from({ length: 11 }, () => ({})))
  t.ok(String((await client.type('CLOSED', 'x'))[2]).startsWith('invalid: '))
})

test('replaceable, deleted and expired events', async (t) => {
  const { member, connect } = await scene(t)
  const client = connect()
  const at = now()
  const old = note(member, { kind: 30023, created_at: at - 10, tags: [['d', 'a']] })
  const newer = note(member, { kind: 30023, created_at: at - 5, tags: [['d', 'a']] })
  const older = note(member, { kind: 30023, created_at: at - 7, tags: [['d', 'a']] })
  t.ok((await client.publish(old)).ok)
  t.ok((await client.publish(newer)).ok)
  const late = await client.publish(older)
  t.ok(!late.ok && late.message.startsWith('duplicate: '))
  t.alike(idsOf(await client.query({ kinds: [30023] })), [newer.id])

  const gone = note(member)
  t.ok((await client.publish(gone)).ok)
  t.ok((await client.publish(note(member, { kind: 5, tags: [['e', gone.id]] }))).ok)
  t.is((await client.query({ ids: [gone.id] })).length, 0)
  const back = await client.publish(gone)
  t.is(back.ok && !back.message.startsWith('duplicate'), false, 'and does not come back')

  const brief = note(member, { tags: [['expiration', String(at + 2)]] })
  t.ok((await client.publish(brief)).ok)
  t.is((await client.query({ ids: [brief.id] })).length, 1)
  while (now() < at + 2) await client.query({ limit: 1 }) // the clock is what is waited for
  t.is((await client.query({ ids: [brief.id] })).length, 0)
  client.say('COUNT', 'c', { ids: [brief.id] })
  t.alike((await client.type('COUNT', 'c'))[2], { count: 0 })
})

test('ephemeral events reach who listens, and nobody later', async (t) => {
  const { member, connect } = await scene(t)
  const [writer, reader] = [connect(), connect()]
  reader.say('REQ', 's', { kinds: [20001] })
  await reader.type('EOSE', 's')
  const event = note(member, { kind: 20001 })
  t.ok((await writer.publish(event)).ok)
  t.is((await reader.live('s')).id, event.id)
  t.is((await reader.query({ kinds: [20001] })).length, 0)
  const template = { kind: 20001, created_at: now(), tags: [['h', 'field-notes']], content: '' }
  const strange = await writer.publish(signEvent(template, generateSecretKey()))
  t.ok(!strange.ok && strange.message.startsWith('restricted: '))
})

test('AUTH: several keys on one connection, each proof for this relay and challenge', async (t) => {
  const { member, connect, url, port } = await scene(t)
  const client = connect()
  const challenge = (await client.type('AUTH'))[1] as string
  const prove = async (
    fields: { relay?: string; challenge?: string; at?: number; kind?: number },
    key = member.identity.secretKey
  ): Promise<[boolean, string]> => {
    const tags = [
      ['relay', fields.relay ?? url],
      ['challenge', fields.challenge ?? challenge]
    ]
    const created_at = fields.at ?? now()
    const event = signEvent({ kind: fields.kind ?? 22242, created_at, tags, content: '' }, key)
    client.say('AUTH', event)
    const [, , ok, message] = await client.type('OK', event.id)
    return [ok as boolean, message as string]
  }
  const wrong = [
    { challenge: 'x' },
    { relay: url.replace(String(port), '1') },
    { relay: 'wss://relay.example/' },
    { relay: `ws://127.0.0.1:${port}/${unknownRelay}` },
    { at: now() - 700 },
    { at: now() + 700 },
    { kind: 9 }
  ]
  for (const fields of wrong) {
    const [ok, message] = await prove(fields)
    t.ok(!ok && message.startsWith('invalid: '), message)
  }
  const stranger = generateSecretKey()
  t.alike(await prove({}, stranger), [true, ''])
  const hidden = note(member, { tags: [['-']] })
  const early = await client.publish(hidden)
  t.ok(!early.ok && early.message.startsWith('restricted: '), 'another key is not its author')
  t.alike(await prove({ relay: url.replace('127.0.0.1', 'localhost') + '/' }), [true, ''])
  t.ok((await client.publish(hidden)).ok, 'a protected event, brought by its author')
  const other = connect()
  const again = await other.publish(note(member, { tags: [['-']] }))
  t.ok(again.message.startsWith('auth-required: '), 'a proof is for one connection')
  t.is((await client.query({ kinds: [22242] })).length, 0)
})

test('addresses, and who is let in', async (t) => {
  const { connect, port, url, group } = await scene(t)
  const id = group.relay.publicIdentifier!
  const http = (path: string, headers: Record<string, string> = {}): ReturnType<typeof ask> =>
    ask(`http://127.0.0.1:${port}${path}`, { headers })
  const accept = { accept: 'application/nostr+json' }
  for (const path of [`/${id}`, `/${id.replace(':', '%3A')}`, `/${id.replace(':', '/')}`]) {
    const reply = await http(path, accept)
    t.is(reply.status, 200, path)
    t.is(reply.headers['content-type'], 'application/nostr+json')
    t.is(reply.headers['access-control-allow-origin'], '*')
  }
  const told = JSON.parse((await http(`/${id}`, accept)).body.toString()) as Record<string, unknown>
  t.is(told['self'], group.relay.facts!.relayPubkey)
  t.is(told['pubkey'], group.relay.facts!.relayPubkey)
  t.is(told['name'], 'Field notes')
  t.is((await http(`/${id}`)).status, 426)
  t.is((await http(`/${unknownRelay}`, accept)).status, 404)
  t.is((await http(`/${id}`, { ...accept, origin: 'https://evil.example' })).status, 403)
  t.is((await http(`/${id}`, { ...accept, host: 'evil.example' })).status, 403)

  const foreign = connect({ Origin: 'https://evil.example' })
  await foreign.end()
  t.is(foreign.messages.length, 0)
  const named = connect({ Host: 'evil.example' })
  await named.end()
  const own = connect({ Origin: 'http://localhost:5173' })
  t.ok(await own.type('AUTH'))
  const { NostrClient } = await import('./nostr-client.ts')
  const encoded = new NostrClient(url.replace(id, id.replace(':', '%3A')))
  t.ok(await encoded.type('AUTH'))
  encoded.close()
  const nowhere = new NostrClient(`ws://127.0.0.1:${port}/${unknownRelay}`)
  await nowhere.end()
})

test(
  'after a restart, and with the index deleted, the same is answered',
  { timeout: 60_000 },
  async (t) => {
    const { member, group, indexes, connect, close } = await scene(t)
    const client = connect()
    const notes = Array.from({ length: 50 }, () => note(member))
    for (const event of notes) client.say('EVENT', event)
    for (let i = 0; i < 50; i++) await client.type('OK')
    const before = idsOf(await client.query({}))
    await close()
    const again = await serve(t, group, indexes)
    t.alike(idsOf(await again.connect().query({})), before, 'restarted')
    await again.close()
    rmSync(`${indexes}/${group.relay.relayKey}`, { recursive: true })
    const anew = await serve(t, group, indexes)
    t.alike(idsOf(await anew.connect().query({})), before, 'built anew')
  }
)

test('another member’s events arrive in a subscription', { timeout: 120_000 }, async (t) => {
  const { bootstrap, member, group, connect } = await scene(t)
  const other = await startMember(t, bootstrap)
  const uses = { expiresIn: 60, uses: 1 }
  const { invite } = await member.relays.invite(group.relay.relayKey, uses)
  const theirs = await other.relays.join(invite, {
    signal: new AbortController().signal as never,
    onphase() {}
  })
  const served = await serve(t, theirs, await t.tmp())
  const [here, there] = [connect(), served.connect()]
  here.say('REQ', 's', { kinds: [9] })
  await here.type('EOSE', 's')
  const event = note(other)
  t.ok((await there.publish(event)).ok)
  t.is((await here.live('s')).id, event.id)
  t.is(
    (await there.query({ authors: [getPublicKey(other.identity.secretKey)], kinds: [9] }))[0]?.id,
    event.id
  )
})

test(
  'two members write at once: both indexes hold what both logs hold',
  { timeout: 120_000 },
  async (t) => {
    const { bootstrap, member, group, connect } = await scene(t)
    const other = await startMember(t, bootstrap)
    const uses = { expiresIn: 60, uses: 1 }
    const { invite } = await member.relays.invite(group.relay.relayKey, uses)
    const theirs = await other.relays.join(invite, {
      signal: new AbortController().signal as never,
      onphase() {}
    })
    const said: string[] = []
    const served = await serve(t, theirs, await t.tmp(), {}, (event) => said.push(event))
    const [here, there] = [connect(), served.connect()]
    for (const client of [here, there]) {
      client.say('REQ', 's', { kinds: [9] })
      await client.type('EOSE', 's')
    }
    for (let i = 0; i < 150; i++) {
      here.say('EVENT', note(member))
      there.say('EVENT', note(other))
    }
    const seen = [new Set<string>(), new Set<string>()]
    for (const [i, client] of [here, there].entries()) {
      while (seen[i]!.size < 300) {
        const { id } = await client.live('s')
        if (seen[i]!.has(id)) t.fail('sent twice')
        seen[i]!.add(id)
      }
    }
    const [mine, others] = [await here.query({ kinds: [9] }), await there.query({ kinds: [9] })]
    t.is(mine.length, 300)
    t.alike(idsOf(mine), idsOf(others))
    t.alike(said, [], 'no index fell behind or was built anew')
  }
)

test('no index is opened before its time', async (t) => {
  const { group } = await scene(t)
  const indexes = await t.tmp()
  const log = (event: string): void => t.comment(event)
  const nostr = new NostrSocket({ indexes, version: '1.2.3', log })
  t.teardown(() => nostr.close())
  const path = join(indexes, group.relay.relayKey)
  const added = nostr.add(group)
  await group.relay.told()
  t.absent(existsSync(path))
  nostr.begin()
  await added
  t.ok(existsSync(path))
})
