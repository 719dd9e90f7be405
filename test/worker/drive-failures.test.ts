/** A disk that is full, or takes no more writes. */
import test from 'brittle'
import { join } from 'bare-path'
import { platform } from 'bare-os'
import { HypertunaError } from '../../protocol/errors.ts'
import { diskErrorCode } from '../../worker/disk-error.ts'
import { WriteGuard } from '../../worker/files/write-guard.ts'
import { canMount, startChild } from './child.ts'
import type { Child } from './child.ts'
import {
  OTHER_RELAY,
  RELAY,
  codeOf,
  makeBytes,
  openDrive,
  sha256,
  source
} from './drive-fixture.ts'

const mounts = canMount()

async function said(child: Child): Promise<string[]> {
  const lines: string[] = []
  for (let line = await child.line(); line !== null; line = await child.line()) lines.push(line)
  return lines
}

test(
  'a write that fails ends all writing with a code, and reading goes on',
  { skip: platform() === 'win32' },
  async (t) => {
    // No file may grow past 20 MB: the store's log fails in the middle, as on a broken disk.
    const before = "trap '' XFSZ; ulimit -f 40000"
    const child = startChild(t, 'fail-writes.js', [await t.tmp()], { before })
    t.alike(await said(child), [
      'first stored',
      'failure STORAGE_FAILED',
      'then STORAGE_FAILED',
      'small STORAGE_FAILED',
      'large STORAGE_FAILED',
      'read true',
      'spool 0',
      'closed'
    ])
  }
)

test('a disk that fills up in the middle of a file', { skip: !mounts }, async (t) => {
  const dir = await t.tmp()
  const before = `mount -t tmpfs -o size=400m tmpfs ${dir}`
  const child = startChild(t, 'fail-writes.js', [dir, 'fill'], { before, namespace: true })
  // Seen in time: the file is given up, the store stays whole, and there is no failure event.
  t.alike(await said(child), [
    'first stored',
    'then STORAGE_FULL',
    'small STORAGE_FULL',
    'large STORAGE_FULL',
    'read true',
    'spool 0',
    'closed'
  ])
})

test('a file that will not fit is refused before it is begun', { skip: !mounts }, async (t) => {
  const dir = await t.tmp()
  const before = `mount -t tmpfs -o size=100m tmpfs ${dir}`
  const child = startChild(t, 'fail-writes.js', [dir], { before, namespace: true })
  const lines = await said(child)
  t.is(lines[0], 'first STORAGE_FULL', 'less than the spare room is free')
  t.absent(
    lines.some((line) => line.startsWith('failure')),
    'the store itself did not fail'
  )
})

test('a file of a size that no disk has is refused with what is needed and free', async (t) => {
  const drive = await openDrive(t, await t.tmp())
  const { version } = drive
  const size = 2 ** 50
  let details: Record<string, unknown> = {}
  try {
    const never = source(makeBytes(10))
    await drive.storeFile({ relayKey: RELAY, fileHash: null, metadata: {}, source: never, size })
  } catch (err) {
    details = (err as { details: Record<string, unknown> }).details
  }
  t.ok(Number(details.needed) > size)
  t.ok(Number(details.free) > 0)
  t.is(drive.version, version)
  t.is(drive.failure, null)
  const bytes = makeBytes(10)
  const fileHash = sha256(bytes)
  const stored = { relayKey: OTHER_RELAY, fileHash, metadata: {}, source: source(bytes) }
  t.is(await codeOf(drive.storeFile(stored)), null, 'what fits is taken after it')
})

test('a drive whose spool cannot be made does not open', async (t) => {
  const dir = await t.tmp()
  const file = join('/dev/null', 'spool')
  t.is(await codeOf(openDrive(t, dir, { spoolDir: file })), 'STORAGE_FAILED')
  t.ok((await openDrive(t, dir)).opened, 'and holds nothing back')
})

test('the first failure of the store is explained, and every later write is refused with it', async (t) => {
  const store = new Error('IO error: No space left on device: While appending to file: 12.log')
  const told: HypertunaError[] = []
  const guard = new WriteGuard(await t.tmp(), (err) => told.push(err))
  const failing = guard.run(() => {
    throw new Error('Batch was not applied', { cause: store })
  })
  t.is(await codeOf(failing), 'STORAGE_FULL')
  let written = false
  const later = guard.run(() => Promise.resolve(void (written = true)))
  t.is(await codeOf(later), 'STORAGE_FULL')
  t.absent(written, 'it was not even tried')
  t.alike(told, [guard.failure])
})

test('an error of ours is no failure of the store', async (t) => {
  const guard = new WriteGuard(await t.tmp(), () => t.fail('not a failure'))
  const refused = guard.run(() => Promise.reject(new HypertunaError('UNKNOWN_FILE', 'none')))
  t.is(await codeOf(refused), 'UNKNOWN_FILE')
  t.is(await guard.run(() => Promise.resolve(1)), 1)
})

test('what the disk says is found wherever it is in an error', (t) => {
  const full = Object.assign(new Error('x'), { code: 'ENOSPC' })
  const said: [unknown, string | null][] = [
    [full, 'STORAGE_FULL'],
    [new Error('outer', { cause: new Error('inner', { cause: full }) }), 'STORAGE_FULL'],
    [new AggregateError([null, full], 'Batch was not applied'), 'STORAGE_FULL'],
    [new Error('IO error: Read-only file system'), 'STORAGE_READONLY'],
    [Object.assign(new Error('x'), { code: 'EACCES' }), 'STORAGE_DENIED'],
    [new Error('Corruption: bad block'), 'STORAGE_CORRUPT'],
    [new Error('something else'), null],
    ['text', null],
    [null, null]
  ]
  for (const [err, code] of said) t.is(diskErrorCode(err), code)
})
