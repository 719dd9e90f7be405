import { homedir } from 'bare-os'
import { join, resolve } from 'bare-path'
import { HypertunaError } from '../../../protocol/errors.ts'

/** What `npm start` was asked for. */
export interface ShellArgs {
  readonly help: boolean
  /** Absolute. */
  readonly storage: string
  /** The page's port on 127.0.0.1; 0 takes any free one. */
  readonly port: number
  readonly open: boolean
  /** DHT nodes as host:port; null for the public ones. */
  readonly bootstrap: string[] | null
  /** The worker's loopback port; null leaves it to the worker's configuration. */
  readonly localPort: number | null
}

export const USAGE = `usage: npm start -- [flags]

  --storage DIR              where everything is kept (default ~/.hypertuna)
  --port N                   the page's port on 127.0.0.1 (default 0: any free port)
  --no-open                  do not open a browser
  --bootstrap HOST:PORT,...  DHT nodes to begin with (default: the public ones)
  --local-port N             the port for files on 127.0.0.1 (default 1945, or the next free one)
  --help                     this text
`

const VALUES = ['--storage', '--port', '--bootstrap', '--local-port']
const SWITCHES = ['--no-open', '--help']

/** @throws USAGE, naming what is wrong */
export function parseArgs(argv: string[]): ShellArgs {
  const given = new Map<string, string>()
  for (let at = 0; at < argv.length; at++) {
    const [flag = '', inline] = split(argv[at] ?? '')
    if (given.has(flag)) throw usage(`${flag} is given twice`)
    if (SWITCHES.includes(flag) && inline === null) {
      given.set(flag, '')
    } else if (VALUES.includes(flag)) {
      const value = inline ?? argv[++at]
      if (value === undefined || value === '') throw usage(`${flag} needs a value`)
      given.set(flag, value)
    } else {
      throw usage(`unknown argument ${argv[at]}`)
    }
  }
  const bootstrap = given.get('--bootstrap')
  const localPort = given.get('--local-port')
  return {
    help: given.has('--help'),
    storage: resolve(given.get('--storage') ?? join(homedir(), '.hypertuna')),
    port: port('--port', given.get('--port') ?? '0'),
    open: !given.has('--no-open'),
    bootstrap: bootstrap === undefined ? null : bootstrap.split(',').map(node),
    localPort: localPort === undefined ? null : port('--local-port', localPort)
  }
}

/** The same wishes as the worker's own arguments. */
export function workerArgs(args: ShellArgs): string[] {
  const argv = ['--storage', args.storage]
  if (args.bootstrap !== null) argv.push('--bootstrap', args.bootstrap.join(','))
  if (args.localPort !== null) argv.push('--local-port', String(args.localPort))
  return argv
}

function split(arg: string): [string, string | null] {
  const at = arg.indexOf('=')
  return at === -1 ? [arg, null] : [arg.slice(0, at), arg.slice(at + 1)]
}

function port(flag: string, text: string): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : NaN
  if (!(value <= 65535)) throw usage(`${flag} wants a number from 0 to 65535, not ${text}`)
  return value
}

function node(text: string): string {
  const at = text.lastIndexOf(':')
  if (at < 1 || !(Number(text.slice(at + 1)) > 0)) {
    throw usage(`--bootstrap wants host:port, not ${text}`)
  }
  return text
}

function usage(message: string): HypertunaError {
  return new HypertunaError('USAGE', message)
}
