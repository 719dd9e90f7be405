import test from 'brittle'
import { open, readdir, writeFile } from 'bare-fs/promises'
import { join } from 'bare-path'
import AbortController from 'bare-abort-controller'
import { PIECE_SIZE, layerRoot, verifyPiece } from '../../protocol/pieces.ts'
import type { Drive, DriveChange, StoreFileOptions } from '../../worker/files/drive.ts'
import {
  OTHER_RELAY,
  RELAY,
  codeOf,
  collect,
  defer,
  makeBytes,
  openDrive,
  pausing,
  sha256,
  source
} from './drive-fixture.ts'

const MB = 1024 * 1024

/** One for each way in: memory, straight into the drive, through the spool. */
const WAYS = [
  { way: 'small', size: 300_000, direct: false },
  { way: 'direct', size: 3 * MB + 77, direct: true },
  { way: 'spooled', size: 3 * MB + 77, direct: false }
]

function store(
  drive: Drive,
  bytes: Uint8Array,
  options: Partial<StoreFileOptions> = {}
): ReturnType<Drive['storeFile']> {
  return drive.storeFile({
    relayKey: RELAY,
    fileHash: sha256(bytes),
    metadata: {},
    source: source(bytes),
    ...options
  })
}

/** What a failed store must leave as it was. */
async function traces(drive: Drive, dir: string): Promise<unknown> {
  const blobs = await drive.blocks()
  return { version: drive.version, blobs, spool: await readdir(join(dir, 'spool')) }
}

test('a folder is one empty entry, made once', async (t) => {
  const drive = await openDrive(t, await t.tmp())
  await drive.makeFolder(RELAY)
  const { version } = drive
  await drive.makeFolder(RELAY)
  t.is(drive.version, version)
  t.alike(await files(drive, RELAY), [], 'a folder is no file')
})

for (const { way, size, direct } of WAYS) {
  test(`a ${way} file comes back as it went in, whole and in ranges`, async (t) => {
    const drive = await openDrive(t, await t.tmp())
    const bytes = makeBytes(size)
    const hash = sha256(bytes)
    const seen: number[] = []
    const stored = await store(drive, bytes, {
      direct,
      size,
      metadata: { mime: 'image/png', name: 'a.png', size: 1, piecesRoot: 'wrong' },
      source: source(bytes, 1200),
      onprogress: (n) => seen.push(n)
    })
    t.alike(stored, { hash, size, piecesRoot: stored.piecesRoot, deduplicated: false })
    t.is(seen.at(-1), size)
    t.is(sha256(await collect(drive.getFile(RELAY, hash))), hash)
    for (const [start, end] of [
      [0, 1],
      [65535, 65537],
      [70_000, 200_001],
      [size - 1, size + 9]
    ]) {
      const part = await collect(drive.getFile(RELAY, hash, { start, end }))
      t.alike(part, bytes.slice(start, end), `${start} to ${end}`)
    }
    t.alike((await drive.entry(RELAY, hash))?.metadata, {
      mime: 'image/png',
      name: 'a.png',
      size,
      piecesRoot: stored.piecesRoot,
      eventId: null
    })
    const layer = await drive.layer(RELAY, hash)
    t.is(layerRoot(layer, size), stored.piecesRoot, 'its layer was kept')
    t.ok(verifyPiece(layer, size, 1, bytes.subarray(PIECE_SIZE, 2 * PIECE_SIZE)))
  })

  test(`wrong bytes of a ${way} file leave nothing`, async (t) => {
    const dir = await t.tmp()
    const drive = await openDrive(t, dir)
    await store(drive, makeBytes(100_000, 5))
    const before = await traces(drive, dir)
    const bytes = makeBytes(size)
    const fileHash = sha256(makeBytes(size, 2))
    t.is(await codeOf(store(drive, bytes, { fileHash, direct })), 'HASH_MISMATCH')
    t.alike(await traces(drive, dir), before)
    t.absent(await drive.has(RELAY, fileHash))
    t.is((await store(drive, bytes, { direct })).size, size, 'the right hash is taken after that')
  })

  test(`a ${way} file that is cancelled, breaks off or lies about its size leaves nothing`, async (t) => {
    const dir = await t.tmp()
    const drive = await openDrive(t, dir)
    await store(drive, makeBytes(100_000, 5))
    const before = await traces(drive, dir)
    const bytes = makeBytes(size)
    const abort = new AbortController()
    const never = defer().promise
    const cancelled = store(drive, bytes, {
      direct,
      signal: abort.signal,
      source: pausing(bytes, size - 1, never),
      onprogress: () => abort.abort(new Error('enough'))
    })
    t.is(await codeOf(cancelled), 'CANCELLED')
    const broken = store(drive, bytes, { direct, source: breaking(bytes.subarray(0, size - 9)) })
    t.is(await codeOf(broken), 'SOURCE_UNREADABLE')
    t.is(await codeOf(store(drive, bytes, { direct, size: size + 1 })), 'TRUNCATED')
    t.is(await codeOf(store(drive, bytes, { direct, size: size - 1 })), 'TOO_LARGE')
    t.alike(await traces(drive, dir), before)
  })
}

