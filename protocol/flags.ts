/**
 * Command lines, read the same way by every program of ours: `--flag value` or
 * `--flag=value`, and switches without a value. Each is given at most once.
 */
import { HypertunaError } from './errors.ts'

export interface FlagNames<Value extends string, Switch extends string> {
  /** Flags that are followed by a value. */
  values: readonly Value[]
  /** Flags that stand alone; `-h` is understood where `--help` is. */
  switches: readonly Switch[]
}

/**
 * The flags of a command line with their values, '' for a switch.
 *
 * @throws {HypertunaError} USAGE, naming the flag that is unknown, given twice or without value
 */
export function parseFlags<Value extends string, Switch extends string>(
  argv: readonly string[],
  names: FlagNames<Value, Switch>
): ReadonlyMap<Value | Switch, string> {
  const given = new Map<Value | Switch, string>()
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? ''
    const equals = word.indexOf('=')
    const text = word === '-h' ? '--help' : equals === -1 ? word : word.slice(0, equals)
    const alone = names.switches.find((name) => name === text)
    const name = names.values.find((name) => name === text) ?? alone
    if (name === undefined) throw usage(`unknown argument ${word}`)
    if (given.has(name)) throw usage(`${name} is given twice`)
    if (alone !== undefined) {
      if (equals !== -1) throw usage(`${name} takes no value`)
      given.set(name, '')
      continue
    }
    const value = equals === -1 ? argv[++at] : word.slice(equals + 1)
    if (!value || (equals === -1 && value.startsWith('--'))) throw usage(`${name} needs a value`)
    given.set(name, value)
  }
  return given
}

/** A port from `least` (0, which stands for any free one) to 65535. @throws USAGE */
export function portOf(flag: string, text: string, least = 0): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : -1
  if (port >= least && port <= 65535) return port
  throw usage(`${flag} wants a port from ${least} to 65535, not ${text}`)
}

/** What commas separate, at least one. @throws USAGE */
export function listOf(flag: string, text: string): string[] {
  const items = text.split(',').map((item) => item.trim())
  if (items.includes('')) throw usage(`${flag} wants a list without gaps, not ${text}`)
  return items
}

/** A list of `host:port`. @throws USAGE */
export function addressesOf(flag: string, text: string): string[] {
  const items = listOf(flag, text)
  for (const item of items) {
    const colon = item.lastIndexOf(':')
    if (colon < 1 || /\s/.test(item)) throw usage(`${flag} wants host:port, not ${item}`)
    portOf(flag, item.slice(colon + 1), 1)
  }
  return items
}

/** What is wrong with a command line. */
export function usage(message: string, cause?: unknown): HypertunaError {
  return new HypertunaError('USAGE', message, { cause })
}
