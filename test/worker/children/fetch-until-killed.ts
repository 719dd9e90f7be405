/**
 * Fetches one file from a provider in this process, into the drive in a folder, and
 * prints how many MiB are there.
 *
 * Usage: `fetch-until-killed.js <dir> <size in MiB> <direct|spooled> <open|private>`
 */
import '../../../worker/globals.ts'
import { join } from 'bare-path'
import process from 'bare-process'
import Corestore from 'corestore'
import { initializeHyperdrive } from '../../../worker/files/drive.ts'
import { fetchFile } from '../../../worker/files/fetch.ts'
import { silent } from '../../../worker/log.ts'
import { pair } from '../../protocol/channel-pair.ts'
import { FILE_KEY, OTHER_RELAY, RELAY, makeBytes } from '../drive-fixture.ts'
import { describe, Provider } from '../providers.ts'

const MiB = 1024 * 1024

const [dir = '', size = '', way = '', kind = ''] = process.argv.slice(2)
const drive = await initializeHyperdrive(new Corestore(join(dir, 'corestore')), {
  spoolDir: join(dir, 'spool'),
  log: silent
})
if (kind === 'private') drive.useKey(RELAY, FILE_KEY)
const bytes = makeBytes(Number(size) * MiB)
const { record, layer } = describe(bytes)
const provider = new Provider(bytes, layer, 1)
const { asking } = await pair(provider)
if (way === 'spooled') {
  // Somebody else has the turn to write, so that the file goes by way of the spool.
  const busy = async function* (): AsyncGenerator<Uint8Array> {
    yield makeBytes(2 * MiB, 99)
    await new Promise(() => {})
  }
  const other = { relayKey: OTHER_RELAY, fileHash: null, metadata: {}, source: busy() }
  void drive.storeFile({ ...other, direct: true })
}
await fetchFile({
  record,
  providers: () => [asking],
  drive,
  relayKey: RELAY,
  onprogress: (received) => void process.stdout.write(`${received / MiB}\n`)
})
