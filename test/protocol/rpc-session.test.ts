import test from 'brittle'
import b4a from 'b4a'
import type { Duplex } from 'streamx'
import { createClient } from '../../protocol/rpc/client.ts'
import { serveCalls } from '../../protocol/rpc/server.ts'
import {
  createSessionPipe,
  MAX_SESSIONS,
  openSession,
  serveSessions
} from '../../protocol/rpc/session.ts'
import { codeOf, connectedPipes, handlersWith } from './rpc-ends.ts'
import { poll } from '../poll.ts'

const MiB = 1024 * 1024

test('many sessions share a pipe', async (t) => {
  const { near, far } = await connectedPipes(t)
  let opened = 0
  serveSessions(far, (session) => {
    const id = ++opened
    serveCalls(session, handlersWith({ post: async () => ({ eventId: `from ${id}` }) }))
  })
  const { mux } = createSessionPipe(near)
  const clients = [1, 2, 3].map(() => createClient(openSession(mux)))
  const answers = await Promise.all(clients.map((client) => client.call('post', somePost)))
  t.alike(
    answers.map(({ eventId }) => eventId),
    ['from 1', 'from 2', 'from 3']
  )
})

test('a session that dies in the middle of a frame ends alone', async (t) => {
  const { near, far } = await connectedPipes(t)
  const ended: Promise<void>[] = []
  serveSessions(far, (session) => {
    ended.push(new Promise((resolve) => session.on('close', () => resolve())))
    serveCalls(session, handlersWith({ post: async () => ({ eventId: 'ok' }) }))
  })
  const { mux } = createSessionPipe(near)
  const torn = openSession(mux)
  const sound = createClient(openSession(mux))
  await sound.call('post', somePost)
  torn.write(b4a.from('ffff000001', 'hex')) // the beginning of a frame of 65,535 bytes
  await sound.call('post', somePost)
  torn.destroy()
  await ended[0]
  t.alike(await sound.call('post', somePost), { eventId: 'ok' }, 'the other one works')
  const fresh = createClient(openSession(mux))
  t.alike(await fresh.call('post', somePost), { eventId: 'ok' }, 'and so does a new one')
})

test('a session that is not read stands still and holds up no other', async (t) => {
  const { near, far } = await connectedPipes(t)
  const sessions: Duplex[] = []
  serveSessions(far, (session) => void sessions.push(session))
  const { mux } = createSessionPipe(near)
  const stuck = openSession(mux)
  const moving = openSession(mux)
  const chunk = b4a.alloc(MiB / 4, 7)
  let written = 0
  while (stuck.write(chunk) || written < 8 * MiB) written += chunk.byteLength
  moving.write(b4a.from('hello'))
  await poll(() => sessions.length === 2)
  const heard = await new Promise((resolve) => sessions[1]!.once('data', resolve))
  t.is(b4a.toString(heard as Uint8Array), 'hello', 'the other one moves')

  let read = 0
  sessions[0]!.on('data', (bytes) => (read += (bytes as Uint8Array).byteLength))
  stuck.end(null)
  await new Promise<void>((resolve) => sessions[0]!.on('end', () => resolve()))
  t.is(read, written + chunk.byteLength, 'and once it is read everything arrives')
})

test('the window bounds what is under way', async (t) => {
  const { near, far } = await connectedPipes(t)
  let carried = 0
  const arrived = Promise.withResolvers<void>()
  serveSessions(far, () => undefined)
  far.on('data', (bytes) => {
    carried += (bytes as Uint8Array).byteLength
    if (carried >= MiB) arrived.resolve()
  })
  const { mux } = createSessionPipe(near)
  const session = openSession(mux)
  session.write(b4a.alloc(8 * MiB))
  await arrived.promise
  const other = openSession(mux)
  other.write(b4a.alloc(1000)) // once this is through, so is all that was let go
  await new Promise((resolve) => far.once('data', resolve))
  t.ok(carried < MiB + 64 * 1024, `${carried} bytes for a window of ${MiB}`)
})

test('sessions beyond the limit are refused, and make room when they end', async (t) => {
  const { near, far } = await connectedPipes(t)
  serveSessions(far, (session) => {
    serveCalls(session, handlersWith({ post: async () => ({ eventId: 'ok' }) }))
  })
  const { mux } = createSessionPipe(near)
  const clients = Array.from({ length: MAX_SESSIONS }, () => createClient(openSession(mux)))
  await Promise.all(clients.map((client) => client.call('post', somePost)))
  const extra = createClient(openSession(mux))
  t.is(await codeOf(extra.call('post', somePost)), 'CLOSED')
  await clients[0]!.close()
  const late = createClient(openSession(mux))
  t.alike(await late.call('post', somePost), { eventId: 'ok' })
})

test('ending the pipe ends all sessions on both sides', async (t) => {
  const { near, far } = await connectedPipes(t)
  const served: Promise<void>[] = []
  const server = serveSessions(far, (session) => {
    served.push(new Promise((resolve) => session.on('close', () => resolve())))
    serveCalls(session, handlersWith({ post: async () => ({ eventId: 'ok' }) }))
  })
  const sessions = createSessionPipe(near)
  const client = createClient(openSession(sessions.mux))
  await client.call('post', somePost)
  await sessions.close()
  await Promise.all([server.closed, client.closed, ...served])
  t.is(await codeOf(client.call('post', somePost)), 'CLOSED')
  try {
    openSession(sessions.mux)
    t.fail('should throw')
  } catch (err) {
    t.is((err as { code: string }).code, 'CLOSED')
  }
})

const somePost = { relayKey: '', content: '', kind: 9, files: [] }
