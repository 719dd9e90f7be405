/** What is left after a process was killed, and how it is put right on opening. */
import test from 'brittle'
import { readdir, writeFile } from 'bare-fs/promises'
import { join } from 'bare-path'
import Corestore from 'corestore'
import Hyperdrive from 'hyperdrive'
import type { Log } from '../../worker/log.ts'
import { below, chance } from '../faults/scene.ts'
import { startChild } from './child.ts'
import {
  FILE_KEY,
  OTHER_RELAY,
  RELAY,
  collect,
  makeBytes,
  openDrive,
  sha256,
  source
} from './drive-fixture.ts'

for (const [way, kind] of [
  ['small', 'open'],
  ['direct', 'open'],
  ['spooled', 'open'],
  ['small', 'private'],
  ['direct', 'private'],
  ['spooled', 'private']
] as const) {
  const title = `killed while ${way} files of an ${kind} relay are put`
  test(`${title}: acknowledged ones are whole, the rest is gone`, async (t) => {
    const dir = await t.tmp()
    const acknowledged: string[] = []
    for (let round = 0; round < 3; round++) {
      const child = startChild(t, 'put-until-killed.js', [dir, way, String(round * 1000), kind])
      let halves = 0
      for (let line = await child.line(); line !== null; line = await child.line()) {
        if (line !== 'writing') acknowledged.push(line)
        else if (++halves === 3) child.kill('SIGKILL')
      }
      await child.ended
      // What was left is put right on opening, before anybody has said a key.
      const drive = await openDrive(t, dir)
      if (kind === 'private') drive.useKey(RELAY, FILE_KEY)
      for (const hash of acknowledged) {
        if (sha256(await collect(drive.getFile(RELAY, hash))) !== hash) t.fail('a file is broken')
      }
      // A file may be whole without its acknowledgement having reached us.
      let blocks = 0
      for await (const { hash, size } of drive.list(RELAY)) {
        if (!(await drive.has(RELAY, hash))) t.fail('an entry without its bytes')
        blocks += Math.ceil(size / 65536) + (size > 8 * 1024 * 1024 ? 1 : 0)
      }
      t.is((await drive.blocks()).held, blocks, 'no block without an entry')
      t.alike(await readdir(join(dir, 'spool')), [], 'no segment is left')
      await drive.close()
    }
    t.ok(acknowledged.length >= 6, `${acknowledged.length} files were acknowledged`)
  })
}

test('orphans in the middle and at the end are reclaimed, and only they', async (t) => {
  const dir = await t.tmp()
  const kept = [1, 2, 3].map((seed) => makeBytes(150_000, seed))
  // What a kill leaves: blocks that nothing refers to, here made by hand.
  const raw = new Hyperdrive(new Corestore(join(dir, 'corestore')))
  const blobs = await raw.getBlobs()
  for (const bytes of kept) {
    await blobs.put(makeBytes(200_000, 50))
    const blob = await blobs.put(bytes)
    await raw.putEntry(`/${RELAY}/${sha256(bytes)}`, { blob, metadata: { size: 150_000 } })
  }
  await blobs.put(makeBytes(500_000, 51))
  await raw.close()

  const logged: string[] = []
  const log: Log = (event) => logged.push(event)
  const drive = await openDrive(t, dir, { log })
  t.ok(logged.includes('orphans-reclaimed'))
  t.alike(await drive.blocks(), { length: 21, held: 9 })
  for (const bytes of kept) {
    const hash = sha256(bytes)
    t.is(sha256(await collect(drive.getFile(RELAY, hash))), hash)
  }
  await drive.close()

  logged.length = 0
  const again = await openDrive(t, dir, { log })
  t.alike(logged, [], 'once is enough')
  t.alike(await again.blobUsage(), { files: 3, bytes: 450_000 })
})

test('after a kill only what changed since the drive was clean is looked at', async (t) => {
  const dir = await t.tmp()
  const [kept, shared, gone, late] = [1, 2, 3, 4].map((seed) => makeBytes(150_000, seed)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array
  ]
  const first = await openDrive(t, dir)
  for (const bytes of [kept, shared, gone]) {
    await first.storeFile({ ...into(RELAY), source: source(bytes) })
  }
  await first.close()

  // What a kill leaves after that, made by hand.
  const store = new Corestore(join(dir, 'corestore'))
  const raw = new Hyperdrive(store)
  const blobs = await raw.getBlobs()
  const path = (relayKey: string, bytes: Uint8Array): string => `/${relayKey}/${sha256(bytes)}`
  await raw.putEntry(`/${OTHER_RELAY}/.relay`)
  await raw.putEntry(path(OTHER_RELAY, shared), (await raw.entry(path(RELAY, shared)))!.value)
  await raw.del(path(RELAY, shared)) // its bytes are the other folder's now
  await raw.del(path(RELAY, gone)) // its bytes were about to be cleared
  await blobs.put(makeBytes(200_000, 50)) // of a file that was not whole
  const blob = await blobs.put(late)
  await raw.putEntry(path(RELAY, late), { blob, metadata: { size: 150_000 } })
  await blobs.put(makeBytes(500_000, 51))
  let looked = 0
  const { list } = raw
  t.teardown(() => (Hyperdrive.prototype.list = list))
  await raw.close()

  Hyperdrive.prototype.list = function (...args): ReturnType<typeof list> {
    looked++
    return list.apply(this, args)
  }
  const drive = await openDrive(t, dir)
  t.is(looked, 0, 'no pass over all entries')
  t.is((await drive.blocks()).held, 9, 'three files of three blocks')
  for (const [relayKey, bytes] of [
    [RELAY, kept],
    [OTHER_RELAY, shared],
    [RELAY, late]
  ] as const) {
    const hash = sha256(bytes)
    t.is(sha256(await collect(drive.getFile(relayKey, hash))), hash)
  }
  t.absent(await drive.has(RELAY, sha256(gone)))
})

