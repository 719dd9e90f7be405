/**
 * A whole member that is killed while it works: `<storage> <bootstrap> <work> <seed> [more]`.
 *
 * Says `ready` once it is up, then what it does before and after it does it, a line each,
 * until it is killed. `check` looks at everything, compacts, closes and ends by itself.
 */
import '../../worker/globals.ts'
import fs from 'bare-fs'
import { join } from 'bare-path'
import process from 'bare-process'

import { silent } from '../../worker/log.ts'
import { rpcHandlers } from '../../worker/rpc.ts'
import { Worker } from '../../worker/worker.ts'
import { collect, makeBytes, sha256 } from '../worker/drive-fixture.ts'
import { joinBy, quietly } from './joining.ts'
import { below, chance } from './scene.ts'
import { poll } from '../poll.ts'

/** What `check` is to find, as the scene has heard of it. */
export interface Expected {
  /** Posted, and never asked to be deleted. */
  here: string[]
  /** Deleted, and said so. */
  gone: string[]
}

const UNDER_WAY: ReadonlySet<string> = new Set(['waiting', 'running', 'checking'])

const [storage = '', bootstrap = '', work = '', seed = '1', more = ''] = process.argv.slice(2)
const worker = new Worker({
  storage,
  bootstrap: bootstrap.split(','),
  localPort: 0,
  version: '0.0.0',
  log: silent
})
await worker.ready()
const calls = rpcHandlers(worker)
const { relays, files, drive } = worker.use()
if (work === 'join') await joinBy(relays, more)
const group = [...relays.groups.values()][0]!
const { relayKey } = group.relay
await quietly(() => group.joined, [group, 'update'], [group.relay, 'writable'])
const next = chance(Number(seed))
say('ready')

const WORKS: Record<string, () => Promise<void>> = {
  join: leave,
  async put() {
    for (let i = 0; ; i++) await put(1 + below(next, i % 4 === 3 ? 9_000_000 : 300_000))
  },
  async import() {
    for (;;) {
      await importFolder(40)
      await importMany(24)
    }
  },
  async fetch() {
    drive.on('change', (changes) => {
      for (const { hash, change } of changes) if (change === 'added') say('fetched', hash)
    })
  },
  delete: () => deleteAll(more.split(',').filter((hash) => hash !== '')),
  async check() {
    await until(more + '.done')
    await check(JSON.parse(fs.readFileSync(more, { encoding: 'utf8' }) as string) as Expected)
    await leave()
  }
}
await WORKS[work]?.()

function say(...words: (string | number)[]): void {
  console.log(words.join(' '))
}

async function put(size: number): Promise<void> {
  const { path, hash } = makeFile(size)
  await calls.storePath({ relayKey, path, fileHash: hash })
  await calls.post({ relayKey, content: '', kind: 1063, files: [{ hash }] })
  say('put', hash)
  fs.unlinkSync(path)
}

/** A folder with folders in it. One that is interrupted stays: it goes on in the next life. */
async function importFolder(count: number): Promise<void> {
  const folder = join(storage, '..', `tree-${below(next, 2 ** 31)}`)
  const hashes: string[] = []
  for (let i = 0; i < count; i++) {
    const inside = join(folder, ...['Été 2026', 'b', 'c'].slice(0, i % 4))
    fs.mkdirSync(inside, { recursive: true })
    const bytes = makeBytes(
      1 + below(next, i % 10 === 9 ? 3_000_000 : 40_000),
      below(next, 2 ** 31)
    )
    fs.writeFileSync(join(inside, `${i} é.bin`), bytes)
    hashes.push(sha256(bytes))
  }
  await calls.importFolder({ relayKey, folder, prefix: null })
  for (const hash of hashes) say('put', hash)
  fs.rmSync(folder, { recursive: true })
}

/** Many small files side by side, and one record for all of them. */
async function importMany(count: number): Promise<void> {
  const made = Array.from({ length: count }, () => makeFile(1 + below(next, 40_000)))
  await Promise.all(
    made.map(({ path, hash }) => calls.storePath({ relayKey, path, fileHash: hash }))
  )
  const hashes = made.map(({ hash }) => hash)
  await calls.post({ relayKey, content: 'many', kind: 9, files: hashes.map((hash) => ({ hash })) })
  for (const { path, hash } of made) {
    say('put', hash)
    fs.unlinkSync(path)
  }
}

