/** NIP-29 by a client that was not written here: nostr-tools' events and pool. */
import 'bare-encoding/global'
import 'bare-abort-controller/global'
import test from 'brittle'
import type { Assert } from 'brittle'
import { AbstractRelay } from 'nostr-tools/abstract-relay'
import type { Filter } from 'nostr-tools/filter'
import * as nip29 from 'nostr-tools/nip29'
import { generateSecretKey, getPublicKey, signEvent, verifyEvent } from '../../protocol/nostr.ts'
import type { EventTemplate, NostrEvent } from '../../protocol/nostr.ts'
import { now } from '../../worker/relays/group.ts'
import { note, scene } from './nostr-scene.ts'
import type { Scene } from './nostr-scene.ts'
import { WebSocketOverBare } from './web-socket.ts'

const ALIAS = 'field-notes'
const options = {
  verifyEvent: verifyEvent as never,
  websocketImplementation: WebSocketOverBare as never
}

/** Somebody with a key and nostr-tools. */
class Person {
  readonly secretKey: Uint8Array
  readonly pubkey: string
  readonly relay: AbstractRelay

  constructor(relay: AbstractRelay, secretKey = generateSecretKey()) {
    this.relay = relay
    this.secretKey = secretKey
    this.pubkey = getPublicKey(secretKey)
  }

  sign(template: EventTemplate): NostrEvent {
    return signEvent(template, this.secretKey)
  }

  /** Publishes; resolves to '' or to what the relay said. */
  async publish(template: EventTemplate): Promise<string> {
    try {
      return await this.relay.publish(this.sign(template))
    } catch (err) {
      return (err as Error).message
    }
  }

  say(content: string): Promise<string> {
    return this.publish({ kind: 9, created_at: now(), tags: [['h', ALIAS]], content })
  }

  authenticate(): Promise<string> {
    return this.relay.auth((template) => Promise.resolve(this.sign(template) as never))
  }

  /** What is stored. */
  query(filter: Filter): Promise<NostrEvent[]> {
    return new Promise((resolve, reject) => {
      const events: NostrEvent[] = []
      const subscription = this.relay.subscribe([filter], {
        onevent: (event) => events.push(event as NostrEvent),
        oneose: () => {
          resolve(events)
          subscription.close()
        },
        onclose: (reason) => reject(new Error(reason))
      })
    })
  }

  /** Waits until the newest event of a kind is as it should be. */
  async until(kind: number, is: (event: NostrEvent) => boolean): Promise<NostrEvent> {
    return new Promise((resolve) => {
      const subscription = this.relay.subscribe([{ kinds: [kind] }], {
        onevent: (event) => {
          if (!is(event as NostrEvent)) return
          subscription.close()
          resolve(event as NostrEvent)
        }
      })
    })
  }
}

async function person(t: Assert, { url }: Scene, secretKey?: Uint8Array): Promise<Person> {
  const relay = new AbstractRelay(url, options)
  t.teardown(() => relay.close(), { order: -2 })
  await relay.connect()
  return new Person(relay, secretKey)
}

const lists =
  (pubkey: string, yes = true) =>
  ({ tags }: NostrEvent): boolean =>
    tags.some(([name, value]) => name === 'p' && value === pubkey) === yes

