import { addressesOf, listOf, parseFlags, portOf, usage } from '../protocol/flags.ts'
import { parsePublicIdentifier } from '../protocol/ids.ts'

export interface GatewayConfig {
  host: string
  port: number
  /**
   * Where our key is, and files while they are checked whole; null for the system's
   * temporary folder and a key of this run alone.
   */
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
  --storage DIR       where its key is kept, and files while they are checked whole (the system's
                      temporary folder, and a new key at each start)
  --bootstrap LIST    host:port of DHT nodes, separated by commas (the public ones)
  --tls-cert FILE     PEM certificate chain: serves HTTPS, needs --tls-key
  --tls-key FILE      PEM private key
  --relays LIST       npub1…:alias of the relays to serve, separated by commas (any)
  --help              this text

Prints "ready <url>" when it listens. Logs go to standard error.
`

/**
 * Reads the command line, `--flag value` or `--flag=value`.
 *
 * @returns null when help is asked for
 * @throws {HypertunaError} USAGE for whatever it does not know
 */
export function parseArguments(argv: string[]): GatewayConfig | null {
  const flags = parseFlags(argv, {
    values: [
      ...(['--host', '--port', '--storage', '--bootstrap'] as const),
      ...(['--tls-cert', '--tls-key', '--relays'] as const)
    ],
    switches: ['--help']
  })
  if (flags.has('--help')) return null
  const cert = flags.get('--tls-cert')
  const key = flags.get('--tls-key')
  if ((cert === undefined) !== (key === undefined)) {
    throw usage('--tls-cert and --tls-key go together')
  }
  const bootstrap = flags.get('--bootstrap')
  const relays = flags.get('--relays')
  return {
    host: flags.get('--host') ?? '127.0.0.1',
    port: portOf('--port', flags.get('--port') ?? '8080'),
    storage: flags.get('--storage') ?? null,
    bootstrap: bootstrap === undefined ? null : addressesOf('--bootstrap', bootstrap),
    tls: cert === undefined || key === undefined ? null : { cert, key },
    relays: relays === undefined ? null : listOf('--relays', relays).map(readRelay)
  }
}

function readRelay(text: string): string {
  try {
    return parsePublicIdentifier(text).publicIdentifier
  } catch (err) {
    throw usage(`--relays wants npub1…:alias, not ${text}`, err)
  }
}