test('an empty file is a file', async (t) => {
  const drive = await openDrive(t, await t.tmp())
  const empty = new Uint8Array(0)
  const { hash, size, deduplicated } = await store(drive, empty)
  t.is(size, 0)
  t.absent(deduplicated)
  t.ok(await drive.has(RELAY, hash))
  t.alike(await collect(drive.getFile(RELAY, hash)), empty)
  t.is((await drive.layer(RELAY, hash)).byteLength, 0)
  await store(drive, empty, { relayKey: OTHER_RELAY })
  await drive.removeFile(RELAY, hash)
  t.ok(await drive.has(OTHER_RELAY, hash))
  t.alike(await drive.blobUsage(), { files: 1, bytes: 0 })
})

test('a layer that is too large for the entry is kept too, and goes with its file', async (t) => {
  const drive = await openDrive(t, await t.tmp())
  const bytes = makeBytes(9 * MB)
  const { hash, size, piecesRoot } = await store(drive, bytes, { direct: true })
  const layer = await drive.layer(RELAY, hash)
  t.is(layer.byteLength, 36 * 32)
  t.is(layerRoot(layer, size), piecesRoot)
  await drive.removeFile(RELAY, hash)
  t.is((await drive.blocks()).held, 0)
})

test('what cannot be a relay, a hash or a name is refused', async (t) => {
  const drive = await openDrive(t, await t.tmp())
  const bytes = makeBytes(10)
  t.is(await codeOf(store(drive, bytes, { relayKey: '../etc' })), 'BAD_REQUEST')
  t.is(await codeOf(store(drive, bytes, { fileHash: sha256(bytes).toUpperCase() })), 'BAD_REQUEST')
  const long = { name: 'é'.repeat(128) }
  t.is(await codeOf(store(drive, bytes, { metadata: long })), 'BAD_REQUEST')
  t.is(await codeOf(drive.makeFolder('a/b')), 'BAD_REQUEST')
  t.is(await codeOf(collect(drive.getFile(RELAY, sha256(bytes)))), 'UNKNOWN_FILE')
  t.is(await codeOf(drive.layer(RELAY, sha256(bytes))), 'UNKNOWN_FILE')
  t.is(drive.version, (await openDrive(t, await t.tmp())).version, 'as empty as a new drive')
})

test('a name of 255 bytes UTF-8 is kept', async (t) => {
  const dir = await t.tmp()
  const drive = await openDrive(t, dir)
  const name = 'ü'.repeat(125) + 'a.txt'
  t.is(Buffer.byteLength(name), 255)
  await writeFile(join(dir, name), 'hello')
  const { hash } = await drive.storePath({
    relayKey: RELAY,
    fileHash: null,
    metadata: {},
    path: join(dir, name)
  })
  t.is((await drive.entry(RELAY, hash))?.metadata.name, name)
})

test('a path that is no readable file says so', async (t) => {
  const dir = await t.tmp()
  const drive = await openDrive(t, dir)
  for (const path of [join(dir, 'missing'), dir, '/dev/null']) {
    const stored = drive.storePath({ relayKey: RELAY, fileHash: null, metadata: {}, path })
    t.is(await codeOf(stored), 'SOURCE_UNREADABLE', path)
  }
})

