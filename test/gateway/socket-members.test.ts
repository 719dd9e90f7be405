/** Members who go, fall silent or lie while a client's socket is carried to them. */
import 'bare-encoding/global'
import test from 'brittle'
import type { Assert } from 'brittle'
import b4a from 'b4a'
import type { Gateway } from '../../gateway/gateway.ts'
import type { GatewayLimits } from '../../gateway/limits.ts'
import type { ChannelSocket, SocketOrigin } from '../../protocol/file-channel/channel.ts'
import { matches, parseFilter } from '../../protocol/filter.ts'
import { signEvent, type NostrEvent } from '../../protocol/nostr.ts'
import { localDht } from '../worker/member.ts'
import { NostrClient, type Message } from '../worker/nostr-client.ts'
import {
  person,
  startGateway,
  startMember,
  TestRelay,
  type Person,
  type TestMember
} from './fixture.ts'

const LONG = { timeout: 60_000 }

/** A relay as small as can be, at one member. */
class Mini {
  events: NostrEvent[]
  readonly heard: Message[] = []
  readonly clients = new Set<ChannelSocket>()
  origin: SocketOrigin | null = null
  /** Answers a message in another way; true when it has. */
  instead: (message: Message, client: ChannelSocket) => boolean = () => false
  readonly #open = new Map<string, object[]>()

  constructor(events: NostrEvent[]) {
    this.events = events
  }

  readonly socket = (_: unknown, client: ChannelSocket, origin: SocketOrigin): void => {
    this.origin = origin
    this.clients.add(client)
    client.on('close', () => this.clients.delete(client))
    client.on('message', (bytes) => {
      const message = JSON.parse(b4a.toString(bytes)) as Message
      this.heard.push(message)
      if (!this.instead(message, client)) this.#answer(message, client)
    })
  }

  say(client: ChannelSocket, ...message: unknown[]): void {
    client.send(b4a.from(JSON.stringify(message)))
  }

  /** A new event, for all who are subscribed. */
  add(event: NostrEvent): void {
    this.events.push(event)
    for (const client of this.clients) {
      for (const [id, filters] of this.#open) {
        const wanted = filters.some((filter) => matches(parseFilter(filter), event))
        if (wanted) this.say(client, 'EVENT', id, event)
      }
    }
  }

  #answer([type, id, ...rest]: Message, client: ChannelSocket): void {
    if (type === 'EVENT') this.say(client, 'OK', (id as NostrEvent).id, true, '')
    if (type === 'CLOSE') this.#open.delete(String(id))
    if (type !== 'REQ') return
    this.#open.set(String(id), rest as object[])
    for (const raw of rest) {
      const filter = parseFilter(raw)
      const found = this.events.filter((event) => matches(filter, event))
      found.sort((a, b) => b.created_at - a.created_at)
      for (const event of found.slice(0, filter.limit ?? 5000)) this.say(client, 'EVENT', id, event)
    }
    this.say(client, 'EOSE', id)
  }
}

interface Scene {
  relay: TestRelay
  author: Person
  gateway: Gateway
  url: string
  minis: [Mini, Mini]
  members: TestMember[]
  client: NostrClient
  /** Which of the two serves now, and the other one. */
  now(): { one: Mini; other: Mini; member: TestMember }
}

async function scene(
  t: Assert,
  events: (author: Person, alias: string) => NostrEvent[] = () => [],
  limits: Partial<GatewayLimits> = {}
): Promise<Scene> {
  const bootstrap = await localDht(t)
  const relay = new TestRelay()
  const [author, other] = [person(), person()]
  const list = relay.list([author, other])
  const stored = events(author, relay.alias)
  const minis: [Mini, Mini] = [new Mini([...stored]), new Mini([...stored])]
  const members = await Promise.all(
    [author, other].map((who, i) =>
      startMember(t, {
        relay,
        person: who,
        list,
        bootstrap,
        misbehaviour: { socket: minis[i]!.socket }
      })
    )
  )
  const gateway = await startGateway(t, bootstrap, { limits: { look: 3000, ...limits } })
  const relays = gateway.peers.use(relay.publicIdentifier)
  while (relays.usable('').length < 2) {
    await new Promise<void>((resolve) => relays.once('change', () => resolve()))
  }
  const url = `${gateway.url.replace('http', 'ws')}/${relay.publicIdentifier}`
  const client = new NostrClient(url)
  t.teardown(() => client.close(), { order: -2 })
  await client.type('AUTH')
  const now = (): ReturnType<Scene['now']> => {
    const at = minis.findIndex(({ clients }) => clients.size > 0)
    return { one: minis[at]!, other: minis[1 - at]!, member: members[at]! }
  }
  return { relay, author, gateway, url, minis, members, client, now }
}

