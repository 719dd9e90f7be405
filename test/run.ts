/**
 * Runs every test file in its own process and closes with one plain line.
 *
 * brittle aborts its whole process on a throw, a timeout or an unmet plan, and
 * then prints no summary. One process for each file, with a deadline, turns
 * such a crash into one failure and lets the others run.
 *
 * A few files that fail beside others are run once more, by themselves: a computer that is too
 * busy for one of them is no fault of what is tested. What passes then is not hidden: it is named
 * as unsteady, with what it printed the first time. `--once` takes the first answer.
 *
 * Usage: node dist/test/run.js [--jobs N] [--timeout SECONDS] [--once] [part of a path…]
 */
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

import { bareBinary } from '../app/bare-binary.ts'

interface Outcome {
  file: string
  passed: number
  failed: number
  skipped: number
  output: string
  seconds: number
  note: string
}

/** When more files than this fail, it is not the computer. */
const MOST_AGAIN = 3

const here = dirname(fileURLToPath(import.meta.url))
const bare = bareBinary()

const argv = process.argv.slice(2)
const jobs = Number(option('--jobs') ?? 3)
const timeout = Number(option('--timeout') ?? 450) * 1000
const once = flag('--once')
const files = listTests(here).filter(
  (file) => argv.length === 0 || argv.some((part) => file.includes(part))
)

const started = Date.now()
const outcomes: Outcome[] = []
const queue = [...files]
await Promise.all(Array.from({ length: Math.max(1, jobs) }, (_, lane) => drain(lane)))

const broken = outcomes.filter((outcome) => outcome.failed > 0)
for (const outcome of broken) {
  process.stdout.write(`\n==== ${outcome.file} ${outcome.note}\n${outcome.output}\n`)
}
const unsteady = once || broken.length > MOST_AGAIN ? [] : await runAgain(broken)

let passed = 0
let failed = 0
let skipped = 0
for (const outcome of outcomes) {
  passed += outcome.passed
  failed += outcome.failed
  skipped += outcome.skipped
}

if (files.length === 0) process.stdout.write('no test file matches\n')
process.stdout.write(`\n${files.length} files in ${Math.round((Date.now() - started) / 1000)} s\n`)
for (const file of unsteady) {
  process.stdout.write(`UNSTEADY ${file}: failed beside others (see above), passed alone\n`)
}
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`)
process.exitCode = failed > 0 || files.length === 0 ? 1 : 0

/**
 * Most tests wait more than they work, so there are more lanes than cores. Every third one
 * begins at the end, so that those with a browser, which come first, do not all run at once.
 */
async function drain(lane: number): Promise<void> {
  const next = (): string | undefined => (lane % 3 === 2 ? queue.pop() : queue.shift())
  for (let file = next(); file !== undefined; file = next()) {
    const outcome = await runFile(file)
    outcomes.push(outcome)
    tell(outcome)
  }
}

/** Each by itself; what passes takes the place of what failed. @returns those files */
async function runAgain(broken: Outcome[]): Promise<string[]> {
  const passing: string[] = []
  for (const outcome of broken) {
    const again = await runFile(outcome.file)
    tell(again)
    if (again.failed > 0) continue
    outcomes[outcomes.indexOf(outcome)] = again
    passing.push(outcome.file)
  }
  return passing
}

function tell({ file, passed, failed, skipped, seconds, note }: Outcome): void {
  process.stdout.write(
    `${(failed > 0 ? 'FAIL' : 'ok').padEnd(5)}${file}  ${passed} passed` +
      `${failed ? `, ${failed} failed` : ''}${skipped ? `, ${skipped} skipped` : ''}` +
      `  ${seconds.toFixed(1)} s ${note}\n`
  )
}

/** Tests named `*.node.test.js` need Node (a browser driver); all others run on Bare. */
function runFile(file: string): Promise<Outcome> {
  const onNode = file.endsWith('.node.test.js')
  const path = join(here, file)
  const begun = Date.now()
  return new Promise((resolve) => {
    const child = spawn(onNode ? process.execPath : bare, [path], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true
    })
    let output = ''
    let killed = false
    const keep = (chunk: Buffer): void => {
      output += chunk.toString()
      if (output.length > 4_000_000) output = output.slice(-2_000_000)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    const timer = setTimeout(() => {
      killed = true
      endGroup(child.pid)
    }, timeout)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      endGroup(child.pid) // whatever the test left running
      resolve({ file, seconds: (Date.now() - begun) / 1000, output, ...count() })

      function count(): Pick<Outcome, 'passed' | 'failed' | 'skipped' | 'note'> {
        let passed = 0
        let failed = 0
        let skipped = 0
        for (const line of output.split('\n')) {
          if (/^ok \d+ .*# (SKIP|TODO)/i.test(line)) skipped++
          else if (/^ok \d+ /.test(line)) passed++
          else if (/^not ok \d+ /.test(line)) failed++
        }
        const finished = /^# ok$/m.test(output) || /^# not ok$/m.test(output)
        let note = ''
        if (killed) note = `killed after ${timeout / 1000} s`
        else if (code !== 0 && failed === 0) note = `exit ${code ?? signal}`
        else if (!finished) note = 'ended without a summary'
        if (note !== '' && failed === 0) failed = 1
        return { passed, failed, skipped, note }
      }
    })
  })
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code !== 'ESRCH') throw err
  }
}

function listTests(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.js'))
    .map((name) => relative(root, join(root, name)))
    .sort()
}

function option(name: string): string | undefined {
  const at = argv.indexOf(name)
  if (at === -1) return undefined
  return argv.splice(at, 2)[1]
}

function flag(name: string): boolean {
  const at = argv.indexOf(name)
  if (at !== -1) argv.splice(at, 1)
  return at !== -1
}
