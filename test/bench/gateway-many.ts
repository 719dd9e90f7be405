/** Many clients at once: what they cost, and what those hold who take nothing. */
import { wholeOf } from './gateway-load-runs.ts'
import { read, startEntry, type Scene } from './gateway-scene.ts'
import { watchOverIdle } from './resident.ts'
import type { Report } from './store.ts'

const MANY = 1000
/** Until buffers are as full as they get, in ms. */
const FILLED = 2000

export function measureMany(report: Report, scene: Scene): Promise<void> {
  return measureWhole(report, scene, 'many', '')
}

/** Of a file whose event names no tree: all wait until the whole is here and right. */
export function measureUntreed(report: Report, scene: Scene): Promise<void> {
  return measureWhole(report, scene, 'untreed', ', no tree')
}

async function measureWhole(
  report: Report,
  scene: Scene,
  which: 'many' | 'untreed',
  kind: string
): Promise<void> {
  const { size } = scene.ready[which]
  await read(scene.small) // the relay is joined
  const before = await scene.fetched()
  const watch = watchOverIdle(scene.pid)
  const { ms, complete } = await wholeOf(scene[which], MANY)
  if (complete !== MANY) throw new Error(`${complete} of ${MANY} clients have it`)
  report(`gateway 1000 clients of one cold file${kind}`, (size * MANY) / ms / 1000, 'MB/s')
  report(
    `gateway downloads for 1000 clients${kind}`,
    ((await scene.fetched()) - before) / size,
    '×'
  )
  report(`gateway memory for 1000 clients${kind}`, watch() / 1e6, 'MB')
}

/** From the beginning of one file, and each from another place. */
export async function measureSlow(report: Report, { large, ready, pid }: Scene): Promise<void> {
  await read(large) // it is in the cache
  const modes = { slow: '1000 slow readers', spread: '1000 slow readers, each elsewhere' }
  for (const [mode, name] of Object.entries(modes)) {
    const watch = watchOverIdle(pid)
    const args = [large, mode, String(MANY), String(ready.large.size)]
    const load = startEntry('./gateway-load.js', args)
    try {
      await load.line()
      await new Promise((resolve) => setTimeout(resolve, FILLED))
      report(`gateway memory for ${name}`, watch() / 1e6, 'MB')
    } finally {
      load.kill()
    }
  }
}
