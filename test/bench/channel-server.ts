/**
 * A member that holds one file and gives it to whoever connects: over the file
 * channel, by replicating its drive, and as the bare bytes of an encrypted stream.
 *
 * Usage: `channel-server.js <bytes> <dir> <bootstrap port>`. Prints one line of JSON
 * when it is reachable, and another with its memory when its standard input ends.
 */
import process from 'bare-process'
import { join } from 'bare-path'
import Corestore from 'corestore'
import { hash } from 'hypercore-crypto'
import Hyperdrive from 'hyperdrive'
import Hyperswarm from 'hyperswarm'
import Protomux from 'protomux'
import { FileChannel } from '../../protocol/file-channel/channel.ts'
import type { FileResponder, Handshake, PeerInfo } from '../../protocol/file-channel/channel.ts'
import type { FileRecord } from '../../protocol/file-event.ts'
import { initializeHyperdrive } from '../../worker/files/drive.ts'
import { silent } from '../../worker/log.ts'
import { LaneChannels } from '../../worker/network/lane-channels.ts'
import { Lanes } from '../../worker/network/lanes.ts'
import { FileServer } from '../../worker/serve/file-server.ts'
import type { RelayFiles } from '../../worker/serve/file-server.ts'

export const RELAY = 'a'.repeat(64)
/** Where the file channel and replication are spoken, and where bare bytes flow. */
export const MEMBERS = hash(Buffer.from('hypertuna bench: members'))
export const RAW = hash(Buffer.from('hypertuna bench: raw'))

/** What the server says when it is reachable. */
export interface Ready {
  driveKey: string
  record: FileRecord
}

const CHUNK = 65536

export const HANDSHAKE: Handshake = { version: 1, role: 'gateway', proof: null }
/** Who everybody is taken for. */
export const PEER: PeerInfo = {
  role: 'member',
  pubkey: '1'.repeat(64),
  driveKey: '2'.repeat(64),
  members: null
}

async function serve(size: number, dir: string, port: number): Promise<void> {
  const bootstrap = [{ host: '127.0.0.1', port }]
  const store = new Corestore(join(dir, 'corestore'))
  const options = { spoolDir: join(dir, 'spool'), log: silent }
  const drive = await initializeHyperdrive(store.session(), options)
  const stored = await drive.storeFile({
    relayKey: RELAY,
    fileHash: null,
    metadata: {},
    source: random(size),
    direct: true
  })
  const { hash, piecesRoot } = stored
  const record = { hash, size, piecesRoot, url: null, mime: null, name: null, path: null }

  const idle = process.memoryUsage().rss
  let memory = 0
  setInterval(() => (memory = Math.max(memory, process.memoryUsage().rss - idle)), 100)

  const respond = new FileServer({ relay: relayOf(record), drive })
  const members = new Hyperswarm({ bootstrap })
  const lanes = laneChannels(new Lanes({ keyPair: members.keyPair }), respond)
  members.on('connection', (connection) => {
    connection.on('error', () => {}) // readers are killed when they are done
    const mux = Protomux.from(connection)
    store.replicate(connection)
    FileChannel.accept(mux, MEMBERS, () => {
      const channel: FileChannel = new FileChannel(mux, {
        topic: MEMBERS,
        handshake: HANDSHAKE,
        checkPeer: () => PEER,
        respond,
        offerLane: () => lanes.offer(connection, channel)
      })
      channel.open()
    })
  })
  const raw = new Hyperswarm({ bootstrap })
  raw.on('connection', (connection) => {
    connection.on('error', () => {})
    const chunk = Buffer.alloc(CHUNK, 1)
    let left = size
    const pump = (): void => {
      while (left > 0) {
        left -= CHUNK
        if (!connection.write(chunk)) return void connection.once('drain', pump)
      }
    }
    pump()
  })
  await Promise.all([
    members.join(MEMBERS, { server: true, client: false }).flushed(),
    raw.join(RAW, { server: true, client: false }).flushed()
  ])
  const ready: Ready = { driveKey: drive.key, record }
  console.log(JSON.stringify(ready))
  process.stdin.on('end', () => {
    console.log(JSON.stringify({ memory }))
    process.exit(0)
  })
  process.stdin.resume()
}

/** A relay's lanes, without anybody's proof. */
export function laneChannels(lanes: Lanes, respond: FileResponder): LaneChannels {
  return new LaneChannels({
    options: { lanes, respond, log: silent },
    channelId: () => MEMBERS,
    introduce: async () => HANDSHAKE,
    check: () => PEER
  })
}

function relayOf(file: FileRecord): RelayFiles {
  const [id, pubkey, sig] = ['0'.repeat(64), '1'.repeat(64), '2'.repeat(128)]
  const event = { id, pubkey, created_at: 1, kind: 1063, tags: [], content: '', sig }
  return {
    relayKey: RELAY,
    publicIdentifier: 'npub1:bench',
    access: 'open',
    fileKey: null,
    gateways: [],
    record: async (hash) => (hash === file.hash ? { file, event } : null),
    providers: async () => [],
    isMember: async () => true,
    isDeleted: async () => false
  }
}

/** Bytes that do not compress, in chunks of their own. */
async function* random(size: number): AsyncGenerator<Uint8Array> {
  let x = 88675123
  for (let at = 0; at < size; at += CHUNK) {
    const words = new Uint32Array(CHUNK / 4)
    for (let i = 0; i < words.length; i++) {
      x ^= x << 13
      x ^= x >>> 17
      x ^= x << 5
      words[i] = x
    }
    yield new Uint8Array(words.buffer, 0, Math.min(CHUNK, size - at))
  }
}

if ((process.argv[1] ?? '').endsWith('channel-server.js')) {
  const [size = '', dir = '', port = ''] = process.argv.slice(2)
  await serve(Number(size), dir, Number(port))
}
