/** Kept folders against the odds: disks that are not there, hostile members, restarts. */
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
import { eventually, has, link, sides, viewOf } from './folder-sides.ts'
import { until } from './member.ts'
import { startWhole } from './whole.ts'

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
