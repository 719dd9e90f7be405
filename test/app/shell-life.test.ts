import test from 'brittle'
import b4a from 'b4a'
import { access } from 'bare-fs/promises'
import os from 'bare-os'
import process from 'bare-process'
import { spawn, type Subprocess } from 'bare-subprocess'
import { fileURLToPath } from 'bare-url'
import { Socket } from 'bare-ws'
import { parseArgs } from '../../app/shells/browser/args.ts'
import { BrowserShell } from '../../app/shells/browser/shell.ts'
import type { HypertunaError } from '../../protocol/errors.ts'
import { MAX_SESSIONS } from '../../protocol/rpc/session.ts'
import { codeOf } from '../protocol/rpc-ends.ts'
import { connect, enter } from './page-client.ts'

interface Test {
  tmp(): Promise<string>
  teardown(fn: () => unknown): void
}

const MiB = 1024 * 1024
const somePost = { relayKey: '', content: 'hello', kind: 9, files: [] }
const main = fileURLToPath(new URL('./shell-main.js', import.meta.url).href)

test('a worker that crashes is started again, and says so', async (t) => {
  const events: string[] = []
  const { shell, port, cookie } = await start(t, (event) => events.push(event))
  const client = await connect(port, { cookie })
  const lost = new Promise<HypertunaError | null>((resolve) => {
    client.subscribe('status', {}, () => undefined, resolve)
  })
  const restarted = new Promise<void>((resolve) => shell.worker.once('start', () => resolve()))
  const exited = new Promise<void>((resolve) => shell.worker.once('exit', () => resolve()))
  await client.call('setName', { name: 'crash' })
  t.is((await lost)?.code, 'CLOSED', 'sessions end')
  await exited
  const between = await connect(port, { cookie })
  t.is(await codeOf(between.call('post', somePost)), 'CLOSED', 'none opens in between')
  await restarted
  const again = await connect(port, { cookie })
  t.ok(await again.call('post', somePost), 'and new ones are served')
  const story = ['worker-failed', 'worker-exited', 'worker-restarts', 'worker-started']
  t.alike(
    events.filter((event) => story.includes(event)),
    ['worker-started', ...story]
  )
})

test('a file goes through the socket; a session that leaves half way harms nobody', async (t) => {
  const { port, cookie } = await start(t)
  const leaving = await connect(port, { cookie })
  const staying = await connect(port, { cookie })
  const size = 32 * MiB
  const header = { relayKey: 'aa'.repeat(32), size }
  const source = async function* (onsent: (sent: number) => void): AsyncGenerator<Uint8Array> {
    const chunk = b4a.alloc(MiB, 5)
    for (let sent = 0; sent < size; sent += chunk.byteLength) {
      onsent(sent)
      yield chunk
    }
  }
  const torn = leaving.storeFile(
    header,
    source((sent) => {
      if (sent === size / 2) void leaving.close()
    })
  )
  const whole = staying.storeFile(
    header,
    source(() => undefined)
  )
  t.is(await codeOf(torn), 'CLOSED')
  t.is((await whole).size, size)
})

test('sockets are bounded', async (t) => {
  const { port, cookie } = await start(t)
  // The shell itself keeps one session, to follow the worker's status.
  const clients = await Promise.all(
    Array.from({ length: MAX_SESSIONS - 1 }, () => connect(port, { cookie }))
  )
  await Promise.all(clients.map((client) => client.call('post', somePost)))
  const extra = await connect(port, { cookie })
  t.is(await codeOf(extra.call('post', somePost)), 'CLOSED')

  for (const message of [b4a.alloc(5 * MiB), 'words']) {
    const socket = new Socket(`ws://127.0.0.1:${port}/rpc`, {
      headers: { origin: `http://127.0.0.1:${port}`, cookie }
    })
    socket.on('error', () => undefined)
    await clients.pop()?.close()
    const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()))
    socket.write(message)
    await closed
    t.pass(
      `a message that is ${typeof message === 'string' ? 'text' : 'too large'} ends its socket`
    )
  }
  t.ok(await clients[0]?.call('post', somePost), 'the others go on')
  await Promise.all(clients.map((client) => client.close()))
})

