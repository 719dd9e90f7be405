/**
 * How fast a file of N bytes is stored, beside Hyperdrive's own put of the same bytes
 * in the same run: by path, from a direct stream, and from a stream that is spooled.
 *
 * Each way runs in a process of its own with a store of its own, so that memory and
 * disk can be told apart. Usage: `store.js [bytes]` (default 1 GB), or through `bench`.
 */
import fs from 'bare-fs'
import { tmpdir } from 'bare-os'
import { join } from 'bare-path'
import process from 'bare-process'
import { spawn } from 'bare-subprocess'
import { fileURLToPath } from 'bare-url'
import Corestore from 'corestore'
import Hyperdrive from 'hyperdrive'
import type { Writable } from 'streamx'
import { initializeHyperdrive } from '../../worker/files/drive.ts'
import { silent } from '../../worker/log.ts'
import { used } from './disk.ts'
import { openStore } from '../../worker/storage.ts'

/** Where figures go: a name, a value, and its unit. */
export type Report = (name: string, value: number, unit: string) => void

type Way = 'put-stream' | 'path' | 'direct' | 'spooled'

interface Figures {
  seconds: number
  /** Bytes of resident memory over what the idle process had. */
  memory: number
  /** Bytes on the disk at most while it went on, and after settling. */
  peak: number
  settled: number
}

const WAYS: Way[] = ['put-stream', 'path', 'direct', 'spooled']
const RELAY = 'a'.repeat(64)
const CHUNK = 65536

/**
 * Measures every way of storing a file.
 *
 * @param size bytes of the file
 */
export async function bench(report: Report, { size = 1e9 }: { size?: number } = {}): Promise<void> {
  const dir = fs.mkdtempSync(join(tmpdir(), 'store-bench-'))
  try {
    const file = join(dir, 'file')
    writeRandomFile(file, size)
    let raw = 0
    for (const way of WAYS) {
      const { seconds, memory, peak, settled } = await measureAside(way, file, join(dir, way))
      const rate = size / seconds / 1e6
      if (way === 'put-stream') raw = rate
      report(`store ${way}`, rate, 'MB/s')
      report(`store ${way} beside put-stream`, rate / raw, '×')
      report(`store ${way} memory over idle`, memory / 1e6, 'MB')
      report(`store ${way} disk at most`, peak / size, '× the file')
      report(`store ${way} disk after`, settled / size, '× the file')
      fs.rmSync(join(dir, way), { recursive: true })
    }
  } finally {
    fs.rmSync(dir, { recursive: true })
  }
}

function measureAside(way: Way, file: string, dir: string): Promise<Figures> {
  return new Promise((resolve, reject) => {
    const args = [fileURLToPath(import.meta.url), '--way', way, file, dir]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    child.stdout?.on('data', (chunk) => (text += Buffer.from(chunk as Uint8Array).toString()))
    child.on('exit', (code) => {
      if (code === 0) resolve(JSON.parse(text) as Figures)
      else reject(new Error(`Storing by ${way} ended with ${code}`))
    })
  })
}

async function measure(way: Way, file: string, dir: string): Promise<Figures> {
  fs.mkdirSync(dir)
  const put = way === 'put-stream' ? await openRaw(dir) : await openOurs(dir, way)
  const idle = process.memoryUsage().rss
  let [memory, peak] = [0, 0]
  const look = (): void => {
    memory = Math.max(memory, process.memoryUsage().rss - idle)
    peak = Math.max(peak, used(dir))
  }
  const timer = setInterval(look, 100)
  const begun = Date.now()
  await put.store(file)
  const seconds = (Date.now() - begun) / 1000
  look()
  clearInterval(timer)
  await put.close()
  return { seconds, memory, peak, settled: used(dir) }
}

interface Put {
  store(file: string): Promise<void>
  close(): Promise<void>
}

async function openRaw(dir: string): Promise<Put> {
  const store = new Corestore(join(dir, 'corestore'))
  const drive = new Hyperdrive(store)
  await drive.getBlobs()
  return {
    close: () => drive.close(),
    store: (file) =>
      new Promise((resolve, reject) => {
        const stream = drive.createWriteStream('/file') as unknown as Writable
        stream.on('close', () => resolve())
        stream.on('error', reject)
        fs.createReadStream(file).pipe(stream as never)
      })
  }
}

async function openOurs(dir: string, way: Way): Promise<Put> {
  const store = await openStore(dir, { driveKey: null, driveVersion: 0 })
  const drive = await initializeHyperdrive(store, { spoolDir: join(dir, 'spool'), log: silent })
  const known = { relayKey: RELAY, fileHash: null, metadata: {} }
  return {
    close: () => drive.close(),
    async store(path) {
      if (way === 'path') await drive.storePath({ ...known, path })
      else {
        const source = fs.createReadStream(path) as unknown as AsyncIterable<Uint8Array>
        await drive.storeFile({ ...known, source, direct: way === 'direct' })
      }
    }
  }
}

/** Bytes that do not compress. */
function writeRandomFile(path: string, size: number): void {
  const words = new Uint32Array(CHUNK / 4)
  let x = 88675123
  const fd = fs.openSync(path, 'w')
  for (let at = 0; at < size; at += CHUNK) {
    for (let i = 0; i < words.length; i++) {
      x ^= x << 13
      x ^= x >>> 17
      x ^= x << 5
      words[i] = x
    }
    fs.writeSync(fd, new Uint8Array(words.buffer, 0, Math.min(CHUNK, size - at)))
  }
  fs.fsyncSync(fd)
  fs.closeSync(fd)
}

const [, script, first, ...rest] = process.argv
if (first === '--way') {
  const [way, file = '', dir = ''] = rest
  console.log(JSON.stringify(await measure(way as Way, file, dir)))
} else if (script === fileURLToPath(import.meta.url)) {
  const size = first === undefined ? undefined : Number(first)
  await bench((name, value, unit) => console.log(`${name}: ${value.toFixed(2)} ${unit}`), { size })
}
