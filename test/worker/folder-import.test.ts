/** Imports that are cancelled, killed, private, or of a group of others. */
import test from 'brittle'
import { rmSync } from 'bare-fs'
import { join } from 'bare-path'

import { TreeReader } from '../../worker/files/folders/tree.ts'
import { startChild } from './child.ts'
import { hashed, hashesOf, makeFolder, putFiles, sorted } from './folder-fixture.ts'
import type { Contents } from './folder-fixture.ts'
import { localDht } from './member.ts'
import { eventually, joinBy, startWhole, syncOf, together } from './whole.ts'
import type { Whole } from './whole.ts'

function many(count: number): Contents {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`d${i % 7}/${i}.txt`, `file ${i}`])
  )
}

async function out(whole: Whole, relayKey: string, folder: string): Promise<unknown> {
  const { skipped } = await whole.calls.exportFiles({
    relayKey,
    folder,
    onConflict: 'skip',
    hashes: null
  })
  return [skipped, sorted(hashesOf(folder))]
}

test('a cancelled import goes on where it was', { timeout: 60_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const mara = await startWhole(t, bootstrap)
  const { relayKey } = await together(mara, [])
  const contents = many(700)
  const folder = await makeFolder(t, contents)
  const { transfers } = mara.worker.use().files
  const look = (transfer: unknown): void => {
    const { id, done, kind } = transfer as { id: string; done: number | null; kind: string }
    if (kind !== 'import' || (done ?? 0) === 0) return
    transfers.off('change', look)
    transfers.cancel(id)
  }
  transfers.on('change', look)
  const code = await mara.calls.importFolder({ relayKey, folder, prefix: null }).then(
    () => null,
    (err: { code: string }) => err.code
  )
  t.is(code, 'CANCELLED')
  const group = mara.worker.use().relays.get(relayKey)
  const some = (await new TreeReader(group.relay).read()).size
  t.ok(some > 0 && some < 700, `${some} are published`)
  const { published, unchanged } = await mara.calls.importFolder({ relayKey, folder, prefix: null })
  t.alike([published, unchanged], [700 - some, some], 'and only the others afterwards')
  const tree = await new TreeReader(group.relay).read()
  t.ok(
    [...tree.values()].every(({ versions }) => versions.length === 1),
    'each once'
  )
  t.alike(await out(mara, relayKey, join(folder, '..', 'out')), [[], sorted(hashed(contents))])
  rmSync(join(folder, '..', 'out'), { recursive: true })
})

test('a killed import goes on where it was, and loses nothing', { timeout: 60_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const contents = many(700)
  const folder = await makeFolder(t, contents)
  const storage = await t.tmp()
  const child = startChild(t, 'import-until-killed.js', [storage, folder, bootstrap.join(',')])
  const relayKey = (await child.line())!
  t.is(await child.line(), 'some')
  child.kill('SIGKILL')
  await child.ended
  const mara = await startWhole(t, bootstrap, storage)
  const { published, unchanged } = await mara.calls.importFolder({ relayKey, folder, prefix: null })
  t.is(published + unchanged, 700)
  t.ok(unchanged > 0, `${unchanged} were published before`)
  const group = mara.worker.use().relays.get(relayKey)
  const tree = await new TreeReader(group.relay).read()
  t.ok(
    [...tree.values()].every(({ versions }) => versions.length === 1),
    'each once'
  )
  t.alike(await out(mara, relayKey, await makeFolder(t)), [[], sorted(hashed(contents))])
})

test('a private group’s folder is sealed on its way', { timeout: 60_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const [mara, ivo] = [await startWhole(t, bootstrap), await startWhole(t, bootstrap)]
  const { relayKey } = await mara.calls.createRelay({ name: 'Diary', access: 'private' })
  await joinBy(mara, ivo, relayKey)
  const contents = { 'a.txt': 'secret words', 'b/c.txt': 'more', empty: '' }
  const folder = await makeFolder(t, contents)
  await mara.calls.importFolder({ relayKey, folder, prefix: null })
  const { drive, store } = mara.worker.use()
  const core = store.get({ discoveryKey: drive.discoveryKeys[1]! })
  await core.ready()
  for (let i = 0; i < core.length; i++) {
    t.absent(String(await core.get(i)).includes('secret'), `block ${i}`)
  }
  const hashes = Object.values(hashed(contents))
  await eventually(syncOf(ivo, relayKey), ({ files }) =>
    hashes.every((hash) => files.get(hash)?.here)
  )
  const target = await makeFolder(t)
  t.alike(await out(ivo, relayKey, target), [[], sorted(hashed(contents))])
  putFiles(folder, { 'a.txt': 'other words' })
  t.is((await mara.calls.importFolder({ relayKey, folder, prefix: null })).published, 1)
})
