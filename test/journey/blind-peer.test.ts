/** Members who are never online together, and a real blind peer between them. */
import b4a from 'b4a'
import test from 'brittle'
import BlindPeer from 'blind-peer'
import * as z32 from 'z32'

import { localDht } from '../worker/member.ts'
import type { TestContext } from '../worker/member.ts'
import {
  arrived,
  eventually,
  joinBy,
  randomFile,
  share,
  startWhole,
  syncOf
} from '../worker/whole.ts'
import type { Whole } from '../worker/whole.ts'

const SIZE = 700_000
const WORDS = 'The meeting is at the old mill'

async function startBlindPeer(t: TestContext, bootstrap: string[]): Promise<BlindPeer> {
  const nodes = bootstrap.map((address) => {
    const [host = '', port = '0'] = address.split(':')
    return { host, port: Number(port) }
  })
  const peer = new BlindPeer(await t.tmp(), { bootstrap: nodes })
  await peer.listen()
  t.teardown(() => peer.close())
  return peer
}

/** Resolves when the blind peer has all that this member has. */
function keptAll({ worker }: Whole): Promise<void> {
  const { blindPeers } = worker.use().network
  return new Promise((resolve) => {
    const tick = setInterval(() => {
      const [status] = blindPeers.status()
      if (status === undefined || !status.connected || status.kept < status.cores) return
      clearInterval(tick)
      resolve()
    }, 100)
  })
}

/** All bytes that a blind peer holds of a drive and of a relay's writer. */
async function bytesAt(peer: BlindPeer, keys: Uint8Array[]): Promise<Uint8Array> {
  const blocks: Uint8Array[] = []
  for (const key of keys) {
    const core = peer.store.get({ key })
    await core.ready()
    for (let i = 0; i < core.length; i++) {
      const block = await core.get(i, { wait: false })
      if (block !== null) blocks.push(block)
    }
    await core.close()
  }
  return b4a.concat(blocks)
}

for (const access of ['closed', 'private'] as const) {
  test(
    `one leaves, the other comes, and a blind peer was there (${access})`,
    { timeout: 120_000 },
    async (t) => {
      const bootstrap = await localDht(t)
      const peer = await startBlindPeer(t, bootstrap)
      const key = b4a.toString(peer.publicKey, 'hex')
      const anna = await startWhole(t, bootstrap)
      const ivo = await startWhole(t, bootstrap)
      const { relayKey } = await anna.calls.createRelay({ name: 'Field notes', access })
      await joinBy(anna, ivo, relayKey)
      await anna.calls.setBlindPeers({ keys: [key] })
      await ivo.calls.setBlindPeers({ keys: [z32.encode(peer.publicKey)] }) // as it prints it
      t.alike(ivo.worker.use().config.get().blindPeers, [key])
      await keptAll(ivo)
      await ivo.close()

      const file = await randomFile(t, SIZE, 'mill.bin')
      await share(anna, relayKey, file)
      await anna.calls.post({ relayKey, content: WORDS, kind: 9, files: [] })
      await keptAll(anna)
      const { drive, relays } = anna.worker.use()
      const keys = drive.cores.map((core) => core.key)
      const { base } = relays.get(relayKey).relay
      const held = await bytesAt(peer, [...keys, base.local.key])
      await anna.close()
      t.ok(held.byteLength > SIZE, 'it has the drive')
      const open = access === 'closed'
      const finds = (bytes: Uint8Array): boolean => b4a.indexOf(held, bytes) >= 0
      t.is(finds(file.bytes.subarray(1000, 1100)), open, 'the file’s bytes')
      t.is(finds(b4a.from(WORDS)), open, 'what was said')
      t.is(finds(b4a.from(file.name)), open, 'the file’s name')
      t.ok(finds(b4a.from(file.hash)), 'its hash is a name in the drive, also of a private group')

      const again = await startWhole(t, bootstrap, ivo.storage)
      await served(again, relayKey)
      await eventually(syncOf(again, relayKey), ({ files }) => files.has(file.hash))
      t.is(
        again.worker.use().relays.get(relayKey).link?.members().length ?? 0,
        0,
        'nobody is online'
      )
      t.pass('the event came')
      // A person asks for it; without that it comes with the sweep, within a minute.
      await again.calls.fetchFile({ relayKey, hash: file.hash }).catch(() => {})
      await arrived(again, relayKey, file.hash)
      t.ok(b4a.equals(await read(again, relayKey, file.hash), file.bytes), 'and the file')
    }
  )
}

test(
  'a blind peer gets nothing before it is configured, nor after',
  { timeout: 60_000 },
  async (t) => {
    const bootstrap = await localDht(t)
    const peer = await startBlindPeer(t, bootstrap)
    const key = b4a.toString(peer.publicKey, 'hex')
    const anna = await startWhole(t, bootstrap)
    const { relayKey } = await anna.calls.createRelay({ name: 'Diary', access: 'private' })
    const { drive, network } = anna.worker.use()
    for (const keys of [['nonsense'], Array.from({ length: 9 }, (_, i) => `${i}`.repeat(64))]) {
      const err = await anna.calls.setBlindPeers({ keys }).catch((failure) => failure)
      t.is(err.code, 'BAD_REQUEST')
    }
    t.alike(network.blindPeers.status(), [])
    t.is(peer.swarm.connections.size, 0)

    await anna.calls.setBlindPeers({ keys: [key, key] })
    await keptAll(anna)
    const [status] = network.blindPeers.status()
    t.is(status!.key, key)
    t.ok(status!.since! > 0)
    t.ok(status!.cores >= 2, 'the drive’s entries and the group’s log')
    await anna.calls.setBlindPeers({ keys: [] })
    await share(anna, relayKey, await randomFile(t, 1000))
    t.alike(network.blindPeers.status(), [])
    t.alike(anna.worker.use().config.get().blindPeers, [])
    const core = peer.store.get({ key: drive.cores[0]!.key })
    await core.ready()
    t.ok(core.length > 0 && core.length < drive.cores[0]!.length)
    await core.close()
  }
)

async function read({ worker }: Whole, relayKey: string, hash: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of worker.use().drive.getFile(relayKey, hash)) chunks.push(chunk)
  return b4a.concat(chunks)
}

/** Resolves once a group's files are served after a start. */
function served({ worker }: Whole, relayKey: string): Promise<void> {
  return new Promise((resolve) => {
    if (worker.use().files.find(relayKey) !== null) resolve()
    else worker.on('group', () => resolve())
  })
}
