/** How long a worker takes from the start of its process until it is ready, with a relay to open. */
import { mkdtempSync, rmSync } from 'bare-fs'
import { tmpdir } from 'bare-os'
import { join } from 'bare-path'
import createTestnet from 'hyperdht/testnet.js'

import { openFace } from '../../app/demo/face.ts'
import { startProgram } from '../../app/demo/process.ts'
import type { Report } from './store.ts'

const ROUNDS = 5

/** Median of five starts, of the app's shipped entry. */
export async function bench(report: Report): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'start-bench-'))
  const testnet = await createTestnet(10)
  const [node] = testnet.bootstrap
  const bootstrap = `${node?.host}:${node?.port}`
  try {
    const page: number[] = []
    const ready: number[] = []
    for (let round = 0; round < ROUNDS + 1; round++) {
      const times = await startOnce(join(dir, 'storage'), bootstrap, round === 0)
      if (round === 0) continue // makes the storage and a relay in it
      page.push(times.page)
      ready.push(times.ready)
    }
    report('start until the page answers', median(page) / 1000, 's')
    report('start until the worker is ready', median(ready) / 1000, 's')
  } finally {
    await testnet.destroy()
    rmSync(dir, { recursive: true })
  }
}

async function startOnce(
  storage: string,
  bootstrap: string,
  fresh: boolean
): Promise<{ page: number; ready: number }> {
  const started = Date.now()
  const flags = ['--storage', storage, '--bootstrap', bootstrap, '--local-port', '0', '--no-open']
  const program = await startProgram('member', flags)
  const page = Date.now() - started
  const face = await openFace(storage)
  await face.first('status', {}, ({ state }) => state === 'ready')
  const ready = Date.now() - started
  if (fresh) await face.call('createRelay', { name: 'Bench', access: 'closed' })
  await face.close()
  await program.stop()
  return { page, ready }
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
