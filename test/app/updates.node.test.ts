/** Over the air, without the air: a deployment is staged, replicated, fetched and swapped in. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EventEmitter } from 'node:events'
import test from 'brittle'
import Corestore from 'corestore'
import Hyperdrive from 'hyperdrive'
import Localdrive from 'localdrive'
import PearRuntime from 'pear-runtime'
import type { UpdateState } from '../../app/shells/calls.ts'
import { updatesOf } from '../../app/shells/electron/updater.ts'
import type { KeptWorker } from '../../app/shells/kept-worker.ts'
import { Updates, type UpdateSource } from '../../app/shells/updates.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import { serveCalls } from '../../protocol/rpc/server.ts'
import { createSessionPipe, openSession, serveSessions } from '../../protocol/rpc/session.ts'
import type { Subscription } from '../../protocol/rpc/subscription.ts'
import type { Status, TransfersUpdate } from '../../protocol/rpc/generated/types.ts'
import { handlersWith } from '../protocol/handlers.ts'
import { streamPair } from '../protocol/stream-pair.ts'

const platform = `${process.platform}-${process.arch}`
const NAME = 'Hypertuna.AppImage'

test(
  'a newer version is fetched from a peer, and swapped in at a restart',
  { timeout: 60_000 },
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'hypertuna-update-'))
    t.teardown(() => rmSync(folder, { recursive: true, force: true }))
    // What `npm run release` makes, staged into a drive and seeded.
    const store = new Corestore(join(folder, 'seeder'))
    const drive = new Hyperdrive(store)
    await drive.ready()
    t.teardown(() => store.close())
    const stage = async (version: string): Promise<void> => {
      const place = join(folder, version)
      mkdirSync(join(place, 'by-arch', platform, 'app'), { recursive: true })
      writeFileSync(join(place, 'package.json'), JSON.stringify({ name: 'hypertuna', version }))
      writeFileSync(join(place, 'by-arch', platform, 'app', NAME), `the app, ${version}`)
      // In one batch: a follower must not see the new version with the old app.
      await new Localdrive(place).mirror(drive, { batch: true }).done()
    }
    await stage('0.1.0')

    const app = join(folder, NAME)
    writeFileSync(app, 'the app, 0.1.0')
    const theirs = new Corestore(join(folder, 'runtime/corestore'))
    const pear = new PearRuntime({
      dir: join(folder, 'runtime'),
      version: '0.1.0',
      upgrade: `pear://${Buffer.from(drive.key).toString('hex')}`,
      name: NAME,
      app,
      store: theirs,
      swarm: { destroy: async () => undefined }
    })
    pear.on('error', () => undefined)
    t.teardown(() => pear.close())
    let relaunched = 0
    const states: UpdateState[] = []
    const ready = deferred<void>()
    const updates = new Updates(
      updatesOf(pear, () => void relaunched++),
      noWorker(),
      {
        onstate(state) {
          states.push(state)
          if (state === 'ready') ready.resolve()
        },
        log: () => undefined
      }
    )
    await pear.ready()
    const ours = store.replicate(true)
    const stream = theirs.replicate(false)
    for (const end of [ours, stream]) end.on('error', () => undefined)
    ours.pipe(stream).pipe(ours)
    await updates.restart()
    t.is(relaunched, 0, 'without a newer version nothing restarts')

    await stage('0.2.0')
    await ready.promise
    t.alike(states, ['updating', 'ready'])
    t.is(readFileSync(app, 'utf8'), 'the app, 0.1.0', 'the old one runs on')
    await updates.restart()
    t.is(readFileSync(app, 'utf8'), 'the app, 0.2.0', 'the newer one is in its place')
    t.is(relaunched, 1)
  }
)

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
    while (updates.busy !== (phase === 'running')) await new Promise((r) => setImmediate(r))
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
