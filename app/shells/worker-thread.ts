/** The worker in a thread of this process: the browser's shell and the headless member. */
import { leaveThreadBehind } from '../../protocol/exit.ts'
import { KeptWorker, type Launched } from './kept-worker.ts'
import { launchThread } from './launch-thread.ts'
import type { Log } from './log.ts'

export class WorkerThread extends KeptWorker {
  /**
   * @param entry the worker's compiled main file
   * @param started one that was started already, with the same arguments, and is the first
   */
  constructor(entry: URL, argv: string[], log: Log, started: Launched | null = null) {
    let first = started
    super(() => {
      const launched = first ?? launchThread(entry, argv, log)
      first = null
      return launched
    }, log)
  }

  protected override onleft(): void {
    leaveThreadBehind()
  }
}
