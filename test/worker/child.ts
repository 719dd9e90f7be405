/** Child processes of our own entries, whose lines of output a test waits for. */
import type { Assert } from 'brittle'
import { constants } from 'bare-os'
import process from 'bare-process'
import { spawn, spawnSync } from 'bare-subprocess'
import { fileURLToPath } from 'bare-url'

export interface Child {
  readonly pid: number
  /** The next line on standard output, or null when there are no more. */
  line(): Promise<string | null>
  kill(signal: 'SIGKILL' | 'SIGTERM'): void
  /** Resolves once it is gone. */
  readonly ended: Promise<void>
}

interface Start {
  /** The user it runs as. */
  uid?: number
  /** A shell command to run before it, in the same process. */
  before?: string
  /** Gives it mounts of its own. */
  namespace?: boolean
}

const bare = process.execPath

/** Whether this system lets us mount things that nobody else sees. */
export function canMount(): boolean {
  return works('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'])
}

/** A user who may not write what is ours: another one for root, ourselves for anybody else. */
export function plainUser(): number | null {
  const uid = process.getuid?.() ?? -1
  if (uid > 0) return uid
  return uid === 0 && works(bare, ['--version'], 65534) ? 65534 : null
}

/** Starts `test/worker/children/<entry>` and ends it with the test at the latest. */
export function startChild(t: Assert, entry: string, args: string[], start: Start = {}): Child {
  const path = fileURLToPath(new URL(`./children/${entry}`, import.meta.url).href)
  const command = [bare, path, ...args]
  if (start.before !== undefined) command.unshift('sh', '-c', `${start.before}; exec "$@"`, 'sh')
  if (start.namespace === true) command.unshift('unshare', '--mount')
  const [file = bare, ...rest] = command
  const uid = start.uid === undefined ? {} : { uid: start.uid, gid: start.uid }
  const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'inherit'], ...uid })
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()))
  const lines = readLines(child.stdout as unknown as AsyncIterable<Uint8Array>)
  t.teardown(async () => {
    child.kill(constants.signals.SIGKILL)
    await ended
  })
  return {
    pid: child.pid ?? 0,
    kill: (signal) => void child.kill(constants.signals[signal]),
    ended,
    async line() {
      const { done, value } = await lines.next()
      return done === true ? null : value
    }
  }
}

async function* readLines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string, undefined> {
  let text = ''
  for await (const chunk of stream) {
    text += Buffer.from(chunk).toString()
    const lines = text.split('\n')
    text = lines.pop() ?? ''
    yield* lines
  }
  return undefined
}

function works(file: string, args: string[], uid?: number): boolean {
  try {
    const as = uid === undefined ? {} : { uid, gid: uid }
    return spawnSync(file, args, { stdio: 'ignore', ...as }).status === 0
  } catch {
    return false // no such program here
  }
}
