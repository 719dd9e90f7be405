/** The command line as a person types it: two members without a window, a whole journey. */
import test from 'brittle'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { localDht, run, temporary } from './programs.ts'
import type { Running } from './programs.ts'

const program = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'app/hypertuna.js')

interface Answer {
  code: number | null
  out: string
  err: string
}

/** Runs one command to its end. */
function hypertuna(
  args: string[],
  { cwd, input }: { cwd?: string; input?: string } = {}
): Promise<Answer> {
  const child = spawn(process.execPath, [program, ...args], { cwd, stdio: 'pipe' })
  const answer = { code: null as number | null, out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => (answer.out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (answer.err += chunk.toString()))
  child.stdin.end(input ?? '')
  return new Promise((resolve) => child.on('close', (code) => resolve({ ...answer, code })))
}

/** Its result for scripts. */
async function result<T>(args: string[], options?: { input?: string }): Promise<T> {
  const { code, out, err } = await hypertuna([...args, '--json'], options)
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${err}`)
  return JSON.parse(out) as T
}

function member(storage: string, bootstrap: string, name: string): Promise<Running> {
  const flags = [
    '--storage',
    storage,
    '--bootstrap',
    bootstrap,
    '--local-port',
    '0',
    '--name',
    name
  ]
  return run('app/cli/main.js', ['start', ...flags], /^ready /)
}

interface Listed {
  mime: string | null
  name: string
  path: string | null
  hash: string
  here: boolean
  pinned: boolean
}

test('two members go through the whole journey', { timeout: 120_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const [ada, bo] = [join(temporary(t), 'ada'), join(temporary(t), 'bo')]
  const members = [await member(ada, bootstrap, 'Ada'), await member(bo, bootstrap, 'Bo')]
  t.teardown(() => Promise.all(members.map(({ stop }) => stop())))
  const [A, B] = [
    ['-s', ada],
    ['-s', bo]
  ] as const

  const relay = await result<{ publicIdentifier: string }>(['relay', 'create', 'Field notes', ...A])
  t.ok(relay.publicIdentifier.endsWith(':field-notes'))
  const { invite } = await result<{ invite: string }>(['relay', 'invite', 'field-notes', ...A])
  const joined = await result<{ name: string }>(['relay', 'join', '-', ...B], {
    input: invite + '\n'
  })
  t.is(joined.name, 'Field notes', 'the invite went by standard input')

  const folder = temporary(t)
  const bytes = randomBytes(300_000)
  writeFileSync(join(folder, 'take 1.mp3'), bytes)
  mkdirSync(join(folder, 'sub'))
  writeFileSync(join(folder, 'sub', 'notes.txt'), 'first')
  const [put] = await result<[{ hash: string }]>([
    'put',
    'field-notes',
    join(folder, 'take 1.mp3'),
    '-m',
    'listen',
    ...A
  ])
  await until(async () => (await listed(B)).some(({ name, here }) => name === 'take 1.mp3' && here))

  const [heard] = await listed(B)
  t.is(heard?.mime, 'audio/mpeg', 'by its name, which is all that the command line has')

  const into = temporary(t)
  const got = await hypertuna(['get', 'field-notes', 'take 1.mp3', ...B], { cwd: into })
  t.is(got.code, 0, got.err)
  t.alike(readFileSync(join(into, 'take 1.mp3')), bytes, 'the same bytes, under its name')
  const again = await hypertuna(['get', 'field-notes', put.hash.slice(0, 8), ...B], { cwd: into })
  t.is(again.code, 1, 'a file that is there is not replaced')
  t.ok(/BAD_REQUEST/.test(again.err) && /--force/.test(again.err), again.err.trim())

  const imported = await result<object>(['import', 'field-notes', folder, ...B])
  t.alike(imported, { published: 1, unchanged: 1, bytes: 5, leftOut: 0, skipped: [] })
  await until(async () =>
    (await listed(A)).some(({ path, here }) => path === 'sub/notes.txt' && here)
  )
  const exported = temporary(t)
  await result(['export', 'field-notes', exported, 'sub/notes.txt', ...A])
  t.is(readFileSync(join(exported, 'sub/notes.txt'), 'utf8'), 'first')
  t.absent(existsSync(join(exported, 'take 1.mp3')), 'what was not named stays')

  const kept = await result<{ groups: object[] }>([
    ...['keep', 'field-notes', 'on-demand', '--quota', '20MB'],
    ...B
  ])
  t.ok(JSON.stringify(kept.groups).includes('"keep":"on-demand"'))
  t.ok(JSON.stringify(kept.groups).includes('"quotaBytes":20000000'))
  for (const verb of ['pin', 'unpin']) {
    await result([verb, 'field-notes', 'take 1.mp3', 'sub/notes.txt', ...B])
    const pinned = (await listed(B)).filter((file) => file.pinned)
    t.is(pinned.length, verb === 'pin' ? 2 : 0)
  }

  await result(['rm', 'field-notes', 'sub/notes.txt', ...B])
  await until(async () => !(await listed(A)).some(({ path }) => path === 'sub/notes.txt'))
  const { url } = await result<{ url: string }>(['link', 'field-notes', put.hash, ...A])
  t.ok(url.includes(put.hash))
  const status = await result<{ name: string; groups: number }>(['status', ...B])
  t.alike([status.name, status.groups], ['Bo', 1])
  await result(['name', 'Bobby', ...B])
  await until(async () => /"Bobby"/.test(readFileSync(join(bo, 'user-config.json'), 'utf8')))
  t.pass('a name is kept for the next start')
  const usage = await result<{ files: number; total: number }>(['usage', ...A])
  t.ok(usage.files >= bytes.byteLength && usage.total >= usage.files)

  await result(['relay', 'leave', 'field-notes', '--forget', ...B])
  t.alike(await result(['relay', 'list', ...B]), [])
  t.alike(
    await Promise.all(members.map(({ stop }) => stop())),
    [0, 0],
    'SIGTERM ends them in order'
  )

  async function listed(flags: readonly string[]): Promise<Listed[]> {
    return result<Listed[]>(['ls', 'field-notes', ...flags])
  }
})

test('a group of more files than one message holds', { timeout: 90_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const storage = join(temporary(t), 'ada')
  const { stop } = await member(storage, bootstrap, 'Ada')
  t.teardown(() => stop())
  const own = ['-s', storage]
  await result(['relay', 'create', 'Leaves', ...own])
  const folder = temporary(t)
  const count = 510
  for (let i = 0; i < count; i++) writeFileSync(join(folder, `leaf ${i}.txt`), `leaf ${i}`)
  writeFileSync(join(folder, 'twin.txt'), 'leaf 0')
  await result(['import', 'leaves', folder, ...own])
  const listed = await result<Listed[]>(['ls', 'leaves', ...own])
  t.is(new Set(listed.map(({ path }) => path)).size, count + 1, 'each of them is listed')
  const last = listed.at(-1)!
  const { hash } = await result<{ hash: string }>(['link', 'leaves', last.path ?? '', ...own])
  t.is(hash, last.hash, 'and found')
  const into = temporary(t)
  await result(['export', 'leaves', into, 'twin.txt', ...own])
  t.alike(readdirSync(into), ['twin.txt'], 'by one of its names, that one alone')
  await result(['export', 'leaves', into, last.hash, ...own])
  t.is(readdirSync(into).length, 2)
})

test('a locked key is opened by its passphrase', { timeout: 90_000 }, async (t) => {
  const storage = join(temporary(t), 'storage')
  const passphrase = 'häufig gesagt'
  const nobody = '127.0.0.1:1'
  const first = await member(storage, nobody, 'Cy')
  await (await run('test/app/lock-key-main.js', [storage, passphrase], /^locked/)).stop()
  await first.stop()

  const flags = ['-s', storage, '--bootstrap', nobody, '--local-port', '0']
  const child = spawn(process.execPath, [program, 'start', ...flags], {
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const ended = new Promise((resolve) => child.on('exit', resolve))
  t.teardown(() => {
    child.kill('SIGTERM')
    return ended
  })
  const ready = new Promise((resolve) => child.stdout.once('data', resolve))
  await new Promise<void>((resolve) => {
    child.stderr.on('data', (text: Buffer) => {
      if (text.toString().includes('hypertuna unlock')) resolve()
    })
  })
  const S = ['-s', storage]
  const { locked } = await result<{ locked: boolean }>(['status', ...S])
  t.ok(locked)
  const refused = await hypertuna(['relay', 'list', ...S])
  t.ok(refused.code === 1 && /hypertuna unlock/.test(refused.err), refused.err.trim())
  const wrong = await hypertuna(['unlock', ...S], { input: 'another\n' })
  t.ok(wrong.code === 1 && /UNAUTHORIZED/.test(wrong.err), wrong.err.trim())

  const file = join(temporary(t), 'passphrase')
  writeFileSync(file, passphrase + '\n')
  const opened = await result<object>(['unlock', '--passphrase-file', file, ...S])
  t.alike(Object.values(opened).includes(true), true)
  await ready
  t.alike(await result(['relay', 'list', ...S]), [])
  const again = await result<{ unlocked: boolean }>(['unlock', ...S])
  t.absent(again.unlocked, 'and is asked for no more')
})

test('what is not understood is said by name, with 2; what failed, with 1', async (t) => {
  const nowhere = join(temporary(t), 'none')
  const wrong: [string[], RegExp][] = [
    [['dance'], /dance/],
    [['status', '--loud'], /--loud/],
    [['relay', 'invite'], /<group>/],
    [['put', 'group'], /which files/],
    [['relay', 'create', 'x', '--access', 'some'], /open, closed, private/],
    [['start', '--local-port', 'http', '-s', nowhere], /--local-port/]
  ]
  for (const [args, said] of wrong) {
    const { code, out, err } = await hypertuna(args)
    t.is(code, 2, args.join(' '))
    t.ok(said.test(err) && out === '', err.trim())
  }
  const { code, err } = await hypertuna(['status', '-s', nowhere, '--json'])
  t.is(code, 1)
  const { error } = JSON.parse(err) as { error: { code: string; message: string } }
  t.is(error.code, 'CLOSED')
  t.ok(error.message.includes('hypertuna start'), 'and what to do')
  t.absent(existsSync(nowhere), 'nothing was made')
})

test('help, manual and completions come of one list', async (t) => {
  const help = await hypertuna(['--help'])
  const manual = await hypertuna(['man'])
  const bash = await hypertuna(['completion', 'bash'])
  for (const name of ['start', 'relay', 'put', 'import', 'folder', 'usage']) {
    for (const { out } of [help, manual, bash]) t.ok(out.includes(name), name)
  }
  const one = await hypertuna(['relay', 'invite', '--help'])
  t.ok(/--expires/.test(one.out) && one.code === 0)
  const file = join(temporary(t), 'completion')
  writeFileSync(file, bash.out)
  const checked = spawn('bash', ['-n', file])
  t.is(await new Promise((resolve) => checked.on('close', resolve)), 0, 'bash reads it')
})

/** Asks again until it holds: the command line has no events, and each question takes its time. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds()));
}
