/** What is deleted leaves the disk of every member, whoever deleted it, and stays away. */
import fs from 'bare-fs'
import { join } from 'bare-path'
import test from 'brittle'

import { signEvent } from '../../protocol/nostr.ts'
import type { Log } from '../../worker/log.ts'
import { RELAY, defer, makeBytes, openDrive, sha256, source } from './drive-fixture.ts'
import { localDht } from './member.ts'
import { arrived, eventually, randomFile, share, startWhole, syncOf, together } from './whole.ts'
import type { Whole } from './whole.ts'

const MB = 1024 * 1024

/** Resolves when the file's entry is in this drive no more. */
function left({ worker }: Whole, relayKey: string, hash: string): Promise<void> {
  const { drive, files } = worker.use()
  return new Promise<void>((resolve, reject) => {
    const look = (): void => {
      drive.has(relayKey, hash).then((has) => {
        if (has) return
        drive.off('change', look)
        resolve()
      }, reject)
    }
    drive.on('change', look)
    look()
  }).then(() => files.settled(relayKey)) // the bytes go a moment after the entry
}

async function eventOf(whole: Whole, relayKey: string, hash: string): Promise<string> {
  await eventually(syncOf(whole, relayKey), ({ files }) => files.has(hash))
  return syncOf(whole, relayKey).files.get(hash)!.eventId
}

const held = async ({ worker }: Whole): Promise<number> => (await worker.use().drive.blocks()).held

for (const access of ['closed', 'private'] as const) {
  test(
    `${access}: a file goes with its last record, at every member`,
    { timeout: 120_000 },
    async (t) => {
      const bootstrap = await localDht(t)
      const [a, b] = [await startWhole(t, bootstrap), await startWhole(t, bootstrap)]
      const { relayKey } = await together(a, [b], access)
      const [own, other, stays] = [
        await randomFile(t, 3 * MB, 'own.bin'),
        await randomFile(t, 2 * MB, 'other.bin'),
        await randomFile(t, MB, 'stays.bin')
      ]
      await share(b, relayKey, own)
      await share(b, relayKey, other)
      await share(a, relayKey, stays)
      await Promise.all([arrived(a, relayKey, own.hash), arrived(a, relayKey, other.hash)])
      await arrived(b, relayKey, stays.hash)

      await b.calls.deleteMessage({ relayKey, eventId: await eventOf(b, relayKey, own.hash) })
      await Promise.all([left(a, relayKey, own.hash), left(b, relayKey, own.hash)])
      t.pass('its author took it back')
      await a.calls.deleteMessage({ relayKey, eventId: await eventOf(a, relayKey, other.hash) })
      await Promise.all([left(a, relayKey, other.hash), left(b, relayKey, other.hash)])
      t.pass('an admin took it away')
      for (const whole of [a, b]) {
        t.is(await held(whole), 16, 'the blocks of what stays, and no others')
        const { records } = syncOf(whole, relayKey)
        t.alike(await records.providers(own.hash), [])
        t.is((await records.providers(stays.hash)).length > 0, true)
      }
      // Again by a new record: then it is wanted again.
      await share(b, relayKey, own)
      await arrived(a, relayKey, own.hash)
      t.pass('and comes back when somebody posts it anew')
    }
  )
}

test(
  'two records, two folders: the bytes go with the last of them',
  { timeout: 120_000 },
  async (t) => {
    const a = await startWhole(t, await localDht(t))
    const first = await together(a, [])
    const second = await together(a, [])
    const file = await randomFile(t, MB)
    await share(a, first.relayKey, file)
    await share(a, second.relayKey, file)
    const again = await a.calls.post({
      relayKey: first.relayKey,
      content: 'once more',
      kind: 9,
      files: [{ hash: file.hash }]
    })
    t.is(await held(a), 16, 'kept once')
    const { relayKey } = first
    await a.calls.deleteMessage({ relayKey, eventId: await eventOf(a, relayKey, file.hash) })
    await eventually(
      syncOf(a, relayKey),
      ({ files }) => files.get(file.hash)?.eventId === again.eventId
    )
    const { drive } = a.worker.use()
    t.ok(await drive.has(relayKey, file.hash), 'one record is left')
    await a.calls.deleteMessage({ relayKey, eventId: again.eventId })
    await left(a, relayKey, file.hash)
    t.is(await held(a), 16, 'the other folder still has it')
    const { relayKey: other } = second
    await a.calls.deleteMessage({ relayKey: other, eventId: await eventOf(a, other, file.hash) })
    await left(a, other, file.hash)
    t.is(await held(a), 0)
  }
)

