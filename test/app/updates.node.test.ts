/** Over the air, without the air: a deployment is staged, seeded, fetched and swapped in. */
import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import test from 'brittle'
import type { UpdateState } from '../../app/shells/calls.ts'
import { followUpgrade } from '../../app/shells/electron/updater.ts'
import type { KeptWorker } from '../../app/shells/kept-worker.ts'
import { Updates, type UpdateSource } from '../../app/shells/updates.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import { serveCalls } from '../../protocol/rpc/server.ts'
import { createSessionPipe, openSession, serveSessions } from '../../protocol/rpc/session.ts'
import type { Subscription } from '../../protocol/rpc/subscription.ts'
import type { Status, TransfersUpdate } from '../../protocol/rpc/generated/types.ts'
import { handlersWith } from '../protocol/handlers.ts'
import { streamPair } from '../protocol/stream-pair.ts'
import { bareBinary } from '../../app/bare-binary.ts'
import { localDht, temporary, type Test } from './programs.ts'
import { poll } from '../poll.ts'

const platform = `${process.platform}-${process.arch}`
const NAME = 'Hypertuna.AppImage'

test(
  'staged by one, fetched by another: a newer version is swapped in at a restart',
  { timeout: 90_000 },
  async (t) => {
    const bootstrap = await localDht(t)
    const folder = temporary(t)
    const seeder = await seed(t, join(folder, 'seeder'), bootstrap)
    await seeder.stage(deployment(folder, '0.1.0'))
    const { worker, statuses, opened, transfers } = workerWithTransfers()
    const old = { folder, key: seeder.key, bootstrap }
    const { app, updates, states, relaunched, reached } = follow(t, old, worker)
    worker.emit('start')
    opened.yet = true
    ;(await statuses).send(someStatus)
    const subscription = await transfers
    await updates.restart()
    t.is(relaunched(), 0, 'without a newer version nothing restarts')

    await seeder.stage(deployment(folder, '0.2.0'))
    await reached('ready')
    t.alike(states, ['updating', 'ready'])
    t.is(readFileSync(app, 'utf8'), 'the app, 0.1.0', 'the old one runs on')
    subscription.send({ transfers: [transfer('running')], reset: false })
    await poll(() => updates.busy)
    await updates.restart()
    t.is(updates.state, 'waiting')
    t.is(readFileSync(app, 'utf8'), 'the app, 0.1.0', 'and goes on while a transfer runs')
    subscription.send({ transfers: [transfer('done')], reset: false })
    await poll(() => relaunched() === 1)
    t.is(readFileSync(app, 'utf8'), 'the app, 0.2.0', 'the newer one is in its place')
  }
)

test('a version without an app for this system is not put into place', async (t) => {
  const bootstrap = await localDht(t)
  const folder = temporary(t)
  const seeder = await seed(t, join(folder, 'seeder'), bootstrap)
  const old = { folder, key: seeder.key, bootstrap }
  const { app, updates, relaunched, reached } = follow(t, old, noWorker())
  await seeder.stage(deployment(folder, '0.3.0', 'other-system'))
  await reached('ready')
  await updates.restart()
  t.is(updates.state, 'none')
  t.is(relaunched(), 0)
  t.is(readFileSync(app, 'utf8'), 'the app, 0.1.0', 'the old one runs on')
})

test('an update waits for transfers, and a bad one leaves the old version running', async (t) => {
  const { worker, statuses, opened, transfers } = workerWithTransfers()
  let news: (what: 'updating' | 'updated' | 'failed') => void = () => undefined
  let restarts = 0
  const source: UpdateSource = {
    watch: (listener) => void (news = listener),
    async restart() {
      if (++restarts === 2) throw new Error('it cannot be swapped')
    }
  }
  const states: UpdateState[] = []
  let told = deferred<void>()
  const updates = new Updates(source, worker, {
    onstate(state) {
      states.push(state)
      told.resolve()
    },
    log: () => told.resolve()
  })
  worker.emit('start')
  const status = await statuses
  status.send({ ...someStatus, state: 'starting' })
  opened.yet = true
  status.send({ ...someStatus, state: 'ready' })
  const subscription = await transfers
  const send = async (phase: string): Promise<void> => {
    subscription.send({ transfers: [transfer(phase)], reset: false })
    await poll(() => updates.busy === (phase === 'running'))
  }
  await send('running')
  news('updated')
  await updates.restart()
  t.alike(states, ['ready', 'waiting'])
  t.is(restarts, 0, 'not while a transfer runs')
  await send('done')
  t.is(restarts, 1, 'but when it has ended')
  told = deferred<void>()
  await updates.restart()
  await told.promise
  t.is(updates.state, 'none', 'what cannot be swapped in is let go')
})

