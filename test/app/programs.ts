/** Our programs as processes, started from Node as a person's terminal would. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import createTestnet from 'hyperdht/testnet.js'

import { bareBinary } from '../../app/bare-binary.ts'
import { noteProgram } from './evidence.ts'

const dist = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

export interface Running {
  /** The first line on standard output that fitted. */
  line: string
  log(): string
  /** Whether its log says this, now or before it ends. */
  says(what: RegExp): Promise<boolean>
  stop(): Promise<number | null>
}

/** Starts an entry of dist/ and waits for a line of its standard output. */
export function run(entry: string, args: string[], wanted: RegExp): Promise<Running> {
  const child = spawn(bareBinary(), [join(dist, entry), ...args], {
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let out = ''
  let log = ''
  noteProgram({ log: () => `${entry}\n${log}` })
  const exited = new Promise<number | null>((resolve) => child.on('exit', resolve))
  child.stderr.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-100_000)))
  return new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
      const line = out.split('\n').find((text) => wanted.test(text))
      if (line === undefined) return
      const stop = (): Promise<number | null> => {
        child.kill('SIGTERM')
        return exited
      }
      const says = (what: RegExp): Promise<boolean> =>
        new Promise((resolve) => {
          const look = (): void => void (what.test(log) && resolve(true))
          child.stderr.on('data', look)
          void exited.then(() => resolve(what.test(log)))
          look()
        })
      resolve({ line, log: () => log, says, stop })
    })
    void exited.then((code) => reject(new Error(`${entry} ended with ${code}:\n${log}`)))
  })
}

export interface Test {
  teardown(fn: () => unknown, options?: { order?: number }): void
}

/** A DHT of this test's own: `host:port` of its first node. */
export async function localDht(t: Test): Promise<string> {
  const testnet = await createTestnet(10)
  t.teardown(() => testnet.destroy(), { order: 100 })
  const [node] = testnet.bootstrap
  return `${node?.host}:${node?.port}`
}

export interface Demo {
  bootstrap: string
  gateway: string
  relay: { relayKey: string; publicIdentifier: string }
  members: { name: string; ui: string; storage: string }[]
  files: { name: string; hash: string; size: number; url: string }[]
}

/** The whole demo with a folder of ours, staying up. */
export async function runDemo(folder: string): Promise<{ demo: Demo; program: Running }> {
  const program = await run('app/demo/main.js', ['--json', '--folder', folder], /^\{/)
  return { demo: JSON.parse(program.line) as Demo, program }
}

/** A fresh member, by the entry of `npm start`; resolves with the page's one-time address. */
export async function runMember(
  bootstrap: string,
  storage: string,
  entry = 'app/shells/browser/main.js'
): Promise<{ url: string; program: Running }> {
  const flags = ['--storage', storage, '--bootstrap', bootstrap, '--no-open', '--local-port', '0']
  const program = await run(entry, flags, /^ready /)
  return { url: program.line.replace('ready ', ''), program }
}

/** A folder that goes when every program of the test has ended: those still write until then. */
export function temporary(t: Test): string {
  const dir = mkdtempSync(join(tmpdir(), 'hypertuna-test-'))
  const remove = (): void => rmSync(dir, { recursive: true, force: true, maxRetries: 9 })
  t.teardown(remove, { order: 200 })
  return dir
}
