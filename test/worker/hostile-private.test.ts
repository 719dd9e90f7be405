/**
 * A member of one relay, with a modified worker, who wants another one that is
 * private: it knows every key but the one that it would have to be given.
 */
import b4a from 'b4a'
import c from 'compact-encoding'
import type Corestore from 'corestore'
import Hyperdrive from 'hyperdrive'
import Protomux from 'protomux'
import test from 'brittle'
import type { Assert } from 'brittle'

import { FileChannel, PROTOCOL, VERSION } from '../../protocol/file-channel/channel.ts'
import { relayTopic } from '../../protocol/topic.ts'
import { circleOf } from '../../worker/network/core-claim.ts'
import type { Group } from '../../worker/relays/group.ts'
import { localDht, until } from './member.ts'
import { randomFile, share, startWhole, together } from './whole.ts'
import type { Whole } from './whole.ts'

interface Scene {
  a: Whole
  spy: Whole
  /** Private, of `a` alone. */
  hidden: Group
  publicIdentifier: string
  file: { hash: string; path: string; name: string }
  /** The spy's end of its connection with `a`. */
  mux: Protomux
  /** Of the spy, whose own side holds nothing back from `a`. */
  store: Corestore
}

async function scene(t: Assert): Promise<Scene> {
  const bootstrap = await localDht(t)
  const a = await startWhole(t, bootstrap)
  const spy = await startWhole(t, bootstrap)
  const shared = await together(a, [spy])
  const { relayKey } = await a.calls.createRelay({ name: 'Hidden', access: 'private' })
  const hidden = a.worker.use().relays.get(relayKey)
  const file = await randomFile(t, 200_000)
  await share(a, relayKey, file)
  const group = spy.worker.use().relays.get(shared.relayKey)
  await until(() => group.link?.members().length === 1, group)
  const { network, store } = spy.worker.use()
  const [connection] = network.swarm.connections
  if (connection === undefined) throw new Error('not connected')
  return {
    a,
    spy,
    hidden,
    publicIdentifier: hidden.relay.publicIdentifier ?? '',
    file,
    mux: Protomux.from(connection),
    store: store.session({ circle: circleOf(shared.relayKey, false) })
  }
}

test('it gets no block of the private relay’s cores', { timeout: 120_000 }, async (t) => {
  const { hidden, store, spy, mux } = await scene(t)
  const { relay } = hidden
  const { base } = relay
  const keys = [base.key, base.local.key, base.system.core.key]
  keys.push(base.view.log.key, base.view.state.core.key)
  const cores = keys.map((key) => store.get({ key }))
  for (const core of cores) await core.ready()
  await Promise.all(
    cores.map((core) => t.exception(core.get(0, { timeout: 3000 }), 'no block by its key'))
  )
  for (const core of cores) t.is(core.peers.length, 0)

  const { network } = spy.worker.use()
  const session = network.wakeup.session(base.key, {})
  await t.exception(cores[0]!.get(0, { timeout: 2000 }), 'nor after showing its key')
  t.is(session.peers.length, 0, 'nobody speaks of it')
  t.absent(mux.opened({ protocol: 'wakeup', id: base.discoveryKey }))
  session.destroy()
})

test('of its files it sees no name and no byte', { timeout: 120_000 }, async (t) => {
  const { a, hidden, store, file } = await scene(t)
  const drive = new Hyperdrive(store.session(), b4a.from(a.worker.use().drive.key, 'hex'))
  t.teardown(() => drive.close())
  await drive.ready()
  const path = `/${hidden.relay.relayKey}/${file.hash}`
  const done = drive.findingPeers()
  await drive.update({ wait: true })
  done()
  const entry = await drive.entry(path, { timeout: 10_000 })
  t.ok(entry, 'that there is something, every fellow member can see')
  t.absent(JSON.stringify(entry?.value).includes(file.name))
  const plain = Buffer.from(await bytesOf(a, hidden, file.hash))
  const kept = Buffer.from((await drive.get(path, { timeout: 10_000 })) ?? [])
  t.ok(kept.byteLength > plain.byteLength)
  for (let at = 0; at + 64 <= plain.byteLength; at += 4096) {
    if (kept.includes(plain.subarray(at, at + 64))) return t.fail('a piece of the file lies open')
  }
})

test('members answer it nothing at the relay’s topic', { timeout: 120_000 }, async (t) => {
  const { a, spy, hidden, publicIdentifier, mux } = await scene(t)
  const topic = relayTopic(publicIdentifier)
  const shown: Uint8Array[] = []
  const ids: (Uint8Array | null)[] = []
  const heard = new Promise<void>((resolve) => {
    mux.pair({ protocol: PROTOCOL }, (id) => {
      ids.push(id)
      // It answers with the very id that it was shown.
      mux
        .createChannel<Uint8Array>({
          protocol: PROTOCOL,
          id,
          handshake: c.raw,
          onopen: (handshake) => {
            shown.push(b4a.from(handshake))
            resolve()
          }
        })
        ?.open(b4a.from([VERSION, 0, 0]))
    })
  })
  for (const role of ['gateway', 'member'] as const) {
    const channel = new FileChannel(mux, {
      topic,
      handshake: { version: VERSION, role, proof: null },
      checkPeer: () => ({ role: 'member', pubkey: null, driveKey: null, members: null }),
      respond: null
    })
    channel.open()
    await channel.closed
    t.is(channel.peer, null, `a ${role} at the plain topic hears nothing`)
  }
  // Found on the topic, it is asked; and what it is asked with tells nothing.
  spy.worker.use().network.swarm.join(topic, { server: true, client: false })
  await spy.worker.use().network.swarm.flush()
  await a.worker.use().network.swarm.status(topic)?.refresh({ server: true, client: true })
  await heard
  const { pubkey } = a.worker.use().identity
  for (const handshake of shown) {
    t.absent(b4a.toString(handshake, 'hex').includes(pubkey))
    t.absent(b4a.toString(handshake).includes(pubkey), 'no card and no list')
    t.ok(handshake.byteLength < 256)
  }
  t.absent(ids.some((id) => id !== null && b4a.equals(id, topic)))
  t.is(hidden.link?.members().length, 0, 'and it is taken for nobody')
})

async function bytesOf(by: Whole, group: Group, hash: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of by.worker.use().drive.getFile(group.relay.relayKey, hash)) {
    chunks.push(chunk)
  }
  return b4a.concat(chunks)
}
