/**
 * A whole worker on a small disk that somebody else fills up and frees again: `<dir>`.
 * Says what it says of itself, and what still works.
 */
import '../../../worker/globals.ts'
import fs from 'bare-fs'
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

const filler = join(dir, 'filler')
fillUp()
await state((code) => code !== null)
console.log('full', worker.status().problems[0]?.code)
const failed = new Set<string | null>()
for (let i = 0; i < 1500; i++) {
  const content = String(i % 10).repeat(60_000)
  failed.add(await codeOf(calls.post({ relayKey, content, kind: 9, files: [] })))
  if (failed.size > 1) break
}
console.log(
  'failed',
  [...failed].some((code) => code !== null)
)
console.log('read', await isWhole())

fs.unlinkSync(filler)
await state((code) => code === null)
console.log('mended', worker.status().state)
console.log('read', await isWhole())
await calls.post({ relayKey, content: 'second', kind: 9, files: [] })
console.log('posted')
await store(makeBytes(2_000_000, 2))
console.log('shared again')
const events = await worker.use().relays.get(relayKey).relay.newestEvents(200)
const words = events.filter(({ kind, content }) => kind === 9 && content.length < 100)
console.log('conversation', words.map(({ content }) => content).join())
await worker.close()
console.log('closed')
process.exit(0)

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

function fillUp(): void {
  const fd = fs.openSync(filler, 'a')
  try {
    for (const size of [1 << 20, 4096, 1]) {
      try {
        for (const block = Buffer.alloc(size); fs.writeSync(fd, block) === size;) continue
      } catch (err) {
        if ((err as { code?: string }).code !== 'ENOSPC') throw err
      }
    }
  } finally {
    fs.closeSync(fd)
  }
}
