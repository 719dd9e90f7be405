/** A storage that fails while the worker runs, and the worker that goes on when it is mended. */
import AbortController from 'bare-abort-controller'
import { renameSync } from 'bare-fs'
import { join } from 'bare-path'
import test from 'brittle'

import type { RelayList } from '../../protocol/rpc/generated/types.ts'
import { silent } from '../../worker/log.ts'
import { rpcHandlers } from '../../worker/rpc.ts'
import { Worker } from '../../worker/worker.ts'
import { canMount, startChild } from './child.ts'
import { codeOf } from './drive-fixture.ts'
import { localDht, until } from './member.ts'
import type { TestContext } from './member.ts'
import { randomFile, share, together } from './whole.ts'
import type { Whole } from './whole.ts'
import { poll } from '../poll.ts'

const mending = { wait: { first: 50, longest: 400 }, watch: 50 }

async function start(
  t: TestContext,
  bootstrap: string[],
  storage: string,
  { watch = mending.watch } = {}
): Promise<Whole> {
  const known = { storage, bootstrap, localPort: 0, version: '0.0.0', log: silent }
  const options = { ...known, mending: { ...mending, watch } }
  const worker = new Worker(options)
  await worker.ready()
  t.teardown(() => worker.close())
  return { worker, calls: rpcHandlers(worker), storage, close: () => worker.close() }
}

/** Resolves when the worker says so of itself. */
function says({ worker }: Whole, holds: (problem: string | null) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      const { state, problems } = worker.status()
      if (state === 'starting' || !holds(problems[0]?.code ?? null)) return
      worker.off('status', look)
      resolve()
    }
    worker.on('status', look)
    look()
  })
}

test('a folder that vanishes and comes back', { timeout: 60_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const dir = join(await t.tmp(), 'storage')
  const a = await start(t, bootstrap, dir)
  const { relayKey } = await together(a, [])
  const file = await randomFile(t, 300_000)
  await share(a, relayKey, file)
  const lists: number[] = []
  const face = new AbortController()
  const subscription = {
    signal: face.signal,
    closed: false,
    send: ({ relays }: RelayList) => lists.push(relays.length) > 0,
    fail: (err: Error) => t.fail(err.message)
  }
  await a.calls.relayList({}, subscription as never)
  renameSync(dir, dir + '.away')
  await says(a, (problem) => problem === 'STORAGE_MISSING')
  const { message } = a.worker.status().problems[0]!
  t.ok(/bring it back/.test(message), 'what to do')
  t.ok(await a.worker.use().drive.has(relayKey, file.hash), 'what is open is still read')
  renameSync(dir + '.away', dir)
  const before = lists.length
  await says(a, (problem) => problem === null)
  t.is(a.worker.status().state, 'ready')
  t.ok(await a.worker.use().drive.has(relayKey, file.hash))
  const group = a.worker.use().relays.get(relayKey)
  await until(() => group.joined, group, group.relay)
  await share(a, relayKey, await randomFile(t, 1000, 'after.bin'))
  // The new parts are followed from some moment on: what changes then is told
  await poll(() => {
    a.worker.use().relays.emit('change')
    return lists.length > before
  }, 20)
  t.is(lists.at(-1), 1, 'who had subscribed hears of the new parts')
  face.abort(undefined as never)
})

test('whoever runs into it first, it is said why', { timeout: 60_000 }, async (t) => {
  const dir = join(await t.tmp(), 'storage')
  const never = 2 ** 31 - 1
  const a = await start(t, await localDht(t), dir, { watch: never })
  const { relayKey } = await together(a, [])
  const file = await randomFile(t, 1000)
  await share(a, relayKey, file)
  renameSync(dir, dir + '.away')
  // The store may write for a moment still, to files that it has open.
  await a.worker
    .use()
    .drive.removeFile(relayKey, file.hash)
    .catch(() => {})
  await says(a, (problem) => problem === 'STORAGE_MISSING')
  t.is(a.worker.status().problems.length, 1, 'that a file cannot be written is not said beside it')
  renameSync(dir + '.away', dir)
  await says(a, (problem) => problem === null)
})

test('a storage that is locked until somebody else is gone', { timeout: 60_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const dir = await t.tmp()
  const first = await start(t, bootstrap, dir)
  const { relayKey } = await together(first, [])
  const second = await start(t, bootstrap, dir)
  t.is(second.worker.status().problems[0]?.code, 'STORAGE_LOCKED')
  t.is(
    await codeOf(second.calls.post({ relayKey, content: 'x', kind: 9, files: [] })),
    'STORAGE_LOCKED'
  )
  await first.close()
  await says(second, (problem) => problem === null)
  await second.calls.post({ relayKey, content: 'here we are', kind: 9, files: [] })
  t.ok(second.worker.use().relays.get(relayKey).joined)
})

test(
  'a disk that is full, and has room again',
  { skip: !canMount(), timeout: 90_000 },
  async (t) => {
    const dir = await t.tmp()
    const before = `mount -t tmpfs -o size=300m tmpfs ${dir}`
    const child = startChild(t, 'full-worker.js', [dir], { before, namespace: true })
    const lines: string[] = []
    for (let line = await child.line(); line !== null; line = await child.line()) lines.push(line)
    t.alike(lines, [
      'shared ready',
      'full STORAGE_FULL',
      'failed STORAGE_FULL',
      'read true',
      'mended ready',
      'read true',
      'posted',
      'shared again',
      'conversation first,second',
      'closed'
    ])
  }
)
