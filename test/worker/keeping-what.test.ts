/** Which files are kept on a device: all or on demand, pins, quotas, and what changed behind our back. */
import b4a from 'b4a'
import { writeFileSync } from 'bare-fs'
import { join } from 'bare-path'
import test from 'brittle'
import Corestore from 'corestore'
import Hyperdrive from 'hyperdrive'

import { HypertunaError } from '../../protocol/errors.ts'
import { collect, sha256 } from './drive-fixture.ts'
import { localDht } from './member.ts'
import type { TestContext } from './member.ts'
import { arrived, eventually, randomFile, share, startWhole, syncOf, together } from './whole.ts'
import type { Whole } from './whole.ts'

const KB = 1024
const LONG = { timeout: 120_000 }

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'done',
    (err: unknown) => HypertunaError.from(err).code
  )

async function pair(t: TestContext): Promise<[Whole, Whole, string]> {
  const bootstrap = await localDht(t)
  const founder = await startWhole(t, bootstrap)
  const other = await startWhole(t, bootstrap)
  const { relayKey } = await together(founder, [other])
  return [founder, other, relayKey]
}

/** What time it is goes on as it does, and by more when it is told to. */
function clock(t: TestContext): (ms: number) => void {
  const real = Date.now
  let passed = 0
  Date.now = () => real() + passed
  t.teardown(() => (Date.now = real))
  return (ms) => void (passed += ms)
}

/** Shares files of this size and waits until the other knows them and their provider. */
async function shareMany(
  t: TestContext,
  [from, to]: [Whole, Whole],
  relayKey: string,
  sizes: number[]
): Promise<string[]> {
  const hashes: string[] = []
  for (const size of sizes) {
    const file = await randomFile(t, size)
    await share(from, relayKey, file)
    hashes.push(file.hash)
  }
  await eventually(syncOf(to, relayKey), ({ files }) =>
    hashes.every((hash) => (files.get(hash)?.providers.size ?? 0) > 0)
  )
  return hashes
}

test('on demand, a file comes when a person asks for it or pins it', LONG, async (t) => {
  const [founder, other, relayKey] = await pair(t)
  await other.calls.setKeep({ relayKey, keep: 'on-demand' })
  const [a, b, c] = (await shareMany(t, [founder, other], relayKey, [9000, 9001, 9002])) as [
    string,
    string,
    string
  ]
  await other.calls.fetchFile({ relayKey, hash: a })
  t.ok(syncOf(other, relayKey).files.get(a)?.here)
  await other.calls.pinFile({ relayKey, hash: b })
  await arrived(other, relayKey, b)
  t.absent(syncOf(other, relayKey).files.get(c)?.here, 'and nothing else')
  t.is(other.worker.use().files.transfers.waiting, 0)
  await other.calls.setKeep({ relayKey, keep: 'all' })
  await arrived(other, relayKey, c)
  t.is(other.worker.use().config.get().relays[0]?.keep, 'all')
})

test('what a person asked for while nobody was there comes after a restart', LONG, async (t) => {
  const bootstrap = await localDht(t)
  const dir = await t.tmp()
  const founder = await startWhole(t, bootstrap)
  const other = await startWhole(t, bootstrap, dir)
  const { relayKey } = await together(founder, [other])
  await other.calls.setKeep({ relayKey, keep: 'on-demand' })
  const [hash, pinned] = (await shareMany(t, [founder, other], relayKey, [70 * KB, 10])) as [
    string,
    string
  ]
  await other.calls.pinFile({ relayKey, hash: pinned })
  await arrived(other, relayKey, pinned)
  const founderDir = founder.storage
  await founder.close()
  await eventually(syncOf(other, relayKey), (sync) => sync.online(sync.files.get(hash)!) === 0)
  t.is(await codeOf(other.calls.fetchFile({ relayKey, hash }) as Promise<unknown>), 'NOBODY_ONLINE')
  await other.close()

  const again = await startWhole(t, bootstrap, dir)
  await new Promise<void>((resolve) => {
    const { worker } = again
    if (worker.use().files.find(relayKey) !== null) resolve()
    else worker.once('group', () => resolve())
  })
  await eventually(syncOf(again, relayKey), ({ files }) => files.get(pinned)?.pinned === true)
  await startWhole(t, bootstrap, founderDir)
  await arrived(again, relayKey, hash)
  t.pass('it came')
})

