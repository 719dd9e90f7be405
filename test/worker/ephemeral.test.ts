/** Ephemeral events: heard by who listens at any member, and kept by nobody. */
import b4a from 'b4a'
import Hyperswarm from 'hyperswarm'
import Protomux from 'protomux'
import test from 'brittle'
import type { Assert } from 'brittle'

import { EphemeralChannel, PROTOCOL } from '../../protocol/ephemeral-channel.ts'
import { signEvent } from '../../protocol/nostr.ts'
import type { EventTemplate, NostrEvent } from '../../protocol/nostr.ts'
import { relayTopic } from '../../protocol/topic.ts'
import { now } from '../../worker/relays/group.ts'
import { hasRole, says, seats, signed } from './group-fixture.ts'
import type { Seat } from './group-fixture.ts'
import type { NostrClient } from './nostr-client.ts'
import { serve } from './nostr-scene.ts'

const LONG = { timeout: 120_000 }
const bytesOf = (value: unknown): Uint8Array => b4a.from(JSON.stringify(value))

/** An ephemeral event of somebody's. */
function brief(by: Seat, fields: Partial<EventTemplate> = {}): NostrEvent {
  const { kind = 20001, created_at = now(), content = '' } = fields
  const tags = [['h', 'field-notes'], ['n', String(Math.random())], ...(fields.tags ?? [])]
  return signEvent({ kind, created_at, tags, content }, by.member.identity.secretKey)
}

/** Resolves when somebody passes events on to so many, and they to it. */
function neighbours({ group }: Seat, count: number): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (group.link?.neighbours === count) resolve()
    }
    const watch = (): void => {
      group.link?.on('neighbours', look)
      look()
    }
    if (group.link === null) group.once('online', watch)
    else watch()
  })
}

/** A client that listens at this member for what is not stored. */
async function listener(t: Assert, { group, member }: Seat): Promise<NostrClient> {
  const { connect, url } = await serve(t, group, await t.tmp())
  const client = connect()
  const [, challenge = ''] = await client.type('AUTH')
  const tags = [
    ['relay', url],
    ['challenge', challenge as string]
  ]
  const proof = { kind: 22242, created_at: now(), tags, content: '' }
  client.say('AUTH', signEvent(proof, member.identity.secretKey))
  await client.type('OK')
  client.say('REQ', 's', { kinds: [20001] })
  await client.type('EOSE', 's')
  return client
}

/** The member's end of its ephemeral channel, which holds nothing back. */
function channelOf({ member }: Seat): { send(bytes: Uint8Array): void; closed: boolean } {
  for (const connection of member.network.swarm.connections) {
    for (const channel of Protomux.from(connection)) {
      if (channel.protocol !== PROTOCOL || channel.closed) continue
      return {
        send: (bytes) => void channel.messages[0]?.send(bytes),
        get closed() {
          return channel.closed
        }
      }
    }
  }
  throw new Error('There is no channel')
}

/** Ends the connection of two members for good. */
async function part(a: Seat, b: Seat): Promise<void> {
  for (const [one, other] of [
    [a, b],
    [b, a]
  ] as const) {
    const { swarm } = one.member.network
    const key = other.member.network.swarm.keyPair.publicKey
    swarm.peers.get(b4a.toString(key, 'hex'))?.ban(true)
    for (const connection of swarm.connections) {
      if (b4a.equals(connection.remotePublicKey, key)) connection.destroy()
    }
  }
  await Promise.all([neighbours(a, 1), neighbours(b, 1)])
}

