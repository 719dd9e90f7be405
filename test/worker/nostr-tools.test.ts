/** A client that was not written here: nostr-tools' own relay and pool. */
import 'bare-encoding/global'
import 'bare-abort-controller/global'
import test from 'brittle'
import { AbstractRelay } from 'nostr-tools/abstract-relay'
import { AbstractSimplePool } from 'nostr-tools/abstract-pool'
import type { Event } from 'nostr-tools/core'
import { generateSecretKey, signEvent, verifyEvent } from '../../protocol/nostr.ts'
import { now } from '../../worker/relays/group.ts'
import { note, scene } from './nostr-scene.ts'
import { WebSocketOverBare } from './web-socket.ts'

const options = {
  verifyEvent: verifyEvent as never,
  websocketImplementation: WebSocketOverBare as never
}

test('publish, subscribe, count, authenticate', async (t) => {
  const { member, url } = await scene(t)
  const relay = new AbstractRelay(url, options)
  t.teardown(() => relay.close(), { order: -2 })
  await relay.connect()
  const first = note(member)
  await relay.publish(first)
  const events: Event[] = []
  let came: () => void = () => {}
  await new Promise<void>((eosed) => {
    relay.subscribe([{ kinds: [9], '#h': ['field-notes'] }], {
      onevent: (event) => {
        events.push(event)
        came()
      },
      oneose: () => eosed()
    })
  })
  t.alike(
    events.map(({ id }) => id),
    [first.id]
  )
  const second = note(member)
  const live = new Promise<void>((resolve) => (came = resolve))
  await relay.publish(second)
  await live
  t.is(events.at(-1)?.id, second.id)
  t.is(await relay.count([{ kinds: [9] }], {}), 2)

  const sign = (template: Parameters<typeof signEvent>[0]): Promise<never> =>
    Promise.resolve(signEvent(template, member.identity.secretKey) as never)
  await t.exception(relay.publish(note(member, { tags: [['-']] })), /auth-required/)
  await relay.auth(sign)
  await t.execution(relay.publish(note(member, { tags: [['-']] })))

  const at = { kind: 9, created_at: now(), tags: [['h', 'field-notes']], content: 'let me in' }
  await t.exception(relay.publish(signEvent(at, generateSecretKey())), /restricted/)
})

test('a pool asks, and gets what is there', async (t) => {
  const { member, url } = await scene(t)
  const pool = new AbstractSimplePool({ ...options, maxWaitForConnection: 3000 })
  t.teardown(() => pool.close([url]), { order: -2 })
  const event = note(member)
  await Promise.all(pool.publish([url], event))
  const found = await pool.querySync([url], { ids: [event.id] })
  t.alike(
    found.map(({ id }) => id),
    [event.id]
  )
  t.is(
    (await pool.get([url], { kinds: [39000] }))?.tags.find(([name]) => name === 'd')?.[1],
    'field-notes'
  )
})