test('a quota is kept: files wait, and only those that others hold go', LONG, async (t) => {
  const passTime = clock(t)
  const [founder, other, relayKey] = await pair(t)
  const proven = new Set<string>()
  const { files, drive } = other.worker.use()
  files.provenElsewhere = (_relay, hash) => (proven.has(hash) ? 1 : 0)
  await other.calls.setQuota({ relayKey, bytes: 250 * KB })
  const sync = syncOf(other, relayKey)
  const [first, second] = (await shareMany(t, [founder, other], relayKey, [
    100 * KB,
    100 * KB
  ])) as [string, string]
  await Promise.all([first, second].map((hash) => arrived(other, relayKey, hash)))
  passTime(1100) // a second later by its record's clock
  const [third] = (await shareMany(t, [founder, other], relayKey, [100 * KB])) as [string]
  await eventually(sync, (now) => now.files.get(third)?.problem?.code === 'STORAGE_FULL')
  t.is((await drive.blobUsage()).files, 2, 'nothing goes that only we are known to have')

  await other.calls.pinFile({ relayKey, hash: first })
  proven.add(first)
  proven.add(second)
  passTime(5100) // a list of what may go is kept so long
  await sync.sweep()
  await arrived(other, relayKey, third)
  t.absent(sync.files.get(second)?.here, 'what others hold went')
  t.ok(sync.files.get(first)?.here, 'what is pinned stayed')
  t.is(sync.bytes, 200 * KB)
  t.is((await drive.blobUsage()).bytes, 200 * KB)
  await eventually(syncOf(founder, relayKey), (now) => now.files.get(second)?.providers.size === 1)
  t.pass('and the others know')
  await sync.sweep()
  t.absent(sync.files.get(second)?.here, 'it does not come back in the place of a newer one')
  await other.calls.setQuota({ relayKey })
  await arrived(other, relayKey, second)
  await other.calls.setQuota({ relayKey, bytes: 150 * KB })
  await sync.sweep()
  t.absent(sync.files.get(second)?.here, 'less may be kept: what others hold goes')
  t.is(sync.bytes, 200 * KB, 'and no more than that')
})

test('a device’s quota counts all groups', LONG, async (t) => {
  const [founder, other, relayKey] = await pair(t)
  // The founder may prove at any moment that it has the first one, which then goes for a newer one.
  other.worker.use().files.provenElsewhere = () => 0
  await other.calls.setQuota({ bytes: 150 * KB })
  const [first] = (await shareMany(t, [founder, other], relayKey, [100 * KB])) as [string]
  await arrived(other, relayKey, first)
  const [second] = (await shareMany(t, [founder, other], relayKey, [100 * KB])) as [string]
  const sync = syncOf(other, relayKey)
  await eventually(sync, (now) => now.files.get(second)?.problem?.code === 'STORAGE_FULL')
  t.is(other.worker.status().quotaBytes, 150 * KB)
  await other.calls.setQuota({ bytes: 0 }) // as it arrives when a face leaves it out
  await arrived(other, relayKey, second)
  t.is(other.worker.status().quotaBytes, null)
})

test('what was changed in the drive behind our back is put right', LONG, async (t) => {
  const [founder, other, relayKey] = await pair(t)
  const [gone, cleared] = (await shareMany(t, [founder, other], relayKey, [
    90 * KB,
    3 * 1024 * KB
  ])) as [string, string]
  await Promise.all([gone, cleared].map((hash) => arrived(other, relayKey, hash)))
  const sync = syncOf(other, relayKey)
  const { store, drive } = other.worker.use()
  const blobs = store.get({ discoveryKey: drive.discoveryKeys[1]! })
  await blobs.ready()
  await blobs.clear(0, blobs.length)
  await sync.sweep()
  await Promise.all([gone, cleared].map((hash) => arrived(other, relayKey, hash)))
  const chunks: Uint8Array[] = []
  for await (const chunk of drive.getFile(relayKey, cleared)) chunks.push(chunk)
  t.is(b4a.concat(chunks).byteLength, 3 * 1024 * KB, 'cleared bytes are fetched again')

  await drive.removeFile(relayKey, gone)
  await eventually(sync, (now) => now.files.get(gone)?.here === false)
  await arrived(other, relayKey, gone)
  t.pass('a deleted entry too')
  await blobs.close()
})

