/**
 * How fast a file of N bytes goes from one member's drive into another's, verified
 * and stored, beside two others in the same run: the naive way, which copies it out of
 * the replicated drive into the own one, and the limit, an encrypted stream of bare
 * bytes. The server is one process and each way of reading another. Each way is
 * measured twice, in turns, and its better round counts: other work on the machine
 * must not decide between them.
 *
 * Usage: `channel.js [bytes]` (default 512 MB), or through `bench`.
 */
import fs from 'bare-fs'
import { tmpdir } from 'bare-os'
import { join } from 'bare-path'
import process from 'bare-process'
import { spawn } from 'bare-subprocess'
import { fileURLToPath } from 'bare-url'
import Corestore from 'corestore'
import createTestnet from 'hyperdht/testnet.js'
import type { KeyPair } from 'hypercore-crypto'
import Hyperdrive from 'hyperdrive'
import Hyperswarm from 'hyperswarm'
import Protomux from 'protomux'
import type { Writable } from 'streamx'
import { HypertunaError } from '../../protocol/errors.ts'
import { FileChannel } from '../../protocol/file-channel/channel.ts'
import type { FileResponder } from '../../protocol/file-channel/channel.ts'
import { initializeHyperdrive } from '../../worker/files/drive.ts'
import { fetchFile } from '../../worker/files/fetch.ts'
import { silent } from '../../worker/log.ts'
import { Lanes } from '../../worker/network/lanes.ts'
import { openStore } from '../../worker/storage.ts'
import { HANDSHAKE, laneChannels, MEMBERS, PEER, RAW, RELAY } from './channel-server.ts'
import type { Ready } from './channel-server.ts'
import { used } from './disk.ts'
import type { Report } from './store.ts'
import { bySyncthing, hasSyncthing } from './syncthing.ts'

type Way = 'raw' | 'naive' | 'channel' | 'lane'

interface Figures {
  seconds: number
  /** Seconds of processor that the reader took. */
  cpu: number
  /** Bytes of resident memory over what the idle process had. */
  memory: number
  /** Bytes on the disk at most while it went on, and after. */
  peak: number
  settled: number
}

/** The limit, the naive way and ours, by UDX alone and with a lane by TCP; ours last, so that a warm cache helps the others. */
const WAYS: Way[] = ['raw', 'naive', 'channel', 'lane']
const ROUNDS = 2
const DHT_NODES = 5

/**
 * Measures each way of getting a file from another member.
 *
 * @param size bytes of the file
 */
export async function bench(
  report: Report,
  { size = 512e6 }: { size?: number } = {}
): Promise<void> {
  const dir = fs.mkdtempSync(join(tmpdir(), 'channel-bench-'))
  const testnet = await createTestnet(DHT_NODES)
  const port = testnet.bootstrap[0]?.port ?? 0
  const server = start('./channel-server.js', [String(size), join(dir, 'server'), String(port)])
  try {
    const ready = await server.line()
    const best = new Map<Way, Figures>()
    for (let round = 0; round < ROUNDS; round++) {
      for (const way of WAYS) {
        const figures = await measureAside(way, join(dir, way), port, ready)
        const before = best.get(way)
        if (before === undefined || figures.seconds < before.seconds) best.set(way, figures)
      }
    }
    for (const [way, figures] of best) tell(report, way, figures, size)
    const seconds = (way: Way): number => best.get(way)?.seconds ?? NaN
    for (const way of ['channel', 'lane'] as const) {
      report(`member to member ${way} beside naive`, seconds('naive') / seconds(way), '×')
      report(`member to member ${way} beside raw`, seconds('raw') / seconds(way), '×')
    }
    report('member to member lane beside channel', seconds('channel') / seconds('lane'), '×')
    if (hasSyncthing()) {
      const syncthing = await bySyncthing(join(dir, 'syncthing'), { count: 1, size })
      report('member to member by Syncthing', size / syncthing / 1e6, 'MB/s')
      report('member to member lane beside Syncthing', syncthing / seconds('lane'), '×')
    }
    server.end()
    const { memory } = JSON.parse(await server.line()) as Pick<Figures, 'memory'>
    report('member to member server memory over idle', memory / 1e6, 'MB')
    await server.ended
  } finally {
    server.kill()
    await testnet.destroy()
    fs.rmSync(dir, { recursive: true })
  }
}

function tell(report: Report, way: Way, figures: Figures, size: number): void {
  const { seconds, cpu, memory, peak, settled } = figures
  report(`member to member ${way}`, size / seconds / 1e6, 'MB/s')
  report(`member to member ${way} processor of the reader`, cpu / (size / 1e9), 's/GB')
  report(`member to member ${way} memory over idle`, memory / 1e6, 'MB')
  if (way === 'raw') return
  report(`member to member ${way} disk at most`, peak / size, '× the file')
  report(`member to member ${way} disk after`, settled / size, '× the file')
}

async function measureAside(way: Way, dir: string, port: number, ready: string): Promise<Figures> {
  const reader = start('./channel.js', ['--way', way, dir, String(port), ready])
  const figures = JSON.parse(await reader.line()) as Figures
  await reader.ended
  fs.rmSync(dir, { recursive: true, force: true })
  return figures
}

