import process from 'bare-process'
import { HypertunaError } from '../../../protocol/errors.ts'
import type { Launched } from '../kept-worker.ts'
import { logToStderr as log } from '../log.ts'
import { settlesWithin } from '../patience.ts'
import { parseArgs, USAGE, type ShellArgs } from './args.ts'
import { openBrowser } from './open-browser.ts'
import { BrowserShell } from './shell.ts'

/** A worker that does not end is left behind after this many milliseconds. */
const CLOSE_PATIENCE = 4800

/**
 * Runs the app until SIGINT or SIGTERM; resolves with the exit code: 0, 1 when it
 * could not start, 2 for wrong arguments.
 *
 * @param started the worker that was started for these arguments already
 */
export async function run(
  argv: string[],
  workerEntry: URL,
  pageFolder: string,
  started: Launched | null = null
): Promise<number> {
  const ended = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => resolve())
    }
  })
  let args: ShellArgs
  try {
    args = parseArgs(argv)
  } catch (err) {
    process.stderr.write(`${HypertunaError.from(err).message}\n\n${USAGE}`)
    return 2
  }
  if (args.help) {
    process.stdout.write(USAGE)
    return 0
  }
  const shell = new BrowserShell({ args, workerEntry, pageFolder, started, log })
  shell.on('url', (url) => process.stdout.write(`for another window ${String(url)}\n`))
  shell.on('notice', (text) => process.stderr.write(`${String(text)}\n`))
  // The page is loaded while the worker starts, and says what it waits for
  const opened = shell.ready()
  try {
    // A signal ends it while it starts, too.
    const first = await Promise.race([opened.then(() => 'started'), ended.then(() => 'ended')])
    if (first === 'started') {
      process.stdout.write(`ready ${shell.url}\n`)
      if (args.open) openBrowser(shell.url, log)
      await ended
    }
  } catch (err) {
    const { code, message } = HypertunaError.from(err)
    process.stderr.write(`${message} (${code})\n`)
    await shell.close()
    return 1
  }
  if (!(await settlesWithin(shell.close(), CLOSE_PATIENCE))) log('close-late')
  return 0
}
