/** When a deletion of the group takes a file out of a kept folder, and when it does not. */
import test from 'brittle'

import { LocalFolder } from '../../worker/files/folders/local-folder.ts'
import type { Pass } from '../../worker/files/folders/pass.ts'
import { SkipList } from '../../worker/files/folders/skip-list.ts'
import { writeChanges } from '../../worker/files/folders/write-changes.ts'
import { hashOf, hashed, hashesOf, makeFolder } from './folder-fixture.ts'

test('of a record that left the log, nobody else deletes the file', async (t) => {
  const contents = { 'a.txt': 'mine' }
  const root = await makeFolder(t, contents)
  const folder = new LocalFolder(root)
  await folder.ready()
  const file = (await folder.look('a.txt'))!
  const id = 'cc'.repeat(32)
  const known = { key: 'path:a.txt', id, hash: hashOf('mine'), copy: false, absent: false }
  const look = async (position: number): Promise<Record<string, string>> => {
    const facts = { p: position, d: [['dd'.repeat(32), 'ee'.repeat(32)]] }
    await writeChanges(
      {
        folder,
        files: new Map([[file.path, file]]),
        rows: new Map([[file.path, { ...file, ...known }]]),
        group: { relay: { state: { get: async () => ({ value: facts }) } } },
        table: { put: async () => {}, delete: async () => {} },
        skips: new SkipList(),
        unseen: new Set(),
        wanted: new Set(),
        signal: { aborted: false }
      } as unknown as Pass,
      new Map()
    )
    return hashesOf(root)
  }
  t.alike(await look(-1), hashed(contents), 'one that a stranger to it wants deleted')
  t.alike(await look(7), {}, 'one that its author, or an admin, deleted')
})
