/** What a shell itself wants to hear of the worker, once that has started. */
import { createClient, type RpcClient } from '../../protocol/rpc/client.ts'
import type { Status } from '../../protocol/rpc/generated/types.ts'
import type { KeptWorker } from './kept-worker.ts'
import type { Log } from './log.ts'

/**
 * Calls `subscribe` with a session of each worker that starts, or is restarted, as soon as it
 * has something to tell: one that starts, or whose key is locked, has not.
 *
 * @param subscribe calls `onfailed` when it hears no more; the next status is another chance
 */
export function followStarted(
  worker: KeptWorker,
  log: Log,
  subscribe: (client: RpcClient, onfailed: () => void) => void
): void {
  worker.on('start', () => {
    const client = createClient(worker.openSession())
    let following = false
    const onstatus = ({ state }: Status): void => {
      if (following || state === 'starting') return
      following = true
      subscribe(client, () => (following = false))
    }
    client.subscribe('status', {}, onstatus, (err) => {
      if (err !== null && err.code !== 'CLOSED') log('status-failed', { ...err.toJSON() })
    })
  })
}
