import { HypertunaError } from '../protocol/errors.ts'
import { parsePublicIdentifier } from '../protocol/ids.ts'

export interface GatewayConfig {
  host: string
  port: number
  /** Where files are kept while they are checked whole; null for the system's temporary folder. */
  storage: string | null
  /** `host:port` of DHT nodes; null for the public ones. */
  bootstrap: string[] | null
  tls: { cert: string; key: string } | null
  /** publicIdentifiers this gateway serves; null for any. */
  relays: string[] | null
}

export const HELP = `hypertuna gateway: serves the files of relays over HTTP, from the members who are online

  --host H            address to listen on (127.0.0.1)
  --port N            port to listen on, 0 for any free one (8080)
  --storage DIR       where files are kept while they are checked whole (the system's temporary folder)
  --bootstrap LIST    host:port of DHT nodes, separated by commas (the public ones)
  --tls-cert FILE     PEM certificate chain: serves HTTPS, needs --tls-key
  --tls-key FILE      PEM private key
  --relays LIST       npub1…:alias of the relays to serve, separated by commas (any)
  --help              this text

Prints "ready <url>" when it listens. Logs go to standard error.
`

const FLAGS = new Set([
  '--host',
  '--port',
  '--storage',
  '--bootstrap',
  '--tls-cert',
  '--tls-key',
  '--relays'
])

/**
 * Reads the command line, `--flag value` or `--flag=value`.
 *
 * @returns null when help is asked for
 * @throws {HypertunaError} USAGE for whatever it does not know
 */
export function parseArguments(argv: string[]): GatewayConfig | null {
  if (argv.includes('--help') || argv.includes('-h')) return null
  const flags = readFlags(argv)
  const cert = flags.get('--tls-cert')
  const key = flags.get('--tls-key')
  if ((cert === undefined) !== (key === undefined)) {
    throw usage('--tls-cert and --tls-key go together')
  }
  return {
    host: flags.get('--host') ?? '127.0.0.1',
    port: readPort(flags.get('--port') ?? '8080', '--port', 0),
    storage: flags.get('--storage') ?? null,
    bootstrap: readList(flags.get('--bootstrap'), readAddress),
    tls: cert === undefined || key === undefined ? null : { cert, key },
    relays: readList(flags.get('--relays'), readRelay)
  }
}

function readFlags(argv: string[]): Map<string, string> {
  const flags = new Map<string, string>()
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? ''
    const equals = word.indexOf('=')
    const name = equals === -1 ? word : word.slice(0, equals)
    if (!FLAGS.has(name)) throw usage(`unknown argument ${name}`)
    if (flags.has(name)) throw usage(`${name} is given twice`)
    const value = equals === -1 ? argv[++i] : word.slice(equals + 1)
    if (value === undefined || value === '' || value.startsWith('--')) {
      throw usage(`${name} needs a value`)
    }
    flags.set(name, value)
  }
  return flags
}

function readList(text: string | undefined, read: (item: string) => string): string[] | null {
  if (text === undefined) return null
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
    .map(read)
}

function readAddress(text: string): string {
  const colon = text.lastIndexOf(':')
  if (colon < 1) throw usage(`--bootstrap wants host:port, not ${text}`)
  readPort(text.slice(colon + 1), '--bootstrap', 1)
  return text
}

function readRelay(text: string): string {
  try {
    return parsePublicIdentifier(text).publicIdentifier
  } catch (err) {
    throw usage(`--relays wants npub1…:alias, not ${text}`, err)
  }
}

function readPort(text: string, flag: string, least: number): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : -1
  if (port < least || port > 65535) throw usage(`${flag} wants a port, not ${text}`)
  return port
}

function usage(message: string, cause?: unknown): HypertunaError {
  return new HypertunaError('USAGE', `${message}; --help lists what there is`, { cause })
}
