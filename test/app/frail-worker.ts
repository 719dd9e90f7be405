/**
 * The real worker, for as long as the test lets it: it crashes when there is a file `away` in its
 * storage, and one that starts waits until that is gone. So a page is without one as long as
 * somebody looks at it. See `frail.ts`.
 */
import { existsSync } from 'bare-fs'
import { join } from 'bare-path'

/** How often the file is looked for, in ms; no event tells of it. */
const EVERY = 25

const storage = Bare.argv[Bare.argv.indexOf('--storage') + 1] ?? ''
const sign = join(storage, 'away')

while (existsSync(sign)) await new Promise((resolve) => setTimeout(resolve, EVERY))
setInterval(() => {
  if (existsSync(sign)) throw new Error('as asked')
}, EVERY)

await import('../../worker/main.ts')
