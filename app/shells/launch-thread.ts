/** Starts the worker's thread. By itself: the app begins with it, before it reads its own modules. */
import Worker from 'bare-worker'
import type { Launched } from './kept-worker.ts'
import type { Log } from './log.ts'

const IN_THREAD = new URL('./in-thread.js', import.meta.url)

/**
 * Starts it once; `log` hears of what it throws.
 *
 * @param entry the worker's compiled main file
 */
export function launchThread(entry: URL, argv: string[], log: Log): Launched {
  const thread = new Worker(IN_THREAD, { argv: [entry.href, ...argv] })
  thread.on('error', (err: unknown) => log('worker-failed', { reason: String(err) }))
  thread.IPC.on('error', () => undefined) // 'exit' follows
  const exited = new Promise<number>((resolve) =>
    thread.on('exit', (code) => resolve(Number(code)))
  )
  return { pipe: thread.IPC, exited, kill: () => thread.terminate() }
}
