import test from 'brittle'
import { writeFileSync } from 'bare-fs'
import process from 'bare-process'
import { ChannelSocket, SOCKET_WINDOW } from '../../protocol/file-channel/channel-socket.ts'
import { generateSecretKey, getPublicKey, signEvent } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { now } from '../../worker/relays/group.ts'
import { Outflow } from '../../protocol/file-channel/outflow.ts'
import { silent } from '../../worker/log.ts'
import { Ingest } from '../../worker/serve/nostr/ingest.ts'
import { note, scene, serve } from './nostr-scene.ts'
import type { Scene } from './nostr-scene.ts'

test('garbage is answered, and what is too much is cut off', async (t) => {
  const { member, connect, nostr } = await scene(t)
  const client = connect()
  await client.type('AUTH')
  const garbage = [
    '',
    'hello',
    '{}',
    '[]',
    '[1]',
    '["REQ"]',
    '["REQ",1,{}]',
    '["NOPE"]',
    '["EVENT"]',
    '["AUTH",{}]',
    '['.repeat(5000),
    `["REQ","${'x'.repeat(65)}",{}]`,
    '["REQ","",{}]'
  ]
  for (const text of garbage) {
    client.socket.write(text)
    const [, reason] = await client.type('NOTICE')
    t.ok(String(reason).startsWith('invalid: '), text.slice(0, 20))
  }
  t.ok((await client.publish(note(member))).ok, 'the connection goes on')
  client.socket.write('["REQ","' + 'x'.repeat(600_000) + '",{}]')
  await client.end()
  const binary = connect()
  await binary.type('AUTH')
  binary.socket.write(Buffer.from('["REQ","a",{}]'))
  await binary.end()
  t.is(binary.messages.filter(([type]) => type === 'NOTICE').length, 1)
  t.ok((await connect().publish(note(member))).ok, 'others are unmoved')
  t.ok(nostr.connections >= 1)
})

test('ten thousand REQs', { timeout: 60_000 }, async (t) => {
  const { member, connect } = await scene(t)
  const client = connect()
  await client.publish(note(member))
  const before = process.memoryUsage().rss
  for (let i = 0; i < 10_000; i++) client.say('REQ', `s${i}`, { kinds: [9] })
  for (let i = 0; i < 32; i++) await client.type('EOSE')
  for (let i = 32; i < 10_000; i++) {
    const [, , reason] = await client.type('CLOSED')
    if (!String(reason).startsWith('rate-limited: ')) t.fail(String(reason))
  }
  const grown = (process.memoryUsage().rss - before) / 1e6
  t.comment(`${grown.toFixed(0)} MB more, of which the client has the most`)
  t.ok(grown < 100)
  t.ok((await connect().publish(note(member))).ok)
})

test(
  'a client that never reads is cut off, and the memory comes back',
  { timeout: 60_000 },
  async (t) => {
    const { member, connect, nostr } = await scene(t, { stall: 500 })
    const writer = connect()
    const content = 'x'.repeat(50_000)
    for (let i = 0; i < 200; i++) writer.say('EVENT', note(member, { content: content + i }))
    for (let i = 0; i < 200; i++) await writer.type('OK')
    const deaf = connect()
    await deaf.type('AUTH')
    for (let i = 0; i < 20; i++) deaf.say('REQ', `s${i}`, { kinds: [9] })
    deaf.socket.pause()
    const cut = new Promise<void>((resolve) => deaf.socket.on('close', () => resolve()))
    while (nostr.connections > 1) await writer.query({ limit: 1 })
    t.pass('the relay has let go of it')
    deaf.socket.resume()
    await cut
    t.ok((await writer.publish(note(member))).ok)
  }
)

test('more connections than may are refused', async (t) => {
  const { connect, member } = await scene(t, { connections: 2 })
  const [first, second] = [connect(), connect()]
  await first.type('AUTH')
  await second.type('AUTH')
  const third = connect()
  await third.end()
  t.is(third.messages.length, 0)
  t.ok((await first.publish(note(member))).ok)
})

test('a place where no index can be kept: said, and nothing else suffers', async (t) => {
  const { group, member, connect } = await scene(t)
  const file = (await t.tmp()) + '/file'
  writeFileSync(file, 'not a directory')
  const said: string[] = []
  const served = await serve(t, group, file, {}, (event) => said.push(event))
  t.ok(said.includes('relay-not-served'))
  await served.connect().end()
  t.pass('its address is not there')
  t.ok((await connect().publish(note(member))).ok, 'the group goes on')
})

/** A client that a gateway carries: what it says is taken at once, and what it hears is told. */
function carry(
  { group, nostr }: Scene,
  hear: (bytes: Uint8Array) => void = () => {}
): ChannelSocket {
  const wire = { outflow: new Outflow(1 << 20), message: hear, grant: () => {}, leave: () => {} }
  const socket = new ChannelSocket(wire, 64 * SOCKET_WINDOW)
  const address = `wss://gateway.example/${group.relay.publicIdentifier}`
  nostr.carry(group.relay.relayKey, socket, { address, challenge: 'ab'.repeat(16) }, 'aa')
  return socket
}

