/** Nostr through a gateway, by a client that was not written here, and members who go. */
import 'bare-encoding/global'
import 'bare-abort-controller/global'
import test from 'brittle'
import type { Assert } from 'brittle'
import { AbstractRelay } from 'nostr-tools/abstract-relay'
import type { Event } from 'nostr-tools/core'
import { generateSecretKey, signEvent, verifyEvent } from '../../protocol/nostr.ts'
import type { EventTemplate, NostrEvent } from '../../protocol/nostr.ts'
import type { Gateway } from '../../gateway/gateway.ts'
import type { GatewayLimits } from '../../gateway/limits.ts'
import { now } from '../../worker/relays/group.ts'
import { readPosition } from '../../worker/relays/state.ts'
import { localDht } from '../worker/member.ts'
import { NostrClient } from '../worker/nostr-client.ts'
import { WebSocketOverBare } from '../worker/web-socket.ts'
import { startWhole, together, type Whole } from '../worker/whole.ts'
import { ask } from './client.ts'
import { startGateway } from './fixture.ts'

const LONG = { timeout: 120_000 }
const options = {
  verifyEvent: verifyEvent as never,
  websocketImplementation: WebSocketOverBare as never
}

interface Scene {
  members: Whole[]
  gateway: Gateway
  bootstrap: string[]
  relayKey: string
  publicIdentifier: string
  url: string
  /** driveKeys of those who served sockets, in order. */
  served: string[]
}

async function scene(
  t: Assert,
  access: 'open' | 'closed' | 'private' = 'closed',
  count = 2,
  limits: Partial<GatewayLimits> = {}
): Promise<Scene> {
  const bootstrap = await localDht(t)
  const members: Whole[] = []
  for (let i = 0; i < count; i++) members.push(await startWhole(t, bootstrap))
  const [founder, ...others] = members
  const { relayKey } = await together(founder!, others, access)
  const served: string[] = []
  const gateway = await startGateway(t, bootstrap, {
    limits: { look: 4000, unproven: 200, ...limits },
    log: (event, fields = {}) => {
      if (event === 'socket carried') served.push(String(fields['driveKey']))
    }
  })
  const { relay } = founder!.worker.use().relays.get(relayKey)
  const publicIdentifier = relay.publicIdentifier ?? ''
  const url = `${gateway.url.replace('http', 'ws')}/${publicIdentifier}`
  return { members, gateway, bootstrap, relayKey, publicIdentifier, url, served }
}

const secretOf = ({ worker }: Whole): Uint8Array => worker.use().identity.secretKey
let written = 0

function note(by: Whole | Uint8Array, fields: Partial<EventTemplate> = {}): NostrEvent {
  const { kind = 9, created_at = now(), content = `note ${written++}` } = fields
  const tags = [['h', 'field-notes'], ...(fields.tags ?? [])]
  return signEvent(
    { kind, created_at, tags, content },
    by instanceof Uint8Array ? by : secretOf(by)
  )
}

/** Says what a member published, once every member has it. */
async function everywhere({ members, relayKey }: Scene, event: NostrEvent): Promise<void> {
  for (const { worker } of members) {
    const { relay } = worker.use().relays.get(relayKey)
    while ((await readPosition(relay.state, event.id)) === null) {
      await new Promise((resolve) => relay.once('update', resolve))
    }
  }
}

/** The member who serves now, and the others. */
function serving({ members, served }: Scene): { one: Whole; rest: Whole[] } {
  const key = served.at(-1)
  const one = members.find(({ worker }) => worker.use().drive.key === key)
  if (one === undefined) throw new Error('nobody serves')
  return { one, rest: members.filter((other) => other !== one) }
}

/** What is not stored comes from the member who serves, and from the other one. */
async function hearsBoth(relay: AbstractRelay, { members, relayKey }: Scene): Promise<void> {
  const told: string[] = []
  let look = (): void => {}
  await new Promise<void>((resolve) => {
    relay.subscribe([{ kinds: [20001] }], {
      onevent: ({ id }) => {
        told.push(id)
        look()
      },
      oneose: resolve
    })
  })
  for (const member of members) {
    const { ephemeral, link } = member.worker.use().relays.get(relayKey)
    while (link?.neighbours !== 1) {
      await new Promise<void>((resolve) => link?.once('neighbours', () => resolve()))
    }
    const event = note(member, { kind: 20001 })
    await ephemeral.offer(event)
    while (told.at(-1) !== event.id) await new Promise<void>((resolve) => void (look = resolve))
  }
}

test('nostr-tools through the gateway; the member who serves is killed', LONG, async (t) => {
  const at = await scene(t)
  const [founder] = at.members
  const relay = new AbstractRelay(at.url, options)
  t.teardown(() => relay.close(), { order: -2 })
  await relay.connect()
  const first = note(founder!)
  await relay.publish(first)
  await everywhere(at, first)
  const events: Event[] = []
  const looks = new Set<() => void>()
  const came = async (count: number): Promise<void> => {
    while (events.length < count) await new Promise<void>((resolve) => looks.add(resolve))
  }
  let eosed = 0
  const closed: string[] = []
  await new Promise<void>((resolve) => {
    relay.subscribe([{ kinds: [9], '#h': ['field-notes'], limit: 1 }], {
      onevent: (event) => {
        events.push(event)
        for (const look of looks) look()
      },
      oneose: () => {
        eosed++
        resolve()
      },
      onclose: (reason) => void closed.push(reason)
    })
  })
  await came(1)
  await hearsBoth(relay, at)
  const { one, rest } = serving(at)
  // Written while nobody tells the client: after the member went, before another one serves.
  await one.close()
  const second = note(rest[0]!)
  await rest[0]!.worker
    .use()
    .relays.get(at.relayKey)
    .relay.append([{ type: 'event', event: second }])
  await came(2)
  const third = note(rest[0]!)
  await relay.publish(third)
  await came(3)
  t.alike(
    events.map(({ id }) => id),
    [first.id, second.id, third.id],
    'each event once, and none left out'
  )
  t.is(eosed, 1)
  t.alike(closed, [])
  t.is(at.served.length, 2)
  t.is(await relay.count([{ kinds: [9] }], {}), 3)
})

