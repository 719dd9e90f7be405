/** NIP-29's reference to a group, as clients read it. */
import 'bare-encoding/global'
import test from 'brittle'
import { decode } from 'nostr-tools/nip19'
import { parseRelayAddress } from '../../protocol/relay-address.ts'
import { referenceTo } from '../../worker/serve/nostr/reference.ts'
import { NostrClient } from './nostr-client.ts'
import { scene } from './nostr-scene.ts'

test('it names the group by the relay’s key, and leads to its kind 39000', async (t) => {
  const { group, port, url } = await scene(t)
  const links = { local: `http://127.0.0.1:${port}`, gateways: ['https://gateway.example/'] }
  const { socket, reference } = referenceTo(group.relay, links)
  t.is(socket, url)
  const { type, data } = decode(reference!) as { type: string; data: Record<string, unknown> }
  t.is(type, 'naddr')
  const { relayPubkey, alias } = group.relay.facts!
  const [far, near] = data['relays'] as string[]
  t.alike(data, { identifier: alias, pubkey: relayPubkey, kind: 39000, relays: [far, near] })
  t.alike(parseRelayAddress(far), {
    host: 'gateway.example',
    publicIdentifier: group.relay.publicIdentifier!
  })
  const client = new NostrClient(near!)
  t.teardown(() => client.close(), { order: -2 })
  const filter = { kinds: [data['kind']], authors: [data['pubkey']], '#d': [data['identifier']] }
  t.is((await client.query(filter)).length, 1)
})

test('nothing is told of a group that is arriving, and no hint that is too long', async (t) => {
  const { group } = await scene(t)
  const { publicIdentifier } = group.relay
  const links = { local: null, gateways: [`https://${'x'.repeat(250)}.example`] }
  t.alike(referenceTo({ publicIdentifier, facts: null }, links), { socket: null, reference: null })
  const { socket, reference } = referenceTo(group.relay, links)
  t.is(socket, null)
  t.alike((decode(reference!).data as unknown as { relays: string[] }).relays, [])
})
