/**
 * `npm start`: the app as a page in the browser, with the worker in a thread.
 *
 * The worker is another house: it is started by its path, here and nowhere else, and never
 * imported. Its thread comes first, and reads the worker while the shell's own modules, which
 * are in a file of their own for that, are read here.
 */
import process from 'bare-process'
import { fileURLToPath } from 'bare-url'
import { launchThread } from '../launch-thread.ts'
import type { Launched } from '../kept-worker.ts'
import { logToStderr } from '../log.ts'
import { parseArgs, workerArgs } from './args.ts'

const worker = new URL('../../../worker/main.js', import.meta.url)
const page = fileURLToPath(new URL('../../../ui', import.meta.url).href)
const argv = process.argv.slice(2)

const started = startWorker()
// By its path, which nobody follows who puts this into one file
const shell = new URL('./start.js', import.meta.url).href
const { start } = (await import(shell)) as typeof import('./start.ts')
await start({ argv, worker, page, started })

/** Null where the arguments keep the app from starting, which it says itself. */
function startWorker(): Launched | null {
  try {
    const args = parseArgs(argv)
    return args.help ? null : launchThread(worker, workerArgs(args), logToStderr)
  } catch {
    return null
  }
}