test('join by a code, be promoted, moderate, be removed', { timeout: 60_000 }, async (t) => {
  const place = await scene(t)
  const admin = await person(t, place, place.member.identity.secretKey)
  const ivo = await person(t, place)

  t.ok((await ivo.say('let me in')).startsWith('restricted: '))
  t.is(
    await ivo.publish(nip29.generateGroupJoinRequestEventTemplate(ALIAS)),
    'restricted: your request waits for an admin’s approval'
  )
  const guessed = nip29.generateCreateInviteEventTemplate(ALIAS, '12345')
  t.ok((await admin.publish(guessed)).startsWith('invalid: '), 'too short')
  const unknown = nip29.generateGroupJoinRequestEventTemplate(ALIAS, 'open please')
  t.is(await ivo.publish(unknown), 'restricted: unknown invite code')
  t.is(await admin.publish(nip29.generateCreateInviteEventTemplate(ALIAS, 'sesame')), '')
  const mine = nip29.generateCreateInviteEventTemplate(ALIAS, 'mine')
  t.ok((await ivo.publish(mine)).startsWith('restricted: '))
  const join = nip29.generateGroupJoinRequestEventTemplate(ALIAS, 'sesame')
  t.is(await ivo.publish(join), '')
  await ivo.until(39002, lists(ivo.pubkey))
  const [let_in] = await ivo.query({ kinds: [9000], '#p': [ivo.pubkey] })
  t.is(let_in?.pubkey, place.group.relay.facts?.relayPubkey, 'the relay says so')
  t.ok((await ivo.publish(join)).startsWith('duplicate: '))
  t.is(await ivo.say('hello'), '')

  t.is(
    await admin.publish(nip29.generatePutUserEventTemplate(ALIAS, ivo.pubkey, ['moderator'])),
    ''
  )
  const admins = await ivo.until(39001, lists(ivo.pubkey))
  const roles = nip29.parseGroupAdminsEvent(admins as never)
  t.alike(
    Object.fromEntries(roles.map(({ pubkey, label }) => [pubkey, label]).sort()) as object,
    Object.fromEntries(
      [
        [admin.pubkey, 'admin'],
        [ivo.pubkey, 'moderator']
      ].sort()
    ) as object
  )

  const spam = note(place.member, { content: 'spam' })
  await admin.relay.publish(spam)
  t.is(await ivo.publish(nip29.generateDeleteEventEventTemplate(ALIAS, spam.id)), '')
  t.is((await ivo.query({ ids: [spam.id] })).length, 0)
  const put = nip29.generatePutUserEventTemplate(ALIAS, ivo.pubkey, ['admin'])
  t.ok((await ivo.publish(put)).startsWith('restricted: '), 'nobody promotes themselves')

  t.is(await admin.publish(nip29.generateRemoveUserEventTemplate(ALIAS, ivo.pubkey)), '')
  await admin.until(39002, lists(ivo.pubkey, false))
  t.ok((await ivo.say('still here')).startsWith('restricted: '))
  t.ok((await ivo.publish(join)).startsWith('restricted: '), 'a code is none for the removed')
  t.is((await admin.query({ authors: [ivo.pubkey], kinds: [9] })).length, 1, 'hello stays')
})

test('describe, pin, leave, and what a group is not made for', { timeout: 60_000 }, async (t) => {
  const place = await scene(t, {}, 'open')
  const admin = await person(t, place, place.member.identity.secretKey)
  const mara = await person(t, place)
  t.is(await mara.publish(nip29.generateGroupJoinRequestEventTemplate(ALIAS)), '', 'open')
  t.is(await mara.say('hello'), '')

  const group = {
    relay: place.url,
    reference: { id: ALIAS, host: place.url },
    metadata: {
      id: ALIAS,
      pubkey: '',
      name: 'Owls',
      about: 'at night',
      picture: 'https://o.example'
    }
  }
  const edit = nip29.generateEditGroupMetadataEventTemplate(group)
  t.ok((await mara.publish(edit)).startsWith('restricted: '))
  t.is(await admin.publish(edit), '')
  const named = await mara.until(39000, ({ tags }) => tags.some(([, value]) => value === 'Owls'))
  const metadata = nip29.parseGroupMetadataEvent(named as never)
  t.is(metadata.name, 'Owls')
  t.is(metadata.about, 'at night')
  t.is(metadata.isRestricted, true)

  const [hello] = await mara.query({ kinds: [9] })
  const pins = [{ type: 'event' as const, id: hello!.id }]
  const pin = {
    kind: 9010,
    created_at: now(),
    tags: [
      ['h', ALIAS],
      ['e', pins[0]!.id]
    ],
    content: ''
  }
  t.is(await admin.publish(pin), '')
  await mara.until(39005, ({ tags }) => tags.some(([name, id]) => name === 'e' && id === hello!.id))

  const again = nip29.generateCreateGroupEventTemplate(ALIAS)
  t.ok((await admin.publish(again)).startsWith('duplicate: '))
  t.is(await mara.publish(nip29.generateGroupLeaveRequestEventTemplate(ALIAS)), '')
  await mara.until(39002, lists(mara.pubkey, false))
  await mara.until(9001, lists(mara.pubkey))
  t.ok((await mara.say('one more thing')).startsWith('restricted: '))
  const end = nip29.generateDeleteGroupEventTemplate(ALIAS)
  t.ok((await mara.publish(end)).startsWith('restricted: '))
  t.is(await admin.publish(end), '')
  t.ok(/^(restricted|invalid|blocked): /.test(await admin.say('after the end')))
})