test(
  'heard at other members, also at one that the author’s is not connected to',
  LONG,
  async (t) => {
    const all = await seats(t, 2)
    const [a, b, c] = all as [Seat, Seat, Seat]
    await Promise.all(all.map((seat) => neighbours(seat, 2)))
    await part(b, c)
    const clients = [await listener(t, a), await listener(t, b), await listener(t, c)]
    const lengths = all.map(({ group }) => group.relay.base.local.length)
    const logs = all.map(({ group }) => group.relay.base.view.log.length)
    const first = brief(b)
    t.alike(await clients[1]!.publish(first), { ok: true, message: '' })
    for (const client of clients) t.is((await client.live('s')).id, first.id)
    const again = await clients[2]!.publish(first)
    t.ok(again.ok && again.message.startsWith('duplicate: '), again.message)
    const next = brief(c, { content: 'é'.repeat(100_000) })
    t.ok((await clients[2]!.publish(next)).ok)
    for (const client of clients) {
      t.alike(await client.live('s'), next, 'as it was signed')
      t.is(client.taken('s').length, 0, 'each once')
      t.alike(await client.query({ kinds: [20001] }), [], 'and nothing is kept')
    }
    t.alike(
      all.map(({ group }) => group.relay.base.local.length),
      lengths
    )
    t.alike(
      all.map(({ group }) => group.relay.base.view.log.length),
      logs
    )
  }
)

test('what no client could bring is passed on by nobody', LONG, async (t) => {
  const [a, b] = (await seats(t, 1)) as [Seat, Seat]
  await Promise.all([neighbours(a, 1), neighbours(b, 1)])
  const client = await listener(t, a)
  const known = (await says(a, 'hello')).id.slice(0, 8)
  const others = { ...b, member: { ...b.member, identity: { secretKey: stranger() } } } as Seat
  const at = now()
  const quiet: NostrEvent[] = [
    brief(others), // by no member
    brief(b, { created_at: at + 3600 }),
    brief(b, { created_at: at - 3600 }), // which may be said again by who heard it then
    brief(b, { tags: [['expiration', String(at - 1)]] }),
    brief(b, { tags: [['previous', 'x']] })
  ]
  const channel = channelOf(b)
  for (const event of quiet) channel.send(bytesOf(event))
  const good = brief(b, { tags: [['previous', known]] })
  channel.send(bytesOf(good))
  t.is((await client.live('s')).id, good.id, 'the one that is true')
  t.absent(channel.closed, 'members may differ about the others')
  for (const event of quiet) {
    const { ok, message } = await client.publish(event)
    t.absent(ok, message)
  }
  t.is(client.taken('s').length, 0)
})

test('what no member’s worker passes on ends who sent it', LONG, async (t) => {
  const [a] = (await seats(t, 0)) as [Seat]
  const client = await listener(t, a)
  const wrong: [string, Uint8Array][] = [
    ['not JSON', b4a.from('{')],
    ['no event', bytesOf([])],
    ['a kind that is kept', bytesOf(signed(a, 9, []))],
    ['a proof of NIP-42', bytesOf(brief(a, { kind: 22242 }))],
    ['of another group', bytesOf(foreign(a))],
    ['forged', bytesOf({ ...brief(a), sig: brief(a).sig })]
  ]
  for (const [what, bytes] of wrong) {
    const reason = await new Promise((end) => a.group.ephemeral.hear(bytes, { end }))
    t.ok(reason, `${what}: ${String(reason)}`)
  }
  const large = (): NostrEvent => brief(a, { content: 'x'.repeat(250_000) })
  const first = large()
  for (const event of [first, large()]) t.ok((await client.publish(event)).ok)
  t.is((await client.live('s')).id, first.id, 'none of the wrong ones was told')
  const { ok, message } = await client.publish(large())
  t.ok(!ok && message.startsWith('rate-limited: '), `of one author: ${message}`)
  const ended: string[] = []
  a.group.ephemeral.hear(bytesOf(large()), { end: (why) => ended.push(why) })
  t.is(ended.length, 0, 'who passes too much of one author on cannot know')
})

