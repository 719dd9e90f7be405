/**
 * A file from a member's drive through a gateway to an HTTP client, beside
 * another member that fetches, checks and stores it, and beside one that only
 * reads the channel, in the same run. Each is a process of its own; the gateway
 * by its shipped entry.
 *
 * Usage: through `bench`, or `gateway.js [bytes]` (default 1 GB).
 */
import fs from 'bare-fs'
import http from 'bare-http1'
import { tmpdir } from 'bare-os'
import { join } from 'bare-path'
import process from 'bare-process'
import { fileURLToPath } from 'bare-url'
import createTestnet from 'hyperdht/testnet.js'
import { startProgram, type Program } from '../../app/demo/process.ts'
import { startChild } from './child.ts'
import type { Child } from './child.ts'
import type { Ready } from './gateway-member.ts'
import { residentBytes } from './resident.ts'
import type { Report } from './store.ts'

const DHT_NODES = 5
const ROUNDS = 2
const SMALL_ASKS = 30

/** @param options.size - bytes of the large file */
export async function bench(report: Report, { size = 1e9 }: { size?: number } = {}): Promise<void> {
  const dir = fs.mkdtempSync(join(tmpdir(), 'gateway-bench-'))
  const testnet = await createTestnet(DHT_NODES)
  const [node] = testnet.bootstrap
  const bootstrap = `${node?.host}:${node?.port}`
  const member = start('./gateway-member.js', [String(size), dir, bootstrap])
  let gateway: Program | null = null
  try {
    const ready = JSON.parse(await member.line()) as Ready
    gateway = await startProgram('gateway', ['--port', '0', '--bootstrap', bootstrap])
    const base = `${gateway.url}/drive/${ready.publicIdentifier}`
    await measureSmall(report, `${base}/${ready.small.hash}`)
    await measureLarge(report, { size, base, ready, bootstrap, dir, pid: gateway.pid })
  } finally {
    await gateway?.stop()
    member.kill()
    await testnet.destroy()
    fs.rmSync(dir, { recursive: true })
  }
}

/** Milliseconds to the first byte, with the connection to the member up. */
async function measureSmall(report: Report, url: string): Promise<void> {
  const cold = await read(url)
  const times: number[] = []
  for (let i = 0; i < SMALL_ASKS; i++) times.push((await read(url)).first)
  times.sort((a, b) => a - b)
  report('gateway first byte, relay not joined yet', cold.first, 'ms')
  report('gateway first byte of a small file', times[Math.floor(SMALL_ASKS / 2)] ?? NaN, 'ms')
  report('gateway first byte of a small file at most', times.at(-1) ?? NaN, 'ms')
}

async function measureLarge(
  report: Report,
  run: { size: number; base: string; ready: Ready; bootstrap: string; dir: string; pid: number }
): Promise<void> {
  const { size, base, ready, bootstrap, dir, pid } = run
  const record = JSON.stringify(ready.large)
  const idle = residentBytes(pid)
  let memory = 0
  const timer = setInterval(() => (memory = Math.max(memory, residentBytes(pid) - idle)), 100)
  const rates = { channel: 0, member: 0, gateway: 0 }
  for (let round = 0; round < ROUNDS; round++) {
    const args = [ready.publicIdentifier, record, bootstrap]
    const reader = start('./gateway-reader.js', args)
    rates.channel = Math.max(rates.channel, size / Number(await reader.line()) / 1000)
    const folder = join(dir, `member-${round}`)
    fs.mkdirSync(folder)
    const member = start('./gateway-reader.js', [...args, folder])
    rates.member = Math.max(rates.member, size / Number(await member.line()) / 1000)
    fs.rmSync(folder, { recursive: true })
    const { bytes, total } = await read(`${base}/${ready.large.hash}`)
    if (bytes !== size) throw new Error(`${bytes} of ${size} bytes came through the gateway`)
    rates.gateway = Math.max(rates.gateway, size / total / 1000)
  }
  clearInterval(timer)
  report('gateway through a member', rates.gateway, 'MB/s')
  report('gateway peer: member to member, stored', rates.member, 'MB/s')
  report('gateway limit: the channel, only read', rates.channel, 'MB/s')
  report('gateway beside member to member', rates.gateway / rates.member, '×')
  report('gateway beside the channel, only read', rates.gateway / rates.channel, '×')
  report('gateway memory over idle', memory / 1e6, 'MB')
}

function start(entry: string, args: string[]): Child {
  return startChild([fileURLToPath(new URL(entry, import.meta.url).href), ...args])
}

interface Taken {
  bytes: number
  /** Milliseconds until the first byte of the body, and until the last. */
  first: number
  total: number
}

function read(url: string): Promise<Taken> {
  return new Promise((resolve, reject) => {
    const begun = process.hrtime.bigint()
    const since = (): number => Number(process.hrtime.bigint() - begun) / 1e6
    const req = http.request(url, { agent: false }, (res) => {
      let [bytes, first] = [0, 0]
      res.on('data', (chunk) => {
        if (bytes === 0) first = since()
        bytes += (chunk as Uint8Array).byteLength
      })
      res.on('error', reject)
      res.on('close', () => {
        if (res.statusCode === 200 && res.complete) resolve({ bytes, first, total: since() })
        else reject(new Error(`The gateway answered ${res.statusCode}`))
      })
    })
    req.on('error', reject)
    req.end()
  })
}

const [, script, bytes] = process.argv
if (script === fileURLToPath(import.meta.url)) {
  const size = bytes === undefined ? {} : { size: Number(bytes) }
  await bench((name, value, unit) => console.log(`${name}: ${value.toFixed(2)} ${unit}`), size)
  process.exit(0)
}
