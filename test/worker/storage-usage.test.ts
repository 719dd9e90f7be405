/** What the storage takes is said truthfully: as du says, and by what it is for. */
import { readdirSync, statSync } from 'bare-fs'
import { join } from 'bare-path'
import { spawnSync } from 'bare-subprocess'
import test from 'brittle'

import type { StorageUsage } from '../../protocol/rpc/generated/types.ts'
import { StorageMeter } from '../../worker/storage-usage.ts'
import { RELAY, OTHER_RELAY, makeBytes, openDrive, sha256, source } from './drive-fixture.ts'
import { localDht } from './member.ts'
import { randomFile, share, startWhole, together } from './whole.ts'
import type { Whole } from './whole.ts'

const MB = 1024 * 1024

function du(dir: string): number {
  const { stdout } = spawnSync('du', ['-s', '--block-size=1', dir], { stdio: 'pipe' })
  return Number(String(stdout).split('\t')[0])
}

const hasDu = du('.') > 0

/** Both of the same moment: the store may write its tables between two measurements. */
async function measuredAlike({
  worker,
  storage
}: Whole): Promise<{ usage: StorageUsage; real: number }> {
  const { drive } = worker.use()
  for (;;) {
    const before = du(storage)
    const usage = await new StorageMeter(storage, drive).look()
    if (du(storage) === before) return { usage, real: before }
  }
}

test(
  'the total is what du says, and the parts add up',
  { skip: !hasDu, timeout: 60_000 },
  async (t) => {
    const a = await startWhole(t, await localDht(t))
    const open = await together(a, [])
    const { relayKey } = await a.calls.createRelay({ name: 'Diary', access: 'private' })
    const both = await randomFile(t, 6 * MB, 'both.bin')
    await share(a, open.relayKey, both)
    await share(a, relayKey, both)
    for (let i = 0; i < 5; i++) await share(a, relayKey, await randomFile(t, 5 * MB, `${i}.bin`))
    const { usage, real } = await measuredAlike(a)
    t.comment(`${usage.total} said, ${real} by du`)
    t.ok(Math.abs(usage.total - real) < real / 10)
    t.is(parts(usage), usage.total)
    t.is(usage.files, 37 * MB, 'a private group’s are apart')
    t.is(usage.shared, 0)
    t.alike(
      usage.groups.map(({ relayKey, files, bytes }) => [relayKey, files, bytes]),
      [
        [relayKey, 6, 31 * MB],
        [open.relayKey, 1, 6 * MB]
      ]
    )
    t.ok(usage.free > 0 && usage.capacity > usage.free)
  }
)

test('what several groups share is counted once, and named', async (t) => {
  const dir = await t.tmp()
  const drive = await openDrive(t, dir)
  const meter = new StorageMeter(dir, drive)
  const THIRD = 'c'.repeat(64)
  const files = [1, 2, 3].map((seed) => makeBytes(seed * MB, seed))
  const put = async (relayKey: string, bytes: Uint8Array): Promise<void> => {
    const fileHash = sha256(bytes)
    await drive.storeFile({ relayKey, fileHash, metadata: {}, source: source(bytes) })
  }
  const folders = async (): Promise<unknown> => {
    const { files, shared, groups } = await meter.look()
    const groupsBy = groups.map(({ relayKey, bytes, shared }) => [
      relayKey[0],
      bytes / MB,
      shared / MB
    ])
    return [files / MB, shared / MB, ...groupsBy.sort()]
  }
  for (const bytes of files) await put(RELAY, bytes)
  t.alike(await folders(), [6, 0, ['a', 6, 0]], 'counted by one look')
  await put(OTHER_RELAY, files[1]!)
  await put(THIRD, files[1]!)
  await put(THIRD, files[2]!)
  const moved = [6, 5, ['a', 6, 5], ['b', 2, 2], ['c', 5, 5]]
  t.alike(await folders(), moved, 'and as they come')
  const again = new StorageMeter(dir, drive)
  t.is((await again.look()).shared, 5 * MB)
  await drive.removeFile(RELAY, sha256(files[1]!))
  t.alike(await folders(), [6, 5, ['a', 4, 3], ['b', 2, 2], ['c', 5, 5]])
  await drive.removeFile(OTHER_RELAY, sha256(files[1]!))
  t.alike(await folders(), [6, 3, ['a', 4, 3], ['c', 5, 3]], 'one alone has it')
  await drive.removeFolder(THIRD)
  t.alike(await folders(), [4, 0, ['a', 4, 0]])
  await drive.close()
  const fresh = await openDrive(t, dir)
  const { bytes, shared, folders: kept } = await fresh.usage()
  t.alike([bytes, shared, kept.size], [4 * MB, 0, 1], 'the same after a look at everything')
})

test(
  'what was deleted is reclaimable until the disk gives it back',
  { timeout: 30_000 },
  async (t) => {
    const dir = await t.tmp()
    const drive = await openDrive(t, dir)
    const meter = new StorageMeter(dir, drive)
    const bytes = makeBytes(20 * MB)
    const fileHash = sha256(bytes)
    const store = { relayKey: RELAY, fileHash, metadata: {}, source: source(bytes), direct: true }
    await drive.storeFile(store)
    await drive.removeFile(RELAY, fileHash)
    const { reclaimable, files } = await meter.look()
    t.alike([reclaimable, files], [20 * MB, 0])
    await drive.compact()
    t.is((await meter.look()).reclaimable, 0)
    const logs = (): number => {
      const db = join(dir, 'corestore', 'db')
      const names = (readdirSync(db) as string[]).filter((name) => name.endsWith('.log'))
      return names.reduce((sum, name) => sum + statSync(join(db, name)).blocks, 0)
    }
    // The store deletes its old logs a moment later.
    for (const end = Date.now() + 5000; logs() > 0 && Date.now() < end;) await meter.look()
    t.is(logs(), 0, 'nor is anything set aside for a log that nobody writes')
  }
)

function parts({ files, cores, index, spool, reclaimable, other }: StorageUsage): number {
  return files + cores + index + spool + reclaimable + other
}
