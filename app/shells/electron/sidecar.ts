/** The worker as pear-runtime runs it: a Bare of its own beside Node or Electron. */
import type { ChildProcess } from 'node:child_process'
import PearRuntime from 'pear-runtime'
import type { Duplex } from 'streamx'
import type { Launched } from '../kept-worker.ts'

/**
 * @param bundle the worker as one file, because the sidecar's Bare refuses loose
 *   packages that want a newer one
 * @param onoutput is told what the worker writes, its log above all
 */
export function launchSidecar(
  bundle: string,
  argv: string[],
  onoutput: (text: Uint8Array) => void
): Launched {
  const sidecar = PearRuntime.run(bundle, argv)
  const exited = new Promise<number>((resolve) => {
    sidecar.on('exit', (code) => resolve(typeof code === 'number' ? code : 1))
  })
  sidecar.on('error', () => undefined) // a worker that crashes resets its pipe; 'exit' follows
  // Unread they would fill, and stop the worker.
  sidecar.stdout.on('data', (text) => onoutput(text as Uint8Array))
  sidecar.stderr.on('data', (text) => onoutput(text as Uint8Array))
  return {
    pipe: sidecar as unknown as Duplex,
    exited,
    async kill() {
      // There is no public way: destroying the stream leaves the process.
      ;(sidecar as unknown as { _process: ChildProcess })._process.kill('SIGKILL')
    }
  }
}
