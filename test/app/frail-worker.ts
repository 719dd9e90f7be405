/**
 * The real worker, which crashes when the test says so by a file in its storage: once, or as
 * many times as the file says. One that comes back at once would hardly be missed.
 */
import { existsSync, readFileSync, unlinkSync, writeFileSync } from 'bare-fs'
import { join } from 'bare-path'

const storage = Bare.argv[Bare.argv.indexOf('--storage') + 1] ?? ''
const sign = join(storage, 'crash')

function crashIfAsked(): void {
  if (!existsSync(sign)) return
  const left = Number(readFileSync(sign, 'utf8')) - 1
  if (left > 0) writeFileSync(sign, String(left))
  else unlinkSync(sign)
  throw new Error('as asked')
}

crashIfAsked()
setInterval(crashIfAsked, 25)

await import('../../worker/main.ts')
