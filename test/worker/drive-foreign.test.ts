/** What another program with the drive's key writes into it is noticed, and touches no file. */
import b4a from 'b4a'
import { join } from 'bare-path'
import test from 'brittle'
import Corestore from 'corestore'
import Hyperdrive from 'hyperdrive'

import { RELAY, collect, makeBytes, openDrive, sha256, source } from './drive-fixture.ts'

test('entries that are no files of a group are told in the log, and are nobody’s files', async (t) => {
  const dir = await t.tmp()
  const bytes = makeBytes(100_000)
  const fileHash = sha256(bytes)
  const drive = await openDrive(t, dir)
  await drive.makeFolder(RELAY)
  await drive.storeFile({ relayKey: RELAY, fileHash, metadata: {}, source: source(bytes) })
  const expectedVersion = await drive.sync()
  await drive.close()

  const raw = new Hyperdrive(new Corestore(join(dir, 'corestore')))
  await raw.ready()
  t.is(b4a.toString(raw.key, 'hex'), drive.key)
  await raw.put('/notes.txt', b4a.from('of another program'))
  await raw.put(`/${RELAY}/photo.jpg`, b4a.from('of another program'))
  await raw.close()

  const lines: [string, unknown][] = []
  const told = Promise.withResolvers<void>()
  const log = (event: string, fields?: Record<string, unknown>): void => {
    lines.push([event, fields?.['entries']])
    if (event === 'foreign-entries') told.resolve()
  }
  const again = await openDrive(t, dir, { expectedVersion, log })
  await told.promise
  t.alike(
    lines.filter(([event]) => event === 'foreign-entries'),
    [['foreign-entries', 2]]
  )
  const names: string[] = []
  for await (const { hash } of again.list(RELAY)) names.push(hash)
  t.alike(names, [fileHash], 'they are no files')
  t.is(sha256(await collect(again.getFile(RELAY, fileHash))), fileHash)
  const version = await again.sync()
  await again.close()

  lines.length = 0
  const third = await openDrive(t, dir, { expectedVersion: version, log })
  await third.makeFolder('b'.repeat(64))
  await third.close()
  t.absent(
    lines.some(([event]) => event === 'foreign-entries'),
    'told once; what is our own never'
  )
})
