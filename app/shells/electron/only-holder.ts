import type { Safety } from '../../../protocol/rpc/generated/types.ts'
import { followStarted } from '../follow-started.ts'
import type { KeptWorker } from '../kept-worker.ts'
import type { Log } from '../log.ts'

/** Whether this device alone has files that other members want: asked of who quits. */
export class OnlyHolder {
  /** A group in which that is so, by its name; null when there is none. */
  group: string | null = null

  constructor(worker: KeptWorker, log: Log) {
    worker.on('exit', () => (this.group = null))
    followStarted(worker, log, (client, onfailed) => {
      const onvalue = (safety: Safety): void => void (this.group = lonelyGroup(safety))
      client.subscribe('safety', {}, onvalue, (err) => {
        onfailed()
        if (err !== null && err.code !== 'CLOSED') log('safety-failed', { ...err.toJSON() })
      })
    })
  }
}

/** Where nobody else is, or one copy is enough, nobody waits for more. */
export function lonelyGroup({ groups }: Safety): string | null {
  const found = groups.find(({ onlyHere, target }) => onlyHere.files > 0 && target > 1)
  return found === undefined ? null : (found.name ?? 'one of your groups')
}