test('a signal ends it with 0, and the worker closes by itself', async (t) => {
  for (const signal of ['SIGTERM', 'SIGINT']) {
    const { child, storage, lines, exit } = await launch(t)
    t.ok(/^ready http:\/\/127\.0\.0\.1:\d+\/#[0-9a-f]{64}$/.test(lines[0] ?? ''), 'first line')
    const begun = Date.now()
    child.kill(os.constants.signals[signal as 'SIGTERM'])
    t.is(await exit, 0, signal)
    t.ok(Date.now() - begun < 5000, `after ${Date.now() - begun} ms`)
    await access(`${storage}/closed-by-itself`)
    t.pass('the worker was asked, not killed')
  }
})

test('a worker that does not end does not keep the app', { timeout: 120_000 }, async (t) => {
  for (const name of ['hang', 'block']) {
    const { child, lines, exit } = await launch(t)
    const { port, cookie } = await enter((lines[0] ?? '').slice('ready '.length))
    const client = await connect(port, { cookie })
    const answered = client.call('setName', { name })
    if (name === 'hang') await answered
    else answered.catch(() => undefined) // a blocked worker answers nothing
    const begun = Date.now()
    child.kill(os.constants.signals.SIGTERM)
    const code = await exit
    // Nothing but a signal ends a thread that does not let go; it may not have begun yet.
    t.ok(code === 0 || (name === 'block' && code === null), `${name}: ${code}`)
    t.comment(`after ${Date.now() - begun} ms`) // 5 s are promised, of a machine that is not busy
  }
})

test('arguments', async (t) => {
  for (const argv of [
    ['--nonsense'],
    ['extra'],
    ['--port', 'abc'],
    ['--port'],
    ['--port', '70000'],
    ['--bootstrap', 'nowhere'],
    ['--no-open=1'],
    ['--port', '1', '--port', '2']
  ]) {
    const { exit, errors, output } = run(t, argv)
    t.is(await exit, 2, argv.join(' '))
    t.ok(errors().includes('usage: npm start'), 'usage on standard error')
    t.is(output(), '')
  }
  const help = run(t, ['--help'])
  t.is(await help.exit, 0)
  t.ok(help.output().includes('--port N'))

  const args = parseArgs(['--storage=/x/y', '--bootstrap', 'a:1,b:2', '--local-port', '0'])
  t.is(args.storage, '/x/y')
  t.alike(args.bootstrap, ['a:1', 'b:2'])
  t.is(args.localPort, 0)
  t.is(args.port, 0)
  t.ok(args.open)
  t.ok(parseArgs([]).storage.endsWith('/.hypertuna'))
})

async function start(t: Test, log: (event: string) => void = () => undefined) {
  const storage = await t.tmp()
  const shell = new BrowserShell({
    args: parseArgs(['--storage', storage, '--no-open']),
    workerEntry: new URL('./small-worker.js', import.meta.url),
    pageFolder: storage,
    log
  })
  t.teardown(() => shell.close())
  await shell.workerAnswers()
  return { shell, ...(await enter(shell.url)) }
}

/** The shell as a process, once it is ready. */
async function launch(t: Test) {
  const storage = await t.tmp()
  const process = run(t, ['--storage', storage, '--no-open'])
  await new Promise<void>((resolve) => {
    process.child.stdout?.on('data', () => {
      if (process.output().includes('\n')) resolve()
    })
    void process.exit.then(() => resolve())
  })
  return { ...process, storage, lines: process.output().split('\n') }
}

function run(t: Test, argv: string[]) {
  const child: Subprocess = spawn(process.execPath, [main, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let output = ''
  let errors = ''
  child.stdout?.on('data', (bytes) => (output += String(bytes)))
  child.stderr?.on('data', (bytes) => (errors += String(bytes)))
  const exit = new Promise<number | null>((resolve) => {
    child.on('exit', (code) => resolve(code as number | null))
  })
  t.teardown(() => {
    if (child.exitCode === null) child.kill(os.constants.signals.SIGKILL)
  })
  return { child, exit, output: () => output, errors: () => errors }
}
