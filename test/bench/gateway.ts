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
import { measureMany, measureWarm } from './gateway-warm.ts'
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
    const storage = join(dir, 'gateway')
    const rules = join(dir, 'rules')
    fs.writeFileSync(rules, '')
    const where = ['--rules', rules, '--port', '0', '--bootstrap', bootstrap, '--storage', storage]
    gateway = await startProgram('gateway', [...where, '--cache-size', String(size * 4)])
    const { url, pid } = gateway
    const base = `${url}/drive/${ready.publicIdentifier}`
    const [small, large] = [`${base}/${ready.small.hash}`, `${base}/${ready.large.hash}`]
    await measureSmall(report, small)
    await measureLarge(report, { size, base, ready, bootstrap, dir, pid, rules })
    const many = `${base}/${ready.many.hash}`
    await measureMany(report, many, ready.many.size, () => fetchedBytes(url))
    await measureWarm(report, { small, large, file: cachedFile(storage, size), size, pid })
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
  run: {
    size: number
    base: string
    ready: Ready
    bootstrap: string
    dir: string
    pid: number
    rules: string
  }
): Promise<void> {
  const { size, base, ready, bootstrap, dir, pid, rules } = run
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
    const url = `${base}/${ready.large.hash}`
    if (round > 0) await purge(rules, ready.large.hash, round, url)
    const { bytes, total } = await read(url)
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

/** Has the gateway fetch a file again. */
async function purge(rules: string, hash: string, round: number, url: string): Promise<void> {
  fs.writeFileSync(rules, `purge ${hash} ${round}\n`)
  const headers = { 'cache-control': 'only-if-cached', range: 'bytes=0-0' }
  while ((await statusOf(url, headers)) !== 412) {
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** Bytes that came from members so far. */
async function fetchedBytes(url: string): Promise<number> {
  const text = await new Promise<string>((resolve, reject) => {
    const req = http.request(`${url}/metrics`, { agent: false }, (res) => {
      let text = ''
      res.on('data', (chunk) => (text += String(chunk)))
      res.on('close', () => resolve(text))
    })
    req.on('error', reject)
    req.end()
  })
  return Number(/fetched_bytes_total (\d+)/.exec(text)?.[1] ?? NaN)
}

/** A file of that size in a gateway's cache. */
function cachedFile(storage: string, size: number): string {
  for (const folder of fs.readdirSync(join(storage, 'cache'))) {
    for (const name of fs.readdirSync(join(storage, 'cache', String(folder)))) {
      const path = join(storage, 'cache', String(folder), String(name))
      if (fs.statSync(path).size === size) return path
    }
  }
  throw new Error('The gateway has not kept the file')
}

function statusOf(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const req = http.request(url, { agent: false, headers }, (res) => {
      res.resume()
      res.on('close', () => resolve(res.statusCode))
    })
    req.on('error', reject)
    req.end()
  })
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
