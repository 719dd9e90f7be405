/** The worker as a process of its own, with its pipe on fd 3. */
import os from 'bare-os'
import { spawn } from 'bare-subprocess'
import type { Duplex } from 'streamx'
import type { Launched } from './kept-worker.ts'

/**
 * @param bare the Bare to run it with
 * @param entry the worker's compiled main file or bundle
 */
export function launchProcess(bare: string, entry: string, argv: string[]): Launched {
  const child = spawn(bare, [entry, ...argv], {
    stdio: ['ignore', 'inherit', 'inherit', 'overlapped']
  })
  const pipe = child.stdio[3] as unknown as Duplex
  pipe.on('error', () => undefined) // 'exit' follows
  const exited = new Promise<number>((resolve) => child.on('exit', (code) => resolve(code ?? 1)))
  return {
    pipe,
    exited,
    async kill() {
      child.kill(os.constants.signals.SIGKILL)
    }
  }
}
