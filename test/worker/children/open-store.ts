/** Opens a storage and keeps it open; says `open`, or the code it failed with. */
import process from 'bare-process'
import { HypertunaError } from '../../../protocol/errors.ts'
import { openStore } from '../../../worker/storage.ts'

const dir = process.argv[2] ?? ''
try {
  await openStore(dir, { driveKey: null, driveVersion: 0 })
  console.log('open')
  setInterval(() => {}, 1000)
} catch (err) {
  console.log(HypertunaError.from(err).code)
}