test('who breaks the rules is heard no more, and nobody is harmed', LONG, async (t) => {
  const all = await seats(t, 2)
  const [a, b, c] = all as [Seat, Seat, Seat]
  const client = await listener(t, a)
  await Promise.all(all.map((seat) => neighbours(seat, 2)))
  await part(b, c)
  channelOf(b).send(bytesOf({ ...brief(b), content: 'forged' }))
  await Promise.all([neighbours(a, 1), neighbours(b, 0)])
  t.pass('a forger is not heard any more')
  const connection = [...b.member.network.swarm.connections][0]!
  const mux = Protomux.from(connection)
  t.is(await opening(mux, relayTopic(a.group.relay.publicIdentifier ?? '')), 'closed', 'nor again')
  const one = bytesOf(brief(c))
  const channel = channelOf(c)
  for (let i = 0; i < 5000; i++) channel.send(one)
  await Promise.all([neighbours(a, 0), neighbours(c, 0)])
  t.pass('nor who sends without end')
  t.is(a.group.link?.members().length, 2, 'all else goes on')
  t.is(a.member.network.peers, 2)
  t.is((await client.live('s')).id, (JSON.parse(b4a.toString(one)) as NostrEvent).id)
  t.is(client.taken('s').length, 0, 'and what came too often was told once')
})

test('a stranger opens no channel', LONG, async (t) => {
  const [a] = (await seats(t, 0)) as [Seat]
  const topic = relayTopic(a.group.relay.publicIdentifier ?? '')
  const swarm = new Hyperswarm({ bootstrap: bootstrapOf(a) })
  t.teardown(() => swarm.destroy())
  const connected = new Promise<Hyperswarm.Connection>((resolve) => {
    swarm.on('connection', (connection) => {
      connection.on('error', () => {}) // the test ends it
      resolve(connection)
    })
  })
  swarm.join(topic, { server: false, client: true })
  const mux = Protomux.from(await connected)
  t.is(await opening(mux, topic), 'closed')
  t.is(a.group.link?.neighbours, 0)
})

test('a private relay: among its members, and no more to who is none now', LONG, async (t) => {
  const all = await seats(t, 2, 'private')
  const [a, b, c] = all as [Seat, Seat, Seat]
  const clients = [await listener(t, a), await listener(t, b)]
  await Promise.all(all.map((seat) => neighbours(seat, 2)))
  const mux = Protomux.from(connectionOf(c, a))
  const id = idOf(mux)
  const first = brief(c)
  c.group.link?.pass(bytesOf(first), null)
  for (const client of clients) t.is((await client.live('s')).id, first.id)
  await a.group.acts.removeUser(c.pubkey)
  await hasRole(c.pubkey, null, a, b)
  await Promise.all([neighbours(a, 1), neighbours(b, 1), neighbours(c, 0)])
  t.is(await opening(mux, id), 'closed', 'it knows the channel, and is not answered')
  const { ok, message } = await clients[0]!.publish(brief(c))
  t.ok(!ok && message.startsWith('restricted: '), message)
  const last = brief(b)
  t.ok((await clients[1]!.publish(last)).ok)
  for (const client of clients) t.is((await client.live('s')).id, last.id)
})

/** What becomes of a channel that is opened. */
function opening(mux: Protomux, id: Uint8Array): Promise<'open' | 'closed'> {
  return new Promise((resolve) => {
    const channel = new EphemeralChannel(mux, {
      id,
      hear: () => {},
      onoffence: () => {},
      onopen: () => resolve('open'),
      onclose: () => resolve('closed')
    })
    if (!channel.isOpen) throw new Error('It is open already')
  })
}

function connectionOf({ member }: Seat, other: Seat): Hyperswarm.Connection {
  const key = other.member.network.swarm.keyPair.publicKey
  for (const connection of member.network.swarm.connections) {
    if (b4a.equals(connection.remotePublicKey, key)) return connection
  }
  throw new Error('They are not connected')
}

/** Of the ephemeral channel that is open there. */
function idOf(mux: Protomux): Uint8Array {
  for (const { protocol, id } of mux) if (protocol === PROTOCOL && id !== null) return id
  throw new Error('There is no channel')
}

const bootstrapOf = ({ member }: Seat): string[] =>
  member.network.swarm.dht.toArray().map(({ host, port }) => `${host}:${port}`)

const stranger = (): Uint8Array => b4a.alloc(32, 7)

function foreign(by: Seat): NostrEvent {
  const template = { kind: 20001, created_at: now(), tags: [['h', 'other']], content: '' }
  return signEvent(template, by.member.identity.secretKey)
}
