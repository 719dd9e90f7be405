/**
 * Stores files into a drive until it is killed: `<dir> <way> <first> <kind>`, where the
 * way is small, direct or spooled, and the kind of relay open or private. Says the hash
 * of each file once it was acknowledged, and `writing` when the next one is half written.
 */
import process from 'bare-process'
import Corestore from 'corestore'
import { join } from 'bare-path'
import { initializeHyperdrive } from '../../../worker/files/drive.ts'
import { FileHasher } from '../../../protocol/pieces.ts'
import { silent } from '../../../worker/log.ts'
import { FILE_KEY, RELAY, makeBytes, sha256, source } from '../drive-fixture.ts'

const [dir = '', way = 'small', first = '0', kind = 'open'] = process.argv.slice(2)
const drive = await initializeHyperdrive(new Corestore(join(dir, 'corestore')), {
  spoolDir: join(dir, 'spool'),
  log: silent
})
if (kind === 'private') drive.useKey(RELAY, FILE_KEY)

// Spooled ones need more than one segment; direct ones only more than a small file has.
const SIZES: Record<string, number> = { small: 200_000, direct: 9_000_000, spooled: 18_000_000 }
const size = SIZES[way] ?? 0
for (let i = Number(first); ; i++) {
  const bytes = makeBytes(size, i + 1)
  const layer = layerOf(bytes)
  let said = false
  const { hash } = await drive.storeFile({
    relayKey: RELAY,
    fileHash: sha256(bytes),
    metadata: {},
    direct: way === 'direct',
    source: source(bytes),
    size,
    layer: () => layer,
    onprogress: (n) => {
      if (said || n < size / 2) return
      said = true
      console.log('writing')
    }
  })
  console.log(hash)
}

/** Sealed bytes go straight into the drive only where a tree vouches for them. */
function layerOf(bytes: Uint8Array): Uint8Array {
  const hasher = new FileHasher()
  hasher.update(bytes)
  return hasher.digest().layer
}
