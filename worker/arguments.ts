import { HypertunaError } from '../protocol/errors.ts'

export interface WorkerArguments {
  storage: string
  bootstrap?: string[]
  localPort?: number
}

/** @throws USAGE naming the argument */
export function parseArguments(args: string[]): WorkerArguments {
  const values = new Map<string, string>()
  for (let i = 0; i < args.length; i += 2) {
    const [name = '', value] = args.slice(i, i + 2)
    if (!['--storage', '--bootstrap', '--local-port'].includes(name) || value === undefined) {
      throw new HypertunaError('USAGE', `The worker does not know “${name}”, or it has no value`)
    }
    values.set(name, value)
  }
  const storage = values.get('--storage')
  if (storage === undefined) throw new HypertunaError('USAGE', 'The worker needs --storage DIR')
  const parsed: WorkerArguments = { storage }
  const bootstrap = values.get('--bootstrap')
  if (bootstrap !== undefined) parsed.bootstrap = bootstrap.split(',')
  const port = values.get('--local-port')
  if (port !== undefined) parsed.localPort = portOf(port)
  return parsed
}

function portOf(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return port
  throw new HypertunaError('USAGE', '--local-port is a number from 0 to 65535')
}