/** What `npm run release` makes of a version. */
function deployment(folder: string, version: string, system = platform): string {
  const place = join(folder, version)
  const apps = join(place, 'by-arch', system, 'app')
  mkdirSync(apps, { recursive: true })
  writeFileSync(join(place, 'package.json'), JSON.stringify({ name: 'hypertuna', version }))
  writeFileSync(join(apps, NAME), `the app, ${version}`)
  return place
}

interface Seeder {
  /** Of the drive, 64 hex. */
  key: string
  stage(folder: string): Promise<void>
}

/** Somebody else's computer, which stages and seeds. */
async function seed(t: Test, storage: string, bootstrap: string): Promise<Seeder> {
  const entry = fileURLToPath(new URL('./seeder-main.js', import.meta.url))
  const child = spawn(bareBinary(), [entry, storage, bootstrap], {
    stdio: ['pipe', 'pipe', 'inherit']
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ended = new Promise((resolve) => child.on('exit', resolve))
  t.teardown(() => {
    child.stdin.end()
    return ended
  })
  return {
    key: String((await lines.next()).value),
    async stage(folder) {
      child.stdin.write(folder + '\n')
      await lines.next()
    }
  }
}

/** An app of the first version that runs and looks for newer ones, as Electron's main does. */
function follow(
  t: Test,
  { folder, key, bootstrap }: { folder: string; key: string; bootstrap: string },
  worker: KeptWorker
) {
  const app = join(folder, 'Whatever a person called it.AppImage')
  writeFileSync(app, 'the app, 0.1.0')
  let relaunches = 0
  const states: UpdateState[] = []
  const heard = new EventEmitter()
  const upgrade = followUpgrade(
    {
      dir: join(folder, 'runtime'),
      version: '0.1.0',
      upgrade: `pear://${key}`,
      app: { path: app, name: NAME },
      bootstrap: [bootstrap]
    },
    () => void relaunches++
  )
  t.teardown(() => upgrade.close())
  const updates = new Updates(upgrade, worker, {
    onstate(state) {
      states.push(state)
      heard.emit(state)
    },
    log: () => undefined
  })
  const reached = (state: UpdateState): Promise<unknown> =>
    updates.state === state ? Promise.resolve() : once(heard, state)
  return { app, updates, states, relaunched: () => relaunches, reached }
}

function transfer(phase: string): TransfersUpdate['transfers'][number] {
  const plain = { relayKey: '', hash: '', kind: 'fetch', size: 1, received: 0, rate: 0 }
  return { id: 'one', phase, ...plain } as TransfersUpdate['transfers'][number]
}

const someStatus: Status = {
  state: 'ready',
  pubkey: '',
  driveKey: '',
  version: '',
  storage: '',
  localPort: 0,
  peers: 0,
  problems: [],
  gateways: [],
  name: null
}

function noWorker(): KeptWorker {
  return new EventEmitter() as unknown as KeptWorker
}

/** A worker that only tells of transfers. */
function workerWithTransfers(): {
  worker: KeptWorker
  statuses: Promise<Subscription<Status>>
  /** Until then it refuses to tell of transfers. */
  opened: { yet: boolean }
  transfers: Promise<Subscription<TransfersUpdate>>
} {
  const { near, far } = streamPair()
  const asked = deferred<Subscription<TransfersUpdate>>()
  const greeted = deferred<Subscription<Status>>()
  const opened = { yet: false }
  const handlers = handlersWith({
    status: (_, subscription) => greeted.resolve(subscription),
    transfers(_, subscription) {
      if (!opened.yet) throw new HypertunaError('BUSY', 'Hypertuna is starting')
      asked.resolve(subscription)
    }
  })
  serveSessions(far, (session) => serveCalls(session, handlers))
  const { mux } = createSessionPipe(near)
  const worker = Object.assign(new EventEmitter(), { openSession: () => openSession(mux) })
  return {
    worker: worker as unknown as KeptWorker,
    statuses: greeted.promise,
    opened,
    transfers: asked.promise
  }
}

/** Promise.withResolvers, which Node has from 22 on. */
function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined
  const promise = new Promise<T>((settle) => (resolve = settle))
  return { promise, resolve }
}
