/**
 * What knowing many files costs a member: from the start of its process until it knows them,
 * what it reads from the disk for that, how long it takes to look at all of them, and its
 * memory. The files are in the drive and in the group by the ways of the worker itself.
 *
 * `size` is a number of files (default 100,000). Usage: `known.js [files]`, or through `bench`.
 */
import '../../worker/globals.ts'
import fs from 'bare-fs'
import { tmpdir } from 'bare-os'
import { join } from 'bare-path'
import process from 'bare-process'
import { fileURLToPath } from 'bare-url'
import createTestnet from 'hyperdht/testnet.js'

import { fileTags } from '../../protocol/file-event.ts'
import type { FileRecord } from '../../protocol/file-event.ts'
import { signEvent } from '../../protocol/nostr.ts'
import { wholeFile } from '../../worker/files/folders/batch-writer.ts'
import type { Sync } from '../../worker/files/sync.ts'
import { silent } from '../../worker/log.ts'
import type { Group } from '../../worker/relays/group.ts'
import { Worker } from '../../worker/worker.ts'
import { startChild } from './child.ts'
import type { Report } from './store.ts'

const ROUNDS = 3
/** Files of one post, and posts whose files are announced together. */
const POST = 64
const POSTS = 4
const NEVER = { aborted: false, addEventListener() {}, removeEventListener() {} }

export async function bench(
  report: Report,
  { size = 100_000 }: { size?: number } = {}
): Promise<void> {
  const dir = fs.mkdtempSync(join(tmpdir(), 'known-bench-'))
  try {
    await inChild('make', dir, size)
    const starts: Start[] = []
    for (let i = 0; i < ROUNDS; i++) starts.push(await inChild<Start>('start', dir, size))
    const [start] = starts.sort((a, b) => a.known - b.known).slice(ROUNDS >> 1)
    if (start === undefined) return
    if (start.files !== size) throw new Error(`${start.files} of ${size} files are known`)
    report(`known ${size} files, worker ready after`, start.ready, 's')
    report(`known ${size} files after`, start.known, 's')
    report(`known ${size} files swept in`, start.sweep, 's')
    report('known, read from the disk until then', start.read, 'MB')
    report('known, beside all that is on the disk', start.read / start.disk, '×')
    report('known, memory', start.memory, 'MB')
    await inChild<Start>('kill', dir, size)
    report(
      `known ${size} files after a kill`,
      (await inChild<Start>('start', dir, size)).known,
      's'
    )
  } finally {
    fs.rmSync(dir, { recursive: true })
  }
}

interface Start {
  files: number
  /** Seconds since the process began. */
  ready: number
  known: number
  sweep: number
  /** In MB. */
  read: number
  disk: number
  memory: number
}

async function inChild<T>(what: string, dir: string, size: number): Promise<T> {
  const child = startChild([fileURLToPath(import.meta.url), what, dir, String(size)])
  return JSON.parse(await child.line()) as T
}

async function open(dir: string): Promise<{ worker: Worker; close(): Promise<void> }> {
  const testnet = await createTestnet(4)
  const bootstrap = testnet.bootstrap.map(({ host, port }) => `${host}:${port}`)
  const worker = new Worker({ storage: dir, bootstrap, localPort: 0, version: '0', log: silent })
  const close = async (): Promise<void> => {
    await worker.close()
    await testnet.destroy()
  }
  return { worker, close }
}

