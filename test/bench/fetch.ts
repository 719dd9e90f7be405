/**
 * What a reader gets from many providers and of many small files: n providers with a limit
 * each beside one of them, and 1,000 files of 64 KB beside Hyperdrive's `mirror` of the same
 * drive, and beside two Syncthing where it is installed. Ours in one process, over plain
 * streams.
 *
 * Usage: `fetch.js [bytes]` (default 128 MB for each of the providers), or through `bench`.
 */
import fs from 'bare-fs'
import { tmpdir } from 'bare-os'
import { join } from 'bare-path'
import process from 'bare-process'
import { fileURLToPath } from 'bare-url'
import Corestore from 'corestore'
import Hyperdrive from 'hyperdrive'
import type Protomux from 'protomux'

import type { FileChannel } from '../../protocol/file-channel/channel.ts'
import type { FileRecord } from '../../protocol/file-event.ts'
import { Bandwidth } from '../../worker/files/bandwidth.ts'
import { initializeHyperdrive } from '../../worker/files/drive.ts'
import type { Drive } from '../../worker/files/drive.ts'
import { fetchFile } from '../../worker/files/fetch.ts'
import { Transfers } from '../../worker/files/transfers.ts'
import { silent } from '../../worker/log.ts'
import type { GatedStore } from '../../worker/network/gated-store.ts'
import { FileServer } from '../../worker/serve/file-server.ts'
import { openStore } from '../../worker/storage.ts'
import { MEMBER, pair } from '../protocol/channel-pair.ts'
import { makeBytes, RELAY, source } from '../worker/drive-fixture.ts'
import { relayOf } from '../worker/providers.ts'
import type { Report } from './store.ts'
import { bySyncthing, hasSyncthing } from './syncthing.ts'

/** Bytes per second of each limited provider. */
const LIMIT = 10e6
const PROVIDERS = 4
const SMALL = { count: 1000, size: 65536 }

/** @param size bytes of the file that comes from each of the limited providers */
export async function bench(
  report: Report,
  { size = 128e6 }: { size?: number } = {}
): Promise<void> {
  const dir = fs.mkdtempSync(join(tmpdir(), 'fetch-bench-'))
  try {
    const one = await fromLimited(join(dir, 'one'), 1, Math.round(size / PROVIDERS))
    const many = await fromLimited(join(dir, 'many'), PROVIDERS, size)
    report('fetch from one limited provider', one / 1e6, 'MB/s')
    report(`fetch from ${PROVIDERS} limited providers`, many / 1e6, 'MB/s')
    report(`fetch from ${PROVIDERS} beside as many times one`, many / (PROVIDERS * one), '×')
    const { ours, mirror } = await smallFiles(dir)
    report('fetch small files', ours, 'files/s')
    report('fetch small files by mirror', mirror, 'files/s')
    report('fetch small files beside mirror', ours / mirror, '×')
    if (!hasSyncthing()) return void process.stderr.write('  no Syncthing here to compare with\n')
    const syncthing = SMALL.count / (await bySyncthing(join(dir, 'syncthing'), SMALL))
    report('fetch small files by Syncthing', syncthing, 'files/s')
    report('fetch small files beside Syncthing', ours / syncthing, '×')
  } finally {
    fs.rmSync(dir, { recursive: true })
  }
}

/** A drive as the worker opens it. */
async function openDrive(dir: string): Promise<{ drive: Drive; store: GatedStore }> {
  fs.mkdirSync(dir, { recursive: true })
  const store = await openStore(dir, { driveKey: null, driveVersion: 0 })
  const options = { spoolDir: join(dir, 'spool'), log: silent }
  return { drive: await initializeHyperdrive(store.session({ circle: 'drive' }), options), store }
}

async function put(drive: Drive, bytes: Uint8Array): Promise<FileRecord> {
  const given = { relayKey: RELAY, fileHash: null, metadata: {}, source: source(bytes) }
  const { hash, size, piecesRoot } = await drive.storeFile({ ...given, direct: true })
  return { hash, size, piecesRoot, url: null, mime: null, name: null, path: null }
}

