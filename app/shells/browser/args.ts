import { homedir } from 'bare-os'
import { join, resolve } from 'bare-path'
import { addressesOf, parseFlags, portOf } from '../../../protocol/flags.ts'

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
  --port N                   the page's port on 127.0.0.1 (default: that of last time, or any free one)
  --no-open                  do not open a browser
  --bootstrap HOST:PORT,...  DHT nodes to begin with (default: the public ones)
  --local-port N             the port for files on 127.0.0.1 (default 1945, or the next free one)
  --help                     this text
`

/** @throws USAGE, naming what is wrong */
export function parseArgs(argv: string[]): ShellArgs {
  const flags = parseFlags(argv, {
    values: ['--storage', '--port', '--bootstrap', '--local-port'],
    switches: ['--no-open', '--help']
  })
  const bootstrap = flags.get('--bootstrap')
  const localPort = flags.get('--local-port')
  return {
    help: flags.has('--help'),
    storage: resolve(flags.get('--storage') ?? join(homedir(), '.hypertuna')),
    port: portOf('--port', flags.get('--port') ?? '0'),
    open: !flags.has('--no-open'),
    bootstrap: bootstrap === undefined ? null : addressesOf('--bootstrap', bootstrap),
    localPort: localPort === undefined ? null : portOf('--local-port', localPort)
  }
}

/** The same wishes as the worker's own arguments. */
export function workerArgs(args: ShellArgs): string[] {
  const argv = ['--storage', args.storage]
  if (args.bootstrap !== null) argv.push('--bootstrap', args.bootstrap.join(','))
  if (args.localPort !== null) argv.push('--local-port', String(args.localPort))
  return argv
}