test('each minute everything is looked at, whatever was missed', LONG, async (t) => {
  const minutely: (() => void)[] = []
  const real = globalThis.setInterval
  globalThis.setInterval = ((
    work: (...args: unknown[]) => void,
    ms: number,
    ...args: unknown[]
  ) => {
    if (ms === 60_000) minutely.push(() => work(...args))
    return real(work, ms, ...args)
  }) as typeof setInterval
  t.teardown(() => (globalThis.setInterval = real))
  const [founder, other, relayKey] = await pair(t)
  const [hash = ''] = await shareMany(t, [founder, other], relayKey, [90 * KB])
  await arrived(other, relayKey, hash)
  const sync = syncOf(other, relayKey)
  await eventually(sync, ({ files }) => files.get(hash)?.providers.size === 2) // all is said of it
  await sync.settled()
  const { store, drive } = other.worker.use()
  const blobs = store.get({ discoveryKey: drive.discoveryKeys[1]! })
  await blobs.ready()
  drive.removeAllListeners('change') // what it says of it is missed
  await blobs.clear(0, blobs.length)
  await sync.settled()
  t.ok(sync.files.get(hash)?.here, 'nobody noticed')
  const lost = eventually(sync, ({ files }) => files.get(hash)?.here === false)
  for (const work of minutely) work()
  await lost
  await arrived(other, relayKey, hash)
  t.is(sha256(await collect(drive.getFile(relayKey, hash))), hash)
  await blobs.close()
})

test('what another program put in a file’s place is fetched anew', LONG, async (t) => {
  const [founder, other, relayKey] = await pair(t)
  const [hash = ''] = await shareMany(t, [founder, other], relayKey, [90 * KB])
  await arrived(other, relayKey, hash)
  const { key } = other.worker.use().drive
  await other.close()
  const raw = new Hyperdrive(new Corestore(join(other.storage, 'corestore')))
  await raw.ready()
  t.is(b4a.toString(raw.key, 'hex'), key)
  await raw.put(`/${relayKey}/${hash}`, b4a.from('of another program'))
  await raw.put('/notes.txt', b4a.from('of another program'))
  await raw.close()
  const again = await startWhole(t, founder.worker.options.bootstrap ?? [], other.storage)
  await syncOf(again, relayKey).settled()
  await arrived(again, relayKey, hash)
  const bytes = await collect(again.worker.use().drive.getFile(relayKey, hash))
  t.is(sha256(bytes), hash)
})

test('limits hold: bytes per second in and out', LONG, async (t) => {
  const [founder, other, relayKey] = await pair(t)
  t.is(await codeOf(other.calls.setLimits({ down: 1000 }) as Promise<unknown>), 'BAD_REQUEST')
  await other.calls.setLimits({ down: 1024 * KB, concurrent: 1 })
  t.alike(other.worker.status().limits, { down: 1024 * KB, up: null, concurrent: 1 })
  const took = async (size: number): Promise<number> => {
    const file = await randomFile(t, size)
    await share(founder, relayKey, file)
    const sync = syncOf(other, relayKey)
    await eventually(sync, ({ files }) => files.get(file.hash)?.fetching === true)
    const begun = Date.now()
    await arrived(other, relayKey, file.hash)
    return Date.now() - begun
  }
  t.ok((await took(3 * 1024 * KB)) > 2400, 'what is fetched')
  await other.calls.setLimits({})
  await founder.calls.setLimits({ up: 1024 * KB })
  t.ok((await took(3 * 1024 * KB)) > 2000, 'what is served')
})

test('choices that somebody else wrote are put aside', async (t) => {
  const bootstrap = await localDht(t)
  const dir = await t.tmp()
  await (await startWhole(t, bootstrap, dir)).close()
  writeFileSync(join(dir, 'choices.json'), '{"version":1,"pins":["../x"],"asked":[]}')
  const again = await startWhole(t, bootstrap, dir)
  t.is(again.worker.status().state, 'ready')
})
