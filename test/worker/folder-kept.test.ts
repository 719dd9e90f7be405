/** Folders of two members that are kept in step with their group. */
import test from 'brittle'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'bare-fs'
import { join } from 'bare-path'

import { MARKER_FILE } from '../../worker/files/folders/names.ts'
import {
  hashOf,
  hashed,
  hashesOf,
  makeFolder,
  publishRaw,
  putFiles,
  sorted
} from './folder-fixture.ts'
import type { Contents } from './folder-fixture.ts'
import { localDht, until } from './member.ts'
import type { TestContext } from './member.ts'
import { arrived, startWhole, together } from './whole.ts'
import type { Whole } from './whole.ts'

interface Side {
  whole: Whole
  folder: string
}

const link = (
  { whole, folder }: Side,
  relayKey: string,
  acceptDeletions = false
): Promise<unknown> => whole.calls.linkFolder({ relayKey, folder, acceptDeletions })

/** Resolves when the folder's files are what `holds` wants; looked at whenever the folder was. */
async function eventually(
  { whole, folder }: Side,
  holds: (found: Record<string, string>) => boolean
): Promise<void> {
  const { folders } = whole.worker.use()
  await until(() => holds(hashesOf(folder)), folders)
}

async function has(contents: Contents, ...sides: Side[]): Promise<void> {
  const wanted = JSON.stringify(sorted(hashed(contents)))
  await Promise.all(
    sides.map((side) => eventually(side, (found) => JSON.stringify(sorted(found)) === wanted))
  )
}

function viewOf({ whole, folder }: Side): { state: string; problem: unknown; files: number } {
  const { folders } = whole.worker.use()
  return folders.list().find(({ entry }) => entry.path === folder)!.view
}

/** Two members, each with a linked folder. */
async function sides(
  t: TestContext,
  first: Contents = {},
  second: Contents = {}
): Promise<{ mara: Side; ivo: Side; relayKey: string }> {
  const bootstrap = await localDht(t)
  const mara = { whole: await startWhole(t, bootstrap), folder: await makeFolder(t, first) }
  const ivo = { whole: await startWhole(t, bootstrap), folder: await makeFolder(t, second) }
  const { relayKey } = await together(mara.whole, [ivo.whole])
  await link(mara, relayKey)
  await link(ivo, relayKey)
  return { mara, ivo, relayKey }
}

test('what one adds, changes and deletes, the other has too', { timeout: 60_000 }, async (t) => {
  const odd = { 'a.txt': 'a', 'ü/日本 🎉.txt': 'x', empty: '', 'also/empty': '' }
  const { mara, ivo, relayKey } = await sides(t, odd, { 'of ivo.txt': 'i', 'a.txt': 'a' })
  await has({ ...odd, 'of ivo.txt': 'i' }, mara, ivo)
  t.pass('both sides are put together')

  putFiles(mara.folder, { 'a.txt': 'a, changed' })
  await has({ ...odd, 'of ivo.txt': 'i', 'a.txt': 'a, changed' }, mara, ivo)
  t.pass('a change arrives')

  putFiles(ivo.folder, { 'a.txt': 'a, changed by another' })
  await has({ ...odd, 'of ivo.txt': 'i', 'a.txt': 'a, changed by another' }, mara, ivo)
  t.pass('and one on the way back')

  rmSync(join(ivo.folder, 'of ivo.txt'))
  await has({ ...odd, 'a.txt': 'a, changed by another' }, mara, ivo)
  t.pass('what somebody deletes of their own is deleted')

  const { files } = mara.whole.worker.use()
  const before = files.of(relayKey).files.size
  renameSync(join(mara.folder, 'ü'), join(mara.folder, 'ö'))
  const { 'ü/日本 🎉.txt': moved, ...rest } = odd
  await has({ ...rest, 'ö/日本 🎉.txt': moved, 'a.txt': 'a, changed by another' }, mara, ivo)
  t.is(files.of(relayKey).files.size, before, 'a folder that is renamed is renamed')
  t.is(viewOf(ivo).problem, null)
})

