/** A folder into a relay, and a relay out to a folder. */
import test from 'brittle'
import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'bare-fs'
import { join } from 'bare-path'
import crypto from 'hypercore-crypto'

import { TreeReader } from '../../worker/files/folders/tree.ts'
import type { Tree } from '../../worker/files/folders/tree.ts'
import {
  hashOf,
  hashed,
  hashesOf,
  makeFolder,
  publishRaw,
  putFiles,
  sorted
} from './folder-fixture.ts'
import { localDht } from './member.ts'
import { arrived, eventually, startWhole, syncOf, together } from './whole.ts'
import type { Whole } from './whole.ts'

const ODD = {
  'plain.txt': 'plain',
  'empty.bin': '',
  'also empty': '',
  'with spaces and ümläüts.md': 'ü',
  'emoji 👩‍👩‍👧 🎉/日本語.txt': 'こんにちは',
  ['long ' + 'x'.repeat(240) + '.txt']: 'long',
  ['deep/' + 'a/'.repeat(40) + 'end']: 'deep',
  'same/one.txt': 'twice',
  'same/two.txt': 'twice',
  'large.bin': crypto.randomBytes(3 * 1024 * 1024),
  '.hidden/file': 'hidden'
}

async function tree({ worker }: Whole, relayKey: string): Promise<Tree> {
  return new TreeReader(worker.use().relays.get(relayKey).relay).read()
}

async function pair(t: Parameters<typeof localDht>[0]): Promise<{
  mara: Whole
  ivo: Whole
  relayKey: string
}> {
  const bootstrap = await localDht(t)
  const [mara, ivo] = [await startWhole(t, bootstrap), await startWhole(t, bootstrap)]
  const { relayKey } = await together(mara, [ivo])
  return { mara, ivo, relayKey }
}

test(
  'a folder of odd names goes in and comes out at another member',
  { timeout: 60_000 },
  async (t) => {
    const { mara, ivo, relayKey } = await pair(t)
    const folder = await makeFolder(t, { ...ODD, '.DS_Store': 'x', '.git/config': 'x' })
    symlinkSync('/etc/hostname', join(folder, 'link'))
    putFiles(folder, { '.hypertunaignore': 'secret*\n', 'secret.txt': 'x' })

    const first = await mara.calls.importFolder({ relayKey, folder, prefix: null })
    t.is(first.published, Object.keys(ODD).length)
    t.alike(first.skipped, [{ path: 'link', reason: 'a symbolic link' }])
    const transfer = mara.worker.use().files.transfers.list()[0]
    t.is(transfer?.kind, 'import')
    t.is(transfer?.phase, 'done')
    t.is(transfer?.items, Object.keys(ODD).length)

    const again = await mara.calls.importFolder({ relayKey, folder, prefix: null })
    t.alike([again.published, again.unchanged], [0, Object.keys(ODD).length], 'nothing twice')

    const sync = syncOf(ivo, relayKey)
    const hashes = Object.values(hashed(ODD))
    await eventually(sync, ({ files }) => hashes.every((hash) => files.get(hash)?.here))
    const target = join(await makeFolder(t), 'out')
    const exported = await ivo.calls.exportFiles({
      relayKey,
      folder: target,
      onConflict: 'skip',
      hashes: null
    })
    t.is(exported.written, Object.keys(ODD).length)
    t.alike(sorted(hashesOf(target)), sorted(hashed(ODD)), 'the same bytes under the same paths')
    const record = (await tree(ivo, relayKey)).get('path:plain.txt')!.heads[0]!
    t.is(Math.floor(statSync(join(target, 'plain.txt')).mtimeMs / 1000), record.createdAt)
    const twice = await ivo.calls.exportFiles({
      relayKey,
      folder: target,
      onConflict: 'skip',
      hashes: null
    })
    t.alike([twice.written, twice.unchanged], [0, Object.keys(ODD).length])
  }
)

