/**
 * A whole worker whose disk can only be read from one moment on, and can be written again later:
 * `<dir>`. Says what it says of itself, and what still works.
 */
import '../../../worker/globals.ts'
import { spawnSync } from 'bare-subprocess'
import { join } from 'bare-path'
import process from 'bare-process'

import { silent } from '../../../worker/log.ts'
import { rpcHandlers } from '../../../worker/rpc.ts'
import { Worker } from '../../../worker/worker.ts'
import { codeOf, collect, makeBytes, sha256, source } from '../drive-fixture.ts'

const [dir = ''] = process.argv.slice(2)
const worker = new Worker({
  storage: join(dir, 'storage'),
  bootstrap: [],
  localPort: 0,
  version: '0.0.0',
  log: silent,
  mending: { wait: { first: 100, longest: 400 }, watch: 100 }
})
await worker.ready()
const calls = rpcHandlers(worker)
const { relayKey } = await calls.createRelay({ name: 'Field notes', access: 'open' })
const bytes = makeBytes(3_000_000)
const hash = sha256(bytes)
await store(bytes)
await calls.post({ relayKey, content: 'first', kind: 9, files: [{ hash }] })
console.log('shared', worker.status().state)

// What is open stays so, as the system only takes a disk away from who has nothing open on it.
run('mount', '--bind', dir, dir)
run('mount', '-o', 'remount,bind,ro', dir)
console.log('refused', await codeOf(store(makeBytes(40_000_000, 3))))
await state((code) => code === 'STORAGE_READONLY')
console.log('readonly', worker.status().problems.length)
console.log('read', await isWhole())

run('umount', dir)
await state((code) => code === null)
console.log('mended', worker.status().state)
console.log('read', await isWhole())
await calls.post({ relayKey, content: 'second', kind: 9, files: [] })
await store(makeBytes(2_000_000, 2))
console.log('shared again')
await worker.close()
console.log('closed')
process.exit(0)

function run(file: string, ...args: string[]): void {
  const { status } = spawnSync(file, args, { stdio: 'inherit' })
  if (status !== 0) throw new Error(`${file} ended with ${status}`)
}

async function store(bytes: Uint8Array): Promise<void> {
  const header = { relayKey, size: bytes.byteLength, fileHash: sha256(bytes) }
  const signal = { aborted: false, addEventListener() {}, removeEventListener() {} }
  await calls.storeFile({ header, source: source(bytes), signal } as never)
}

async function isWhole(): Promise<boolean> {
  const { drive } = worker.use()
  return sha256(await collect(drive.getFile(relayKey, hash))) === hash
}

function state(holds: (code: string | null) => boolean): Promise<void> {
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
