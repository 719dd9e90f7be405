/**
 * Stores files until the disk fails: `<dir> [fill]`; with `fill` the disk is filled
 * up by somebody else in the middle of one. Says `failure <code>` for the event, and
 * the outcome of each call after it.
 */
import fs from 'bare-fs'
import process from 'bare-process'
import Corestore from 'corestore'
import { join } from 'bare-path'
import { HypertunaError } from '../../../protocol/errors.ts'
import { initializeHyperdrive } from '../../../worker/files/drive.ts'
import { silent } from '../../../worker/log.ts'
import { RELAY, collect, makeBytes, sha256, source } from '../drive-fixture.ts'

const [dir = '', fill] = process.argv.slice(2)
const drive = await initializeHyperdrive(new Corestore(join(dir, 'corestore')), {
  spoolDir: join(dir, 'spool'),
  log: silent
})
drive.on('failure', (err) => console.log('failure', (err as HypertunaError).code))
const first = makeBytes(3_000_000)
console.log('first', await store(first))
for (let i = 2; drive.failure === null && i < 100; i++) {
  const outcome = await store(makeBytes(8_000_000, i), fill === undefined ? undefined : fillUp)
  if (outcome !== 'stored') console.log('then', outcome)
  if (outcome !== 'stored' && drive.failure === null) break
}
console.log('small', await store(makeBytes(10, 200)))
console.log('large', await store(makeBytes(2_000_000, 201)))
console.log('read', await isWhole(first))
console.log('spool', fs.readdirSync(join(dir, 'spool')).length)
await drive.close()
console.log('closed')

async function store(bytes: Uint8Array, onprogress?: () => void): Promise<string> {
  try {
    const fileHash = sha256(bytes)
    const options = { relayKey: RELAY, fileHash, metadata: {}, source: source(bytes) }
    await drive.storeFile({ ...options, direct: true, onprogress })
    return 'stored'
  } catch (err) {
    return HypertunaError.from(err).code
  }
}

async function isWhole(bytes: Uint8Array): Promise<boolean> {
  const hash = sha256(bytes)
  if (!(await drive.has(RELAY, hash))) return false
  return sha256(await collect(drive.getFile(RELAY, hash))) === hash
}

function fillUp(): void {
  const fd = fs.openSync(join(dir, 'filler'), 'a')
  try {
    for (const size of [1 << 20, 4096]) {
      for (const block = Buffer.alloc(size); fs.writeSync(fd, block) === size;) continue
    }
  } catch (err) {
    if ((err as { code?: string }).code !== 'ENOSPC') throw err
  } finally {
    fs.closeSync(fd)
  }
}