test(
  'a file of somebody else that is deleted here stays in the group, and stays away',
  { timeout: 60_000 },
  async (t) => {
    const { mara, ivo } = await sides(t, { 'a.txt': 'a', 'b.txt': 'b' })
    await has({ 'a.txt': 'a', 'b.txt': 'b' }, ivo)
    rmSync(join(ivo.folder, 'a.txt'))
    putFiles(mara.folder, { 'c.txt': 'c' })
    await has({ 'b.txt': 'b', 'c.txt': 'c' }, ivo)
    await has({ 'a.txt': 'a', 'b.txt': 'b', 'c.txt': 'c' }, mara)
    t.pass('it is there still')
    putFiles(mara.folder, { 'a.txt': 'a new one' })
    await has({ 'a.txt': 'a new one', 'b.txt': 'b', 'c.txt': 'c' }, mara, ivo)
    t.pass('a new version of it comes')
  }
)

test('two who change a file at once both keep what they wrote', { timeout: 60_000 }, async (t) => {
  const { mara, ivo, relayKey } = await sides(t, { 'a.txt': 'first' })
  await has({ 'a.txt': 'first' }, mara, ivo)
  await ivo.whole.calls.unlinkFolder({ relayKey, folder: ivo.folder, acceptDeletions: null })
  t.absent(existsSync(join(ivo.folder, MARKER_FILE)))
  putFiles(ivo.folder, { 'a.txt': 'by Ivo' })
  putFiles(mara.folder, { 'a.txt': 'by Mara' })
  await arrived(ivo.whole, relayKey, hashOf('by Mara'))
  await link(ivo, relayKey)
  const both = (found: Record<string, string>): boolean => {
    const [copy] = Object.keys(found).filter((path) => path.includes('conflict from'))
    return found['a.txt'] === hashOf('by Mara') && found[copy ?? ''] === hashOf('by Ivo')
  }
  await Promise.all([eventually(mara, both), eventually(ivo, both)])
  t.pass('the group’s file is as it was, and ours beside it')

  // Versions that know nothing of each other, of one path.
  const group = mara.whole.worker.use().relays.get(relayKey)
  const { TreeReader } = await import('../../worker/files/folders/tree.ts')
  const tree = await new TreeReader(group.relay).read()
  const head = tree.get('path:a.txt')!.heads[0]!
  putFiles(mara.folder, { 'a.txt': 'Mara again' })
  const tags = [['replaces', head.eventId]]
  const createdAt = head.createdAt - 1
  await publishRaw(ivo.whole, relayKey, 'a.txt', 'Ivo again', { tags, createdAt })
  const three = (found: Record<string, string>): boolean =>
    found['a.txt'] === hashOf('Mara again') && Object.values(found).includes(hashOf('Ivo again'))
  await Promise.all([eventually(mara, three), eventually(ivo, three)])
  const copy = Object.entries(hashesOf(mara.folder)).find(
    ([, hash]) => hash === hashOf('Ivo again')
  )!
  t.ok(copy[0].includes('conflict from'), copy[0])
  rmSync(join(mara.folder, copy[0]))
  const settled = (found: Record<string, string>): boolean =>
    found['a.txt'] === hashOf('Mara again') && !Object.values(found).includes(hashOf('Ivo again'))
  await Promise.all([eventually(mara, settled), eventually(ivo, settled)])
  t.pass('who deletes the copy settles it for all')
})

