/**
 * A former member of a private relay, with a modified worker, who is still connected by
 * another relay: it knows every key that there is, and hears nothing that comes after.
 */
import b4a from 'b4a'
import Protomux from 'protomux'
import test from 'brittle'

import { EphemeralChannel } from '../../protocol/ephemeral-channel.ts'
import { FileChannel, VERSION } from '../../protocol/file-channel/channel.ts'
import { privateChannelId, sealProof } from '../../protocol/sealed-proof.ts'
import { signEvent } from '../../protocol/nostr.ts'
import { circleOf } from '../../worker/network/core-claim.ts'
import { Credentials } from '../../worker/relays/credentials.ts'
import { now } from '../../worker/relays/group.ts'
import { heard, join, says, seats } from './group-fixture.ts'
import type { Seat } from './group-fixture.ts'
import { until } from './member.ts'

test('whoever was removed hears nothing more of a private relay', async (t) => {
  t.timeout(120_000)
  const [a, spy] = (await seats(t, 1, 'private')) as [Seat, Seat]
  const shared = await a.member.relays.create({ name: 'Shared', access: 'closed' })
  await join({ ...a, group: shared }, spy.member)
  await until(() => shared.link?.members().length === 1, shared)
  const { relay } = a.group
  await until(() => a.group.link?.members().length === 1, a.group)
  await heard(await says(a, 'to both'), a, spy)

  const [connection] = spy.member.network.swarm.connections
  if (connection === undefined) throw new Error('not connected')
  const mux = Protomux.from(connection)
  const { network, store, identity } = spy.member
  const credentials = new Credentials({
    relay: spy.group.relay,
    identity,
    driveKey: 'd'.repeat(64),
    publicIdentifier: relay.publicIdentifier
  })
  const { seclusion, topic } = credentials
  await a.group.acts.removeUser(spy.pubkey)
  await until(() => a.group.link?.members().length === 0, a.group)
  t.ok(shared.link?.members().length === 1, 'the connection stays, for the other relay')

  t.is(a.group.link?.neighbours, 0, 'nothing is passed on to it')
  // Its own side holds nothing back, and asks by each way that there is.
  const circle = circleOf(relay.relayKey, true)
  store.admit(mux, circle)
  network.wakeup.admit(mux, relay.relayKey)
  const wakeup = network.wakeup.session(relay.base.key, {})
  t.teardown(() => wakeup.destroy())
  const whispered: string[] = []
  // By the channel that its own worker had open before, too.
  spy.group.ephemeral.hear = (bytes) => void whispered.push(b4a.toString(bytes))
  const id = privateChannelId(seclusion!.secret, topic, connection.handshakeHash)
  const ephemeral = new EphemeralChannel(mux, {
    id,
    hear: (bytes) => void whispered.push(b4a.toString(bytes)),
    onoffence() {},
    onopen: () => void whispered.push('opened'),
    onclose() {}
  })
  const end = { handshakeHash: connection.handshakeHash, noiseKey: connection.publicKey }
  const sealed = sealProof(seclusion!.sign(end)!, seclusion!.secret, end)
  const channel = new FileChannel(mux, {
    topic: id,
    handshake: { version: VERSION, role: 'member', proof: null, sealed },
    checkPeer: () => ({ role: 'member', pubkey: null, driveKey: null, members: null }),
    respond: null
  })
  channel.open()
  await channel.closed
  t.is(channel.peer, null, 'who it is it may still say, and hears nothing')

  const word = await says(a, 'among ourselves')
  const { secretKey } = a.member.identity
  const tags = [['h', 'field-notes']]
  const typing = signEvent({ kind: 20_001, created_at: now(), tags, content: 'types' }, secretKey)
  await a.group.ephemeral.offer(typing)
  const { base } = relay
  const cores = [base.local, base.system.core, base.view.log, base.view.state.core]
  for (const { key, length } of cores) {
    const core = store.namespace('spy', { circle }).get({ key })
    await core.ready()
    await t.exception(core.get(length - 1, { timeout: 1000 }), 'no newest block')
    await core.close()
  }
  t.alike(whispered, [], 'no ephemeral event')
  t.is(wakeup.peers.length, 0, 'nor that anything moved')
  const kept = await spy.group.relay.newestEvents(50)
  t.absent(kept.some((event) => event.id === word.id))
  ephemeral.close()
})
