import test from 'brittle'
import process from 'bare-process'
import { join } from 'bare-path'
import { initializeHyperdrive } from '../../worker/files/drive.ts'
import { silent } from '../../worker/log.ts'
import { openStore } from '../../worker/storage.ts'
import { FILE_KEY, RELAY } from './drive-fixture.ts'

const MB = 1024 * 1024
const SIZE = 384 * MB
/** Before anything: what one test leaves must not hide what the next one takes. */
const idle = process.memoryUsage().rss

async function* large(): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < SIZE / MB; i++) {
    const chunk = new Uint8Array(MB)
    new DataView(chunk.buffer).setUint32(0, i)
    yield chunk
  }
}

for (const kind of ['an open', 'a private']) {
  const title = `no file of ${kind} relay is held in memory`
  test(
    `${title}: neither while it is stored nor while it is read`,
    { timeout: 55_000 },
    async (t) => {
      const dir = await t.tmp()
      const store = await openStore(dir, { driveKey: null, driveVersion: 0 })
      const spoolDir = join(dir, 'spool')
      const drive = await initializeHyperdrive(store.session(), { spoolDir, log: silent })
      const sealed = kind === 'a private'
      if (sealed) drive.useKey(RELAY, FILE_KEY)
      let most = 0
      const look = (): void => {
        most = Math.max(most, process.memoryUsage().rss - idle)
      }
      const stored = await drive.storeFile({
        relayKey: RELAY,
        fileHash: null,
        metadata: {},
        source: large(),
        onprogress: look
      })
      let read = 0
      for await (const chunk of drive.getFile(RELAY, stored.hash)) {
        read += chunk.byteLength
        look()
      }
      t.is(read, SIZE)
      t.comment(`${Math.round(most / MB)} MiB more than idle`)
      // What the collector has not come to yet is in it: half of the file has been seen.
      t.ok(most < (SIZE * 2) / 3, 'less than the file')
      await drive.close()
      await store.close()
    }
  )
}