interface Child {
  /** The next line of its output. Rejects when it ended before. */
  line(): Promise<string>
  /** Ends its input. */
  end(): void
  kill(): void
  ended: Promise<void>
}

function start(entry: string, args: string[]): Child {
  const path = fileURLToPath(new URL(entry, import.meta.url).href)
  const child = spawn(process.execPath, [path, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()))
  const lines = readLines(child.stdout as unknown as AsyncIterable<Uint8Array>)
  return {
    ended,
    end: () => void child.stdin?.end(),
    kill: () => void child.kill(),
    async line() {
      const { done, value } = await lines.next()
      if (done === true) throw new Error(`${entry} ended before it had anything to say`)
      return value
    }
  }
}

async function* readLines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string, undefined> {
  let text = ''
  for await (const chunk of stream) {
    text += Buffer.from(chunk).toString()
    const lines = text.split('\n')
    text = lines.pop() ?? ''
    yield* lines
  }
  return undefined
}

interface Reader {
  /** What it does once it is connected; resolves when the file is here. */
  read(connection: Hyperswarm.Connection, keyPair: KeyPair): Promise<void>
  close(): Promise<void>
}

async function measure(way: Way, dir: string, port: number, ready: Ready): Promise<Figures> {
  fs.mkdirSync(dir, { recursive: true })
  const reader = await open(way, dir, ready)
  const swarm = new Hyperswarm({ bootstrap: [{ host: '127.0.0.1', port }] })
  const connected = new Promise<Hyperswarm.Connection>((resolve) => {
    swarm.on('connection', resolve)
  })
  swarm.join(way === 'raw' ? RAW : MEMBERS, { server: false, client: true })
  const connection = await connected
  connection.on('error', (err: Error) => console.error(err.message))
  const idle = process.memoryUsage().rss
  let [memory, peak] = [0, 0]
  const look = (): void => {
    memory = Math.max(memory, process.memoryUsage().rss - idle)
    peak = Math.max(peak, used(dir))
  }
  const timer = setInterval(look, 250) // walking the folder costs time that is being measured
  const [begun, before] = [Date.now(), process.cpuUsage()]
  await reader.read(connection, swarm.keyPair)
  const seconds = (Date.now() - begun) / 1000
  const after = process.cpuUsage()
  const cpu = (after.user + after.system - before.user - before.system) / 1e6
  look()
  clearInterval(timer)
  await swarm.destroy()
  await reader.close()
  return { seconds, cpu, memory, peak, settled: used(dir) }
}

async function open(way: Way, dir: string, ready: Ready): Promise<Reader> {
  const { driveKey, record } = ready
  if (way === 'raw') {
    return { read: (connection) => drain(connection, record.size), close: async () => {} }
  }
  if (way === 'naive') {
    const store = new Corestore(join(dir, 'corestore'))
    const remote = new Hyperdrive(store.session(), driveKey)
    const own = new Hyperdrive(store.namespace('own'))
    await Promise.all([remote.ready(), own.getBlobs()])
    return {
      close: () => store.close(),
      async read(connection) {
        store.replicate(connection)
        await remote.update({ wait: true })
        await copy(remote, own, `/${RELAY}/${record.hash}`)
      }
    }
  }
  // As the worker opens it, whose write buffers and compactions are not a Corestore's own.
  const store = await openStore(dir, { driveKey: null, driveVersion: 0 })
  const drive = await initializeHyperdrive(store, { spoolDir: join(dir, 'spool'), log: silent })
  return {
    close: () => drive.close(),
    async read(connection, keyPair) {
      const channel = new FileChannel(Protomux.from(connection), {
        topic: MEMBERS,
        handshake: HANDSHAKE,
        checkPeer: () => PEER,
        respond: null
      })
      channel.open()
      await channel.opened
      const lanes = laneChannels(new Lanes({ keyPair }), nobody)
      const one = way === 'lane' ? lanes.sourceOf(connection, channel) : channel
      await fetchFile({ record, providers: () => [one], drive, relayKey: RELAY })
    }
  }
}

/** Who only reads answers nobody. */
const nobody: FileResponder = {
  head: () => Promise.reject(new HypertunaError('NOT_HELD', 'Nothing is held here')),
  layer: () => Promise.reject(new HypertunaError('NOT_HELD', 'Nothing is held here')),
  async *read() {}
}

function drain(connection: Hyperswarm.Connection, size: number): Promise<void> {
  return new Promise((resolve) => {
    let left = size
    connection.on('data', (chunk: unknown) => {
      left -= (chunk as Uint8Array).byteLength
      if (left <= 0) resolve()
    })
  })
}

function copy(from: Hyperdrive, to: Hyperdrive, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = to.createWriteStream(path) as unknown as Writable
    stream.on('close', () => resolve())
    stream.on('error', reject)
    from.createReadStream(path).pipe(stream)
  })
}

const [, script, first, ...rest] = process.argv
if (first === '--way') {
  const [way, dir = '', port, ready = ''] = rest
  console.log(JSON.stringify(await measure(way as Way, dir, Number(port), JSON.parse(ready))))
  process.exit(0)
} else if (script === fileURLToPath(import.meta.url)) {
  const size = first === undefined ? undefined : Number(first)
  await bench((name, value, unit) => console.log(`${name}: ${value.toFixed(2)} ${unit}`), { size })
}