/** Bytes per second. */
async function fromLimited(dir: string, count: number, size: number): Promise<number> {
  const theirs = await openDrive(join(dir, 'theirs'))
  const own = await openDrive(join(dir, 'own'))
  const record = await put(theirs.drive, makeBytes(size))
  const channels: FileChannel[] = []
  for (let i = 0; i < count; i++) {
    const relay = relayOf([record])
    const up = new Bandwidth(LIMIT)
    const server = new FileServer({ relay, drive: theirs.drive, up })
    const driveKey = i.toString(16).padStart(64, '0')
    const checkPeer = (): typeof MEMBER => ({ ...MEMBER, driveKey })
    channels.push((await pair(server, { asking: { checkPeer } })).asking)
  }
  const begun = Date.now()
  await fetchFile({ record, providers: () => channels, drive: own.drive, relayKey: RELAY })
  const seconds = (Date.now() - begun) / 1000
  for (const channel of channels) await channel.close()
  for (const { drive, store } of [own, theirs]) {
    await drive.close()
    await store.close()
  }
  return size / seconds
}

/** Files per second, by our queue and by mirror. */
export async function smallFiles(dir: string): Promise<{ ours: number; mirror: number }> {
  const theirs = await openDrive(join(dir, 'theirs'))
  const own = await openDrive(join(dir, 'own'))
  const records: FileRecord[] = []
  const seeds = Array.from({ length: SMALL.count }, (_, i) => i + 1)
  const stored = seeds.map((seed) => put(theirs.drive, makeBytes(SMALL.size, seed)))
  for (const record of await Promise.all(stored)) records.push(record)
  const mirror = await byMirror(join(dir, 'mirror'), theirs.store, theirs.drive.key)

  const server = new FileServer({ relay: relayOf(records), drive: theirs.drive })
  const { asking } = await pair(server)
  const transfers = new Transfers()
  const begun = Date.now()
  const fetched = records.map((record) =>
    transfers.add({
      relayKey: RELAY,
      hash: record.hash,
      name: null,
      kind: 'fetch',
      size: record.size,
      run: (signal, onprogress) =>
        fetchFile({
          record,
          providers: () => [asking],
          drive: own.drive,
          relayKey: RELAY,
          signal,
          onprogress
        })
    })
  )
  await Promise.all(fetched)
  const ours = SMALL.count / ((Date.now() - begun) / 1000)
  await asking.close()
  for (const { drive, store } of [own, theirs]) {
    await drive.close()
    await store.close()
  }
  return { ours, mirror }
}

async function byMirror(dir: string, from: GatedStore, driveKey: string): Promise<number> {
  const store = new Corestore(dir)
  const remote = new Hyperdrive(store.session(), driveKey)
  const own = new Hyperdrive(store.namespace('own'))
  await Promise.all([remote.ready(), own.getBlobs()])
  const here = store.replicate(true)
  const there = from.replicate(false)
  for (const stream of [here, there]) stream.on('error', () => {}) // they are cut at the end
  here.pipe(there).pipe(here)
  const { noiseStream } = there as unknown as { noiseStream: { userData: Protomux } }
  from.admit(noiseStream.userData, 'drive')
  const begun = Date.now()
  await remote.update({ wait: true })
  await remote.mirror(own).done()
  const rate = SMALL.count / ((Date.now() - begun) / 1000)
  here.destroy()
  await store.close()
  return rate
}

const [, script, first] = process.argv
if (script === fileURLToPath(import.meta.url)) {
  const size = first === undefined ? undefined : Number(first)
  await bench(
    (name, value, unit) => console.log(`${name}: ${value.toFixed(2)} ${unit}`),
    size === undefined ? {} : { size }
  )
  process.exit(0)
}
