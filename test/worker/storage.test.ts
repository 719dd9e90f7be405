import test from 'brittle'
import { chmod, cp, mkdir, open, readdir, rm, stat, writeFile } from 'bare-fs/promises'
import { join } from 'bare-path'
import { checkDrive, openStore } from '../../worker/storage.ts'
import { openFolder } from '../../worker/storage-folder.ts'
import { initializeHyperdrive } from '../../worker/files/drive.ts'
import type { Drive } from '../../worker/files/drive.ts'
import { silent } from '../../worker/log.ts'
import { canMount, plainUser, startChild } from './child.ts'
import { RELAY, codeOf, makeBytes, sha256, source } from './drive-fixture.ts'

const NEW = { driveKey: null, driveVersion: 0 }

async function openBoth(dir: string, known: { driveKey: string | null; driveVersion: number }) {
  const store = await openStore(dir, known)
  const drive = await initializeHyperdrive(store.session(), {
    spoolDir: join(dir, 'spool'),
    log: silent,
    expectedVersion: known.driveVersion
  })
  return { store, drive }
}

async function closeBoth({ store, drive }: { store: { close(): Promise<void> }; drive: Drive }) {
  await drive.close()
  await store.close()
}

async function fillDrive(dir: string): Promise<{ driveKey: string; driveVersion: number }> {
  await mkdir(dir, { recursive: true })
  const both = await openBoth(dir, NEW)
  const bytes = makeBytes(5000)
  const fileHash = sha256(bytes)
  await both.drive.storeFile({ relayKey: RELAY, fileHash, metadata: {}, source: source(bytes) })
  const known = { driveKey: both.drive.key, driveVersion: both.drive.version }
  await closeBoth(both)
  return known
}

test('other users of the computer may enter nothing, whatever the directory was', async (t) => {
  const dir = await t.tmp()
  await chmod(dir, 0o755)
  await openFolder(dir, true)
  const store = await openStore(dir, NEW)
  for (const name of ['corestore', 'index', 'spool']) {
    t.is((await stat(join(dir, name))).mode & 0o077, 0, name)
  }
  await store.close()
})

test('a storage opens again with the drive it had', async (t) => {
  const dir = await t.tmp()
  const known = await fillDrive(dir)
  const both = await openBoth(dir, known)
  t.is(both.drive.key, known.driveKey)
  t.is(checkDrive(both.drive, known), null)
  await closeBoth(both)
})

test('a second process on the same storage is refused, and the first goes on', async (t) => {
  const dir = await t.tmp()
  const child = startChild(t, 'open-store.js', [dir])
  t.is(await child.line(), 'open')
  t.is(await codeOf(openStore(dir, NEW)), 'STORAGE_LOCKED')
  child.kill('SIGKILL')
  await child.ended
  const store = await openStore(dir, NEW)
  t.ok(store.opened, 'the lock of a killed process holds nobody up')
  await store.close()
})

test('a storage that cannot be made says so', async (t) => {
  const dir = await t.tmp()
  const file = join(dir, 'file')
  await writeFile(file, 'in the way')
  t.is(await codeOf(openStore(file, NEW)), 'STORAGE_DENIED', 'a file where the storage should be')
  t.is(await codeOf(openStore(join(file, 'deeper'), NEW)), 'STORAGE_DENIED', 'or above it')
  const blocked = join(dir, 'blocked')
  await mkdir(blocked)
  await writeFile(join(blocked, 'corestore'), 'in the way')
  t.is(await codeOf(openStore(blocked, NEW)), 'STORAGE_DENIED', 'or inside of it')
})

const user = plainUser()

test('a storage that may not be written says so', { skip: user === null }, async (t) => {
  const dir = await t.tmp()
  await chmod(dir, 0o555)
  const child = startChild(t, 'open-store.js', [dir], { uid: user ?? 0 })
  t.is(await child.line(), 'STORAGE_DENIED')
  await child.ended
  await chmod(dir, 0o755)
})

test('a read-only disk says so', { skip: !canMount() }, async (t) => {
  const dir = await t.tmp()
  const before = `mount -t tmpfs tmpfs ${dir} && mkdir ${dir}/s && mount -o remount,ro ${dir}`
  const child = startChild(t, 'open-store.js', [join(dir, 's')], { before, namespace: true })
  t.is(await child.line(), 'STORAGE_READONLY')
})

test('a copied store is not opened: two copies damage each other', async (t) => {
  const dir = await t.tmp()
  await fillDrive(join(dir, 'one'))
  await cp(join(dir, 'one'), join(dir, 'two'), { recursive: true })
  t.is(await codeOf(openStore(join(dir, 'two'), NEW)), 'STORAGE_MOVED')
})

test('a store that is gone is missed, and no new one takes its place', async (t) => {
  const dir = await t.tmp()
  const known = await fillDrive(dir)
  await rm(join(dir, 'corestore'), { recursive: true })
  t.is(await codeOf(openStore(dir, known)), 'STORAGE_MISSING')
  t.absent(((await readdir(dir)) as string[]).includes('corestore'), 'nothing was made')
})

test('a store without its db, or with an empty manifest, is missed before it is opened', async (t) => {
  const dir = await t.tmp()
  const known = await fillDrive(dir)
  const db = join(dir, 'corestore', 'db')
  const names = (await readdir(db)) as string[]
  const manifest = join(db, names.find((name) => name.startsWith('MANIFEST')) ?? '')
  const file = await open(manifest, 'r+')
  await file.truncate(0)
  await file.close()
  t.is(await codeOf(openStore(dir, known)), 'STORAGE_MISSING')
  t.is((await stat(manifest)).size, 0, 'left as it was')
  await rm(db, { recursive: true })
  t.is(await codeOf(openStore(dir, known)), 'STORAGE_MISSING')
})

test('another drive than the known one is a problem', async (t) => {
  const dir = await t.tmp()
  const known = await fillDrive(dir)
  const both = await openBoth(dir, known)
  const problem = checkDrive(both.drive, { ...known, driveKey: 'f'.repeat(64) })
  t.is(problem?.code, 'STORAGE_MISSING')
  await closeBoth(both)
})

test('an older copy of the drive is read but not written: writing would fork it', async (t) => {
  const dir = await t.tmp()
  const known = await fillDrive(dir)
  const later = { ...known, driveVersion: known.driveVersion + 2 }
  const both = await openBoth(dir, later)
  t.is(checkDrive(both.drive, later)?.code, 'STORAGE_CORRUPT')
  const hash = sha256(makeBytes(5000))
  t.ok(await both.drive.has(RELAY, hash), 'what is there can be read')
  const bytes = makeBytes(10, 9)
  const stored = both.drive.storeFile({
    relayKey: RELAY,
    fileHash: null,
    metadata: {},
    source: source(bytes)
  })
  t.is(await codeOf(stored), 'STORAGE_CORRUPT')
  t.is(both.drive.version, known.driveVersion, 'nothing was written')
  await closeBoth(both)
})
