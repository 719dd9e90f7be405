/** The command line among other programs: pipes, devices, signals, a disk that is full. */
import test from 'brittle'
import { spawn, spawnSync } from 'node:child_process'
import {
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { dirname, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { run, temporary } from './programs.ts'

const program = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'app/hypertuna.js')
const linux = process.platform === 'linux'

function shell(
  line: string,
  cwd: string
): { status: number | null; stdout: string; stderr: string } {
  const command = `hypertuna() { "${process.execPath}" "${program}" "$@"; }; ${line}`
  return spawnSync('bash', ['-c', command], { cwd, encoding: 'utf8' })
}

test('files by pipes, devices and signals', { skip: !linux, timeout: 120_000 }, async (t) => {
  const folder = temporary(t)
  const flags = ['-s', 'ada', '--bootstrap', '127.0.0.1:1', '--local-port', '0']
  const here = process.cwd()
  process.chdir(folder)
  const member = await run('app/cli/main.js', ['start', ...flags], /^ready /)
  process.chdir(here)
  t.teardown(() => member.stop())
  const S = '-s ada'

  t.is(shell(`hypertuna relay create Pipes ${S}`, folder).status, 0)
  const put = shell(`printf 'piped in' | hypertuna put Pipes - --name 'pi\npe.txt' ${S}`, folder)
  t.is(put.status, 0, put.stderr)
  t.ok(put.stdout.includes('  pipe.txt  '), 'by the name that the group will see')
  t.is(shell(`hypertuna put Pipes - ${S}`, folder).status, 2, 'it has to be called something')
  writeFileSync(join(folder, 'twice'), 'the same')
  const twice = shell(
    `hypertuna put Pipes twice twice ${S} && hypertuna put Pipes twice ${S}`,
    folder
  )
  t.is(twice.status, 0, `once and again is no failure ${twice.stderr}`)

  const got = shell(`hypertuna get Pipes twice -o /dev/stdout ${S} | cat`, folder)
  t.ok(got.stdout.startsWith('the same'), got.stderr)
  t.is(shell(`hypertuna get Pipes twice -o /dev/null -f ${S}`, folder).status, 0)
  t.ok(statSync('/dev/null').isCharacterDevice(), 'a device is written to, and never replaced')
  const full = shell(`hypertuna ls Pipes ${S} > /dev/full`, folder)
  t.ok(full.status === 1 && /STORAGE_FULL/.test(full.stderr), full.stderr)
  t.is(
    shell(`hypertuna ls Pipes ${S} | head -n 1`, folder).stderr,
    '',
    'a closed pipe is no failure'
  )
  const nowhere = shell(`hypertuna get Pipes twice -o none/x ${S}`, folder)
  t.ok(/folder that is not there \(STORAGE_MISSING\)/.test(nowhere.stderr), nowhere.stderr)

  truncateSync(join(folder, 'twice'), 1_500_000_000)
  const child = spawn(process.execPath, [program, 'put', 'Pipes', 'twice', '-s', 'ada'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe']
  })
  let said = ''
  child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()))
  const ended = new Promise((resolve) => child.on('close', resolve))
  await becomes(/ 1 under way/)
  child.kill('SIGINT')
  t.is(await ended, 130)
  t.ok(/Stopped before it was done; 0 of 1 file shared \(CANCELLED\)/.test(said), said)
  await becomes(/ 0 under way/)
  t.alike(readdirSync(join(folder, 'ada/spool')), [], 'the worker stopped too, and kept nothing')
  const files = JSON.parse(shell(`hypertuna ls Pipes --json ${S}`, folder).stdout) as object[]
  t.is(files.length, 2)

  /** Between the looks others have their turn: the test's own limit, if it never comes to be. */
  async function becomes(what: RegExp): Promise<void> {
    while (!what.test(shell(`hypertuna status ${S}`, folder).stdout)) await setImmediate()
  }
})

test('completions complete', { skip: !linux }, (t) => {
  const folder = temporary(t)
  writeFileSync(join(folder, 'two words.txt'), '')
  writeFileSync(join(folder, 'complete.bash'), shell('hypertuna completion bash', folder).stdout)
  const cases: [words: string[], wanted: string[]][] = [
    [['fold'], ['folder']],
    [['relay', 'cr'], ['create']],
    [['-s', 'x', 'relay', 'inv'], ['invite']],
    [['put', 'g', 'two'], ['two words.txt']],
    [['relay', 'create', '--acc'], ['--access']],
    [['relay', 'create', 'x', '--access', 'pr'], ['private']],
    [['export', 'g', 'f', '--on-conflict', 'b'], ['both']],
    [['completion', 'z'], ['zsh']]
  ]
  for (const [words, wanted] of cases) {
    const line = ['hypertuna', ...words].map((word) => `'${word}'`).join(' ')
    const script = `. ./complete.bash; COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _hypertuna; printf '%s\\n' "\${COMPREPLY[@]}"`
    const { stdout } = spawnSync('bash', ['-c', script], { cwd: folder, encoding: 'utf8' })
    t.alike(stdout.trim().split('\n'), wanted, words.join(' '))
  }
  t.ok(
    existsSync(join(folder, 'complete.bash')) &&
      readFileSync(join(folder, 'complete.bash')).length > 0
  )
})
