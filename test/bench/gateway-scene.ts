/** A member with files and a gateway in front of it, each a process of its own. */
import fs from 'bare-fs'
import http from 'bare-http1'
import { tmpdir } from 'bare-os'
import { join } from 'bare-path'
import process from 'bare-process'
import { fileURLToPath } from 'bare-url'
import createTestnet from 'hyperdht/testnet.js'
import { startProgram } from '../../app/demo/process.ts'
import { startChild, type Child } from './child.ts'
import type { Ready } from './gateway-member.ts'

const DHT_NODES = 5

export interface Scene {
  /** Where everything is kept while it runs. */
  dir: string
  bootstrap: string
  ready: Ready
  /** Of the files, at the gateway. */
  small: string
  large: string
  many: string
  untreed: string
  /** The gateway's. */
  pid: number
  /** Bytes that came to the gateway from members so far. */
  fetched(): Promise<number>
  /** One of its metrics that has no labels. */
  metric(name: string): Promise<number>
  /** Has the gateway fetch a file again. */
  purge(hash: string, url: string): Promise<void>
  /** A file of that size in the gateway's cache. */
  cached(size: number): string
}

/**
 * @param size - bytes of the member's large file
 * @throws what `run` throws, after it has said how the gateway fared
 */
export async function withScene(size: number, run: (scene: Scene) => Promise<void>): Promise<void> {
  const dir = fs.mkdtempSync(join(tmpdir(), 'gateway-bench-'))
  const testnet = await createTestnet(DHT_NODES)
  const [node] = testnet.bootstrap
  const bootstrap = `${node?.host}:${node?.port}`
  const member = startEntry('./gateway-member.js', [String(size), dir, bootstrap])
  try {
    const ready = JSON.parse(await member.line()) as Ready
    const storage = join(dir, 'gateway')
    const rules = join(dir, 'rules')
    fs.writeFileSync(rules, '')
    const where = ['--rules', rules, '--port', '0', '--bootstrap', bootstrap, '--storage', storage]
    const gateway = await startProgram('gateway', [...where, '--cache-size', String(size * 4)])
    const base = `${gateway.url}/drive/${ready.publicIdentifier}`
    try {
      await run({
        dir,
        bootstrap,
        ready,
        small: `${base}/${ready.small.hash}`,
        large: `${base}/${ready.large.hash}`,
        many: `${base}/${ready.many.hash}`,
        untreed: `${base}/${ready.untreed.hash}`,
        pid: gateway.pid,
        fetched: () => metricOf(gateway.url, 'fetched_bytes_total'),
        metric: (name) => metricOf(gateway.url, name),
        purge: (hash, url) => purge(rules, hash, url),
        cached: (bytes) => cachedFile(storage, bytes)
      })
    } catch (err) {
      process.stderr.write(`${gateway.log().split('\n').slice(-10).join('\n')}\n`)
      throw err
    } finally {
      await gateway.stop()
    }
  } finally {
    member.kill()
    await testnet.destroy()
    fs.rmSync(dir, { recursive: true })
  }
}

/** One of this folder's programs. */
export function startEntry(entry: string, args: string[]): Child {
  return startChild([fileURLToPath(new URL(entry, import.meta.url).href), ...args])
}

export interface Taken {
  bytes: number
  /** Milliseconds until the first byte of the body, and until the last. */
  first: number
  total: number
}

/** Takes a whole file. @throws unless all of it came */
export function read(url: string): Promise<Taken> {
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

let purges = 0

async function purge(rules: string, hash: string, url: string): Promise<void> {
  fs.writeFileSync(rules, `purge ${hash} ${++purges}\n`)
  const headers = { 'cache-control': 'only-if-cached', range: 'bytes=0-0' }
  while ((await statusOf(url, headers)) !== 412) {
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
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

async function metricOf(url: string, name: string): Promise<number> {
  const text = await new Promise<string>((resolve, reject) => {
    const req = http.request(`${url}/metrics`, { agent: false }, (res) => {
      let text = ''
      res.on('data', (chunk) => (text += String(chunk)))
      res.on('close', () => resolve(text))
    })
    req.on('error', reject)
    req.end()
  })
  return Number(new RegExp(`^hypertuna_gateway_${name} (\\d+)`, 'm').exec(text)?.[1] ?? NaN)
}

function cachedFile(storage: string, size: number): string {
  for (const folder of fs.readdirSync(join(storage, 'cache'))) {
    for (const name of fs.readdirSync(join(storage, 'cache', String(folder)))) {
      const path = join(storage, 'cache', String(folder), String(name))
      if (fs.statSync(path).size === size) return path
    }
  }
  throw new Error('The gateway has not kept the file')
}
