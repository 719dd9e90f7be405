/** What is left of our programs when whoever started them ends: nothing. */
import test from 'brittle'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { bareBinary } from '../../app/bare-binary.ts'
import { temporary } from './programs.ts'
import { pollFor } from '../poll.ts'

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))
const launcher = join(root, 'dist/app/launch.js')
const cli = join(root, 'dist/app/hypertuna.js')
/** Long enough for a busy machine: that it ends is what is tested, not how fast. */
const PATIENCE = 25_000
const NOWHERE = ['--bootstrap', '127.0.0.1:1']
/** Without the builds before it, which would replace what other tests run. */
const npm = ['npm', 'run', '--silent', '--ignore-scripts']

interface Started {
  child: ChildProcess
  said(what: RegExp): Promise<void>
  errors(): string
  ended: Promise<number | null>
  /** Processes of this start that are alive. */
  alive(): number[]
  /** Where it makes its temporary folders. */
  folder: string
}

const elsewhere = process.platform !== 'linux' && 'needs /proc'

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(
    `npm ends by ${signal}, and all it started`,
    { skip: elsewhere !== false, timeout: 90_000 },
    async (t) => {
      const storage = temporary(t)
      const starts: [string[], RegExp][] = [
        [
          ['start', '--', '--no-open', '--storage', storage, '--local-port', '0', ...NOWHERE],
          /ready/
        ],
        [['gateway', '--', '--port', '0', ...NOWHERE], /ready/],
        [['demo'], /Mara, a member/]
      ]
      for (const [args, up] of starts) {
        const program = start(t, [...npm, ...args])
        await program.said(up)
        t.ok(program.alive().length > 1, `${args[0]} is up`)
        // A terminal tells all of its foreground; `kill` only the one it names.
        if (signal === 'SIGINT') process.kill(-(program.child.pid ?? 0), signal)
        else program.child.kill(signal)
        t.ok(await gone(program), `${args[0]} left nothing behind`)
        t.alike(readdirSync(program.folder), [], 'no folder either')
      }
    }
  )
}

test(
  'a killed launcher leaves nothing behind',
  { skip: elsewhere !== false, timeout: 90_000 },
  async (t) => {
    const starts: [string[], RegExp][] = [
      [['gateway', '--port', '0', ...NOWHERE], /ready/],
      [['demo'], /Mara, a member/]
    ]
    for (const [args, up] of starts) {
      const program = start(t, ['node', launcher, ...args])
      await program.said(up)
      program.child.kill('SIGKILL')
      t.ok(await gone(program), args[0])
      t.alike(readdirSync(program.folder), [], 'no folder either')
    }
  }
)

test('a demo that is interrupted ends with 0 and leaves nothing, up or starting', async (t) => {
  const folder = temporary(t)
  writeFileSync(join(folder, 'note.txt'), 'words')
  for (const when of [/local DHT/, /Ctrl-C stops it all/]) {
    const demo = start(t, ['node', launcher, 'demo', '--folder', folder])
    await demo.said(when)
    process.kill(-(demo.child.pid ?? 0), 'SIGINT')
    t.is(await demo.ended, 0)
    t.absent(demo.errors().includes('failed'), 'which is no failure')
    t.alike(readdirSync(demo.folder), [], 'its folder is gone')
  }
  t.alike(readdirSync(folder), ['note.txt'], 'what was published stays')
})

test('a second signal on the way out does not change how a program ended', async (t) => {
  const run = `import { runBare } from ${JSON.stringify(join(root, 'dist/app/run-bare.js'))}
    runBare('test/app/shell-second-signal.js', [])`
  const program = start(t, ['node', '--input-type=module', '-e', run])
  await program.said(/up/)
  process.kill(-(program.child.pid ?? 0), 'SIGINT')
  t.is(await program.ended, 3)
})

test('last words are heard', async (t) => {
  const words = start(t, [bareBinary(), join(root, 'dist/test/app/shell-last-words.js')])
  t.is(await words.ended, 3)
  t.is(words.errors().length, 300_000)

  const server = createServer().listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  const flags = ['--no-open', '--storage', temporary(t), '--port', String(port), ...NOWHERE]
  const shell = start(t, ['node', launcher, 'browser', ...flags])
  t.is(await shell.ended, 1)
  t.ok(/Port \d+ is taken.*\(PORT_IN_USE\)/.test(shell.errors()), shell.errors())
})

test('a member whose words nobody reads any more goes on', async (t) => {
  const flags = ['-s', temporary(t)]
  const member = start(t, ['node', cli, 'start', ...flags, ...NOWHERE, '--local-port', '0'])
  await member.said(/^ready/)
  member.child.stdout?.destroy()
  member.child.stderr?.destroy()
  const ask = (...words: string[]): number | null =>
    spawnSync('node', [cli, ...words, ...flags]).status
  for (let i = 0; i < 3; i++) t.is(ask('ls', 'nowhere'), 1, 'which it logs')
  t.is(ask('relay', 'create', 'Alone'), 0)
  member.child.kill('SIGTERM')
  t.is(await member.ended, 0)
})

/** Starts a command; everything it starts in turn carries the same mark. */
function start(t: { teardown(fn: () => void): void }, [command = '', ...args]: string[]): Started {
  const mark = `HYPERTUNA_MARK=${randomBytes(8).toString('hex')}`
  const folder = temporary(t)
  const [name = '', value] = mark.split('=')
  const env = { ...process.env, [name]: value, TMPDIR: folder }
  const child = spawn(command, args, {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true
  })
  const alive = (): number[] => marked(mark)
  t.teardown(() => {
    for (const pid of alive()) process.kill(pid, 'SIGKILL')
  })
  let output = ''
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  const said = (what: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString()
        if (what.test(output)) resolve()
      })
      void ended.then((code) => reject(new Error(`${command} ended with ${code}: ${errors}`)))
    })
  return { child, said, errors: () => errors, ended, alive, folder }
}

/** Processes whose environment has the mark; one that is only waited for has none any more. */
function marked(mark: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(mark)
      } catch {
        return false // gone meanwhile, or somebody else's
      }
    })
}

const gone = ({ alive }: Started): Promise<boolean> => pollFor(PATIENCE, () => alive().length === 0)
