/**
 * A whole worker whose disk can only be read from one moment on, and can be written again later:
 * `<dir>`. Says what it says of itself, and what still works.
 */
import '../../../worker/globals.ts'
import { spawnSync } from 'bare-subprocess'
import process from 'bare-process'

import { codeOf, makeBytes } from '../drive-fixture.ts'
import { startTroubled } from './troubled-worker.ts'

const [dir = ''] = process.argv.slice(2)
const { worker, calls, relayKey, store, isWhole, state } = await startTroubled(dir)

// What is open stays so, as the system makes no disk unwritable that has a file open for writing.
run('mount', '-o', 'bind,ro', dir, dir)
console.log('refused', await codeOf(store(makeBytes(40_000_000, 3))))
await state((code) => code === 'STORAGE_READONLY')
console.log('readonly', worker.status().problems.length)
console.log('read', await isWhole())

// The worker may have something of it open just now: a disk that is busy cannot be taken away,
// but it can be written again.
run('mount', '-o', 'remount,bind,rw', dir)
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