const noteAt = (by: Person, alias: string, created_at: number, content = ''): NostrEvent =>
  signEvent({ kind: 9, created_at, tags: [['h', alias]], content }, by.secretKey)

const times = (events: NostrEvent[]): number[] => events.map(({ created_at }) => created_at)

/** Waits until the other member was asked for everything that is open. */
async function moved(mini: Mini, count: number): Promise<void> {
  while (mini.heard.filter(([type]) => type === 'REQ').length < count) {
    await new Promise((resolve) => setImmediate(resolve))
  }
}

test(
  'after a member went: nothing twice, nothing missing, nothing beyond a limit',
  LONG,
  async (t) => {
    const all = [100, 200, 300, 400]
    const at = await scene(t, (by, alias) => all.map((time) => noteAt(by, alias, time)))
    const { client, author, relay, now } = at
    client.say('REQ', 'limited', { kinds: [9], limit: 2 })
    client.say('REQ', 'all', { kinds: [9] })
    client.say('REQ', 'live', { kinds: [9], limit: 0 })
    client.say('REQ', 'few', { kinds: [9], until: 250, limit: 9 })
    for (const id of ['limited', 'all', 'live', 'few']) await client.type('EOSE', id)
    t.alike(times(client.taken('limited')), [400, 300])
    t.alike(times(client.taken('all')), [400, 300, 200, 100])
    t.alike(times(client.taken('few')), [200, 100])
    const { one, other, member } = now()
    const late = Math.floor(Date.now() / 1000) + 1
    one.add(noteAt(author, relay.alias, late))
    t.is((await client.live('limited')).created_at, late)
    other.events.push(...one.events.slice(4))
    // What comes while nobody tells the client, one of them dated back.
    other.events.push(noteAt(author, relay.alias, late + 1), noteAt(author, relay.alias, 150))
    client.taken('all')
    client.taken('live')
    member.vanish()
    await moved(other, 4)
    other.add(noteAt(author, relay.alias, late + 2))
    for (const id of ['limited', 'live']) {
      t.alike(times([await client.live(id), await client.live(id)]), [late + 1, late + 2], id)
    }
    const rest = [await client.live('all'), await client.live('all'), await client.live('all')]
    t.alike(times(rest), [late + 1, 150, late + 2], 'what is dated back comes too')
    t.is((await client.live('few')).created_at, 150)
    t.is(client.messages.length, 0, 'and nothing else, no second EOSE above all')
  }
)

test('what was not answered is asked again, and answered once', LONG, async (t) => {
  const at = await scene(t)
  const { client, author, relay, minis, now } = at
  const silent = now().one
  silent.instead = () => true
  const event = noteAt(author, relay.alias, 500)
  client.say('EVENT', event)
  client.say('REQ', 'late', { kinds: [9] })
  while (silent.heard.length < 2) await new Promise((resolve) => setImmediate(resolve))
  for (const mini of minis) if (mini !== silent) mini.events.push(event)
  t.is((await client.type('OK', event.id))[2], true, 'a member who is silent is left')
  t.is((await client.live('late')).id, event.id)
  await client.type('EOSE', 'late')
  t.is(silent.clients.size, 0)
  t.is(client.messages.length, 0)
})