/** A group of one with so many files of some bytes each. */
async function make(dir: string, size: number): Promise<object> {
  const { worker, close } = await open(dir)
  await worker.ready()
  const { relays, drive, identity, files } = worker.use()
  const group = await relays.create({ name: 'Bench', access: 'closed' })
  const { relayKey } = group.relay
  for (let at = 0; at < size; at += POST * POSTS) {
    const count = Math.min(POST * POSTS, size - at)
    const names = Array.from({ length: count }, (_, i) => `file ${at + i}.txt`)
    const wholes = names.map((name) => wholeFile(Buffer.from(name), { name }))
    const records = wholes.map(({ digest }, i): FileRecord => {
      const { hash, size, piecesRoot } = digest
      return {
        hash,
        size,
        piecesRoot,
        url: `https://example.com/${hash}`,
        mime: null,
        name: names[i]!,
        path: null
      }
    })
    const held = records.map(({ hash }) => hash)
    for (const hash of held) files.spare(relayKey, hash)
    await drive.storeBatch(relayKey, wholes, NEVER)
    await group.relay.append([
      { type: 'announce', driveKey: drive.key, held, withdrawn: [] },
      ...posts(records, group, drive.key, identity.secretKey)
    ])
  }
  await files.settled(relayKey)
  await close()
  return {}
}

function posts(
  records: FileRecord[],
  group: Group,
  driveKey: string,
  secretKey: Uint8Array
): Parameters<Group['relay']['append']>[0] {
  const { alias } = group.relay.facts!
  const events = []
  for (let at = 0; at < records.length; at += POST) {
    const tags = fileTags(records.slice(at, at + POST), { alias, driveKey, kind: 9 })
    const created_at = Math.floor(Date.now() / 1000)
    const event = signEvent({ kind: 9, created_at, tags, content: '' }, secretKey)
    events.push({ type: 'event' as const, event })
  }
  return events
}

/** @param kill whether to end in the middle of writing, as by a kill */
async function start(dir: string, kill: boolean): Promise<Start> {
  const { worker, close } = await open(dir)
  const before = readBytes()
  const opened = Date.now()
  await worker.ready()
  const ready = (Date.now() - opened) / 1000
  const sync = await firstSync(worker)
  const known = (Date.now() - opened) / 1000
  const read = readBytes() - before
  await sync.settled()
  const sweeping = Date.now()
  await sync.sweep()
  const sweep = (Date.now() - sweeping) / 1000
  const { size } = sync.files
  const memory = Number(/VmRSS:\s+(\d+)/.exec(readText('/proc/self/status'))?.[1] ?? 0) / 1000
  if (kill) {
    const { drive } = worker.use()
    const wholes = [wholeFile(Buffer.from(`not posted ${Date.now()}`), {})]
    await drive.storeBatch(sync.relayKey, wholes, NEVER)
  } else await close()
  return { files: size, ready, known, sweep, read: read / 1e6, disk: bytesOf(dir) / 1e6, memory }
}

/** What the one group's files are known by, once they are. */
async function firstSync(worker: Worker): Promise<Sync> {
  const { relays, files } = worker.use()
  const [group] = relays.inOrder()
  for (;;) {
    const sync = files.find(group!.relay.relayKey)
    if (sync !== null) {
      await sync.ready()
      return sync
    }
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const readText = (path: string): string => fs.readFileSync(path, 'utf8') as string

/** What this process has read, from files and pipes; 0 where nobody counts. */
function readBytes(): number {
  if (!fs.existsSync('/proc/self/io')) return 0
  return Number(/rchar: (\d+)/.exec(readText('/proc/self/io'))?.[1] ?? 0)
}

function bytesOf(path: string): number {
  let bytes = 0
  for (const name of fs.readdirSync(path)) {
    const below = join(path, name as string)
    const info = fs.statSync(below)
    bytes += info.isDirectory() ? bytesOf(below) : info.size
  }
  return bytes
}

const [, script, what, dir = '', size = ''] = process.argv
if (script === fileURLToPath(import.meta.url)) {
  if (what === 'make' || what === 'start' || what === 'kill') {
    const made = what === 'make' ? make(dir, Number(size)) : start(dir, what === 'kill')
    console.log(JSON.stringify(await made))
  } else {
    await bench(
      (name, value, unit) => console.log(`${name}: ${value.toFixed(2)} ${unit}`),
      what === undefined ? {} : { size: Number(what) }
    )
  }
  process.exit(0)
}