test(
  'a folder that vanished, or lost most of its files, deletes nothing in the group',
  { timeout: 60_000 },
  async (t) => {
    const many = Object.fromEntries(
      Array.from({ length: 30 }, (_, i) => [`d/${i}.txt`, `file ${i}`])
    )
    const { mara, ivo, relayKey } = await sides(t, many)
    await has(many, mara, ivo)
    // As a disk that is not mounted: its folder is there, and empty.
    renameSync(mara.folder, mara.folder + '-away')
    mkdirSync(mara.folder)
    const { folders } = mara.whole.worker.use()
    putFiles(ivo.folder, { 'new.txt': 'new' })
    await until(() => viewOf(mara).state === 'paused', folders)
    t.alike(hashesOf(mara.folder), {}, 'nothing is written into it either')
    rmSync(mara.folder, { recursive: true })
    renameSync(mara.folder + '-away', mara.folder)
    await mara.whole.calls.setName({ name: 'Mara' })
    putFiles(ivo.folder, { 'newer.txt': 'newer' })
    const all = { ...many, 'new.txt': 'new', 'newer.txt': 'newer' }
    await has(all, mara, ivo)
    t.pass('once it is back, it goes on')

    rmSync(join(mara.folder, 'd'), { recursive: true })
    await until(() => viewOf(mara).state === 'paused', folders)
    t.alike(sorted(hashesOf(ivo.folder)), sorted(hashed(all)), 'so many at once are held back')
    await link(mara, relayKey, true)
    await until(() => viewOf(ivo).state === 'paused', ivo.whole.worker.use().folders)
    t.alike(sorted(hashesOf(ivo.folder)), sorted(hashed(all)), 'also where they come from others')
    await link(ivo, relayKey, true)
    await has({ 'new.txt': 'new', 'newer.txt': 'newer' }, mara, ivo)
    t.pass('until a person says so')
  }
)

test(
  'records of a hostile member write nowhere else, also into a kept folder',
  { timeout: 60_000 },
  async (t) => {
    const {
      mara,
      ivo: rogue,
      relayKey
    } = await sides(t, { 'mine.txt': 'mine', '.hypertunaignore': '*.log\n' })
    const outside = await makeFolder(t, { 'kept.txt': 'kept' })
    symlinkSync(outside, join(mara.folder, 'link'))
    for (const path of [
      '../up.txt',
      'link/through.txt',
      '.git/config',
      '.hypertunaignore',
      MARKER_FILE,
      'x.log',
      'MINE.txt',
      'aux.c'
    ]) {
      await publishRaw(rogue.whole, relayKey, path, `of ${path}`)
    }
    const last = await publishRaw(rogue.whole, relayKey, 'zz-last.txt', 'last')
    await eventually(mara, (found) => Object.values(found).includes(last.hash))
    const found = hashesOf(mara.folder)
    t.alike(hashesOf(outside), hashed({ 'kept.txt': 'kept' }))
    t.absent(existsSync(join(mara.folder, '..', 'up.txt')))
    t.absent(existsSync(join(mara.folder, '.git')))
    t.absent('x.log' in found)
    t.is(String(readFileSync(join(mara.folder, '.hypertunaignore'))), '*.log\n')
    t.is(found['mine.txt'], hashOf('mine'))
    t.absent('MINE.txt' in found, 'no other spelling of a name that is there')
    t.is(found['_aux.c'], hashOf('of aux.c'))
  }
)

test(
  'what changed while nobody looked is found after a restart',
  { timeout: 60_000 },
  async (t) => {
    const { mara, ivo, relayKey } = await sides(t, { 'a.txt': 'a', 'b.txt': 'b', 'c.txt': 'c' })
    await has({ 'a.txt': 'a', 'b.txt': 'b', 'c.txt': 'c' }, mara, ivo)
    await mara.whole.close()
    rmSync(join(mara.folder, 'a.txt'))
    putFiles(mara.folder, { 'b.txt': 'changed' })
    putFiles(ivo.folder, { 'd.txt': 'd' })
    const bootstrap = mara.whole.worker.options.bootstrap!
    mara.whole = await startWhole(t, bootstrap, mara.whole.storage)
    await has({ 'b.txt': 'changed', 'c.txt': 'c', 'd.txt': 'd' }, mara, ivo)
    const shown = mara.whole.worker.use().folders.list()
    t.alike(
      shown.map(({ entry }) => entry.path),
      [mara.folder]
    )
    await t.exception(link({ ...mara, folder: mara.whole.storage }, relayKey), /own storage/)
    const sub = join(mara.folder, 'sub')
    mkdirSync(sub)
    await t.exception(link({ ...mara, folder: sub }, relayKey), /linked already/)
  }
)
