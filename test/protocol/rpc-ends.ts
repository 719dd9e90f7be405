/** Both ends of a real pipe, and a worker's handlers to answer on it. */
import Pipe from 'bare-pipe'
import type { Duplex } from 'streamx'
import type { CallsOf } from '../../protocol/rpc/calls.ts'

interface Test {
  tmp(): Promise<string>
  teardown(fn: () => unknown): void
}

/** A connected pair of streams over a socket in the file system. */
export async function connectedPipes(t: Test): Promise<{ near: Duplex; far: Duplex }> {
  const path = `${await t.tmp()}/pipe`
  const server = Pipe.createServer()
  const accepted = new Promise<Pipe>((resolve) => server.once('connection', resolve))
  await new Promise<void>((resolve) => server.listen(path, () => resolve()))
  const near = Pipe.createConnection(path) as unknown as Duplex
  const far = (await accepted) as unknown as Duplex
  t.teardown(async () => {
    near.destroy()
    far.destroy()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  })
  return { near, far }
}

/** Any relay. */
export function someRelay(name: string) {
  return {
    relayKey: 'ab'.repeat(32),
    publicIdentifier: `npub1test:${name}`,
    name,
    about: '',
    access: 'open',
    role: 'admin',
    members: 1,
    online: 1,
    files: 0,
    lastEventAt: 1_700_000_000,
    state: 'ready',
    creator: null,
    picture: null,
    pins: null,
    requests: 0,
    left: false,
    removed: false,
    deleted: false,
    gateways: null,
    shutOut: false,
    keep: null,
    quotaBytes: 0,
    keptBytes: 0,
    copies: 0,
    letIn: false,
    unread: 0,
    mentions: 0,
    firstUnread: null,
    last: null,
    socket: null,
    reference: null
  } as const
}

export type Subscribable = CallsOf<'subscribe'>

export { codeOf } from './codes.ts'
export { handlersWith } from './handlers.ts'
