import process from 'bare-process'

import { HypertunaError } from '../../../protocol/errors.ts'
import { addressesOf, portOf } from '../../../protocol/flags.ts'
import type { Status } from '../../../protocol/rpc/generated/types.ts'
import { Headless } from '../../shells/headless.ts'
import { logToStderr as log } from '../../shells/log.ts'
import { settlesWithin } from '../../shells/patience.ts'
import type { Call, Verb } from '../verb.ts'

/** A worker that does not end is left behind after this many ms. */
const CLOSE_PATIENCE = 4800

/** Another house: started by its path, and never imported. */
const WORKER = new URL('../../../worker/main.js', import.meta.url)

export const start: Verb = {
  name: 'start',
  summary: 'Runs a member without a window, until it is stopped',
  description:
    'The always-on member of a group: it keeps files, answers members and gateways, and lets\n' +
    'people in. Prints "ready" and its socket when it answers; the log goes to standard error.',
  flags: [
    ['--name [name]', 'what it is called in its groups, from now on'],
    ['--bootstrap [host:port,...]', 'DHT nodes to begin with (default: the public ones)'],
    [
      '--local-port [port]',
      'for files and Nostr clients on 127.0.0.1 (default 1945, or a free one)'
    ]
  ],
  async run({ flags, storage, interrupted }) {
    const { argv, localPort, name } = read(flags)
    const options = { storage, name, localPort, workerEntry: WORKER, log }
    const shell = new Headless({ ...options, argv: ['--storage', storage, ...argv] })
    shell.on('notice', (text) => process.stderr.write(`${String(text)}\n`))
    const answered = new Promise<Status>((resolve) => {
      shell.on('status', (status: Status) => {
        if (status.state !== 'starting') resolve(status)
      })
    })
    try {
      await shell.ready()
      // A signal ends it while it starts, too.
      const first = await Promise.race([answered, interrupted.then(() => null)])
      if (first !== null) {
        refuseSecond(first)
        process.stdout.write(`ready ${storage}/worker.sock\n`)
      }
      await interrupted
    } finally {
      if (!(await settlesWithin(shell.close(), CLOSE_PATIENCE))) log('close-late')
    }
  }
}

/** Another one runs here, and answers already. @throws STORAGE_LOCKED */
function refuseSecond({ problems }: Status): void {
  const problem = problems.find(({ code }) => code === 'STORAGE_LOCKED')
  if (problem !== undefined) throw new HypertunaError('STORAGE_LOCKED', problem.message)
}

/** @throws USAGE */
function read(flags: Call['flags']): {
  argv: string[]
  localPort: number | null
  name: string | null
} {
  const { bootstrap, localPort, name } = flags
  const argv: string[] = []
  if (typeof bootstrap === 'string') {
    argv.push('--bootstrap', addressesOf('--bootstrap', bootstrap).join(','))
  }
  const port = typeof localPort === 'string' ? portOf('--local-port', localPort) : null
  if (port !== null) argv.push('--local-port', String(port))
  if (typeof name === 'string' && (name.trim() === '' || name.length > 100)) {
    throw new HypertunaError('USAGE', '--name wants 1 to 100 characters')
  }
  return { argv, localPort: port, name: typeof name === 'string' ? name : null }
}
