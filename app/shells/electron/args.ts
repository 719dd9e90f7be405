import { resolve } from 'node:path'
import { addressesOf, parseFlags } from '../../../protocol/flags.ts'

export interface DesktopArgs {
  /** Absolute; null for the usual place. */
  readonly storage: string | null
  /** DHT nodes; null for the public ones. */
  readonly bootstrap: string[] | null
  /** Whether newer versions are looked for. */
  readonly updates: boolean
}

/**
 * Systems and Electron add arguments of their own, so only ours are looked at.
 *
 * @throws USAGE, naming what is wrong
 */
export function parseDesktopArgs(
  argv: string[],
  { bootstrap }: { bootstrap: string[] | null }
): DesktopArgs {
  const ours: string[] = []
  for (const [i, argument] of argv.entries()) {
    if (argument === '--no-updates') ours.push(argument)
    if (!/^--(storage|bootstrap)(=|$)/.test(argument)) continue
    ours.push(argument)
    const next = argv[i + 1]
    if (!argument.includes('=') && next !== undefined) ours.push(next)
  }
  const flags = parseFlags(ours, {
    values: ['--storage', '--bootstrap'],
    switches: ['--no-updates']
  })
  const storage = flags.get('--storage')
  const nodes = flags.get('--bootstrap')
  return {
    storage: storage === undefined ? null : resolve(storage),
    bootstrap: nodes === undefined ? bootstrap : addressesOf('--bootstrap', nodes),
    updates: !flags.has('--no-updates')
  }
}
