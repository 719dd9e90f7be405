import { parseFlags } from '../../protocol/flags.ts'

export interface DemoArgs {
  help: boolean
  /** Stop when every step held. */
  once: boolean
  /** One line of JSON on standard output when all is up. */
  json: boolean
  /** The folder to publish; null for one that is made on the spot. */
  folder: string | null
}

export const USAGE = `usage: npm run demo -- [flags]

  --once         stop when every step held; exit 1 if one did not
  --json         print one line of JSON when all is up, and everything else on standard error
                 (npm prints a banner of its own before it: npm run -s demo -- --json)
  --folder DIR   the folder to publish (default: our own README and guides, and 256 MB made now)
  --help         this text

It stays up until Ctrl-C. Its groups and keys lie in a temporary folder, which is removed at the end.
`

/** @throws USAGE naming what is wrong */
export function parseArgs(argv: string[]): DemoArgs {
  const flags = parseFlags(argv, {
    values: ['--folder'],
    switches: ['--once', '--json', '--help']
  })
  return {
    help: flags.has('--help'),
    once: flags.has('--once'),
    json: flags.has('--json'),
    folder: flags.get('--folder') ?? null
  }
}
