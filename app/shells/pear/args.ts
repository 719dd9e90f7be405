import { join, resolve } from 'bare-path'
import { addressesOf, parseFlags, portOf } from '../../../protocol/flags.ts'

/**
 * What `pear run` was given behind the link.
 *
 * @param given the app's own storage, which is used when no other is named
 * @returns the storage, and the worker's arguments
 * @throws USAGE, naming what is wrong
 */
export function pearArgs(args: string[], given: string): { storage: string; argv: string[] } {
  // Pear hands on the `--` that divides its flags from ours.
  const flags = parseFlags(args[0] === '--' ? args.slice(1) : args, {
    values: ['--storage', '--bootstrap', '--local-port'],
    switches: []
  })
  const bootstrap = flags.get('--bootstrap')
  const localPort = flags.get('--local-port')
  const storage = resolve(flags.get('--storage') ?? join(given, 'hypertuna'))
  const argv = ['--storage', storage]
  if (bootstrap !== undefined) {
    argv.push('--bootstrap', addressesOf('--bootstrap', bootstrap).join(','))
  }
  if (localPort !== undefined) argv.push('--local-port', String(portOf('--local-port', localPort)))
  return { storage, argv }
}
