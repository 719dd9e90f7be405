import { platform } from 'bare-os'
import process from 'bare-process'

import { HypertunaError } from '../../../protocol/errors.ts'
import { addressesOf, portOf } from '../../../protocol/flags.ts'
import type { Status } from '../../../protocol/rpc/generated/types.ts'
import { socketPath } from '../../../protocol/rpc/socket-path.ts'
import { openFace } from '../../face.ts'
import { Headless } from '../../shells/headless.ts'
import { logToStderr as log } from '../../shells/log.ts'
import { settlesWithin } from '../../shells/patience.ts'
import type { Call, Verb } from '../verb.ts'

/** A worker that does not end is left behind after this many ms. */
const CLOSE_PATIENCE = 4800

/** How long after its first word a worker may take until its socket answers, in ms. */
const SOCKET_PATIENCE = 2000

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
    const say = (text: unknown): void => void process.stderr.write(`${String(text)}\n`)
    shell.on('notice', say)
    const refused = new Promise<never>((_, reject) => {
      greet(shell, storage, say).catch(reject)
    })
    try {
      // A signal ends it while it starts, too.
      await Promise.race([shell.ready().then(() => interrupted), interrupted, refused])
    } finally {
      if (!(await settlesWithin(shell.close(), CLOSE_PATIENCE))) log('close-late')
    }
  }
}

/**
 * Says `ready` as soon as commands reach the member, which may be later than its first
 * word: a disk may be away when it starts.
 * @throws STORAGE_LOCKED when another one runs here
 */
async function greet(shell: Headless, storage: string, say: (text: string) => void): Promise<void> {
  const socket = socketPath(storage, platform())
  for (let told = false; ; told = true) {
    const status = await statusOf(shell)
    refuseSecond(status)
    if (await answers(storage)) break
    if (!told) say(`No command reaches this member: ${socket} could not be made; the log says why.`)
  }
  process.stdout.write(`ready ${socket}\n`)
}

/** The next status that says more than that it starts. */
function statusOf(shell: Headless): Promise<Status> {
  return new Promise((resolve) => {
    const onstatus = (status: Status): void => {
      if (status.state === 'starting') return
      shell.off('status', onstatus)
      resolve(status)
    }
    shell.on('status', onstatus)
  })
}

async function answers(storage: string): Promise<boolean> {
  try {
    await (await openFace(storage, SOCKET_PATIENCE)).close()
    return true
  } catch {
    return false // who asks says so
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
