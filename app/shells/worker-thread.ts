/** The worker in a thread of this process: the browser's shell and the headless member. */
import Worker from 'bare-worker'
import { leaveThreadBehind } from '../../protocol/exit.ts'
import { KeptWorker, type Launched } from './kept-worker.ts'
import type { Log } from './log.ts'

const IN_THREAD = new URL('./in-thread.js', import.meta.url)

export class WorkerThread extends KeptWorker {
  /** @param entry the worker's compiled main file */
  constructor(entry: URL, argv: string[], log: Log) {
    super(() => launchThread(entry, argv, log), log)
  }

  protected override onleft(): void {
    leaveThreadBehind()
  }
}

/** Starts it once; `log` hears of what it throws. */
export function launchThread(entry: URL, argv: string[], log: Log): Launched {
  const thread = new Worker(IN_THREAD, { argv: [entry.href, ...argv] })
  thread.on('error', (err: unknown) => log('worker-failed', { reason: String(err) }))
  thread.IPC.on('error', () => undefined) // 'exit' follows
  const exited = new Promise<number>((resolve) =>
    thread.on('exit', (code) => resolve(Number(code)))
  )
  return { pipe: thread.IPC, exited, kill: () => thread.terminate() }
}
