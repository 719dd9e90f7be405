/**
 * How fast a folder of many small files goes in, beside Localdrive's mirror of the same
 * folder into a Hyperdrive in the same run: the bytes into the drive alone, and all of
 * it, with an event for each file that is signed and in the group.
 *
 * `size` is a number of files (default 2,000; the target is meant for 10,000).
 */
import '../../worker/globals.ts'
import fs from 'bare-fs'
import { tmpdir } from 'bare-os'
import { join } from 'bare-path'
import process from 'bare-process'
import { fileURLToPath } from 'bare-url'
import Corestore from 'corestore'
import createTestnet from 'hyperdht/testnet.js'
import Hyperdrive from 'hyperdrive'
import Localdrive from 'localdrive'

import { initializeHyperdrive } from '../../worker/files/drive.ts'
import { wholeFile } from '../../worker/files/folders/batch-writer.ts'
import type { WholeFile } from '../../worker/files/folders/batch-writer.ts'
import { LocalFolder } from '../../worker/files/folders/local-folder.ts'
import { readWhole } from '../../worker/files/folders/importer.ts'
import { silent } from '../../worker/log.ts'
import { rpcHandlers } from '../../worker/rpc.ts'
import { Worker } from '../../worker/worker.ts'
import { startChild } from './child.ts'
import type { Report } from './store.ts'

const WAYS = ['mirror', 'bytes', 'events']
const RELAY = 'a'.repeat(64)
const BATCH = 255

/** Each way in a process of its own, with a storage of its own. */
export async function bench(
  report: Report,
  { size = 2000 }: { size?: number } = {}
): Promise<void> {
  const dir = fs.mkdtempSync(join(tmpdir(), 'import-bench-'))
  try {
    const folder = join(dir, 'folder')
    makeFiles(folder, size)
    let mirror = 0
    for (const way of WAYS) {
      const child = startChild([fileURLToPath(import.meta.url), way, folder, join(dir, way)])
      const { seconds, again } = JSON.parse(await child.line()) as Seconds
      const rate = size / seconds
      if (way === 'mirror') mirror = rate
      report(`import ${way}`, rate, 'files/s')
      if (way !== 'mirror') report(`import ${way} beside mirror`, rate / mirror, '×')
      if (again !== undefined) report('import of what is there already', size / again, 'files/s')
    }
  } finally {
    fs.rmSync(dir, { recursive: true })
  }
}

interface Seconds {
  seconds: number
  again?: number
}

async function measure(way: string, folder: string, dir: string): Promise<Seconds> {
  if (way === 'mirror') return mirror(folder, dir)
  return way === 'bytes' ? bytes(folder, dir) : events(folder, dir)
}

async function mirror(folder: string, dir: string): Promise<Seconds> {
  const drive = new Hyperdrive(new Corestore(dir))
  await drive.getBlobs()
  const begun = Date.now()
  await new Localdrive(folder).mirror(drive, { prune: false }).done()
  const seconds = since(begun)
  await drive.close()
  return { seconds }
}

async function bytes(folder: string, dir: string): Promise<Seconds> {
  const store = new Corestore(join(dir, 'corestore'))
  const drive = await initializeHyperdrive(store, { spoolDir: join(dir, 'spool'), log: silent })
  const signal = { aborted: false, addEventListener() {}, removeEventListener() {} }
  const local = new LocalFolder(folder)
  await local.ready()
  const begun = Date.now()
  let writing: Promise<void> = Promise.resolve()
  let reading: Promise<WholeFile>[] = []
  const flush = async (): Promise<void> => {
    const files = await Promise.all(reading)
    reading = []
    await writing
    writing = drive.storeBatch(RELAY, files, signal)
  }
  for await (const file of local.scan(() => {})) {
    reading.push(readWhole(local, file).then((read) => wholeFile(read, { name: 'x' })))
    if (reading.length === BATCH) await flush()
  }
  await flush()
  await writing
  const seconds = since(begun)
  await drive.close()
  return { seconds }
}

async function events(folder: string, dir: string): Promise<Seconds> {
  const testnet = await createTestnet(4)
  const bootstrap = testnet.bootstrap.map(({ host, port }) => `${host}:${port}`)
  const worker = new Worker({ storage: dir, bootstrap, localPort: 0, version: '0', log: silent })
  await worker.ready()
  const { createRelay, importFolder } = rpcHandlers(worker)
  const { relayKey } = await createRelay({ name: 'Bench', access: 'closed' })
  const begun = Date.now()
  await importFolder({ relayKey, folder, prefix: null })
  const seconds = since(begun)
  const afterwards = Date.now()
  await importFolder({ relayKey, folder, prefix: null })
  const again = since(afterwards)
  await worker.close()
  await testnet.destroy()
  return { seconds, again }
}

const since = (begun: number): number => (Date.now() - begun) / 1000

/** Of about 1 KB, a hundred in a folder. */
function makeFiles(folder: string, count: number): void {
  for (let i = 0; i < count; i++) {
    const below = join(folder, `folder ${Math.floor(i / 100)}`)
    if (i % 100 === 0) fs.mkdirSync(below, { recursive: true })
    fs.writeFileSync(join(below, `file ${i}.txt`), `file ${i} `.repeat(100))
  }
}

const [, script, way, folder, dir] = process.argv
if (script === fileURLToPath(import.meta.url) && way !== undefined) {
  console.log(JSON.stringify(await measure(way, folder ?? '', dir ?? '')))
  process.exit(0)
}
