/**
 * What every shell may expect of the worker's pipe, however the worker is started.
 * Runs on Bare and on Node.
 */
import b4a from 'b4a'
import test from 'brittle'
import { KeptWorker, type Launch } from '../../app/shells/kept-worker.ts'
import type { HypertunaError } from '../../protocol/errors.ts'
import { createClient, type RpcClient } from '../../protocol/rpc/client.ts'
import { codeOf } from '../protocol/codes.ts'

interface Test {
  tmp(): Promise<string>
  teardown(fn: () => unknown): void
}

const MiB = 1024 * 1024
const somePost = { relayKey: '', content: 'hello', kind: 9, files: [] }

/**
 * @param how what the tests are called by
 * @param launcher makes a way to start the small worker over a storage folder
 * @param exists whether a file is there
 */
export function workerPipeContract(
  how: string,
  launcher: (storage: string) => Launch,
  exists: (path: string) => Promise<boolean>
): void {
  async function start(t: Test): Promise<{ worker: KeptWorker; storage: string }> {
    const storage = await t.tmp()
    const worker = new KeptWorker(launcher(storage), () => undefined)
    t.teardown(() => worker.close())
    await worker.ready()
    return { worker, storage }
  }
  const open = (worker: KeptWorker): RpcClient => createClient(worker.openSession())

  test(`${how}: sessions side by side, arguments, and an end by itself`, async (t) => {
    const { worker, storage } = await start(t)
    const clients = [1, 2, 3].map(() => open(worker))
    const answers = await Promise.all(
      clients.map((client, i) => client.call('post', { ...somePost, content: `say ${i}` }))
    )
    for (const [i, { eventId }] of answers.entries()) {
      t.is(eventId, `say ${i} --storage ${storage}`)
    }
    const exited = new Promise((resolve) => worker.once('exit', resolve))
    await worker.close()
    t.is(await exited, 0, 'it ended well')
    t.ok(await exists(`${storage}/closed-by-itself`), 'because it was asked')
  })

  test(`${how}: much in both directions at once loses nothing`, async (t) => {
    const { worker } = await start(t)
    const size = 24 * MiB
    const source = (async function* () {
      const chunk = b4a.alloc(MiB, 5)
      for (let sent = 0; sent < size; sent += MiB) yield chunk
    })()
    const stored = open(worker).storeFile({ relayKey: 'aa'.repeat(32), size }, source)
    const talker = open(worker)
    const long = 'x'.repeat(300_000)
    for (let i = 0; i < 60; i++) {
      const { eventId } = await talker.call('post', { ...somePost, content: long })
      if (!eventId.startsWith(long)) t.fail('what came back is not what was sent')
    }
    t.is((await stored).size, size, 'a file arrived whole meanwhile')
  })

  test(`${how}: a session that leaves half way harms nobody`, async (t) => {
    const { worker } = await start(t)
    const torn = worker.openSession()
    torn.on('error', () => undefined)
    const staying = open(worker)
    torn.write(b4a.from('ffff000001', 'hex')) // the beginning of a frame of 65,535 bytes
    await staying.call('post', somePost)
    torn.destroy()
    t.ok(await staying.call('post', somePost), 'the other one works')
    t.ok(await open(worker).call('post', somePost), 'and so does a new one')
  })

  test(`${how}: a crash ends the sessions and is followed by a new worker`, async (t) => {
    const { worker } = await start(t)
    const client = open(worker)
    const lost = new Promise<HypertunaError | null>((resolve) => {
      client.subscribe('status', {}, () => undefined, resolve)
    })
    const exited = new Promise((resolve) => worker.once('exit', resolve))
    const restarted = new Promise((resolve) => worker.once('start', resolve))
    client.call('setName', { name: 'crash' }).catch(() => undefined) // it may be too quick
    t.is((await lost)?.code, 'CLOSED')
    await exited
    t.is(await codeOf((async () => open(worker).call('post', somePost))()), 'CLOSED')
    await restarted
    t.ok(await open(worker).call('post', somePost))
  })

  test(`${how}: a worker that does not end is ended`, async (t) => {
    const { worker } = await start(t)
    await open(worker).call('setName', { name: 'hang' })
    const begun = Date.now()
    await worker.close()
    t.ok(Date.now() - begun < 6000, `after ${Date.now() - begun} ms`)
  })
}
