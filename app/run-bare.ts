/**
 * Runs one of our Bare entries with the Bare that `npm ci` installed.
 *
 * The binary is run itself, not through its npm wrapper, because signals do not
 * reach Bare through the wrapper. SIGINT and SIGTERM are handed on and the exit
 * code is passed back, by its own word where a signal cut its exit short. Nobody
 * is left behind: the entry ends when we are killed (attached.ts), and we end when
 * npm is.
 */
import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { bareBinary } from './bare-binary.ts'

/**
 * glibc keeps what was freed: in an arena for each of RocksDB's threads, and below
 * a threshold that it raises by itself. With two arenas and a threshold that stays,
 * storing 2 GiB holds 50 MB over idle instead of 120, as fast as before. Other
 * systems do not know these variables.
 */
const ALLOCATOR = { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '131072' }

/** How often we look whether npm's shell is still there, in ms. */
const LOOK = 500

/** @param entry a compiled file, below dist/ */
export function runBare(entry: string, args: string[]): void {
  const dist = dirname(dirname(fileURLToPath(import.meta.url)))
  const bare = bareBinary()
  const child = spawn(bare, [join(dist, 'app/attached.js'), join(dist, entry), ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    env: { ...ALLOCATOR, ...process.env }
  })

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => child.kill(signal))
  }
  const attached = child.stdio[3] as Socket
  let told = ''
  attached.on('data', (chunk: Buffer) => (told += chunk.toString()))
  attached.on('error', () => {}) // its end says no more than 'exit' does
  child.on('error', (err) => {
    process.stderr.write(`cannot start ${bare}: ${err.message}\n`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1)
    // What it told lies in the pipe by now: from here on that is looked at once more. Its end
    // cannot be waited for, because those that it started may have it too.
    setImmediate(() => setImmediate(() => process.exit(exitCode(told, signal))))
  })

  // npm hands a signal to its shell, which ends and hands it on to nobody. Without
  // npm, a parent that goes away is somebody who wants us in the background.
  if (process.env.npm_lifecycle_event !== undefined) {
    const parent = process.ppid
    const looking = setInterval(() => {
      if (process.ppid === parent) return
      clearInterval(looking)
      child.kill('SIGTERM')
    }, LOOK)
    looking.unref()
  }
}

/** @param told what the program said of its end itself (attached.ts) */
function exitCode(told: string, signal: NodeJS.Signals): number {
  const code = /^(\d+)\n/.exec(told)?.[1]
  return code === undefined ? 128 + constants.signals[signal] : Number(code)
}
