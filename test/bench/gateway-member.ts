/**
 * A member as a gateway meets one: a drive with a large and a small file, real
 * card, list and proof, on a swarm of its own.
 *
 * Usage: `gateway-member.js <bytes> <dir> <host:port>`. Prints one line of JSON
 * when it is reachable.
 */
import '../../worker/globals.ts'
import { join } from 'bare-path'
import process from 'bare-process'
import Corestore from 'corestore'
import Hyperswarm from 'hyperswarm'
import Protomux from 'protomux'
import { proofMessage } from '../../protocol/card.ts'
import { FileChannel, VERSION } from '../../protocol/file-channel/channel.ts'
import { fileTags, type FileRecord } from '../../protocol/file-event.ts'
import { signMessage, type NostrEvent } from '../../protocol/nostr.ts'
import { initializeHyperdrive, type Drive } from '../../worker/files/drive.ts'
import { silent } from '../../worker/log.ts'
import type { RelayFiles } from '../../worker/relays/relay-files.ts'
import { FileServer } from '../../worker/serve/file-server.ts'
import { person, sign, TestRelay, type Person } from '../gateway/fixture.ts'

/** What the member says when it is reachable. */
export interface Ready {
  publicIdentifier: string
  large: { hash: string; size: number }
  small: { hash: string; size: number }
  /** For many clients at once; as large as the large one, up to 100 MB. */
  many: { hash: string; size: number }
  /** The same, by an event that names no tree. */
  untreed: { hash: string; size: number }
}

interface Published {
  file: FileRecord
  event: NostrEvent
}

const FOLDER = 'a'.repeat(64)
const SMALL = 10 * 1024
const MANY = 100e6
const CHUNK = 65536

async function serve(size: number, dir: string, bootstrap: string): Promise<void> {
  const relay = new TestRelay('bench')
  const author = person()
  const store = new Corestore(join(dir, 'corestore'))
  const spoolDir = join(dir, 'spool')
  const drive = await initializeHyperdrive(store.session(), { spoolDir, log: silent })
  const large = await publish(relay, author, drive, size)
  const small = await publish(relay, author, drive, SMALL)
  const many = await publish(relay, author, drive, Math.min(MANY, size) - 1)
  const untreed = await publish(relay, author, drive, Math.min(MANY, size) - 2, false)
  const published = [large, small, many, untreed]
  const respond = new FileServer({ relay: relayOf(relay, published), drive })
  const list = relay.list([author])
  const swarm = new Hyperswarm({ bootstrap: [bootstrap] })
  swarm.on('connection', (connection) => {
    connection.on('error', () => {}) // readers come and go
    const mux = Protomux.from(connection)
    FileChannel.accept(mux, relay.topic, () => {
      const message = proofMessage(relay.topic, {
        handshakeHash: connection.handshakeHash,
        noiseKey: connection.publicKey,
        driveKey: drive.key
      })
      const signature = signMessage(message, author.secretKey)
      const { pubkey } = author
      const proof = { pubkey, driveKey: drive.key, card: relay.card, members: list, signature }
      const peer = { role: 'gateway' as const, pubkey: null, driveKey: null, members: null }
      const handshake = { version: VERSION, role: 'member' as const, proof }
      new FileChannel(mux, { topic: relay.topic, handshake, checkPeer: () => peer, respond }).open()
    })
  })
  await swarm.join(relay.topic, { server: true, client: false }).flushed()
  const { publicIdentifier } = relay
  const files = { large: large.file, small: small.file, many: many.file, untreed: untreed.file }
  console.log(JSON.stringify({ publicIdentifier, ...files } satisfies Ready))
}

async function publish(
  relay: TestRelay,
  author: Person,
  drive: Drive,
  size: number,
  hasTree = true
): Promise<Published> {
  const metadata = { mime: null, name: null, size, piecesRoot: null, eventId: null }
  const { hash, piecesRoot } = await drive.storeFile({
    relayKey: FOLDER,
    fileHash: null,
    metadata,
    source: random(size),
    direct: true
  })
  const url = `hypertuna://${relay.publicIdentifier}/${hash}`
  const file = {
    hash,
    size,
    piecesRoot: hasTree ? piecesRoot : null,
    url,
    mime: null,
    name: null,
    path: null
  }
  const tags = fileTags([file], { alias: relay.alias, driveKey: drive.key, kind: 1063 })
  return { file, event: sign(author, 1063, tags) }
}

function relayOf({ publicIdentifier }: TestRelay, published: Published[]): RelayFiles {
  return {
    relayKey: FOLDER,
    publicIdentifier,
    access: 'open',
    fileKey: null,
    gateways: [],
    record: (hash) => Promise.resolve(published.find(({ file }) => file.hash === hash) ?? null),
    providers: () => Promise.resolve([]),
    isMember: () => Promise.resolve(true),
    isDeleted: () => Promise.resolve(false)
  }
}

/** Bytes that do not compress. */
async function* random(size: number): AsyncGenerator<Uint8Array> {
  let x = 88675123 ^ size
  for (let at = 0; at < size; at += CHUNK) {
    const words = new Uint32Array(CHUNK / 4)
    for (let i = 0; i < words.length; i++) {
      x ^= x << 13
      x ^= x >>> 17
      x ^= x << 5
      words[i] = x
    }
    yield await Promise.resolve(new Uint8Array(words.buffer, 0, Math.min(CHUNK, size - at)))
  }
}

if ((process.argv[1] ?? '').endsWith('gateway-member.js')) {
  const [size = '', dir = '', bootstrap = ''] = process.argv.slice(2)
  await serve(Number(size), dir, bootstrap)
}
