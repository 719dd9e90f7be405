/** How long a worker takes from the start of its process until it is ready, with a relay to open. */
import { mkdtempSync, rmSync } from 'bare-fs'
import { tmpdir } from 'bare-os'
import { join } from 'bare-path'
import createTestnet from 'hyperdht/testnet.js'

import { openFace } from '../../app/face.ts'
import { startProgram } from '../../app/demo/process.ts'
import { residentBytes } from './resident.ts'
import type { Report } from './store.ts'

const ROUNDS = 5
const MANY = 20

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
      const times = await startOnce(join(dir, 'storage'), bootstrap, round === 0 ? 1 : 0)
      if (round === 0) continue // makes the storage and a relay in it
      page.push(times.page)
      ready.push(times.ready)
    }
    report('start until the page answers', median(page) / 1000, 's')
    report('start until the worker is ready', median(ready) / 1000, 's')
    await benchMany(report, join(dir, 'many'), bootstrap)
  } finally {
    await testnet.destroy()
    rmSync(dir, { recursive: true })
  }
}

/** A member of many relays, and what each of them costs while nothing happens. */
async function benchMany(report: Report, storage: string, bootstrap: string): Promise<void> {
  await startOnce(storage, bootstrap, 1)
  const alone = await startOnce(storage, bootstrap, 0)
  await startOnce(storage, bootstrap, MANY - 1)
  const ready: number[] = []
  let memory = 0
  for (let round = 0; round < ROUNDS; round++) {
    const times = await startOnce(storage, bootstrap, 0)
    ready.push(times.ready)
    memory = times.memory
  }
  report(`start with ${MANY} relays until ready`, median(ready) / 1000, 's')
  report(`start with ${MANY} relays, memory`, memory / 2 ** 20, 'MiB')
  report('start with one relay, memory', alone.memory / 2 ** 20, 'MiB')
}

async function startOnce(
  storage: string,
  bootstrap: string,
  create: number
): Promise<{ page: number; ready: number; memory: number }> {
  const started = Date.now()
  const flags = ['--storage', storage, '--bootstrap', bootstrap, '--local-port', '0', '--no-open']
  const program = await startProgram('member', flags)
  const page = Date.now() - started
  const face = await openFace(storage)
  await face.first('status', {}, ({ state }) => state === 'ready')
  const ready = Date.now() - started
  for (let i = 0; i < create; i++) {
    await face.call('createRelay', { name: `Bench ${i}`, access: 'closed' })
  }
  const memory = residentBytes(program.pid)
  await face.close()
  await program.stop()
  return { page, ready, memory }
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
