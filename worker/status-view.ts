/** What the worker says of itself. */
import type { HypertunaError } from '../protocol/errors.ts'
import type * as Rpc from '../protocol/rpc/generated/types.ts'
import { problemView } from './views.ts'
import type { Worker } from './worker.ts'

interface Now {
  /** Whether everything that is there may be asked. */
  isOpen: boolean
  problems: readonly HypertunaError[]
  /** Of the loopback server; 0 while it is not up. */
  port: number
}

export function statusView(
  { parts, options, name, key }: Pick<Worker, 'parts' | 'options' | 'name' | 'key'>,
  { isOpen, problems, port }: Now
): Rpc.Status {
  const config = parts?.config.current
  let state: Rpc.WorkerState = isOpen && parts !== null ? 'ready' : 'starting'
  if (problems.length > 0) state = 'degraded'
  return {
    state,
    pubkey: parts?.identity.pubkey ?? '',
    driveKey: parts?.drive.key ?? '',
    version: options.version,
    storage: options.storage,
    localPort: port,
    peers: parts?.network.peers ?? 0,
    problems: problems.map(problemView),
    gateways: config?.gateways ?? [],
    name,
    network: parts?.network.state ?? 'starting',
    quotaBytes: config?.quotaBytes ?? null,
    limits: config?.limits ?? null,
    locked: key.locked,
    sealed: key.sealed,
    backedUpAt: config?.backedUpAt ?? null,
    lanes: parts?.network.lanes?.open.size ?? 0
  }
}
