/** A file whose bytes go wrong on the disk while the worker runs. */
import fs from 'bare-fs'
import { join } from 'bare-path'
import test from 'brittle'

import { codeOf, collect, sha256 } from './drive-fixture.ts'
import { localDht } from './member.ts'
import { arrived, eventually, randomFile, share, startWhole, syncOf, together } from './whole.ts'

/** Spoils a byte in each 64 KiB of what the store keeps of contents. @returns how many */
function spoilAll(storage: string): number {
  const db = join(storage, 'corestore', 'db')
  let spoiled = 0
  for (const name of fs.readdirSync(db) as string[]) {
    if (!name.endsWith('.blob')) continue
    const fd = fs.openSync(join(db, name), 'r+')
    const { size } = fs.statSync(join(db, name))
    for (let at = 40_000; at < size - 1000; at += 65_536, spoiled++) {
      const byte = Buffer.alloc(1)
      fs.readSync(fd, byte, 0, 1, at)
      fs.writeSync(fd, Buffer.from([byte[0]! ^ 0xff]), 0, 1, at)
    }
    fs.closeSync(fd)
  }
  return spoiled
}

test('what went wrong on the disk is fetched again', { timeout: 90_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const a = await startWhole(t, bootstrap)
  let b = await startWhole(t, bootstrap)
  const relays = [await together(a, [b]), await together(a, [b], 'open')]
  const [first, second] = relays.map(({ relayKey }) => relayKey) as [string, string]
  const file = await randomFile(t, 3_000_000)
  for (const relayKey of [first, second]) {
    await share(a, relayKey, file)
    await arrived(b, relayKey, file.hash)
  }
  await b.close()
  b = await startWhole(t, bootstrap, b.storage) // what was in the log is in tables then
  await arrived(b, first, file.hash)
  await arrived(b, second, file.hash)
  t.ok(spoilAll(b.storage) > 20)
  const { drive } = b.worker.use()
  const lost = [first, second].map((relayKey) =>
    eventually(syncOf(b, relayKey), ({ files }) => files.get(file.hash)?.here !== true)
  )
  t.is(await codeOf(collect(drive.getFile(first, file.hash))), 'STORAGE_CORRUPT')
  await Promise.all(lost)
  for (const relayKey of [first, second]) {
    await arrived(b, relayKey, file.hash)
    t.is(sha256(await collect(drive.getFile(relayKey, file.hash))), file.hash)
  }
  t.is((await drive.blocks()).held, 46, 'its blocks once')
})
