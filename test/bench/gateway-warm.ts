/** What is in the cache already, beside bare-http1 alone; and many clients at once. */
import fs from 'bare-fs'
import { tmpdir } from 'bare-os'
import { join } from 'bare-path'
import { fileURLToPath } from 'bare-url'
import { startChild, type Child } from './child.ts'
import { installPeers, PEERS } from './install-peers.ts'
import { residentBytes } from './resident.ts'
import type { Report } from './store.ts'

const CONNECTIONS = 32
const SECONDS = 3
const ROUNDS = 2
const MANY = 1000
const SMALL = 10 * 1024

interface Warm {
  /** Of a small and of a large file at the gateway. */
  small: string
  large: string
  /** The large file's bytes on disk, wherever. */
  file: string
  size: number
  /** The gateway's. */
  pid: number
}

/** The best of some rounds, each server in turn. */
export async function measureWarm(report: Report, warm: Warm): Promise<void> {
  const bare = startChild([entry('./gateway-bare.js'), warm.file])
  const alone = (await bare.line()).trim()
  try {
    const [ours, theirs] = [{ rate: 0, p99: Infinity }, { rate: 0 }]
    for (let round = 0; round < ROUNDS; round++) {
      const empty = await rateOf(`${alone}/empty`)
      theirs.rate = Math.max(theirs.rate, empty.rate)
      const got = await rateOf(warm.small)
      ours.rate = Math.max(ours.rate, got.rate)
      ours.p99 = Math.min(ours.p99, got.p99)
    }
    report('gateway small and warm', ours.rate, 'requests/s')
    report('gateway peer: bare-http1, nothing', theirs.rate, 'requests/s')
    report('gateway small and warm beside bare-http1', ours.rate / theirs.rate, '×')
    report('gateway small and warm, p99', ours.p99, 'ms')
    await measurePeers(report, warm.small)
    const [sent, plain] = [[] as number[], [] as number[]]
    for (let round = 0; round <= ROUNDS; round++) {
      plain.push((await wholeOf(`${alone}/file`, 1)).ms)
      sent.push((await wholeOf(warm.large, 1)).ms)
    }
    const rate = (times: number[]): number => warm.size / Math.min(...times) / 1000
    report('gateway large and warm', rate(sent), 'MB/s')
    report('gateway peer: bare-http1, the same file', rate(plain), 'MB/s')
    report('gateway large and warm beside bare-http1', rate(sent) / rate(plain), '×')
    await measureSlow(report, warm)
  } finally {
    bare.kill()
  }
}

/** Servers of drives by others, with a file of the same size. */
async function measurePeers(report: Report, small: string): Promise<void> {
  installPeers()
  const folder = fs.mkdtempSync(join(tmpdir(), 'gateway-peers-'))
  const child = startChild([join(PEERS, 'drives.mjs'), folder, String(SMALL)])
  try {
    const urls = JSON.parse(await child.line()) as { blobServer: string; serveDrive: string }
    const best = { ours: 0, blobServer: 0, serveDrive: 0 }
    for (let round = 0; round < ROUNDS; round++) {
      const rate = async (url: string): Promise<number> =>
        (await rateOf(url.replace('localhost', '127.0.0.1'))).rate
      best.ours = Math.max(best.ours, await rate(small))
      best.blobServer = Math.max(best.blobServer, await rate(urls.blobServer))
      best.serveDrive = Math.max(best.serveDrive, await rate(urls.serveDrive))
    }
    report('gateway peer: hypercore-blob-server, small', best.blobServer, 'requests/s')
    report('gateway peer: serve-drive, small', best.serveDrive, 'requests/s')
    report('gateway small beside hypercore-blob-server', best.ours / best.blobServer, '×')
    report('gateway small beside serve-drive', best.ours / best.serveDrive, '×')
  } finally {
    child.kill()
    fs.rmSync(folder, { recursive: true })
  }
}

/** @param fetched - bytes that came from members so far */
export async function measureMany(
  report: Report,
  url: string,
  size: number,
  fetched: () => Promise<number>
): Promise<void> {
  const before = await fetched()
  const { ms, complete } = await wholeOf(url, MANY)
  if (complete !== MANY) throw new Error(`${complete} of ${MANY} clients have it`)
  report('gateway 1000 clients of one cold file', (size * MANY) / ms / 1000, 'MB/s')
  report('gateway downloads for 1000 clients', ((await fetched()) - before) / size, '×')
}

async function measureSlow(report: Report, { large, pid }: Warm): Promise<void> {
  const before = residentBytes(pid)
  const load = startChild([entry('./gateway-load.js'), large, 'slow', String(MANY)])
  try {
    await load.line()
    await new Promise((resolve) => setTimeout(resolve, 2000)) // until buffers are as full as they get
    report('gateway memory for 1000 slow readers', (residentBytes(pid) - before) / 1e6, 'MB')
  } finally {
    load.kill()
  }
}

async function rateOf(url: string): Promise<{ rate: number; p99: number }> {
  const args = [url, 'rate', String(CONNECTIONS), String(SECONDS * 1000)]
  const load = startChild([entry('./gateway-load.js'), ...args])
  return JSON.parse(await load.line()) as { rate: number; p99: number }
}

async function wholeOf(url: string, clients: number): Promise<{ ms: number; complete: number }> {
  const load: Child = startChild([entry('./gateway-load.js'), url, 'whole', String(clients)])
  return JSON.parse(await load.line()) as { ms: number; complete: number }
}

function entry(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url).href)
}