test('proofs name the gateway’s address, and go along to the next member', LONG, async (t) => {
  const at = await scene(t)
  const [founder] = at.members
  const relay = new AbstractRelay(at.url, options)
  t.teardown(() => relay.close(), { order: -2 })
  await relay.connect()
  const by = secretOf(founder!)
  const sign = (template: Parameters<typeof signEvent>[0]): Promise<never> =>
    Promise.resolve(signEvent(template, by) as never)
  const own = (): Event => note(by, { tags: [['-']] })
  await t.exception(relay.publish(own()), /auth-required/)
  await relay.auth(sign)
  await t.execution(relay.publish(own()))
  const { one } = serving(at)
  await one.close()
  await t.execution(relay.publish(own()), 'what was proved counts at another member')

  const client = new NostrClient(at.url)
  t.teardown(() => client.close(), { order: -2 })
  const [, challenge] = await client.type('AUTH')
  const prove = (relayTag: string): NostrEvent =>
    signEvent(
      {
        kind: 22242,
        created_at: now(),
        tags: [
          ['relay', relayTag],
          ['challenge', String(challenge)]
        ],
        content: ''
      },
      by
    )
  for (const elsewhere of ['ws://127.0.0.1:1945', 'wss://elsewhere.example']) {
    const proof = prove(`${elsewhere}/${at.publicIdentifier}`)
    client.say('AUTH', proof)
    const [, , ok, message] = await client.type('OK', proof.id)
    t.is(ok, false)
    t.is(message, 'invalid: for another relay')
  }
  const proof = prove(at.url)
  client.say('AUTH', proof)
  t.is((await client.type('OK', proof.id))[2], true)
})

test('a private relay: listed gateways alone, and members who prove it', LONG, async (t) => {
  const at = await scene(t, 'private', 1, { socketResume: 500 })
  const [admin] = at.members
  const unlisted = await startGateway(t, at.bootstrap, { limits: { look: 4000 } })
  const refused = new NostrClient(
    at.url.replace(/:[0-9]+[/]/, unlisted.url.replace(/.*:/, ':') + '/')
  )
  await refused.end()
  t.is(refused.messages.length, 0, 'no word by a gateway that no admin listed')
  const group = admin!.worker.use().relays.get(at.relayKey)
  await group.acts.editMetadata({ gateways: [at.gateway.gatewayKey] })
  const http = at.url.replace('ws', 'http')
  const accept = { accept: 'application/nostr+json' }
  const information = JSON.parse((await ask(http, { headers: accept })).body.toString()) as Record<
    string,
    unknown
  >
  t.is(information['name'], undefined)
  t.alike((information['limitation'] as { auth_required: boolean }).auth_required, true)

  const relay = new AbstractRelay(at.url, options)
  t.teardown(() => relay.close(), { order: -2 })
  await relay.connect()
  const asks = (): Promise<string> =>
    new Promise((resolve) => {
      relay.subscribe([{ kinds: [9] }], {
        onevent: () => {},
        oneose: () => resolve('eose'),
        onclose: resolve
      })
    })
  t.ok((await asks()).startsWith('auth-required:'))
  await relay.auth((template) => Promise.resolve(signEvent(template, secretOf(admin!)) as never))
  t.is(await asks(), 'eose')
  await relay.publish(note(admin!))

  const ended = new Promise<void>((resolve) => (relay.onclose = () => resolve()))
  await group.acts.editMetadata({ gateways: [] })
  await ended
  t.pass('a gateway that is taken off the list loses its clients')

  const stranger = new AbstractRelay(at.url, options)
  await t.exception(stranger.connect())
})

test('NIP-11, and what is no relay', LONG, async (t) => {
  const at = await scene(t, 'closed', 1)
  const [founder] = at.members
  const { facts } = founder!.worker.use().relays.get(at.relayKey).relay
  const http = at.url.replace('ws', 'http')
  for (const url of [http, `${http}/`, http.replace(/:(?=[^:]*$)/, '%3A')]) {
    const reply = await ask(url, { headers: { accept: 'application/nostr+json' } })
    t.is(reply.status, 200)
    t.is(reply.headers['content-type'], 'application/nostr+json')
    t.is(reply.headers['access-control-allow-origin'], '*')
    const information = JSON.parse(reply.body.toString()) as Record<string, unknown>
    t.is(information['name'], 'Field notes')
    t.is(information['self'], facts?.relayPubkey)
    t.is(information['pubkey'], facts?.relayPubkey)
  }
  const other = note(generateSecretKey())
  const unknown = at.url.replace(/npub1[^:]+/, 'npub1qqqqqq')
  const nowhere = new NostrClient(unknown)
  await nowhere.end()
  t.ok(nowhere.closed)
  const client = new NostrClient(at.url)
  t.teardown(() => client.close(), { order: -2 })
  t.is((await client.publish(other)).message.split(':')[0], 'restricted')
  client.socket.write('garbage')
  t.is((await client.type('NOTICE'))[1], 'invalid: not JSON')
  client.socket.write(Buffer.from([1, 2, 3]))
  await client.end()
  t.ok(client.closed, 'binary messages end it')
})