test(
  'what changed in a folder is a new version, and one of two at once a conflict copy',
  { timeout: 60_000 },
  async (t) => {
    const { mara, ivo, relayKey } = await pair(t)
    const folder = await makeFolder(t, { 'a.txt': 'one', 'b.txt': 'stays' })
    await mara.calls.importFolder({ relayKey, folder, prefix: null })
    const [one] = (await tree(mara, relayKey)).get('path:a.txt')!.heads
    putFiles(folder, { 'a.txt': 'two' })
    const result = await mara.calls.importFolder({ relayKey, folder, prefix: null })
    t.alike([result.published, result.unchanged], [1, 1])
    const a = (await tree(mara, relayKey)).get('path:a.txt')!
    t.alike(
      a.heads.map(({ hash }) => hash),
      [hashOf('two')],
      'it replaces the first'
    )
    t.is(a.versions.length, 2, 'which is kept')

    // At once, and knowing of the first version alone.
    await arrived(ivo, relayKey, hashOf('two'))
    const third = await publishRaw(ivo, relayKey, 'a.txt', 'three', {
      tags: [['replaces', one!.eventId]],
      createdAt: a.heads[0]!.createdAt - 5
    })
    await arrived(mara, relayKey, third.hash)
    const target = await makeFolder(t)
    await mara.calls.exportFiles({ relayKey, folder: target, onConflict: 'skip', hashes: null })
    const found = hashesOf(target)
    const copy = Object.keys(found).find((path) => path.includes('conflict from'))
    t.is(found['a.txt'], hashOf('two'), 'the newer one is the file')
    t.is(found[copy ?? ''], third.hash, copy)
    t.is(Object.keys(found).length, 3)

    const old = await makeFolder(t)
    const some = { relayKey, folder: old, onConflict: 'skip' as const, hashes: [hashOf('one')] }
    await mara.calls.exportFiles(some)
    t.alike(hashesOf(old), { 'a.txt': hashOf('one') }, 'an old version can be had by its hash')
  }
)

test(
  'an export leaves what is in the folder alone, replaces it, or keeps both',
  { timeout: 60_000 },
  async (t) => {
    const bootstrap = await localDht(t)
    const mara = await startWhole(t, bootstrap)
    const { relayKey } = await together(mara, [])
    const folder = await makeFolder(t, { 'a.txt': 'theirs', 'b/c.txt': 'c' })
    await mara.calls.importFolder({ relayKey, folder, prefix: 'in' })
    const out = async (onConflict: 'skip' | 'overwrite' | 'keep-both'): Promise<unknown> => {
      const target = await makeFolder(t, { 'in/a.txt': 'mine' })
      await mara.calls.exportFiles({ relayKey, folder: target, onConflict, hashes: null })
      await mara.calls.exportFiles({ relayKey, folder: target, onConflict, hashes: null })
      return sorted(hashesOf(target))
    }
    const c = { 'in/b/c.txt': 'c' }
    t.alike(await out('skip'), sorted(hashed({ 'in/a.txt': 'mine', ...c })))
    t.alike(await out('overwrite'), sorted(hashed({ 'in/a.txt': 'theirs', ...c })))
    const both = { 'in/a.txt': 'mine', 'in/a (2).txt': 'theirs' }
    t.alike(await out('keep-both'), sorted(hashed({ ...both, ...c })), 'and no third one')
  }
)

