/** How every program of ours ends: with its last words said. */
import { Writable } from 'streamx'

/** A reader that takes nothing more does not keep us longer than this, in ms. */
const PATIENCE = 1000

interface Ending {
  readonly stdout: unknown
  readonly stderr: unknown
  readonly pid: number
  exit(code: number): never
  kill(pid: number, signal: 'SIGKILL'): void
}

let isHeld = false

/**
 * Says that a thread of this process will never end. exit() waits for each of them, and
 * nothing stops one that does not let go of the processor, so the process is killed then.
 */
export function leaveThreadBehind(): void {
  isHeld = true
}

/**
 * Exits with `code` as soon as all that was written to standard output and
 * error is out: into a pipe it goes in the background, and exit() drops it.
 */
export async function exitWith(code: number, process: Ending): Promise<never> {
  const late = new Promise<void>((resolve) => setTimeout(resolve, PATIENCE))
  const out = [process.stdout, process.stderr].map((stream) => Writable.drained(stream as Writable))
  await Promise.race([Promise.all(out), late])
  if (isHeld) process.kill(process.pid, 'SIGKILL')
  return process.exit(code)
}
