/** The real worker, which crashes when the test says so by a file in its storage. */
import { existsSync, unlinkSync } from 'bare-fs'
import { join } from 'bare-path'

const storage = Bare.argv[Bare.argv.indexOf('--storage') + 1] ?? ''
const sign = join(storage, 'crash')

setInterval(() => {
  if (!existsSync(sign)) return
  unlinkSync(sign)
  throw new Error('as asked')
}, 100)

await import('../../worker/main.ts')