test('the challenge comes when a member wants a proof, and with each refusal', LONG, async (t) => {
  const { url, minis } = await scene(t)
  const client = new NostrClient(url)
  t.teardown(() => client.close(), { order: -2 })
  await client.query({ kinds: [9] })
  t.alike(client.messages, [], 'none for who reads')
  for (const mini of minis) {
    mini.instead = ([type, id], carried) => {
      if (type === 'REQ') mini.say(carried, 'CLOSED', id, 'auth-required: for admins')
      return type === 'REQ'
    }
  }
  client.say('REQ', 'a', { kinds: [9009] })
  await client.type('CLOSED', 'a')
  const challenge = await client.type('AUTH')
  t.alike(await client.type('AUTH'), challenge, 'before the refusal, and after it')
  client.say('REQ', 'b', { kinds: [9009] })
  await client.type('CLOSED', 'b')
  t.alike(await client.type('AUTH'), challenge, 'and after the next')
  const waiting = new NostrClient(url)
  t.teardown(() => waiting.close(), { order: -2 })
  t.not((await waiting.type('AUTH'))[1], challenge[1], 'and to who says nothing')
  t.alike(client.messages, [])
})

test('what nobody asked for does not get through', LONG, async (t) => {
  const at = await scene(t)
  const { client, author, relay, now } = at
  const { one, other } = now()
  client.say('REQ', 'mine', { kinds: [9] })
  await client.type('EOSE', 'mine')
  const [carried] = [...one.clients]
  const say = (...message: unknown[]): void => one.say(carried!, ...message)
  const wanted = noteAt(author, relay.alias, 1)
  say('EVENT', 'mine', { ...wanted, kind: 7 })
  say('EVENT', 'mine', { id: 'short' })
  say('EVENT', 'mine')
  say('EVENT', 'theirs', wanted)
  say('OK', wanted.id, true, '')
  say('EOSE', 'mine')
  say('AUTH', 'another challenge')
  say('CLOSED', 'theirs', 'error: no')
  say('COUNT', 'mine', { count: 1 })
  say('NEG-MSG', 'mine', '61')
  say('BYE', 'mine')
  say('EVENT', 'mine', wanted)
  t.is((await client.live('mine')).id, wanted.id)
  t.is(client.messages.length, 0)
  t.is(one.origin?.address, at.url, 'the member is told what the client sees')
  carried!.send(b4a.from('no JSON'))
  await moved(other, 1)
  t.pass('who cannot speak is left')
})

test('floods: too many subscriptions, messages, connections', LONG, async (t) => {
  const limits = { socketsPerAddress: 2, socketBurst: 200, socketRate: 10 }
  const { client, url } = await scene(t, () => [], limits)
  for (let i = 0; i < 65; i++) client.say('REQ', `s${i}`, { kinds: [9] })
  t.ok(String((await client.type('CLOSED', 's64'))[2]).startsWith('rate-limited:'))
  const second = new NostrClient(url)
  await second.type('AUTH')
  const third = new NostrClient(url)
  await third.end()
  t.is(third.messages.length, 0, 'one address has so many')
  for (let i = 0; i < 1000; i++) second.socket.write('[]')
  await second.end()
  t.pass('who does not stop is cut off')
  const again = new NostrClient(url)
  t.teardown(() => again.close(), { order: -2 })
  await again.type('AUTH')
  again.socket.write(Buffer.alloc(600 * 1024, 32).toString())
  await again.end()
  t.pass('and so is a message beyond the limit')
  client.say('CLOSE', 's0')
  client.say('REQ', 'after', { kinds: [9] })
  await client.type('EOSE', 'after')
  t.pass('the others go on')
})

test('who sends a thousand events in a row has each of them answered', LONG, async (t) => {
  const { client, author, relay } = await scene(t, () => [], { socketBurst: 5000 })
  const ids = new Set<string>()
  for (let i = 0; i < 1000; i++) {
    const event = noteAt(author, relay.alias, i)
    ids.add(event.id)
    client.say('EVENT', event)
  }
  while (ids.size > 0) {
    const [, id, ok, message] = await client.type('OK')
    if (ok !== true) t.fail(String(message))
    ids.delete(String(id))
  }
  t.pass()
})
