/** What is in the cache already, beside bare-http1 alone and beside servers by others. */
import fs from 'bare-fs'
import { tmpdir } from 'bare-os'
import { join } from 'bare-path'
import { startChild } from './child.ts'
import { rateOf, wholeOf } from './gateway-load-runs.ts'
import { read, startEntry, type Scene } from './gateway-scene.ts'
import { installPeers, PEERS } from './install-peers.ts'
import type { Report } from './store.ts'

const CONNECTIONS = 32
const MS = 3000
const ROUNDS = 2
const SMALL = 10 * 1024

/** A small file, the best of some rounds, each server in turn. */
export async function measureSmallWarm(report: Report, scene: Scene): Promise<void> {
  await read(scene.small)
  await withBare(scene.dir, async (alone) => {
    const [ours, theirs] = [
      { rate: 0, p99: Infinity },
      { rate: 0, p99: Infinity }
    ]
    for (let round = 0; round < ROUNDS; round++) {
      keepBest(theirs, await rateOf(`${alone}/empty`, CONNECTIONS, MS))
      keepBest(ours, await rateOf(scene.small, CONNECTIONS, MS))
    }
    report('gateway small and warm', ours.rate, 'requests/s')
    report('gateway peer: bare-http1, nothing', theirs.rate, 'requests/s')
    report('gateway small and warm beside bare-http1', ours.rate / theirs.rate, '×')
    report('gateway small and warm, p99', ours.p99, 'ms')
    report('gateway peer: bare-http1, nothing, p99', theirs.p99, 'ms')
  })
}

/** A large file, beside bare-http1 sending the same one from the same disk. */
export async function measureLargeWarm(report: Report, scene: Scene): Promise<void> {
  const { size } = scene.ready.large
  await read(scene.large)
  await withBare(scene.cached(size), async (alone) => {
    const [sent, plain] = [[] as number[], [] as number[]]
    for (let round = 0; round <= ROUNDS; round++) {
      plain.push((await wholeOf(`${alone}/file`, 1)).ms)
      sent.push((await wholeOf(scene.large, 1)).ms)
    }
    const rate = (times: number[]): number => size / Math.min(...times) / 1000
    report('gateway large and warm', rate(sent), 'MB/s')
    report('gateway peer: bare-http1, the same file', rate(plain), 'MB/s')
    report('gateway large and warm beside bare-http1', rate(sent) / rate(plain), '×')
  })
}

/** Servers of drives by others, with a file of the same size. */
export async function measurePeers(report: Report, { small }: Scene): Promise<void> {
  installPeers()
  await read(small)
  const folder = fs.mkdtempSync(join(tmpdir(), 'gateway-peers-'))
  const child = startChild([join(PEERS, 'drives.mjs'), folder, String(SMALL)])
  try {
    const urls = JSON.parse(await child.line()) as { blobServer: string; serveDrive: string }
    const best = { ours: 0, blobServer: 0, serveDrive: 0 }
    for (let round = 0; round < ROUNDS; round++) {
      const rate = async (url: string): Promise<number> =>
        (await rateOf(url.replace('localhost', '127.0.0.1'), CONNECTIONS, MS)).rate
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

/** @param path - what bare-http1 has to send */
async function withBare(path: string, run: (url: string) => Promise<void>): Promise<void> {
  const bare = startEntry('./gateway-bare.js', [path])
  try {
    await run((await bare.line()).trim())
  } finally {
    bare.kill()
  }
}

function keepBest(best: { rate: number; p99: number }, got: { rate: number; p99: number }): void {
  best.rate = Math.max(best.rate, got.rate)
  best.p99 = Math.min(best.p99, got.p99)
}
