/** While the storage directory is away, nothing that writes there makes a new one. */
import { mkdir, readdir, rename, stat } from 'bare-fs/promises'
import { join } from 'bare-path'
import test from 'brittle'

import { UserConfig } from '../../app/shells/user-config.ts'
import { replaceFile } from '../../worker/atomic-file.ts'
import { loadOrCreateConfig } from '../../worker/config.ts'
import { checkApart } from '../../worker/files/folders/places.ts'
import { FolderTable } from '../../worker/files/folders/table.ts'
import { Spool } from '../../worker/files/spool.ts'
import { silent } from '../../worker/log.ts'
import { EventIndex } from '../../worker/relays/event-index.ts'
import { makeWithin } from '../../worker/make-within.ts'
import { RpcSocket } from '../../worker/serve/rpc-socket.ts'
import { openStore } from '../../worker/storage.ts'
import { openFolder } from '../../worker/storage-folder.ts'
import { codeOf } from './drive-fixture.ts'

test('folders are made within a storage that is there', async (t) => {
  const dir = await t.tmp()
  await makeWithin(dir, join(dir, 'one', 'two'))
  await makeWithin(dir, join(dir, 'one', 'two', 'three'))
  const { mode } = await stat(join(dir, 'one', 'two', 'three'))
  t.is(mode & 0o077, 0, 'for this user alone')
})

test('a storage that is away stays away, whatever is written', async (t) => {
  const parent = await t.tmp()
  const dir = join(parent, 'storage')
  await mkdir(dir)
  const config = await loadOrCreateConfig(dir)
  await rename(dir, dir + '.away')
  t.is(await codeOf(makeWithin(dir, join(dir, 'folders', 'x'))), 'STORAGE_MISSING')
  t.is(await codeOf(openFolder(dir, false)), 'STORAGE_MISSING')
  t.is(await codeOf(FolderTable.open(dir, join(dir, 'folders', 'x'))), 'STORAGE_MISSING')
  const index = new EventIndex({
    source: { relayKey: 'x' } as never,
    path: join(dir, 'index', 'x'),
    log: silent
  })
  await t.exception(index.ready(), /is gone/)
  t.is(await codeOf(new Spool(join(dir, 'spool')).open()), 'STORAGE_MISSING')
  t.is(await codeOf(checkApart(join(parent, 'other'), dir)), 'STORAGE_MISSING')
  t.is(await codeOf(openStore(dir, { driveKey: null, driveVersion: 0 })), 'STORAGE_MISSING')
  t.is(await codeOf(config.update({ localPort: 4000 })), 'STORAGE_FAILED')
  await t.exception(replaceFile(join(dir, 'choices.json'), '{}'), /ENOENT/)
  await t.exception(new RpcSocket({ storage: dir, onsession() {}, log: silent }).ready())
  t.alike(await readdir(parent), ['storage.away'])
})

test('the shell makes it once', async (t) => {
  const parent = await t.tmp()
  const dir = join(parent, 'storage')
  const user = new UserConfig(dir)
  await user.update({ port: 4000 })
  await rename(dir, dir + '.away')
  await t.exception(user.update({ port: 4001 }), /ENOENT/)
  t.alike(await readdir(parent), ['storage.away'])
})