function into(relayKey: string): { relayKey: string; fileHash: null; metadata: object } {
  return { relayKey, fileHash: null, metadata: {} }
}

test('a tail that the core cannot be cut at is cleared', async (t) => {
  const dir = await t.tmp()
  const raw = new Hyperdrive(new Corestore(join(dir, 'corestore')))
  const blobs = await raw.getBlobs()
  // Seen with these sizes and this order: the clears drop a node that the shorter core needs.
  const next = chance(18)
  const files: { blob: Hyperdrive.BlobId; path: string; hash: string }[] = []
  for (let i = 0; i < 40; i++) {
    if (next() < 0.55 || files.length === 0) {
      const count = 1 + below(next, 6)
      const bytes = makeBytes(count * 65_536, i + 1)
      const blob = await blobs.put(bytes)
      const hash = sha256(bytes)
      const path = `/${RELAY}/${hash}`
      await raw.putEntry(path, { blob, metadata: { size: bytes.byteLength } })
      files.push({ blob, path, hash })
    } else {
      const [file] = files.splice(below(next, files.length), 1)
      await raw.del(file!.path)
      await blobs.clear(file!.blob)
    }
  }
  await blobs.put(makeBytes(130_000, 99))
  const end = Math.max(...files.map(({ blob }) => blob.blockOffset + blob.blockLength))
  await t.exception(blobs.core.truncate(end), /INVALID_OPERATION/)
  await raw.close()
  const drive = await openDrive(t, dir)
  const blocks = files.reduce((sum, { blob }) => sum + blob.blockLength, 0)
  t.is((await drive.blocks()).held, blocks)
  for (const { hash } of files) {
    if (sha256(await collect(drive.getFile(RELAY, hash))) !== hash) t.fail('a file is broken')
  }
  const bytes = makeBytes(200_000, 100)
  const fileHash = sha256(bytes)
  await drive.storeFile({ relayKey: RELAY, fileHash, metadata: {}, source: source(bytes) })
  t.is(sha256(await collect(drive.getFile(RELAY, fileHash))), fileHash, 'and more is stored')
})

test('leftovers in the spool go, and what is not ours stays', async (t) => {
  const dir = await t.tmp()
  await (await openDrive(t, dir)).close()
  await writeFile(join(dir, 'spool', '3-0.spool'), 'left')
  await writeFile(join(dir, 'spool', 'thesis.txt'), 'years of work')
  await openDrive(t, dir)
  t.alike(await readdir(join(dir, 'spool')), ['thesis.txt'])
})

test('a drive of many files opens quickly after a kill', { timeout: 55_000 }, async (t) => {
  const dir = await t.tmp()
  const count = 20_000
  const raw = new Hyperdrive(new Corestore(join(dir, 'corestore')))
  const blobs = await raw.getBlobs()
  const batch = raw.batch()
  const blob = await blobs.put(makeBytes(10))
  for (let i = 0; i < count; i++) {
    const hash = sha256(Buffer.from(String(i)))
    await batch.putEntry(`/${RELAY}/${hash}`, { blob, metadata: { size: 10 } })
  }
  await batch.flush()
  await raw.close()
  const begun = Date.now()
  const drive = await openDrive(t, dir)
  const took = Date.now() - begun
  t.comment(`${count} entries were looked through in ${took} ms`)
  t.ok(took < 10_000)
  await drive.close()
  const again = Date.now()
  await openDrive(t, dir)
  t.ok(Date.now() - again < 1000, `after an orderly close it takes ${Date.now() - again} ms`)
})

test('what was stored last is there after an orderly close', async (t) => {
  const dir = await t.tmp()
  const bytes = makeBytes(2_000_000)
  const fileHash = sha256(bytes)
  const drive = await openDrive(t, dir)
  await drive.storeFile({ relayKey: RELAY, fileHash, metadata: {}, source: source(bytes) })
  await drive.close()
  const again = await openDrive(t, dir)
  t.is(sha256(await collect(again.getFile(RELAY, fileHash))), fileHash)
})
