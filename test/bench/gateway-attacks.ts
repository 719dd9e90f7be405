/** What strangers may try, at its full size: connections that ask nothing, groups that are none. */
import { read, startEntry, type Scene } from './gateway-scene.ts'
import { residentBytes, watchOverIdle, watchResident } from './resident.ts'
import type { Report } from './store.ts'

const IDLE = 10_000
const UNKNOWN = 100_000
const ROUNDS = 4
const ASKS = 20
const LOOK_EVERY = 250

/** Ten thousand connections that never ask: whoever does is answered all the same. */
export async function measureIdle(report: Report, scene: Scene): Promise<void> {
  await read(scene.small)
  const watch = watchOverIdle(scene.pid)
  const load = startEntry('./gateway-load.js', [scene.small, 'idle', String(IDLE)])
  try {
    await load.line()
    const times: number[] = []
    for (let i = 0; i < ASKS; i++) times.push((await read(scene.small)).total)
    report('gateway 10000 idle connections, slowest answer meanwhile', Math.max(...times), 'ms')
    report('gateway connections it keeps of them', await scene.metric('connections'), '')
    report('gateway memory for 10000 idle connections', watch() / 1e6, 'MB')
  } finally {
    load.kill()
  }
}

/**
 * A hundred thousand groups that nobody has: what is joined and kept for them stays bounded. The
 * memory is told after each quarter, so that it is seen whether it levels off.
 */
export async function measureUnknown(report: Report, scene: Scene): Promise<void> {
  await read(scene.small)
  const idle = residentBytes(scene.pid)
  const begun = Date.now()
  let [most, slowest] = [0, 0]
  const kept: number[] = []
  for (let asked = UNKNOWN / ROUNDS; asked <= UNKNOWN; asked += UNKNOWN / ROUNDS) {
    const stop = watchResident([scene.pid])
    const load = startEntry('./gateway-load.js', [scene.small, 'unknown', String(UNKNOWN / ROUNDS)])
    let done = false
    const line = load.line().finally(() => (done = true))
    while (!done) {
      most = Math.max(most, await scene.metric('relays'))
      slowest = Math.max(slowest, (await read(scene.small)).total)
      await Promise.race([line, new Promise((resolve) => setTimeout(resolve, LOOK_EVERY))])
    }
    check(JSON.parse(await line) as Record<string, number>)
    kept.push(((stop()[0] ?? NaN) - idle) / 1e6)
    report(`gateway memory for ${asked} unknown groups`, kept.at(-1)!, 'MB')
  }
  report('gateway unknown groups', (UNKNOWN * 1000) / (Date.now() - begun), '/s')
  report('gateway topics joined at most meanwhile', most, '')
  report('gateway slowest answer to somebody else meanwhile', slowest, 'ms')
  const [, second = NaN] = kept
  const slope = (1e6 * (kept.at(-1)! - second)) / (UNKNOWN / 2)
  report('gateway memory for one more unknown group, in the second half', slope, 'bytes')
}

function check(statuses: Record<string, number>): void {
  const { 503: unavailable = 0 } = statuses
  if (unavailable === UNKNOWN / ROUNDS) return
  throw new Error(`Other answers than 503: ${JSON.stringify(statuses)}`)
}
