/** The app under Pear v2, with Pear's parts replaced by a pipe and a process. */
import test from 'brittle'
import b4a from 'b4a'
import os from 'bare-os'
import { fileURLToPath } from 'bare-url'
import { Readable, type Duplex } from 'streamx'
import { openShellLine, type ShellEvent } from '../../app/shells/calls.ts'
import { KeptWorker } from '../../app/shells/kept-worker.ts'
import { pearArgs } from '../../app/shells/pear/args.ts'
import { PageLine } from '../../app/shells/pear/line.ts'
import { PearShell } from '../../app/shells/pear/shell.ts'
import { pearUpdates, type PearUpdates } from '../../app/shells/pear/updates.ts'
import { UserConfig } from '../../app/shells/user-config.ts'
import { launchProcess } from '../../app/shells/worker-process.ts'
import { createClient } from '../../protocol/rpc/client.ts'
import { createSessionPipe, openSession, openShellStream } from '../../protocol/rpc/session.ts'
import { codeOf, connectedPipes } from '../protocol/rpc-ends.ts'

interface Test {
  tmp(): Promise<string>
  teardown(fn: () => unknown): void
}

const somePost = { relayKey: '', content: 'hello', kind: 9, files: [] }
const entry = fileURLToPath(new URL('./small-worker.js', import.meta.url).href)
let pages = 0

async function start(t: Test): Promise<{ near: Duplex; news: (what: 'updated') => void }> {
  const storage = await t.tmp()
  const { near, far } = await connectedPipes(t)
  let news: (what: 'updated') => void = () => undefined
  const shell = new PearShell({
    pipe: far,
    worker: new KeptWorker(
      () => launchProcess(os.execPath(), entry, ['--storage', storage]),
      () => undefined
    ),
    userConfig: new UserConfig(storage),
    log: () => undefined,
    updates: { watch: (listener) => void (news = listener), restart: async () => undefined }
  })
  t.teardown(() => shell.close())
  await shell.ready()
  return { near, news: (what) => news(what) }
}

/** A page as it opens: over the same pipe as the ones before it. */
function openPage(pipe: Duplex) {
  const line = new PageLine(pipe, b4a.alloc(16, ++pages))
  line.on('error', () => undefined)
  const { mux } = createSessionPipe(line)
  return { line, mux, shell: openShellLine(openShellStream(mux)) }
}

test('a page has sessions with the worker, settings, and news of updates', async (t) => {
  const { near, news } = await start(t)
  const { mux, shell } = openPage(near)
  const heard = new Promise<ShellEvent>((resolve) => {
    shell.onevent((event) => {
      if (event.event === 'update' && event.state === 'ready') resolve(event)
    })
  })
  const clients = [1, 2].map(() => createClient(openSession(mux)))
  for (const client of clients) t.ok(await client.call('post', somePost))
  await shell.call('write-config', { displayName: 'Mara' })
  t.is(((await shell.call('read-config')) as { displayName: string }).displayName, 'Mara')
  t.is(await codeOf(shell.call('write-config', { driveKey: 'ff' })), 'BAD_REQUEST')
  t.is(await codeOf(shell.call('choose-files')), 'UNSUPPORTED')
  t.is(await codeOf(shell.call('no-such-call' as 'restart')), 'BAD_REQUEST')
  news('updated')
  t.alike(await heard, { event: 'update', state: 'ready' })
})

test('a page that is loaded again begins anew, whatever was under way', async (t) => {
  const { near } = await start(t)
  for (let round = 0; round < 5; round++) {
    const { line, mux } = openPage(near)
    const client = createClient(openSession(mux))
    t.ok(await client.call('post', somePost), `page ${round}`)
    // Much is under way in both directions when it goes.
    for (let i = 0; i < 20; i++) {
      client.call('post', { ...somePost, content: 'x'.repeat(50_000) }).catch(() => undefined)
    }
    await client.call('post', somePost)
    line.destroy()
  }
})

test('storage and other wishes are passed on', (t) => {
  t.alike(pearArgs(['--storage', '/s', '--bootstrap', '127.0.0.1:49737'], '/given'), {
    storage: '/s',
    argv: ['--storage', '/s', '--bootstrap', '127.0.0.1:49737']
  })
  t.is(pearArgs([], '/given').storage, '/given/hypertuna')
  t.is(pearArgs(['--', '--storage', '/s'], '/given').storage, '/s', 'Pear leaves the -- there')
  t.exception(() => pearArgs(['--nonsense'], '/given'))
})

test('Pear tells of its own versions too, and hangs up on whom it restarts', async (t) => {
  const news = new Readable()
  let say: Parameters<PearUpdates['updates']>[0] = () => undefined
  const heard: string[] = []
  const pear: PearUpdates = {
    updates(listener) {
      say = listener
      return news
    },
    async restart() {
      heard.push('restart')
      throw new Error('RPC destroyed')
    },
    exit: () => void heard.push('exit')
  }
  const source = pearUpdates(pear, async () => void heard.push('closed'))
  source.watch((what) => heard.push(what))
  say({ app: false, updating: false, updated: true })
  say({ app: true, updating: true, updated: false })
  say({ app: true, updating: false, updated: true })
  t.alike(heard, ['updating', 'updated'])
  heard.length = 0
  await source.restart()
  t.alike(heard, ['closed', 'restart', 'exit'], 'the next one finds the storage free')
  news.destroy(new Error('RPC destroyed')) // as Pear does on closing; unheard it would end us
})
