/** Imports and exports that a kill interrupts, and folders whose group is no more. */
import { existsSync, writeFileSync } from 'bare-fs'
import { join } from 'bare-path'
import test from 'brittle'

import { startChild } from './child.ts'
import { hashed, hashesOf, makeFolder, putFiles } from './folder-fixture.ts'
import type { Contents } from './folder-fixture.ts'
import { localDht, until } from './member.ts'
import { eventually, startWhole, syncOf } from './whole.ts'

const LONG = { timeout: 90_000 }

const many = (count: number): Contents =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${i % 9}/${i}.txt`, `file ${i}`]))

test('an import goes on by itself after a kill', LONG, async (t) => {
  const bootstrap = await localDht(t)
  const count = 900
  const folder = await makeFolder(t, many(count))
  const storage = await t.tmp()
  const child = startChild(t, 'import-until-killed.js', [storage, folder, bootstrap.join()])
  const relayKey = (await child.line())!
  t.is(await child.line(), 'some')
  child.kill('SIGKILL')
  await child.ended
  const whole = await startWhole(t, bootstrap, storage)
  const sync = syncOf(whole, relayKey)
  t.ok(sync.files.size < count, 'not all of it was there')
  await eventually(sync, ({ files }) => files.size === count)
  const { transfers } = whole.worker.use().files
  await until(
    () => transfers.list().some(({ kind, phase }) => kind === 'import' && phase === 'done'),
    transfers
  )
  await whole.close()
  const again = await startWhole(t, bootstrap, storage)
  const kinds = again.worker
    .use()
    .files.transfers.list()
    .map(({ kind }) => kind)
  t.absent(kinds.includes('import'), 'what ended is not begun anew')
})

test('an export that closing interrupts goes on at the next start', LONG, async (t) => {
  const bootstrap = await localDht(t)
  const contents = many(400)
  const source = await makeFolder(t, contents)
  const target = join(await t.tmp(), 'out')
  const whole = await startWhole(t, bootstrap)
  const { relayKey } = await whole.calls.createRelay({ name: 'Tapes', access: 'closed' })
  await whole.calls.importFolder({ relayKey, folder: source, prefix: null })
  const { folders, files, drive } = whole.worker.use()
  const driveKey = drive.key
  const chosen = Object.values(hashed(contents)) // by name, each of them
  const exporting = folders
    .export(relayKey, target, { hashes: chosen, onConflict: 'keep-both' })
    .catch((err: { code: string }) => err.code)
  await until(() => files.transfers.list().some(({ kind }) => kind === 'export'), files.transfers)
  await whole.close()
  t.ok(['CLOSED', 'CANCELLED'].includes(String(await exporting)), 'by the closing')
  // As a kill leaves them: ours, and one of another device that may be writing there now.
  const ours = join(target, '0', `.hypertuna-${driveKey.slice(0, 8)}-00112233445566ff.part`)
  const other = join(target, '0', '.hypertuna-01234567-00112233445566ff.part')
  putFiles(target, { '0/0.txt': 'file 0' })
  for (const path of [ours, other]) writeFileSync(path, 'half')
  const again = await startWhole(t, bootstrap, whole.storage)
  const { transfers } = again.worker.use().files
  await until(
    () => transfers.list().some(({ kind, phase }) => kind === 'export' && phase === 'done'),
    transfers
  )
  t.alike(hashesOf(target), hashed(contents), 'each file once')
  t.absent(existsSync(ours), 'and nothing that is half written')
  t.ok(existsSync(other), 'but what is not ours')
})

test('who imports a folder that is being imported waits for that', LONG, async (t) => {
  const bootstrap = await localDht(t)
  const folder = await makeFolder(t, many(300))
  const { calls, worker } = await startWhole(t, bootstrap)
  const { relayKey } = await calls.createRelay({ name: 'Tapes', access: 'closed' })
  const both = [1, 2].map(() => calls.importFolder({ relayKey, folder, prefix: null }))
  const [first, second] = await Promise.all(both)
  t.is(first?.published, 300)
  t.alike(second, first)
  const elsewhere = await calls.importFolder({ relayKey, folder, prefix: 'copy' })
  t.is(elsewhere.published, 300, 'under another path it is another one')
  const { transfers } = worker.use().files
  t.is(transfers.list().filter(({ kind }) => kind === 'import').length, 2)
})

for (const end of ['deleted', 'forgotten'] as const) {
  test(
    `a folder of a group that is ${end} is linked no more, and its files stay`,
    LONG,
    async (t) => {
      const bootstrap = await localDht(t)
      const { calls, worker } = await startWhole(t, bootstrap)
      const { relayKey } = await calls.createRelay({ name: 'Tapes', access: 'closed' })
      const folder = await makeFolder(t, { 'a.txt': 'one' })
      const { folders, config, relays } = worker.use()
      await folders.link(relayKey, folder)
      t.is(config.get().folders.length, 1)
      if (end === 'forgotten') await relays.forget(relayKey)
      else await relays.get(relayKey).acts.deleteGroup()
      await until(() => config.get().folders.length === 0, folders)
      t.alike(hashesOf(folder), hashed({ 'a.txt': 'one' }))
      t.absent(existsSync(join(folder, '.hypertuna-folder')), 'and nothing of ours')
    }
  )
}
