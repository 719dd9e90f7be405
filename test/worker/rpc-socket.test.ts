import test from 'brittle'
import Pipe from 'bare-pipe'
import { readdir, stat, writeFile } from 'bare-fs/promises'
import type { Duplex } from 'streamx'
import { createClient } from '../../protocol/rpc/client.ts'
import { serveCalls } from '../../protocol/rpc/server.ts'
import { MAX_SESSIONS } from '../../protocol/rpc/session.ts'
import { silent } from '../../worker/log.ts'
import { RpcSocket } from '../../worker/serve/rpc-socket.ts'
import { codeOf, handlersWith } from '../protocol/rpc-ends.ts'

const somePost = { relayKey: '', content: '', kind: 9, files: [] }

test('worker.sock answers sessions and is private to the user', async (t) => {
  const storage = await t.tmp()
  const socket = await listen(t, storage)
  t.is(socket.path, `${storage}/worker.sock`)
  t.is((await stat(socket.path)).mode & 0o777, 0o600)
  t.alike(await readdir(storage), ['worker.sock'], 'nothing else is left behind')
  const first = connect(socket.path)
  const second = connect(socket.path)
  t.alike(await first.call('post', somePost), { eventId: 'here' })
  await first.close()
  t.alike(await second.call('post', somePost), { eventId: 'here' }, 'each has its own session')
  await socket.close()
  t.is(await codeOf(second.call('post', somePost)), 'CLOSED')
  t.alike(await readdir(storage), [], 'closing removes it')
})

test('a stale socket is replaced; one that answers is not', async (t) => {
  const storage = await t.tmp()
  const stale = Pipe.createServer()
  await new Promise<void>((resolve) => stale.listen(`${storage}/first`, () => resolve()))
  const { renameSync } = await import('bare-fs')
  renameSync(`${storage}/first`, `${storage}/worker.sock`) // so that closing leaves it behind
  await new Promise<void>((resolve) => stale.close(() => resolve()))
  t.alike(await readdir(storage), ['worker.sock'], 'a stale socket is there')

  const socket = await listen(t, storage)
  t.alike(await connect(socket.path).call('post', somePost), { eventId: 'here' })

  const rival = new RpcSocket({ storage, log: silent, onsession: () => t.fail('no session') })
  t.is(await codeOf(rival.ready()), 'STORAGE_LOCKED')
  await rival.close()
  t.alike(await connect(socket.path).call('post', somePost), { eventId: 'here' }, 'undisturbed')
})

test('a file in the way and a path that is too long are said plainly', async (t) => {
  const storage = await t.tmp()
  await writeFile(`${storage}/worker.sock`, 'precious')
  const blocked = new RpcSocket({ storage, log: silent, onsession: () => undefined })
  t.is(await codeOf(blocked.ready()), 'STORAGE_FAILED')
  await blocked.close()
  t.alike(await readdir(storage), ['worker.sock'])

  const deep = new RpcSocket({
    storage: `${storage}/${'d'.repeat(90)}`,
    log: silent,
    onsession: () => undefined
  })
  t.is(await codeOf(deep.ready()), 'BAD_CONFIG')
  await deep.close()
})

test('connections beyond the limit are closed', async (t) => {
  const socket = await listen(t, await t.tmp())
  const clients = Array.from({ length: MAX_SESSIONS }, () => connect(socket.path))
  await Promise.all(clients.map((client) => client.call('post', somePost)))
  t.is(await codeOf(connect(socket.path).call('post', somePost)), 'CLOSED')
})

async function listen(
  t: { teardown(fn: () => unknown): void },
  storage: string
): Promise<RpcSocket> {
  const handlers = handlersWith({ post: async () => ({ eventId: 'here' }) })
  const socket = new RpcSocket({
    storage,
    log: silent,
    onsession: (session) => serveCalls(session, handlers)
  })
  await socket.ready()
  t.teardown(() => socket.close())
  return socket
}

function connect(path: string) {
  return createClient(Pipe.createConnection(path) as unknown as Duplex)
}