test('a hostile member’s paths stay inside the folder', { timeout: 60_000 }, async (t) => {
  const { mara, ivo: rogue, relayKey } = await pair(t)
  const paths = [
    '../../outside.txt',
    '/etc/absolute.txt',
    '..\\..\\windows.txt',
    'C:\\drive.txt',
    'link/through.txt',
    'way/in/to.txt',
    'file/is/folder.txt',
    'CON',
    'com1.txt',
    'dots...',
    'nul\u0000byte.txt',
    '.git/hooks/post-checkout',
    '.GIT/config',
    '.hypertunaignore',
    '.hypertuna-folder',
    'Same.txt',
    'sAME.txt',
    'caf\u00e9.txt',
    'cafe\u0301.txt',
    'dir/x',
    'dir',
    `${'d/'.repeat(200)}deep`
  ]
  const hashes: string[] = []
  for (const path of paths) {
    hashes.push((await publishRaw(rogue, relayKey, path, `of ${path}`)).hash)
  }
  const sync = syncOf(mara, relayKey)
  await eventually(sync, ({ files }) => hashes.every((hash) => files.get(hash)?.here))

  const root = await makeFolder(t)
  const outside = await makeFolder(t, { 'kept.txt': 'kept' })
  const target = join(root, 'a', 'b')
  mkdirSync(join(target, 'way'), { recursive: true })
  symlinkSync(outside, join(target, 'link'))
  symlinkSync(outside, join(target, 'way', 'in'))
  writeFileSync(join(target, 'file'), 'mine')
  for (const onConflict of ['overwrite', 'keep-both'] as const) {
    const { skipped } = await mara.calls.exportFiles({
      relayKey,
      folder: target,
      onConflict,
      hashes: null
    })
    const reasons = new Map(skipped.map(({ path, reason }) => [path, reason]))
    t.is(reasons.get('link/through.txt'), 'a symbolic link is in its way')
    t.is(reasons.get('way/in/to.txt'), 'a symbolic link is in its way')
    t.is(reasons.get('file/is/folder.txt'), 'a file is where its folder would be')
    t.ok(reasons.has('.git/hooks/post-checkout') && reasons.has('.hypertunaignore'))
  }
  t.alike(hashesOf(outside), hashed({ 'kept.txt': 'kept' }), 'nothing through a link')
  const written = Object.keys(hashesOf(root))
  t.ok(
    written.every((path) => path.startsWith('a/b/')),
    'nothing outside'
  )
  const names = written.map((path) => path.slice('a/b/'.length))
  t.is(new Set(names.map((name) => name.normalize('NFC').toLowerCase())).size, names.length)
  for (const name of [
    'outside.txt',
    'etc/absolute.txt',
    'windows.txt',
    'drive.txt',
    '_CON',
    '_com1.txt',
    'dots___',
    'dir/x',
    'file'
  ]) {
    t.ok(names.includes(name), name)
  }
  t.absent(names.some((name) => name.startsWith('.git') || name.startsWith('.GIT')))
})

test('what cannot be read is told of and ends nothing', { timeout: 60_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const mara = await startWhole(t, bootstrap)
  const { relayKey } = await together(mara, [])
  const folder = await makeFolder(t, { 'a.txt': 'a', 'closed/b.txt': 'b', 'c.txt': 'c' })
  const { spawnSync } = await import('bare-subprocess')
  spawnSync('mkfifo', [join(folder, 'pipe')])
  writeFileSync(folder + '/..\\..\\up', 'x')
  chmodSync(join(folder, 'closed'), 0)
  t.teardown(() => chmodSync(join(folder, 'closed'), 0o700))
  const { published, skipped } = await mara.calls.importFolder({ relayKey, folder, prefix: null })
  const reasons = new Map(skipped.map(({ path, reason }) => [path, reason]))
  t.is(reasons.get('pipe'), 'neither a file nor a folder')
  t.is(reasons.get('..\\..\\up'), 'a backslash is in its name')
  // Root may read everything.
  if (published === 2) t.is(reasons.get('closed/'), 'it cannot be read')
  else t.is(published, 3)
  await t.exception(
    mara.calls.importFolder({ relayKey, folder: '/no/such', prefix: null }),
    /no folder/
  )
  await t.exception(
    mara.calls.importFolder({ relayKey, folder: 'relative', prefix: null }),
    /whole path/
  )
})
