/** Folders of two members that are kept in step with their group. */
import test from 'brittle'
import { existsSync, renameSync, rmSync } from 'bare-fs'
import { join } from 'bare-path'

import { MARKER_FILE } from '../../worker/files/folders/names.ts'
import { TreeReader } from '../../worker/files/folders/tree.ts'
import { hashOf, hashesOf, publishRaw, putFiles } from './folder-fixture.ts'
import { eventually, has, link, sides, viewOf } from './folder-sides.ts'
import { arrived } from './whole.ts'

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
