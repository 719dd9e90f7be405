/** Private relays' files in the drive: sealed there, plain for whoever may ask. */
import test from 'brittle'
import type { Assert } from 'brittle'
import AbortController from 'bare-abort-controller'
import fs from 'bare-fs'
import { readdir } from 'bare-fs/promises'
import { join } from 'bare-path'
import Corestore from 'corestore'
import Hyperdrive from 'hyperdrive'
import { FileHasher } from '../../protocol/pieces.ts'
import { Seal, fileSealKey, sealedSize } from '../../protocol/seal.ts'
import type { Drive, DriveChange, StoreFileOptions } from '../../worker/files/drive.ts'
import {
  FILE_KEY,
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
const KEY = FILE_KEY
const OTHER_KEY = new Uint8Array(32).fill(8)
const SECOND_PRIVATE = 'c'.repeat(64)
const MARK = Buffer.from('nobody outside may read this, and this is long enough to be found')

async function openPrivate(t: Assert, dir?: string): Promise<Drive> {
  const drive = await openDrive(t, dir ?? (await t.tmp()))
  drive.useKey(RELAY, KEY)
  drive.useKey(SECOND_PRIVATE, OTHER_KEY)
  return drive
}

/** Stored by a way that is told, or by the spool. */
function store(
  drive: Drive,
  bytes: Uint8Array,
  options: Partial<StoreFileOptions> = {}
): ReturnType<Drive['storeFile']> {
  return drive.storeFile({
    relayKey: RELAY,
    fileHash: sha256(bytes),
    metadata: { name: 'secret name.txt', mime: 'text/plain' },
    source: source(bytes),
    size: bytes.byteLength,
    ...options
  })
}

/** Bytes in which every 1,000th byte begins the same words. */
function marked(size: number, seed = 1): Uint8Array {
  const bytes = makeBytes(size, seed)
  for (let at = 0; at + MARK.byteLength <= size; at += 1000) bytes.set(MARK, at)
  return bytes
}

interface RawBlob {
  blockOffset: number
  blockLength: number
  byteLength: number
}

/** What a stranger with the driveKey has after replicating all of it: entries and blocks. */
async function look(
  t: Assert,
  dir: string
): Promise<{
  blobs: Map<string, Buffer>
  values: Map<string, unknown>
  everything: Buffer
}> {
  const [store, strangers] = [new Corestore(join(dir, 'corestore')), new Corestore(await t.tmp())]
  const own = new Hyperdrive(store)
  const { core: kept } = await own.getBlobs()
  const raw = new Hyperdrive(strangers, own.key)
  await raw.ready()
  const [here, there] = [store.replicate(true), strangers.replicate(false)]
  here.pipe(there).pipe(here)
  await raw.update({ wait: true })
  const { core } = await raw.getBlobs()
  await core.update({ wait: true })
  const blobs = new Map<string, Buffer>()
  const values = new Map<string, unknown>()
  const all: Uint8Array[] = []
  for await (const { key, value } of raw.list('/')) {
    const blob = value.blob as RawBlob | null
    values.set(key, value.metadata)
    all.push(Buffer.from(JSON.stringify(value)))
    if (blob === null) continue
    const blocks: Uint8Array[] = []
    for (let i = 0; i < blob.blockLength; i++) {
      blocks.push((await core.get(blob.blockOffset + i)) as Uint8Array)
    }
    blobs.set(key, Buffer.concat(blocks))
  }
  t.is(core.length, kept.length)
  for (let i = 0; i < core.length; i++) {
    if (await kept.has(i)) all.push((await core.get(i)) as Uint8Array)
  }
  here.destroy()
  await raw.close()
  await own.close()
  return { blobs, values, everything: Buffer.concat(all) }
}

const SIZES = [0, 1, 65535, 65536, 65537, 131072, 700_001, MB, MB + 1, 9 * MB + 5]

test('what goes in comes out plain, whole and in every range', async (t) => {
  const dir = await t.tmp()
  const drive = await openPrivate(t, dir)
  for (const size of SIZES) {
    const bytes = makeBytes(size, size)
    const hash = sha256(bytes)
    const stored = await store(drive, bytes)
    t.absent(stored.deduplicated)
    t.ok(Buffer.compare(await collect(drive.getFile(RELAY, hash)), bytes) === 0, `${size} bytes`)
    const entry = await drive.entry(RELAY, hash)
    t.is(entry?.size, size)
    t.is(entry?.metadata.name, 'secret name.txt')
    t.is(entry?.metadata.piecesRoot, stored.piecesRoot)
    const hasher = new FileHasher()
    hasher.update(bytes)
    const { layer } = hasher.digest()
    t.ok(Buffer.compare(await drive.layer(RELAY, hash), layer) === 0, 'and its layer')
    for (const [start, end] of [
      [0, 1],
      [65_535, 65_537],
      [65_536, 131_072],
      [131_071, 600_000],
      [size - 1, size],
      [MB - 3, MB + 70_000],
      [size, size + 5]
    ] as const) {
      const part = await collect(drive.getFile(RELAY, hash, { start, end }))
      const expected = bytes.subarray(Math.max(0, start), end)
      if (Buffer.compare(part, expected) !== 0) t.fail(`${start} to ${end} of ${size}`)
    }
  }
  const listed: number[] = []
  for await (const { size, metadata } of drive.list(RELAY)) {
    listed.push(size)
    if (metadata.name !== 'secret name.txt') t.fail('another name')
  }
  t.alike(
    listed.sort((a, b) => a - b),
    SIZES
  )
  t.is((await drive.blobUsage()).files, SIZES.length)
  t.is(
    (await drive.blobUsage()).bytes,
    SIZES.reduce((sum, size) => sum + size, 0)
  )
  await drive.close()
  const again = await openPrivate(t, dir)
  const last = makeBytes(9 * MB + 5, 9 * MB + 5)
  t.ok(Buffer.compare(await collect(again.getFile(RELAY, sha256(last))), last) === 0, 'for good')
})

test('a stranger with the drive finds only sealed bytes', async (t) => {
  const dir = await t.tmp()
  const drive = await openPrivate(t, dir)
  const path = join(dir, 'a secret file.bin')
  const ways: [string, Uint8Array, Partial<StoreFileOptions>][] = [
    ['small', marked(200_000, 1), {}],
    ['spooled', marked(9 * MB, 2), {}],
    ['direct, and no tree vouches for it', marked(2 * MB, 3), { direct: true }],
    ['of unknown hash', marked(2 * MB, 4), { direct: true, fileHash: null }],
    ['checked piece by piece', marked(9 * MB, 5), { direct: 'if-idle', ...checked(9 * MB, 5) }]
  ]
  for (const [, bytes, options] of ways) await store(drive, bytes, options)
  const local = marked(9 * MB, 6)
  fs.writeFileSync(path, Buffer.from(local))
  await drive.storePath({ relayKey: RELAY, fileHash: null, metadata: {}, path })
  const open = Buffer.from('plain words in an open relay')
  await store(drive, open, { relayKey: OTHER_RELAY, metadata: { name: 'open name.txt' } })
  await drive.close()

  const { blobs, values, everything } = await look(t, dir)
  t.absent(everything.includes(MARK), 'no plain byte in any block or entry')
  t.absent(everything.includes('secret'), 'and no name')
  t.absent(everything.includes('text/plain'), 'nor type')
  t.ok(everything.includes(open), 'what lies open is found by the same search')
  t.ok(everything.includes('open name'))
  for (const [way, bytes] of [...ways, ['by path', local] as const]) {
    const hash = sha256(bytes)
    const blob = blobs.get(`/${RELAY}/${hash}`)
    t.is(blob?.byteLength, sealedSize(bytes.byteLength), way)
    const seal = new Seal(fileSealKey(KEY, hash), bytes.byteLength)
    const first = seal.seal(0, bytes.subarray(0, 65536))
    t.ok(blob?.subarray(0, 65552).equals(first), 'by the letter of the format')
    const metadata = values.get(`/${RELAY}/${hash}`) as Record<string, unknown>
    const large = bytes.byteLength > 8 * MB
    t.alike(Object.keys(metadata), large ? ['sealed', 'layerBlob'] : ['sealed'])
  }
})

test('two members keep the same bytes, whatever way they came', async (t) => {
  const [one, two] = [await t.tmp(), await t.tmp()]
  const [left, right] = [await openPrivate(t, one), await openPrivate(t, two)]
  for (const size of [0, 65537, 700_001, 9 * MB + 1]) {
    const bytes = makeBytes(size, size)
    await store(left, bytes, { direct: true, ...checked(size, size) })
    await store(right, bytes, { source: source(bytes, 12_345) })
  }
  await left.close()
  await right.close()
  const [mine, theirs] = [await look(t, one), await look(t, two)]
  t.is(mine.blobs.size, 4)
  for (const [key, blob] of mine.blobs) t.ok(theirs.blobs.get(key)?.equals(blob))
  for (const [key, value] of mine.values) {
    t.is(
      (theirs.values.get(key) as { sealed: string }).sealed,
      (value as { sealed: string }).sealed
    )
  }
})

test('a private relay shares content with nobody, and only with itself', async (t) => {
  const drive = await openPrivate(t, await t.tmp())
  for (const size of [50_000, 3 * MB]) {
    for (const fileHash of [true, false]) {
      const bytes = makeBytes(size, fileHash ? 1 : 2)
      const hash = sha256(bytes)
      const options = { fileHash: fileHash ? hash : null }
      const { held } = await drive.blocks()
      t.absent((await store(drive, bytes, options)).deduplicated)
      const first = (await drive.blocks()).held - held
      const open = { ...options, relayKey: OTHER_RELAY }
      t.absent((await store(drive, bytes, open)).deduplicated, 'an open one learns nothing of it')
      const second = { ...options, relayKey: SECOND_PRIVATE }
      t.absent((await store(drive, bytes, second)).deduplicated, 'nor another private one')
      t.is((await drive.blocks()).held - held, 3 * first)
      t.ok((await store(drive, bytes, options)).deduplicated, 'itself does')
      t.ok((await store(drive, bytes, second)).deduplicated)
      t.is((await drive.blocks()).held - held, 3 * first)
      for (const relayKey of [RELAY, OTHER_RELAY, SECOND_PRIVATE]) {
        t.is(sha256(await collect(drive.getFile(relayKey, hash))), hash)
        await drive.removeFile(relayKey, hash)
      }
      t.is((await drive.blocks()).held, held, 'and each clears its own')
    }
  }
  const bytes = makeBytes(40_000, 9)
  await store(drive, bytes, { relayKey: OTHER_RELAY })
  t.absent((await store(drive, bytes)).deduplicated, 'nor does a private one take an open one’s')
  t.alike(await drive.blobUsage(), { files: 2, bytes: 80_000 })
})

test('content on its way into a private relay makes nobody else wait', async (t) => {
  const drive = await openPrivate(t, await t.tmp())
  const bytes = makeBytes(3 * MB)
  const gate = defer()
  const begun = defer<number>()
  const slow = store(drive, bytes, {
    source: pausing(bytes, 2 * MB, gate.promise),
    onprogress: begun.resolve
  })
  await begun.promise
  t.absent((await store(drive, bytes, { relayKey: OTHER_RELAY })).deduplicated)
  gate.resolve()
  t.absent((await slow).deduplicated)
})

test('without its key, or with another one, a private file is unreadable, and says so', async (t) => {
  const dir = await t.tmp()
  const drive = await openPrivate(t, dir)
  const bytes = marked(9 * MB)
  const hash = sha256(bytes)
  await store(drive, bytes)
  await drive.close()

  for (const [key, code] of [
    [null, 'NOT_MEMBER'],
    [OTHER_KEY, 'STORAGE_CORRUPT']
  ] as const) {
    const again = await openDrive(t, dir)
    again.useKey(RELAY, key)
    t.is(await codeOf(collect(again.getFile(RELAY, hash))), code)
    t.is(await codeOf(again.layer(RELAY, hash)), code)
    t.is(await codeOf(again.entry(RELAY, hash)), code)
    t.is(await codeOf(again.has(RELAY, hash)), code)
    t.is(await codeOf(listAll(again)), code)
    t.is(await codeOf(store(again, bytes)), code, 'and nothing plain takes its place')
    t.alike(await again.blobUsage(), { files: 1, bytes: 9 * MB }, 'its room is known all the same')
    await again.close()
  }
  const after = await openPrivate(t, dir)
  t.is(sha256(await collect(after.getFile(RELAY, hash))), hash, 'it is as it was')
  await after.close()
  const without = await openDrive(t, dir)
  await without.removeFile(RELAY, hash)
  t.is((await without.blocks()).held, 0, 'removing it needs no key')
})

test('plain bytes in a private relay’s folder do not count', async (t) => {
  const dir = await t.tmp()
  const before = await openDrive(t, dir)
  const bytes = marked(100_000)
  const hash = sha256(bytes)
  await store(before, bytes)
  before.useKey(RELAY, KEY)
  t.absent(await before.has(RELAY, hash))
  t.is(await codeOf(collect(before.getFile(RELAY, hash))), 'UNKNOWN_FILE')
  t.absent((await store(before, bytes)).deduplicated)
  await before.close()
  t.absent((await look(t, dir)).everything.includes(MARK), 'sealed ones took their place')
})

test('a damaged block is noticed, the file counts as missing, and can come again', async (t) => {
  const dir = await t.tmp()
  const bytes = marked(9 * MB)
  const hash = sha256(bytes)
  const first = await openPrivate(t, dir)
  await store(first, bytes)
  await first.close()
  await damage(dir, `/${RELAY}/${hash}`, 20)

  const drive = await openPrivate(t, dir)
  const changes: DriveChange[] = []
  drive.on('change', (some) => changes.push(...(some as DriveChange[])))
  t.ok(await drive.has(RELAY, hash))
  const start = 30 * 65536
  t.ok((await collect(drive.getFile(RELAY, hash, { start }))).byteLength > 0, 'others still open')
  t.is(await codeOf(collect(drive.getFile(RELAY, hash))), 'STORAGE_CORRUPT')
  t.alike(changes, [{ relayKey: RELAY, hash, change: 'updated' }], 'whoever keeps in step hears')
  t.absent(await drive.has(RELAY, hash))
  t.is(await codeOf(collect(drive.getFile(RELAY, hash))), 'UNKNOWN_FILE')
  await drive.blobUsage()
  t.absent((await store(drive, bytes)).deduplicated, 'it is stored anew')
  t.is(sha256(await collect(drive.getFile(RELAY, hash))), hash)
  t.alike(await drive.blobUsage(), { files: 1, bytes: 9 * MB })
  const { held } = await drive.blocks()
  t.is(held, 9 * 16 + 1, 'and the damaged one is gone')
})

test('who was reading a damaged file when it came again reads on from the sound copy', async (t) => {
  const dir = await t.tmp()
  const bytes = marked(9 * MB)
  const hash = sha256(bytes)
  const first = await openPrivate(t, dir)
  await store(first, bytes)
  await first.close()
  await damage(dir, `/${RELAY}/${hash}`, 20)

  const drive = await openPrivate(t, dir)
  const starts = [0, 18 * 65536] // one that has read none of the damage, one with it in memory
  const readers = starts.map((start) => drive.getFile(RELAY, hash, { start }))
  const begun = await Promise.all(readers.map(async (reader) => (await reader.next()).value))
  t.is(await codeOf(collect(drive.getFile(RELAY, hash))), 'STORAGE_CORRUPT')
  await store(drive, bytes)
  for (const [i, reader] of readers.entries()) {
    const whole = Buffer.concat([begun[i] as Uint8Array, await collect(reader)])
    t.ok(whole.equals(bytes.subarray(starts[i])), `from ${starts[i]} on`)
  }
  t.ok(await drive.has(RELAY, hash), 'and what they met says nothing of the sound one')
})

test('a file that is not what was said leaves nothing', async (t) => {
  const drive = await openPrivate(t, await t.tmp())
  const bytes = makeBytes(3 * MB)
  const wrong = sha256(makeBytes(5))
  for (const options of [
    {},
    { direct: true },
    { size: undefined },
    { direct: true, ...checked(3 * MB, 1) }
  ]) {
    t.is(
      await codeOf(store(drive, bytes, { ...options, fileHash: wrong } as never)),
      'HASH_MISMATCH'
    )
  }
  t.is(await codeOf(store(drive, bytes, { size: 3 * MB - 1 })), 'TOO_LARGE')
  t.is(await codeOf(store(drive, bytes, { size: 3 * MB + 1 })), 'TRUNCATED')
  t.alike(await drive.blocks(), { length: 0, held: 0 })
})

test('files of this computer: read twice, and a change between is noticed', async (t) => {
  const dir = await t.tmp()
  const drive = await openPrivate(t, dir)
  const path = join(dir, 'notes.bin')
  const known = { relayKey: RELAY, metadata: {}, path }
  for (const size of [0, 10, MB, MB + 1, 5 * MB + 3]) {
    const bytes = makeBytes(size, size)
    const hash = sha256(bytes)
    fs.writeFileSync(path, Buffer.from(bytes))
    t.is((await drive.storePath({ ...known, fileHash: null })).hash, hash)
    t.is(sha256(await collect(drive.getFile(RELAY, hash))), hash, `${size} bytes`)
    t.is((await drive.entry(RELAY, hash))?.metadata.name, 'notes.bin')
    t.ok((await drive.storePath({ ...known, fileHash: hash })).deduplicated)
  }
  const { length } = await drive.blocks()
  const bytes = makeBytes(5 * MB, 77)
  fs.writeFileSync(path, Buffer.from(bytes))
  const wrong = sha256(makeBytes(5))
  t.is(await codeOf(drive.storePath({ ...known, fileHash: wrong })), 'HASH_MISMATCH')
  // The second reading has begun with the first progress: by then the tree is known.
  const changing = drive.storePath({
    ...known,
    fileHash: sha256(bytes),
    onprogress: (n) => {
      if (n === MB) fs.writeFileSync(path, Buffer.from(makeBytes(5 * MB, 78)))
    }
  })
  t.is(await codeOf(changing), 'SOURCE_CHANGED')
  const abort = new AbortController()
  abort.abort(new Error('enough'))
  const cancelled = drive.storePath({ ...known, fileHash: null, signal: abort.signal as never })
  t.is(await codeOf(cancelled), 'CANCELLED')
  t.is((await drive.blocks()).length, length, 'nothing is left of them')
})

test('nothing is sealed before it is known to be the file’s', async (t) => {
  const bytes = makeBytes(5 * MB, 1)
  for (const [vouched, options] of [
    [false, {}],
    [true, checked(5 * MB, 1)]
  ] as const) {
    const dir = await t.tmp()
    const drive = await openPrivate(t, dir)
    const gate = defer()
    const slow = pausing(bytes, 4 * MB, gate.promise)
    const stored = store(drive, bytes, { direct: true, ...options, source: slow })
    let [blocks, segments] = [0, 0]
    while (blocks + segments === 0) {
      blocks = (await drive.blocks()).length
      segments = (await readdir(join(dir, 'spool'))).length
    }
    t.is(blocks > 0, vouched, vouched ? 'with a tree it goes straight in' : 'else it waits')
    gate.resolve()
    t.is((await stored).size, 5 * MB)
  }
})

test('a direct source that stalls moves to the spool and is sealed after all', async (t) => {
  const drive = await openPrivate(t, await t.tmp())
  const gate = defer()
  const slow = makeBytes(5 * MB + 3, 1)
  const started = defer<number>()
  const waiting = store(drive, slow, {
    direct: true,
    ...checked(5 * MB + 3, 1),
    source: pausing(slow, 3 * MB + 5, gate.promise),
    onprogress: started.resolve
  })
  await started.promise
  const bytes = makeBytes(2 * MB, 7)
  await store(drive, bytes)
  gate.resolve()
  const { hash } = await waiting
  t.is(sha256(await collect(drive.getFile(RELAY, hash))), sha256(slow))
})

test('facts of a private file can be changed', async (t) => {
  const dir = await t.tmp()
  const drive = await openPrivate(t, dir)
  const bytes = makeBytes(1000)
  const hash = sha256(bytes)
  await store(drive, bytes)
  const eventId = 'e'.repeat(64)
  await drive.annotate(RELAY, hash, { eventId })
  t.is((await drive.entry(RELAY, hash))?.metadata.eventId, eventId)
  t.is((await drive.entry(RELAY, hash))?.metadata.name, 'secret name.txt')
  await drive.close()
  t.absent((await look(t, dir)).everything.includes(eventId), 'sealed too')
})

/** As a source that checks every piece is: it knows the file's layer. */
function checked(size: number, seed: number): Partial<StoreFileOptions> {
  const hasher = new FileHasher()
  hasher.update(size === 9 * MB && seed === 5 ? marked(size, seed) : makeBytes(size, seed))
  const { layer } = hasher.digest()
  return { layer: () => layer }
}

async function listAll(drive: Drive): Promise<void> {
  for await (const file of drive.list(RELAY)) void file
}

/** Spoils block `index` of an entry's blob: by writing all blocks anew, one of them wrong. */
async function damage(dir: string, key: string, index: number): Promise<void> {
  const raw = new Hyperdrive(new Corestore(join(dir, 'corestore')))
  const { core } = await raw.getBlobs()
  const entry = await raw.entry(key)
  const blob = entry?.value.blob as RawBlob & { byteOffset: number }
  const blocks: Buffer[] = []
  for (let i = 0; i < core.length; i++) blocks.push(Buffer.from((await core.get(i)) as Uint8Array))
  const spoilt = blocks[blob.blockOffset + index]
  if (spoilt === undefined) throw new Error('no such block')
  spoilt[100] = (spoilt[100] ?? 0) ^ 1
  await core.truncate(0)
  await core.append(blocks)
  await raw.close()
}