test('references to events that are not here, or not yet', { timeout: 60_000 }, async (t) => {
  const place = await scene(t)
  const client = place.connect()
  const [first, second] = [note(place.member), note(place.member)]
  t.ok((await client.publish(first)).ok)
  const refer = (...prefixes: string[]): NostrEvent =>
    note(place.member, { tags: [['previous', ...prefixes]] })
  t.ok((await client.publish(refer(first.id.slice(0, 8)))).ok)
  for (const wrong of ['abc', first.id]) {
    t.ok((await client.publish(refer(wrong))).message.startsWith('invalid: '), wrong)
  }
  const early = refer(first.id.slice(0, 8), second.id.slice(0, 8))
  client.say('EVENT', early)
  t.ok((await client.publish(second)).ok)
  t.is((await client.type('OK', early.id))[2], true, 'held until what it refers to came')
  const elsewhere = 'f'.repeat(64)
  t.ok((await client.publish(note(place.member, { kind: 5, tags: [['e', elsewhere]] }))).ok)
  const named = await client.publish(refer(elsewhere.slice(0, 8)))
  t.absent(named.ok, 'to name an event is not to have it')
  const never = await client.publish(refer('00000000'))
  t.ok(!never.ok && never.message.startsWith('invalid: '))
  t.is((await client.query({ kinds: [9] })).length, 4)
})

test(
  'a private group is for its members, and says nothing of itself',
  { timeout: 60_000 },
  async (t) => {
    const place = await scene(t, {}, 'private')
    const { member, port } = place
    const id = place.group.relay.publicIdentifier!
    const admin = await person(t, place, member.identity.secretKey)
    const stranger = await person(t, place)
    await t.exception(stranger.query({}), /auth-required/)
    await t.exception(stranger.relay.count([{}], {}), /auth-required/)
    await stranger.authenticate()
    await t.exception(stranger.query({}), /restricted/)
    await t.exception(admin.query({}), /auth-required/, 'who does not prove it is nobody')
    await admin.authenticate()
    t.is((await admin.query({ kinds: [39000] })).length, 1)

    const { ask } = await import('../gateway/client.ts')
    const headers = { accept: 'application/nostr+json' }
    const reply = await ask(`http://127.0.0.1:${port}/${id}`, { headers })
    t.absent(reply.body.toString().includes('Field notes'))
    t.ok(reply.body.toString().includes('"auth_required":true'))

    // Live, too, events are for members, and membership that ends, ends subscriptions.
    const mara = await person(t, place)
    t.is(await admin.publish(nip29.generatePutUserEventTemplate(ALIAS, mara.pubkey)), '')
    await mara.authenticate()
    const heard: string[] = []
    let came = (): void => {}
    const ended = new Promise<string>((resolve) => {
      mara.relay.subscribe([{ kinds: [9] }], {
        onevent: ({ content }) => {
          heard.push(content)
          came()
        },
        onclose: resolve
      })
    })
    const live = new Promise<void>((resolve) => (came = resolve))
    t.is(await admin.say('for members'), '')
    await live
    t.alike(heard, ['for members'])
    t.is(await admin.publish(nip29.generateRemoveUserEventTemplate(ALIAS, mara.pubkey)), '')
    t.ok((await ended).includes('restricted: '))
    t.is(await admin.say('without her'), '')
    t.alike(heard, ['for members'])
  }
)

test('invites are shown to admins alone', { timeout: 60_000 }, async (t) => {
  const place = await scene(t)
  const admin = await person(t, place, place.member.identity.secretKey)
  const stranger = await person(t, place)
  t.is(await admin.publish(nip29.generateCreateInviteEventTemplate(ALIAS, 'sesame')), '')
  await t.exception(stranger.query({ kinds: [9009] }), /auth-required/)
  t.is((await stranger.query({})).filter(({ kind }) => kind === 9009).length, 0)
  const heard: number[] = []
  let came = (): void => {}
  const live = new Promise<void>((resolve) => (came = resolve))
  stranger.relay.subscribe([{ limit: 0 }], {
    onevent: ({ kind }) => {
      heard.push(kind)
      if (kind === 9) came()
    }
  })
  await stranger.query({ limit: 1 })
  t.is(await admin.publish(nip29.generateCreateInviteEventTemplate(ALIAS, 'mellon')), '')
  t.is(await admin.say('hello'), '')
  await live
  t.absent(heard.includes(9009), 'nor live')
  const counted = await stranger.relay.count([{}], {})
  await t.exception(admin.query({ kinds: [9009] }), /auth-required/)
  await admin.authenticate()
  const invites = await admin.query({ kinds: [9009] })
  t.is(invites.length, 2)
  t.absent(JSON.stringify(invites).includes('sesame'), 'nor do they hold the code')
  t.is(await admin.relay.count([{}], {}), counted + 2)
})