function makeFile(size: number): { path: string; hash: string } {
  const bytes = makeBytes(size, below(next, 2 ** 31))
  const hash = sha256(bytes)
  const path = join(storage, '..', hash)
  fs.writeFileSync(path, bytes)
  return { path, hash }
}

async function deleteAll(hashes: string[]): Promise<void> {
  const sync = files.of(relayKey)
  await sync.settled()
  for (const hash of hashes) {
    const eventId = sync.files.get(hash)?.eventId
    if (eventId === undefined) continue
    // A record of many files takes all of them along.
    const all = [...sync.files.values()].filter((file) => file.eventId === eventId)
    for (const file of all) say('deleting', file.hash)
    await calls.deleteMessage({ relayKey, eventId })
    for (const file of all) say('deleted', file.hash)
  }
}

/** Looks at every file, byte by byte, and at what the disk holds beside them. */
async function check({ here, gone }: Expected): Promise<void> {
  const sync = files.of(relayKey)
  await sync.settled()
  const wait = Date.now() + 60_000
  const isDone = async (): Promise<boolean> => {
    await files.settled(relayKey)
    // An import of a life before goes on by itself.
    if (files.transfers.list().some(({ phase }) => UNDER_WAY.has(phase))) return false
    if (gone.some((hash) => sync.files.has(hash))) return false
    for (const hash of gone) if (await drive.has(relayKey, hash)) return false
    for (const hash of here) if (!(await drive.has(relayKey, hash))) return false
    return true
  }
  while (!(await isDone()) && Date.now() < wait) {
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  for (const hash of here) {
    if (!sync.files.has(hash)) say('unnamed', hash)
    if (!(await drive.has(relayKey, hash))) say('lost', hash)
  }
  for (const hash of gone) if (await drive.has(relayKey, hash)) say('returned', hash)
  // An import of a life before goes on by itself, and then writes while this is counted.
  let counted = await count()
  for (const end = Date.now() + 30_000; counted.over !== 0 && Date.now() < end;) {
    await new Promise((resolve) => setTimeout(resolve, 500))
    counted = await count()
  }
  if (counted.over !== 0) {
    const spans = drive.partials.spans().map(({ start, end }) => `${start}-${end}`)
    const jobs = files.transfers.list().map(({ kind, phase }) => `${kind}:${phase}`)
    say('orphans', `${counted.over} of ${(await drive.blocks()).length},`, ...spans, ...jobs)
  }
  for await (const { hash } of drive.list(relayKey)) {
    if (!(await drive.has(relayKey, hash))) say('hollow', hash)
    else if (sha256(await collect(drive.getFile(relayKey, hash))) !== hash) say('wrong', hash)
  }
  const spool = fs.readdirSync(join(storage, 'spool')) as string[]
  if (spool.some((name) => name.endsWith('.spool'))) say('spooled', spool.length)
  await drive.compact()
  say('live', (await count()).bytes, tables())
}

/** Bytes of all files, and blocks that are there beyond theirs. */
async function count(): Promise<{ bytes: number; over: number }> {
  let blocks = 0
  let bytes = 0
  for await (const { size } of drive.list(relayKey)) {
    blocks += Math.ceil(size / 65536) + (size > 8 * 1024 * 1024 ? 1 : 0)
    bytes += size
  }
  return { bytes, over: (await drive.blocks()).held - blocks }
}

/** Bytes of the store's tables, without the log that it sets aside for what comes next. */
function tables(): number {
  const db = join(storage, 'corestore', 'db')
  const names = (fs.readdirSync(db) as string[]).filter((name) => name.endsWith('.blob'))
  return names.reduce((sum, name) => sum + fs.statSync(join(db, name)).size, 0)
}

/** The scene has what it wanted of us. */
function until(path: string): Promise<void> {
  return poll(() => fs.existsSync(path), 50)
}

async function leave(): Promise<void> {
  await worker.close()
  say('closed')
  process.exit(0)
}
