import fs from 'bare-fs/promises'
import { HypertunaError } from '../protocol/errors.ts'
import { addressesOf, listOf, parseFlags, portOf, usage } from '../protocol/flags.ts'
import { parsePublicIdentifier } from '../protocol/ids.ts'
import { Proxies } from './proxies.ts'
import { unreadable } from './unreadable.ts'

export interface GatewayConfig {
  host: string
  port: number
  /**
   * Where our key is, the cache, and files while they are checked whole; null for the
   * system's temporary folder and a key of this run alone.
   */
  storage: string | null
  /** `host:port` of DHT nodes; null for the public ones. */
  bootstrap: string[] | null
  tls: { cert: string; key: string } | null
  /** publicIdentifiers this gateway serves; null for any. */
  relays: string[] | null
  /** A file of rules (see Rules), read again when it changes. */
  rules: string | null
  /** Bytes of public files kept on disk; 0 for none, null for what is usual. */
  cacheSize: number | null
  /** Proxies whose X-Forwarded-For is believed: see Proxies; null for nobody's. */
  trustProxy: string[] | null
  /** Requests a second of one address; null for what is usual, 0 for any number. */
  rate: number | null
  /** Connections of one address at once; null for what is usual, 0 for any number. */
  perAddress: number | null
  /** Connections at once. */
  connections: number
  /** Milliseconds that running answers have when the gateway is told to end. */
  drain: number
  /** Who may read /metrics: nobody, this computer and private networks, everybody. */
  metrics: 'off' | 'local' | 'public'
}

export const HELP = `hypertuna gateway: serves the files of relays over HTTP, from the members who are online

  --config FILE       JSON with any of these, without the dashes; flags count before it
  --host H            address to listen on (127.0.0.1)
  --port N            port to listen on, 0 for any free one (8080)
  --storage DIR       where its key and its cache are kept (the system's temporary folder, and a
                      new key at each start)
  --cache-size SIZE   bytes of public files kept on disk, as 500M or 20G; 0 for none (10G with
                      --storage, 1G without)
  --bootstrap LIST    host:port of DHT nodes, separated by commas (the public ones)
  --tls-cert FILE     PEM certificate chain: serves HTTPS, needs --tls-key; read again on change
  --tls-key FILE      PEM private key
  --relays LIST       npub1…:alias of the relays to serve, separated by commas (any)
  --rules FILE        files and relays to block, deny, allow or purge; read again on change
  --trust-proxy LIST  addresses of the proxies in front, as 10.0.0.1,fd00::/8, whose X-Forwarded-For
                      is believed; local, or nothing, for this computer and private networks (nobody)
  --connections N     connections at once (8192)
  --per-address N     connections of one address at once, 0 for any (256; any from this computer)
  --rate N            requests a second of one address, 0 for any (200; any from this computer)
  --drain SECONDS     how long running answers may go on when it is told to end (3)
  --metrics WHO       who may read /metrics: off, local or public (local)
  --help              this text

Prints "ready <url>" when it listens. Logs go to standard error.
`

const VALUES = [
  ...(['--config', '--host', '--port', '--storage', '--cache-size', '--bootstrap'] as const),
  ...(['--tls-cert', '--tls-key', '--relays', '--rules', '--connections'] as const),
  ...(['--per-address', '--rate', '--drain', '--metrics', '--trust-proxy'] as const)
]
const SWITCHES = ['--help'] as const

type Flag = (typeof VALUES)[number] | (typeof SWITCHES)[number]
type Given = ReadonlyMap<Flag, string>

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 1e3, M: 1e6, G: 1e9, T: 1e12 }
const MAX_DRAIN = 3600

/**
 * Reads the command line, `--flag value` or `--flag=value`, and the file that
 * `--config` names.
 *
 * @returns null when help is asked for
 * @throws {HypertunaError} USAGE for whatever it does not know, BAD_CONFIG for the file
 */
export async function readConfig(argv: string[]): Promise<GatewayConfig | null> {
  const flags = readFlags(argv)
  if (flags.has('--help')) return null
  const path = flags.get('--config')
  if (path === undefined) return configOf(flags)
  const kept = await readFile(path)
  try {
    return configOf(new Map([...kept, ...flags]))
  } catch (err) {
    const { message } = HypertunaError.from(err)
    throw new HypertunaError('BAD_CONFIG', `${message} (with ${path})`, { cause: err })
  }
}

/**
 * Reads a command line without a file.
 *
 * @returns null when help is asked for
 * @throws {HypertunaError} USAGE for whatever it does not know
 */
export function parseArguments(argv: string[]): GatewayConfig | null {
  const flags = readFlags(argv)
  return flags.has('--help') ? null : configOf(flags)
}

