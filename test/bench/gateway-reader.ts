/**
 * Another member that gets one file over the file channel. With a folder it does
 * what a member does: checks every piece and stores it. Without one it throws the
 * bytes away unchecked, which is the limit for members and gateways alike.
 *
 * Usage: `gateway-reader.js <publicIdentifier> <record as JSON> <host:port> [folder]`.
 * Prints the milliseconds it took.
 */
import '../../worker/globals.ts'
import { join } from 'bare-path'
import process from 'bare-process'
import Hyperswarm from 'hyperswarm'
import Protomux from 'protomux'
import { FileChannel, VERSION } from '../../protocol/file-channel/channel.ts'
import type { FileRecord } from '../../protocol/file-event.ts'
import { relayTopic } from '../../protocol/topic.ts'
import { initializeHyperdrive } from '../../worker/files/drive.ts'
import { fetchFile } from '../../worker/files/fetch.ts'
import { silent } from '../../worker/log.ts'
import { openStore } from '../../worker/storage.ts'

const RELAY = 'a'.repeat(64)
const [publicIdentifier = '', json = '', bootstrap = '', folder] = process.argv.slice(2)
const record = JSON.parse(json) as FileRecord
const topic = relayTopic(publicIdentifier)
const swarm = new Hyperswarm({ bootstrap: [bootstrap] })
const connected = new Promise<Hyperswarm.Connection>((resolve) => swarm.on('connection', resolve))
swarm.join(topic, { client: true, server: false })
const connection = await connected
connection.on('error', (err: Error) => console.error(err.message))
const channel = new FileChannel(Protomux.from(connection), {
  topic,
  handshake: { version: VERSION, role: 'gateway', proof: null },
  checkPeer: () => ({ role: 'member', pubkey: null, driveKey: null, members: null }),
  respond: null
})
channel.open()
await channel.opened

console.log(await (folder === undefined ? readOnly() : readAndStore(folder)))
process.exit(0)

async function readOnly(): Promise<number> {
  const begun = Date.now()
  const { head, stream } = await channel.request({ hash: record.hash })
  let bytes = 0
  for await (const chunk of stream) bytes += chunk.byteLength
  if (bytes !== head.size) throw new Error(`${bytes} of ${head.size} bytes came`)
  return Date.now() - begun
}

async function readAndStore(dir: string): Promise<number> {
  const store = await openStore(dir, { driveKey: null, driveVersion: 0 })
  const drive = await initializeHyperdrive(store, { spoolDir: join(dir, 'spool'), log: silent })
  const begun = Date.now()
  await fetchFile({ record, providers: () => [channel], drive, relayKey: RELAY })
  const took = Date.now() - begun
  await drive.close()
  return took
}
