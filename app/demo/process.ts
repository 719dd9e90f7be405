/**
 * One of our programs as its own process, started by its shipped entry.
 *
 * This is the only place of the demo that knows where the entries are.
 */
import { constants } from 'bare-os'
import { spawn } from 'bare-subprocess'
import process from 'bare-process'
import { fileURLToPath, URL } from 'bare-url'

import { HypertunaError } from '../../protocol/errors.ts'

const ENTRIES = {
  member: '../shells/browser/main.js',
  gateway: '../../gateway/main.js'
}

/** Ends a program when we are no more, however we ended. */
const ATTACHED = fileURLToPath(new URL('../attached.js', import.meta.url))

/** How long a program may take until it prints `ready`, in ms. */
const START_LIMIT = 30_000
const STOP_LIMIT = 6_000
const KEPT_LOG = 64 * 1024
const { SIGKILL, SIGTERM } = constants.signals

export interface Program {
  readonly pid: number
  /** What it printed after `ready`. */
  readonly url: string
  /** The end of its log. */
  log(): string
  /** SIGTERM, then SIGKILL for one that does not heed it. Resolves with the exit code. */
  stop(): Promise<number>
}

/** How each program that runs, or is still starting, is stopped. */
const running = new Set<() => Promise<number>>()

/** Stops all of them. */
export async function endPrograms(): Promise<void> {
  await Promise.all(Array.from(running, (stop) => stop()))
}

/** @throws TIMEOUT or INTERNAL with the end of the program's log */
export async function startProgram(entry: keyof typeof ENTRIES, args: string[]): Promise<Program> {
  const path = fileURLToPath(new URL(ENTRIES[entry], import.meta.url))
  const child = spawn(process.execPath, [ATTACHED, path, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe']
  })
  child.stdio[3]?.on('error', () => undefined) // its end says no more than 'exit' does
  let log = ''
  child.stderr?.on('data', (chunk) => {
    log = (log + String(chunk)).slice(-KEPT_LOG)
  })
  const exited = new Promise<number>((resolve) => {
    child.on('exit', (code) => {
      running.delete(stop)
      resolve(code ?? 128)
    })
  })
  // Not by child.kill(), which does nothing the second time.
  const insist = (): void => {
    if (running.has(stop)) process.kill(child.pid, SIGKILL)
  }
  const stop = async (): Promise<number> => {
    child.kill(SIGTERM)
    const timer = setTimeout(insist, STOP_LIMIT)
    const code = await exited
    clearTimeout(timer)
    return code
  }
  running.add(stop)
  const failed = (code: 'TIMEOUT' | 'INTERNAL', what: string): HypertunaError =>
    new HypertunaError(code, `The ${entry} ${what}:\n${log.trim()}`)
  const url = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => {
      insist()
      reject(failed('TIMEOUT', 'did not get ready'))
    }, START_LIMIT)
    let printed = ''
    child.stdout?.on('data', (chunk) => {
      printed = (printed + String(chunk)).slice(-KEPT_LOG)
      const ready = /^ready (\S+)$/m.exec(printed)
      if (ready === null) return
      clearTimeout(timer)
      resolve(ready[1] ?? '')
    })
    void exited.then((code) => {
      clearTimeout(timer)
      reject(failed('INTERNAL', `ended with ${code}`))
    })
  })
  return { pid: child.pid, url, log: () => log, stop }
}
