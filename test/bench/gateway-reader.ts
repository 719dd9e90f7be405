/**
 * Another member that reads one file over the file channel and throws it away:
 * the limit for a gateway, which does the same and checks and passes it on.
 *
 * Usage: `gateway-reader.js <publicIdentifier> <hash> <host:port>`. Prints the
 * milliseconds it took.
 */
import '../../worker/globals.ts'
import process from 'bare-process'
import Hyperswarm from 'hyperswarm'
import Protomux from 'protomux'
import { FileChannel, VERSION } from '../../protocol/file-channel/channel.ts'
import { relayTopic } from '../../protocol/topic.ts'

const [publicIdentifier = '', hash = '', bootstrap = ''] = process.argv.slice(2)
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

const begun = Date.now()
const { head, stream } = await channel.request({ hash })
let bytes = 0
for await (const chunk of stream) bytes += chunk.byteLength
if (bytes !== head.size) throw new Error(`${bytes} of ${head.size} bytes came`)
console.log(Date.now() - begun)
process.exit(0)