test('a vanished author’s files, a deleted group’s files', { timeout: 120_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const [a, b] = [await startWhole(t, bootstrap), await startWhole(t, bootstrap)]
  const { relayKey } = await together(a, [b])
  const [its, ours] = [await randomFile(t, MB, 'its.bin'), await randomFile(t, MB, 'ours.bin')]
  await share(b, relayKey, its)
  await share(a, relayKey, ours)
  await arrived(a, relayKey, its.hash)
  await arrived(b, relayKey, ours.hash)
  const { relays, identity } = b.worker.use()
  const vanish = signEvent(
    {
      kind: 62,
      created_at: Math.floor(Date.now() / 1000) + 1,
      tags: [['relay', 'ALL_RELAYS']],
      content: ''
    },
    identity.secretKey
  )
  const { relay } = relays.get(relayKey)
  await relay.append([await relay.recordFor(vanish)])
  await Promise.all([left(a, relayKey, its.hash), left(b, relayKey, its.hash)])
  t.pass('of who vanished')
  await a.calls.deleteGroup({ relayKey })
  await Promise.all([left(a, relayKey, ours.hash), left(b, relayKey, ours.hash)])
  t.is(await held(b), 0, 'of the group that ended')
  t.is(syncOf(b, relayKey).files.get(ours.hash)?.fetching ?? false, false, 'and none is fetched')
})

test(
  'what was deleted while we were away goes at the next start',
  { timeout: 120_000 },
  async (t) => {
    const bootstrap = await localDht(t)
    const [a, b] = [await startWhole(t, bootstrap), await startWhole(t, bootstrap)]
    const { relayKey } = await together(a, [b])
    const file = await randomFile(t, MB)
    await share(a, relayKey, file)
    await arrived(b, relayKey, file.hash)
    await b.close()
    await a.calls.deleteMessage({ relayKey, eventId: await eventOf(a, relayKey, file.hash) })
    await left(a, relayKey, file.hash)
    const again = await startWhole(t, bootstrap, b.storage)
    await left(again, relayKey, file.hash)
    t.is(await held(again), 0)
  }
)

test('a file that waits to be posted stays', { timeout: 60_000 }, async (t) => {
  const a = await startWhole(t, await localDht(t))
  const { relayKey } = await together(a, [])
  const { path, hash, name } = await randomFile(t, 1000)
  await a.calls.storePath({ relayKey, path, fileHash: hash, name })
  await share(a, relayKey, await randomFile(t, 1000))
  t.ok(await a.worker.use().drive.has(relayKey, hash))
  await a.close()
  const again = await startWhole(t, [], a.storage)
  await again.worker.use().files.of(relayKey).settled()
  t.ok(await again.worker.use().drive.has(relayKey, hash), 'also over a restart')
})

test('the disk gets its room back: what is left is what lives', { timeout: 120_000 }, async (t) => {
  const a = await startWhole(t, await localDht(t))
  const { relayKey } = await together(a, [])
  const files = []
  for (let i = 0; i < 10; i++) files.push(await randomFile(t, 10 * MB, `${i}.bin`))
  for (const file of files) await share(a, relayKey, file)
  for (const { hash } of files.slice(1)) {
    await a.calls.deleteMessage({ relayKey, eventId: await eventOf(a, relayKey, hash) })
    await left(a, relayKey, hash)
  }
  // What is still being written when the first one begins is left to the next.
  for (let i = 0; i < 2; i++) await a.worker.use().drive.compact()
  const ratio = tables(a.storage) / (10 * MB)
  t.comment(`${ratio.toFixed(3)} × the live bytes`)
  t.ok(ratio < 1.05)
})

/** Bytes of the store's tables, without the log that it sets aside for what comes next. */
function tables(storage: string): number {
  const db = join(storage, 'corestore', 'db')
  const names = (fs.readdirSync(db) as string[]).filter((name) => /\.(sst|blob)$/.test(name))
  return names.reduce((sum, name) => sum + fs.statSync(join(db, name)).size, 0)
}

test('compaction comes by itself, also after a restart', { timeout: 60_000 }, async (t) => {
  const dir = await t.tmp()
  const bytes = makeBytes(30 * MB)
  const fileHash = sha256(bytes)
  const store = { relayKey: RELAY, fileHash, metadata: {}, source: source(bytes), direct: true }
  for (const restart of [false, true]) {
    const told = defer()
    const log: Log = (event) => {
      if (event === 'compacted') told.resolve()
    }
    const quiet = restart ? 60_000 : 50
    const drive = await openDrive(t, dir, { log, quiet })
    await drive.storeFile({ ...store, source: source(bytes) })
    await drive.removeFile(RELAY, fileHash)
    if (!restart) await told.promise
    await drive.close()
    if (!restart) continue
    const later = defer()
    const again = openDrive(t, dir, {
      log: (event) => void (event === 'compacted' && later.resolve()),
      quiet: 50
    })
    await Promise.all([again, later.promise])
  }
  t.ok(tables(dir) < MB, `${tables(dir)} bytes are left`)
})
