/** nostr-tools, which was not written here: what a relay says of itself, what expires, who vanishes. */
import 'bare-encoding/global'
import 'bare-abort-controller/global'
import test from 'brittle'
import type { Assert } from 'brittle'
import { AbstractRelay } from 'nostr-tools/abstract-relay'
import type { Event } from 'nostr-tools/core'
import { fetchRelayInformation } from 'nostr-tools/nip11'
import { signEvent, verifyEvent } from '../../protocol/nostr.ts'
import { SUPPORTED_NIPS } from '../../protocol/relay-information.ts'
import { now } from '../../worker/relays/group.ts'
import { ask } from '../gateway/client.ts'
import { note, scene } from './nostr-scene.ts'
import { WebSocketOverBare } from './web-socket.ts'

async function connect(t: Assert, url: string): Promise<AbstractRelay> {
  const websocketImplementation = WebSocketOverBare as never
  const relay = new AbstractRelay(url, {
    verifyEvent: verifyEvent as never,
    websocketImplementation
  })
  t.teardown(() => relay.close(), { order: -2 })
  await relay.connect()
  return relay
}

function stored(relay: AbstractRelay, kinds: number[]): Promise<Event[]> {
  const events: Event[] = []
  return new Promise((resolve, reject) => {
    const subscription = relay.subscribe([{ kinds }], {
      onevent: (event) => void events.push(event),
      onclose: (reason) => reject(new Error(reason)),
      oneose() {
        resolve(events)
        subscription.close()
      }
    })
  })
}

/** As Bare has none: nostr-tools asks the one that is global. */
async function fetchByBare(url: string, { headers }: { headers: object }): Promise<unknown> {
  const asked = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)])
  )
  const { status, body } = await ask(url, { headers: asked })
  if (status !== 200) throw new Error(`HTTP ${status}`)
  return { json: () => JSON.parse(body.toString()) as unknown }
}

test('NIP-11: what the relay says of itself', async (t) => {
  const { url, group } = await scene(t)
  Object.assign(globalThis, { fetch: fetchByBare })
  const told = (await fetchRelayInformation(url)) as unknown as Record<string, unknown>
  t.is(told['name'], 'Field notes')
  t.alike(told['supported_nips'], SUPPORTED_NIPS)
  t.is(told['self'], group.relay.facts!.relayPubkey)
  t.is(told['pubkey'], told['self'])
  await t.exception(fetchRelayInformation(url + 'x'), /HTTP 404/)
})

test('NIP-40: what has expired is neither taken nor sent', async (t) => {
  const { member, url } = await scene(t)
  const relay = await connect(t, url)
  const past = note(member, { tags: [['expiration', String(now() - 1)]] })
  await t.exception(relay.publish(past as never), /invalid: the event has expired/)
  const end = now() + 3
  const brief = note(member, { tags: [['expiration', String(end)]] })
  await relay.publish(brief as never)
  t.is((await stored(relay, [9]))[0]?.id, brief.id)
  while (now() < end) await relay.count([{ kinds: [9] }], {}) // the clock is what is waited for
  t.alike(await stored(relay, [9]), [])
})

test('NIP-62: who vanishes is not found, and does not come back', async (t) => {
  const { member, url } = await scene(t)
  const relay = await connect(t, url)
  const gone = note(member, { created_at: now() - 5 })
  await relay.publish(gone as never)
  const vanish = (address: string): Promise<string> => {
    const tags = [['relay', address]]
    const template = { kind: 62, created_at: now() - 1, tags, content: '' }
    return relay.publish(signEvent(template, member.identity.secretKey) as never)
  }
  await t.exception(vanish('wss://relay.example/'), /invalid: /)
  t.is((await stored(relay, [9])).length, 1)
  await vanish(url)
  t.alike(await stored(relay, [9]), [])
  await t.exception(relay.publish(gone as never), /blocked: /)
})
