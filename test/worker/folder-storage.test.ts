/** What a person must not be able to do by a clumsy choice of a folder. */
import test from 'brittle'
import { mkdirSync, readFileSync, readdirSync, realpathSync, symlinkSync } from 'bare-fs'
import { homedir } from 'bare-os'
import { join } from 'bare-path'
import b4a from 'b4a'

import { TreeReader } from '../../worker/files/folders/tree.ts'
import { makeFolder, publishRaw, putFiles } from './folder-fixture.ts'
import { localDht } from './member.ts'
import { eventually, startWhole, syncOf, together } from './whole.ts'

const codeOf = (work: Promise<unknown>): Promise<string | null> =>
  work.then(
    () => null,
    (err: { code: string }) => err.code
  )

test(
  'a folder with our own storage is neither imported nor exported into',
  { timeout: 60_000 },
  async (t) => {
    const home = await makeFolder(t, { 'letter.txt': 'Dear Ivo' })
    const storage = join(home, 'hypertuna')
    mkdirSync(storage)
    const mara = await startWhole(t, await localDht(t), storage)
    const { relayKey } = await together(mara, [])
    const elsewhere = join(realpathSync(await t.tmp()) as string, 'link')
    symlinkSync(home, elsewhere)
    for (const folder of [home, storage, elsewhere]) {
      const code = await codeOf(mara.calls.importFolder({ relayKey, folder, prefix: null }))
      t.is(code, 'BAD_REQUEST', 'not in')
    }
    const { relay } = mara.worker.use().relays.get(relayKey)
    const tree = await new TreeReader(relay).read()
    t.alike([...tree.keys()], [], 'the secret key was published to nobody')

    const before = readFileSync(join(storage, 'identity.json')) as Uint8Array
    await publishRaw(mara, relayKey, 'identity.json', 'theirs')
    await publishRaw(mara, relayKey, 'hypertuna/identity.json', 'theirs')
    for (const folder of [home, storage, elsewhere, join(elsewhere, 'hypertuna')]) {
      const wish = { relayKey, folder, hashes: null, onConflict: 'overwrite' as const }
      t.is(await codeOf(mara.calls.exportFiles(wish)), 'BAD_REQUEST', 'not out')
    }
    t.ok(b4a.equals(readFileSync(join(storage, 'identity.json')) as Uint8Array, before))
  }
)

test('a home folder is neither imported, nor exported into, nor linked', async (t) => {
  const mara = await startWhole(t, await localDht(t))
  const { relayKey } = await together(mara, [])
  for (const folder of [homedir(), '/']) {
    const out = { relayKey, folder, hashes: null, onConflict: 'skip' as const }
    t.is(await codeOf(mara.calls.importFolder({ relayKey, folder, prefix: null })), 'BAD_REQUEST')
    t.is(await codeOf(mara.calls.exportFiles(out)), 'BAD_REQUEST')
    t.is(
      await codeOf(mara.calls.linkFolder({ relayKey, folder, acceptDeletions: false })),
      'BAD_REQUEST'
    )
  }
})

test(
  'what a person puts into a folder while files come for it stays',
  { timeout: 60_000 },
  async (t) => {
    const bootstrap = await localDht(t)
    const [mara, ivo] = [await startWhole(t, bootstrap), await startWhole(t, bootstrap)]
    const { relayKey } = await together(mara, [ivo])
    await ivo.calls.setKeep({ relayKey, keep: 'on-demand' })
    const from = await makeFolder(t, { 'a.txt': 'theirs', 'b.txt': 'theirs too' })
    await mara.calls.importFolder({ relayKey, folder: from, prefix: null })
    const sync = syncOf(ivo, relayKey)
    await eventually(sync, ({ files }) => {
      return [...files.values()].filter((file) => sync.online(file) > 0).length === 2
    })
    const [folder, elsewhere] = [await makeFolder(t), await makeFolder(t)]
    const fetchNow = sync.fetchNow.bind(sync)
    const inTheWay = [
      () => putFiles(folder, { 'a.txt': 'mine' }),
      () => symlinkSync(join(elsewhere, 'b.txt'), join(folder, 'b.txt'))
    ]
    sync.fetchNow = async (hash) => {
      inTheWay.shift()?.()
      await fetchNow(hash)
    }
    const wish = { relayKey, folder, hashes: null, onConflict: 'skip' as const }
    const { written, skipped } = await ivo.calls.exportFiles(wish)
    t.is(written, 0)
    t.is(skipped.length, 2, 'said of both')
    t.is(b4a.toString(readFileSync(join(folder, 'a.txt')) as Uint8Array), 'mine')
    t.alike(readdirSync(elsewhere), [])
  }
)
