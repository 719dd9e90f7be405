/**
 * What is left on the disk of a drive whose files were deleted, beside the bytes that live in
 * it: every second of many files goes, of all sizes, and the disk is looked at once the drive
 * gave the room back.
 *
 * `size` is bytes of all files before (default 512 MB). Usage: `deletion.js [bytes]`, or
 * through `bench`.
 */
import '../../worker/globals.ts'
import fs from 'bare-fs'
import { tmpdir } from 'bare-os'
import { join } from 'bare-path'
import process from 'bare-process'
import { fileURLToPath } from 'bare-url'

import { initializeHyperdrive } from '../../worker/files/drive.ts'
import { silent } from '../../worker/log.ts'
import { openStore } from '../../worker/storage.ts'
import { makeBytes, RELAY, source } from '../worker/drive-fixture.ts'
import { used } from './disk.ts'
import type { Report } from './store.ts'

/** Sizes in turn: some go into the drive together, some each for itself. */
const SIZES = [64 * 1024, 1024 * 1024, 7 * 1024 * 1024, 24 * 1024 * 1024]

export async function bench(
  report: Report,
  { size = 512e6 }: { size?: number } = {}
): Promise<void> {
  const dir = fs.mkdtempSync(join(tmpdir(), 'deletion-bench-'))
  try {
    const store = await openStore(dir, { driveKey: null, driveVersion: 0 })
    const options = { spoolDir: join(dir, 'spool'), log: silent }
    const drive = await initializeHyperdrive(store.session({ circle: 'drive' }), options)
    const hashes: string[] = []
    let before = 0
    for (let i = 0; before < size; i++) {
      const bytes = makeBytes(SIZES[i % SIZES.length]!, i + 1)
      const given = { relayKey: RELAY, fileHash: null, metadata: {}, source: source(bytes) }
      hashes.push((await drive.storeFile({ ...given, direct: true })).hash)
      before += bytes.byteLength
    }
    // Of each four one after the other, so that what stays lies between what goes.
    for (const [i, hash] of hashes.entries()) {
      if ((i + Math.floor(i / SIZES.length)) % 2 === 0) await drive.removeFile(RELAY, hash)
    }
    const begun = Date.now()
    await drive.compact()
    report('deletion, giving the room back', (Date.now() - begun) / 1000, 's')
    const { bytes } = await drive.blobUsage()
    await settled(() => used(join(dir, 'corestore')))
    const disk = used(join(dir, 'corestore'))
    report('deletion, disk beside live bytes', disk / bytes, '×')
    report('deletion, disk over live bytes', (disk - bytes) / 1e6, 'MB')
    await drive.close()
    await store.close()
  } finally {
    fs.rmSync(dir, { recursive: true })
  }
}

/** The store deletes its files a moment after it needs them no more. */
async function settled(look: () => number): Promise<void> {
  for (let before = Infinity, now = look(); now !== before; now = look()) {
    before = now
    await new Promise((resolve) => setTimeout(resolve, 1000))
  }
}

const [, script, first] = process.argv
if (script === fileURLToPath(import.meta.url)) {
  const size = first === undefined ? undefined : Number(first)
  await bench(
    (name, value, unit) => console.log(`${name}: ${value.toFixed(3)} ${unit}`),
    size === undefined ? {} : { size }
  )
  process.exit(0)
}
