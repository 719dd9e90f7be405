import { HypertunaError } from '../../protocol/errors.ts'

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
  --folder DIR   the folder to publish (default: our own README and guides, and 256 MB made now)
  --help         this text
`

/** @throws USAGE naming what is wrong */
export function parseArgs(argv: string[]): DemoArgs {
  const args: DemoArgs = { help: false, once: false, json: false, folder: null }
  for (let at = 0; at < argv.length; at++) {
    const flag = argv[at] ?? ''
    if (flag === '--help') args.help = true
    else if (flag === '--once') args.once = true
    else if (flag === '--json') args.json = true
    else if (flag === '--folder') args.folder = argv[++at] ?? null
    else throw new HypertunaError('USAGE', `Unknown argument ${flag}`)
    if (flag === '--folder' && args.folder === null) {
      throw new HypertunaError('USAGE', '--folder needs a directory')
    }
  }
  return args
}
