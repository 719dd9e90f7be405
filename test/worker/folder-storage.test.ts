/** What a person must not be able to do by a clumsy choice of a folder. */
import test from 'brittle'
import { mkdirSync, readFileSync, realpathSync, symlinkSync } from 'bare-fs'
import { join } from 'bare-path'
import b4a from 'b4a'

import { TreeReader } from '../../worker/files/folders/tree.ts'
import { makeFolder, publishRaw } from './folder-fixture.ts'
import { localDht } from './member.ts'
import { startWhole, together } from './whole.ts'

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
