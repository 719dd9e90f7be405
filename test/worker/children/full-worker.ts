/**
 * A whole worker on a small disk that somebody else fills up and frees again: `<dir>`.
 * Says what it says of itself, and what still works.
 */
import '../../../worker/globals.ts'
import b4a from 'b4a'
import fs from 'bare-fs'
import { join } from 'bare-path'
import process from 'bare-process'

import { codeOf, makeBytes } from '../drive-fixture.ts'
import { startTroubled } from './troubled-worker.ts'

const [dir = ''] = process.argv.slice(2)
const { worker, calls, relayKey, store, isWhole, state } = await startTroubled(dir)

const filler = join(dir, 'filler')
fillUp()
await state((code) => code !== null)
console.log('full', worker.status().problems[0]?.code)
const failed = new Set<string | null>()
for (let i = 0; i < 1500; i++) {
  // What cannot be pressed into what the store set aside
  const content = b4a.toString(makeBytes(45_000, 10 + i), 'base64')
  failed.add(await codeOf(calls.post({ relayKey, content, kind: 9, files: [] })))
  if (failed.size > 1) break
}
console.log('failed', [...failed].filter((code) => code !== null).join())
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