for (const change of ['grows', 'shrinks', 'is written over'] as const) {
  test(`a file that ${change} while it is read leaves nothing`, async (t) => {
    const dir = await t.tmp()
    const drive = await openDrive(t, dir)
    const path = join(dir, 'file')
    await writeFile(path, makeBytes(6 * MB))
    const before = await traces(drive, dir)
    let changed: Promise<void> | null = null
    const stored = drive.storePath({
      relayKey: RELAY,
      fileHash: null,
      metadata: {},
      path,
      onprogress: () => void (changed ??= alter(path, change))
    })
    t.is(await codeOf(stored), 'SOURCE_CHANGED')
    await changed
    t.alike(await traces(drive, dir), before)
  })
}

test('the facts of an entry can be completed later', async (t) => {
  const drive = await openDrive(t, await t.tmp())
  const { hash } = await store(drive, makeBytes(10), { metadata: { name: 'one' } })
  const eventId = 'e'.repeat(64)
  await drive.annotate(RELAY, hash, { eventId })
  await store(drive, makeBytes(10), { metadata: { name: 'two', mime: 'text/plain' } })
  const { metadata } = (await drive.entry(RELAY, hash)) ?? {}
  t.is(metadata?.name, 'one', 'what is known stays')
  t.is(metadata?.mime, 'text/plain')
  t.is(metadata?.eventId, eventId)
  t.is(await codeOf(drive.annotate(OTHER_RELAY, hash, { eventId })), 'UNKNOWN_FILE')
})

test('its own changes are told, once each', async (t) => {
  const drive = await openDrive(t, await t.tmp())
  const told = new Map<string, string[]>()
  const last = sha256(makeBytes(10, 5))
  const done = defer()
  drive.on('change', (changes: DriveChange[]) => {
    for (const { hash, change } of changes) told.set(hash, [...(told.get(hash) ?? []), change])
    if (told.get(last)?.includes('added')) done.resolve()
  })
  const first = (await store(drive, makeBytes(10, 1))).hash
  await Promise.all([2, 3, 4].map((seed) => store(drive, makeBytes(10, seed))))
  await drive.makeFolder(OTHER_RELAY)
  await store(drive, makeBytes(10, 5))
  await done.promise
  t.is(told.size, 5)
  t.alike(told.get(first), ['added'])
})

test('what was synced is in the files of the store, not only in its log', async (t) => {
  const dir = await t.tmp()
  const drive = await openDrive(t, dir)
  await store(drive, makeBytes(300_000))
  const tables = async (): Promise<number> => {
    const names = (await readdir(join(dir, 'corestore', 'db'))) as string[]
    return names.filter((name) => name.endsWith('.sst')).length
  }
  const before = await tables()
  t.is(await drive.sync(), drive.version)
  t.ok((await tables()) > before)
})

test('closing ends what is on its way, and leaves nothing of it', async (t) => {
  const dir = await t.tmp()
  const drive = await openDrive(t, dir)
  const started = defer<number>()
  const bytes = makeBytes(3 * MB)
  const stored = codeOf(
    store(drive, bytes, {
      source: pausing(bytes, 2 * MB, defer().promise),
      onprogress: started.resolve
    })
  )
  await started.promise
  await drive.close()
  t.is(await stored, 'CLOSED')
  t.alike(await readdir(join(dir, 'spool')), [])
  t.is(await codeOf(store(drive, bytes)), 'CLOSED')
  t.is(await codeOf(drive.has(RELAY, sha256(bytes))), 'CLOSED')
})

async function files(drive: Drive, relayKey: string): Promise<string[]> {
  const hashes: string[] = []
  for await (const { hash } of drive.list(relayKey)) hashes.push(hash)
  return hashes
}

async function* breaking(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield* source(bytes)
  throw new Error('the disk was pulled out')
}

async function alter(path: string, how: 'grows' | 'shrinks' | 'is written over'): Promise<void> {
  const file = await open(path, how === 'grows' ? 'a' : 'r+')
  if (how === 'shrinks') await file.truncate(4 * MB)
  else await file.write(Buffer.from('something else'))
  await file.close()
}