/** `--trust-proxy` may stand alone. */
function readFlags(argv: string[]): Given {
  const whole = argv.map((word, at) => {
    const next = argv[at + 1]
    const alone = word === '--trust-proxy' && (next === undefined || next.startsWith('-'))
    return alone ? '--trust-proxy=local' : word
  })
  return parseFlags(whole, { values: VALUES, switches: SWITCHES })
}

function configOf(flags: Given): GatewayConfig {
  const cert = flags.get('--tls-cert')
  const key = flags.get('--tls-key')
  if ((cert === undefined) !== (key === undefined)) {
    throw usage('--tls-cert and --tls-key go together')
  }
  const bootstrap = flags.get('--bootstrap')
  const relays = flags.get('--relays')
  const rate = flags.get('--rate')
  const perAddress = flags.get('--per-address')
  const cacheSize = flags.get('--cache-size')
  const proxies = flags.get('--trust-proxy')
  return {
    host: flags.get('--host') ?? '127.0.0.1',
    port: portOf('--port', flags.get('--port') ?? '8080'),
    storage: flags.get('--storage') ?? null,
    bootstrap: bootstrap === undefined ? null : addressesOf('--bootstrap', bootstrap),
    tls: cert === undefined || key === undefined ? null : { cert, key },
    relays: relays === undefined ? null : listOf('--relays', relays).map(readRelay),
    rules: flags.get('--rules') ?? null,
    cacheSize: cacheSize === undefined ? null : sizeOf(cacheSize),
    trustProxy: proxies === undefined ? null : proxiesOf(proxies),
    rate: rate === undefined ? null : countOf('--rate', rate),
    perAddress: perAddress === undefined ? null : countOf('--per-address', perAddress),
    connections: countOf('--connections', flags.get('--connections') ?? '8192', 1),
    drain: countOf('--drain', flags.get('--drain') ?? '3', 0, MAX_DRAIN) * 1000,
    metrics: audienceOf(flags.get('--metrics') ?? 'local')
  }
}

async function readFile(path: string): Promise<Given> {
  let text: string
  try {
    text = String(await fs.readFile(path, { encoding: 'utf8' }))
  } catch (err) {
    throw unreadable(path, err)
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (err) {
    const message = `${path} is not JSON: ${(err as Error).message}`
    throw new HypertunaError('BAD_CONFIG', message, { cause: err })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new HypertunaError('BAD_CONFIG', `${path} is not a JSON object`)
  }
  const given = new Map<Flag, string>()
  for (const [name, setting] of Object.entries(value)) {
    const flag = [...VALUES, ...SWITCHES].find((one) => one === `--${name}`)
    if (flag === undefined || flag === '--config' || flag === '--help') {
      throw new HypertunaError('BAD_CONFIG', `${path} has an unknown setting, ${name}`)
    }
    const text = settingOf(flag, setting)
    if (text === null) continue
    if (text === undefined) throw new HypertunaError('BAD_CONFIG', `${path}: ${name} is not right`)
    given.set(flag, text)
  }
  return given
}

/** A setting as its flag would have it; null for one that is off, undefined for a wrong one. */
function settingOf(flag: Flag, setting: unknown): string | null | undefined {
  if (flag === '--trust-proxy' && typeof setting === 'boolean') return setting ? 'local' : null
  if (typeof setting === 'string') return setting
  if (typeof setting === 'number') return String(setting)
  if (Array.isArray(setting) && setting.every((item) => typeof item === 'string')) {
    return setting.length === 0 ? null : setting.join(',')
  }
  return undefined
}

function readRelay(text: string): string {
  try {
    return parsePublicIdentifier(text).publicIdentifier
  } catch (err) {
    throw usage(`--relays wants npub1…:alias, not ${text}`, err)
  }
}

function proxiesOf(text: string): string[] {
  const trusted = listOf('--trust-proxy', text)
  new Proxies(trusted) // says what is wrong with it
  return trusted
}

function sizeOf(text: string): number {
  const [, number, unit = ''] = /^(\d{1,15})([KMGT]?)i?B?$/i.exec(text) ?? []
  if (number === undefined) throw usage(`--cache-size wants bytes, as 500M or 20G, not ${text}`)
  return Number(number) * (UNITS[unit.toUpperCase()] ?? 1)
}

function countOf(flag: string, text: string, least = 0, most = 1e6): number {
  const count = /^\d{1,7}$/.test(text) ? Number(text) : -1
  if (count >= least && count <= most) return count
  throw usage(`${flag} wants a number from ${least} to ${most}, not ${text}`)
}

function audienceOf(text: string): GatewayConfig['metrics'] {
  if (text === 'off' || text === 'local' || text === 'public') return text
  throw usage(`--metrics wants off, local or public, not ${text}`)
}
