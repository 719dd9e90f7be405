/** The file channel where it lives: between Hyperswarm peers on a local DHT. */
import test from 'brittle'
import type { Assert } from 'brittle'
import createTestnet from 'hyperdht/testnet.js'
import Hyperswarm from 'hyperswarm'
import Protomux from 'protomux'
import { FileChannel } from '../../protocol/file-channel/channel.ts'
import type { FileRecord } from '../../protocol/file-event.ts'
import type { Drive } from '../../worker/files/drive.ts'
import { fetchFile } from '../../worker/files/fetch.ts'
import { FileServer } from '../../worker/serve/file-server.ts'
import { MEMBER, TOPIC, until } from '../protocol/channel-pair.ts'
import { collect, makeBytes, openDrive, RELAY, source } from './drive-fixture.ts'
import { describe, relayOf } from './providers.ts'

const MiB = 1024 * 1024

/** A member with a drive and a swarm, who opens a channel on every connection. */
interface Member {
  drive: Drive
  swarm: Hyperswarm
  channels: Set<FileChannel>
}

async function join(
  t: Assert,
  bootstrap: { host: string; port: number }[],
  record: FileRecord,
  bytes: Uint8Array | null
): Promise<Member> {
  const drive = await openDrive(t, await t.tmp())
  if (bytes !== null) {
    await drive.storeFile({
      relayKey: RELAY,
      fileHash: record.hash,
      metadata: {},
      source: source(bytes),
      direct: true
    })
  }
  const swarm = new Hyperswarm({ bootstrap })
  t.teardown(() => swarm.destroy(), { order: -1 })
  const respond = new FileServer({ relay: relayOf([record]), drive })
  const channels = new Set<FileChannel>()
  swarm.on('connection', (connection) => {
    connection.on('error', (err: Error) => t.comment(err.message))
    const mux = Protomux.from(connection)
    const remote = Buffer.from(connection.remotePublicKey).toString('hex')
    const channel = new FileChannel(mux, {
      topic: TOPIC,
      handshake: { version: 1, role: 'gateway', proof: null },
      checkPeer: () => ({ ...MEMBER, driveKey: remote }),
      respond
    })
    channel.on('open', () => channels.add(channel))
    channel.on('close', () => channels.delete(channel))
    channel.open() // both sides do so at once
  })
  await swarm.join(TOPIC).flushed()
  return { drive, swarm, channels }
}

test('a file comes from two members at once, one of whom leaves', async (t) => {
  const testnet = await createTestnet(4)
  t.teardown(() => testnet.destroy(), { order: 1 })
  const bytes = makeBytes(48 * MiB)
  const { record } = describe(bytes)
  const first = await join(t, testnet.bootstrap, record, bytes)
  const second = await join(t, testnet.bootstrap, record, bytes)
  const reader = await join(t, testnet.bootstrap, record, null)
  await until(() => reader.channels.size === 2)

  let gone: Promise<void> | null = null
  await fetchFile({
    record,
    providers: () => [...reader.channels],
    drive: reader.drive,
    relayKey: RELAY,
    onprogress: (received) => {
      if (received > 16 * MiB) gone ??= second.swarm.destroy()
    }
  })
  await gone
  const here = await collect(reader.drive.getFile(RELAY, record.hash))
  t.ok(Buffer.compare(here, bytes) === 0)

  await until(() => reader.channels.size === 1)
  const left = [...reader.channels, ...first.channels]
  await until(() => left.every(({ busy }) => busy === 0))
  t.pass('nothing stays open')
})