test('by a gateway nobody brings what an admin signed for another group of the name', async (t) => {
  const place = await scene(t)
  const { member, group } = place
  const stranger = getPublicKey(generateSecretKey())
  let hear = (_message: unknown[]): void => {}
  const socket = carry(place, (bytes) => hear(JSON.parse(String(Buffer.from(bytes))) as unknown[]))
  t.teardown(() => socket.close())
  const publish = (event: NostrEvent): Promise<unknown[]> =>
    new Promise((resolve) => {
      hear = (message) => {
        if (message[0] === 'OK' && message[1] === event.id) resolve(message)
      }
      socket.take(Buffer.from(JSON.stringify(['EVENT', event])))
    })
  const acts: [number, string[][]][] = [
    [9000, [['p', stranger]]],
    [9002, [['name', 'Theirs']]],
    [9005, [['e', 'ab'.repeat(32)]]],
    [9008, []],
    [9009, [['code', 'sesame']]],
    [9022, []]
  ]
  for (const [kind, tags] of acts) {
    const [, , ok, reason] = await publish(note(member, { kind, tags, content: '' }))
    t.ok(ok === false && String(reason).startsWith('auth-required: '), `${kind}: ${String(reason)}`)
  }
  t.absent(group.relay.members.has(stranger))
  t.is((await publish(note(member)))[2], true, 'words are')

  // Who proves to this relay that it is the admin does what it signed.
  const tags = [
    ['relay', `wss://gateway.example/${group.relay.publicIdentifier}`],
    ['challenge', 'ab'.repeat(16)]
  ]
  const proof = { kind: 22242, created_at: now(), tags, content: '' }
  const signed = signEvent(proof, member.identity.secretKey)
  const proven = new Promise<unknown[]>((resolve) => (hear = (message) => resolve(message)))
  socket.take(Buffer.from(JSON.stringify(['AUTH', signed])))
  t.alike(await proven, ['OK', signed.id, true, ''])
  const put = note(member, { kind: 9000, tags: [['p', stranger]], content: '' })
  t.is((await publish(put))[2], true)
  t.ok(group.relay.members.has(stranger))
})

test('a client that asks anew before it was answered is not heard without end', async (t) => {
  const socket = carry(await scene(t, {}, 'open'))
  const authors = Array.from({ length: 1000 }, (_, i) => i.toString(16).padStart(64, '0'))
  const ask = Buffer.from(JSON.stringify(['REQ', 'a', { authors }]))
  let heard = 0
  while (heard < 64 * 1024 * 1024 && socket.take(ask)) heard += ask.byteLength
  t.ok(heard < 16 * 1024 * 1024, `${(heard / 1e6).toFixed(0)} MB of questions wait`)
  socket.close()
})

test('large events wait at the client, and of many clients not too many are taken', async (t) => {
  const place = await scene(t, {}, 'open')
  const { member, connect } = place
  const content = 'x'.repeat(200_000)
  const offer = (n: number): Buffer =>
    Buffer.from(JSON.stringify(['EVENT', note(member, { content: content + n })]))
  let [answered, refused] = [0, 0]
  const heard = new Promise<void>((resolve) => {
    const hear = (bytes: Uint8Array): void => {
      const [type, , ok, reason] = JSON.parse(String(Buffer.from(bytes))) as unknown[]
      if (type !== 'OK') return
      if (ok !== true && !String(reason).startsWith('rate-limited: ')) t.fail(String(reason))
      if (ok !== true) refused++
      if (++answered === taken) resolve()
    }
    let taken = 0
    for (let client = 0; client < 12; client++) {
      const socket = carry(place, hear)
      t.teardown(() => socket.close())
      let bytes = 0
      for (let n = 0; n < 40; n++) {
        const text = offer(40 * client + n)
        if (!socket.take(text)) break
        bytes += text.byteLength
        taken++
      }
      if (bytes > 4_500_000) t.fail(`${(bytes / 1e6).toFixed(1)} MB of one client wait`)
    }
  })
  await heard
  t.ok(refused > 0 && refused < answered, `${refused} of ${answered} were too many at once`)
  const client = connect()
  for (let n = 0; n < 60; n++) client.say('EVENT', note(member, { content: content + n }))
  for (let n = 0; n < 60; n++) {
    if ((await client.type('OK'))[2] !== true) t.fail('one client alone is held back, not refused')
  }
})

test('an event whose references cannot be looked up is answered', async (t) => {
  const { group, member } = await scene(t)
  const state = { peek: () => Promise.reject(new Error('gone')) }
  const relay = { state, closing: false }
  const ingest = new Ingest({ ...group, relay } as never, silent)
  const event = note(member, { tags: [['previous', '0'.repeat(8)]] })
  const { ok, message } = await ingest.add(event, 100)
  t.absent(ok)
  t.ok(message.startsWith('error: '))
})
