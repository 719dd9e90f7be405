/**
 * A file from a member's drive through a gateway to an HTTP client, beside
 * another member that fetches, checks and stores it, and beside one that only
 * reads the channel, in the same run. Each is a process of its own; the gateway
 * by its shipped entry.
 *
 * Usage: through `bench`, `--only` with some of PIECES, or `gateway.js [bytes [piece…]]`
 * (default 1 GB, all of them). Each piece takes some minutes at most.
 */
import fs from 'bare-fs'
import { join } from 'bare-path'
import process from 'bare-process'
import { fileURLToPath } from 'bare-url'
import { measureIdle, measureUnknown } from './gateway-attacks.ts'
import { measureMany, measureSlow, measureUntreed } from './gateway-many.ts'
import { read, startEntry, withScene, type Scene } from './gateway-scene.ts'
import { measureLargeWarm, measurePeers, measureSmallWarm } from './gateway-warm.ts'
import { peersInstalled } from './install-peers.ts'
import { watchOverIdle } from './resident.ts'
import type { Report } from './store.ts'

const ROUNDS = 2
const SMALL_ASKS = 30
const HUGE = 5 * 1024 ** 3

type Piece = (report: Report, scene: Scene) => Promise<void>

/** What can be measured alone, in a scene of the size that was asked for. */
const PIECES: Record<string, Piece> = {
  first: measureFirst,
  cold: measureCold,
  many: measureMany,
  untreed: measureUntreed,
  small: measureSmallWarm,
  peers: measurePeers,
  large: measureLargeWarm,
  slow: measureSlow,
  idle: measureIdle,
  unknown: measureUnknown
}

/**
 * @param options.size - bytes of the large file
 * @param options.only - pieces: first, cold, many, untreed, small, peers, large, slow, idle, unknown, huge
 */
export async function bench(
  report: Report,
  { size = 1e9, only }: { size?: number; only?: string[] } = {}
): Promise<void> {
  const wanted = only ?? [...Object.keys(PIECES), 'huge']
  const unknown = wanted.filter((name) => !(name in PIECES) && name !== 'huge')
  if (unknown.length > 0) throw new Error(`gateway has no piece called ${unknown.join(', ')}`)
  // Whoever asks for them waits until they are installed; every other run does without.
  // In their own order, whatever they were asked in: what is to be cold was not read before.
  const known = Object.keys(PIECES).filter((name) => wanted.includes(name))
  const pieces = known.filter((name) => {
    if (name !== 'peers' || only !== undefined || peersInstalled()) return true
    process.stderr.write('peers not installed and left out: `--only peers` installs them\n')
    return false
  })
  if (pieces.length > 0) {
    await withScene(size, async (scene) => {
      for (const name of pieces) await PIECES[name]?.(report, scene)
    })
  }
  if (wanted.includes('huge')) await withScene(HUGE, (scene) => measureHuge(report, scene))
}

/** Milliseconds to the first byte, with the connection to the member up. */
async function measureFirst(report: Report, { small }: Scene): Promise<void> {
  const cold = await read(small)
  const times: number[] = []
  for (let i = 0; i < SMALL_ASKS; i++) times.push((await read(small)).first)
  times.sort((a, b) => a - b)
  report('gateway first byte, relay not joined yet', cold.first, 'ms')
  report('gateway first byte of a small file', times[Math.floor(SMALL_ASKS / 2)] ?? NaN, 'ms')
  report('gateway first byte of a small file at most', times.at(-1) ?? NaN, 'ms')
}

async function measureCold(report: Report, scene: Scene): Promise<void> {
  const { ready, bootstrap, dir, pid, large } = scene
  const { size, hash } = ready.large
  await read(scene.small) // the relay is joined
  const watch = watchOverIdle(pid)
  const rates = { channel: 0, member: 0, gateway: 0 }
  const faster = (name: keyof typeof rates, ms: number): void => {
    rates[name] = Math.max(rates[name], size / ms / 1000)
  }
  const args = [ready.publicIdentifier, JSON.stringify(ready.large), bootstrap]
  for (let round = 0; round < ROUNDS; round++) {
    faster('channel', Number(await startEntry('./gateway-reader.js', args).line()))
    const folder = join(dir, `member-${round}`)
    fs.mkdirSync(folder)
    faster('member', Number(await startEntry('./gateway-reader.js', [...args, folder]).line()))
    fs.rmSync(folder, { recursive: true })
    if (round > 0) await scene.purge(hash, large)
    faster('gateway', (await readAll(large, size)).total)
  }
  report('gateway through a member', rates.gateway, 'MB/s')
  report('gateway peer: member to member, stored', rates.member, 'MB/s')
  report('gateway limit: the channel, only read', rates.channel, 'MB/s')
  report('gateway beside member to member', rates.gateway / rates.member, '×')
  report('gateway beside the channel, only read', rates.gateway / rates.channel, '×')
  report('gateway memory over idle', watch() / 1e6, 'MB')
}

/** Memory while 5 GiB go through, from a member and then from the cache. */
async function measureHuge(report: Report, { ready, pid, large, small }: Scene): Promise<void> {
  await read(small)
  const watch = watchOverIdle(pid)
  const cold = await readAll(large, ready.large.size)
  await readAll(large, ready.large.size)
  report('gateway 5 GiB through a member', ready.large.size / cold.total / 1000, 'MB/s')
  report('gateway memory over idle, 5 GiB', watch() / 1e6, 'MB')
}

async function readAll(url: string, size: number): Promise<{ total: number }> {
  const { bytes, total } = await read(url)
  if (bytes !== size) throw new Error(`${bytes} of ${size} bytes came through the gateway`)
  return { total }
}

const [, script, bytes, ...names] = process.argv
if (script === fileURLToPath(import.meta.url)) {
  const size = bytes === undefined ? {} : { size: Number(bytes) }
  const only = names.length === 0 ? {} : { only: names }
  const report: Report = (name, value, unit) => console.log(`${name}: ${value.toFixed(2)} ${unit}`)
  await bench(report, { ...size, ...only })
  process.exit(0)
}
