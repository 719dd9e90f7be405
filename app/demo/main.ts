/**
 * The whole journey on one machine, each step with its figures.
 *
 * A folder is published by one member, arrives verified at another, and is
 * fetched through a gateway. Exits 0 only if every hash was right.
 */
import './globals.ts'
import { rm } from 'bare-fs/promises'
import { join, resolve } from 'bare-path'
import process from 'bare-process'

import { HypertunaError } from '../../protocol/errors.ts'
import { exitWith } from '../../protocol/exit.ts'
import { outliveReaders } from '../../protocol/outlive-readers.ts'
import { extensionFor, fileLink } from '../../protocol/ids.ts'
import type { Relay, SharedFile } from '../../protocol/rpc/generated/types.ts'
import { allFiles } from '../face.ts'
import { settlesWithin } from '../shells/patience.ts'
import { parseArgs, USAGE } from './args.ts'
import type { DemoArgs } from './args.ts'
import { fetchAndHash } from './fetch.ts'
import { Report } from './report.ts'
import { describeLeftOut, findFiles, hashFiles, makeFolder } from './sources.ts'
import type { Found, Source } from './sources.ts'
import { gather, Stage } from './stage.ts'
import type { StagedMember } from './stage.ts'

const ARRIVAL_LIMIT = 10 * 60_000
/** Our end may take 5 s in all. */
const STOP_LIMIT = 4500

outliveReaders(process)
let stopping = false
let stage: Stage | null = null

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => void stop(0))
}
await main()

async function main(): Promise<void> {
  let flags: DemoArgs
  let found: Found | null = null
  try {
    flags = parseArgs(Bare.argv.slice(2))
    if (flags.help) {
      process.stdout.write(USAGE)
      return stop(0)
    }
    if (flags.folder !== null) found = await findFiles(resolve(flags.folder))
  } catch (err) {
    const { code, message } = HypertunaError.from(err)
    process.stderr.write(`${message}; --help lists what there is (${code})\n`)
    return stop(2)
  }
  const report = new Report(flags.json)
  stage = new Stage(['Mara', 'Ivo'])
  stage.on('up', (what, pid) => report.started(what as string, pid as number | null))
  try {
    await stage.ready()
    const { relay, sources } = await journey(stage, found, report)
    if (flags.json) report.json(summaryOf(stage, relay, sources))
    if (!flags.once) return report.open(stage, relay, sources)
    report.line('every hash was right')
    await stop(0)
  } catch (err) {
    if (stopping) return // what ends under our hands is no failure
    const { code, message } = HypertunaError.from(err)
    report.failed(`${code}: ${message}`)
    await stop(1)
  }
}

/** Ends the demo. What does not end in time is killed by our own end (attached.ts). */
async function stop(code: number): Promise<void> {
  if (stopping) return
  stopping = true
  if (stage !== null && !(await settlesWithin(stage.close(), STOP_LIMIT))) {
    await rm(stage.folder, { recursive: true, force: true })
  }
  await exitWith(code, process)
}

async function journey(
  stage: Stage,
  given: Found | null,
  report: Report
): Promise<{ relay: Relay; sources: Source[] }> {
  const [mara, ivo] = stage.members as [StagedMember, StagedMember]
  const relay = await report.step('group made, invite used', 0, () =>
    gather(stage.members, { name: 'Field notes', access: 'closed' })
  )
  const found = given ?? (await makeFolder(join(stage.folder, 'files')))
  const sources = await report.step('folder read and hashed', 0, () => hashFiles(found))
  const bytes = sources.reduce((sum, { size }) => sum + size, 0)
  report.line(`        ${[`${sources.length} files`, ...describeLeftOut(found)].join('; ')}`)
  await report.step('published by Mara', bytes, () => publish(mara, relay, sources))
  await report.step('arrived at Ivo', bytes, () => arrival(ivo, relay, sources))
  const local = await allFiles(ivo.face, relay.relayKey)
  await report.step('read back from Ivo’s drive', bytes, () => readBack(local, sources))
  await report.step('fetched through the gateway', bytes, async () => {
    for (const source of sources) await check(gatewayLink(stage, relay, source), source)
  })
  return { relay, sources }
}

async function publish({ face }: StagedMember, relay: Relay, sources: Source[]): Promise<void> {
  const { relayKey } = relay
  for (const { path, name, mime, hash } of sources) {
    await face.call('storePath', { relayKey, path, fileHash: hash, name, mime })
    const files = [{ hash, name, mime }]
    await face.call('post', { relayKey, content: '', kind: 1063, files })
  }
}

/** Waits until the member's worker says that each file is here: fetched, hashed, stored. */
async function arrival({ face }: StagedMember, relay: Relay, sources: Source[]): Promise<void> {
  const missing = new Set(sources.map(({ hash }) => hash))
  await face.first(
    'files',
    { relayKey: relay.relayKey },
    ({ files }) => {
      for (const { hash, here } of files) if (here) missing.delete(hash)
      return missing.size === 0
    },
    ARRIVAL_LIMIT
  )
}

async function readBack(files: SharedFile[], sources: Source[]): Promise<void> {
  for (const source of sources) {
    const url = files.find(({ hash }) => hash === source.hash)?.url
    if (!url) throw new HypertunaError('NOT_HELD', `${source.name} is not on Ivo’s device`)
    await check(url, source)
  }
}

async function check(url: string, source: Source): Promise<void> {
  const { status, hash, bytes } = await fetchAndHash(url)
  if (status === 200 && hash === source.hash && bytes === source.size) return
  throw new HypertunaError(
    'WRONG_BYTES',
    `${url} answered ${status} with ${bytes} bytes of ${hash}`
  )
}

function gatewayLink(stage: Stage, relay: Relay, { hash, mime, name }: Source): string {
  const base = stage.gateway.url.replace(/\/$/, '')
  return fileLink(base, relay.publicIdentifier, hash, extensionFor(mime, name))
}

function summaryOf(stage: Stage, relay: Relay, sources: Source[]): unknown {
  const { relayKey, publicIdentifier } = relay
  return {
    bootstrap: stage.bootstrap,
    gateway: stage.gateway.url,
    relay: { relayKey, publicIdentifier },
    members: stage.members.map(({ name, pubkey, storage, program }) => ({
      name,
      pubkey,
      storage,
      ui: program.url,
      socket: join(storage, 'worker.sock'),
      pid: program.pid
    })),
    files: sources.map((source) => ({
      name: source.name,
      hash: source.hash,
      size: source.size,
      url: gatewayLink(stage, relay, source)
    }))
  }
}
