import { addressesOf, parseFlags, portOf, usage } from '../protocol/flags.ts'

export interface WorkerArguments {
  storage: string
  bootstrap?: string[]
  localPort?: number
}

/** @throws USAGE naming the argument */
export function parseArguments(args: string[]): WorkerArguments {
  const values = ['--storage', '--bootstrap', '--local-port'] as const
  const flags = parseFlags(args, { values, switches: [] })
  const storage = flags.get('--storage')
  if (storage === undefined) throw usage('The worker needs --storage DIR')
  const parsed: WorkerArguments = { storage }
  const bootstrap = flags.get('--bootstrap')
  if (bootstrap !== undefined) parsed.bootstrap = addressesOf('--bootstrap', bootstrap)
  const port = flags.get('--local-port')
  if (port !== undefined) parsed.localPort = portOf('--local-port', port)
  return parsed
}
