/** The page's feeds when the worker ends them. */
import test from 'brittle'

import { BegunAgain } from '../../app/ui/session/begun-again.ts'
import type { Host } from '../../app/ui/session/host.ts'
import { Session } from '../../app/ui/session/session.ts'
import { relayListFeed } from '../../app/ui/state/feeds.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import type { RpcClient } from '../../protocol/rpc/client.ts'

/** A session with a worker whose subscriptions the test answers. */
async function sessionWith(subscribe: Subscribe): Promise<Session> {
  const closed = new Promise<void>(() => {})
  const client = {
    closed,
    subscribe: (_name: string, _request: object, ...ends: Parameters<Subscribe>) =>
      subscribe(...ends)
  }
  const connect = () => Promise.resolve(client as unknown as RpcClient)
  const host = { admit: () => Promise.resolve('admitted'), connect } as unknown as Host
  const session = new Session(host)
  await session.connect()
  return session
}

type Subscribe = (
  onvalue: (value: unknown) => void,
  onend: (error: HypertunaError | null) => void
) => () => void

test('a feed that the worker ended with an error is begun again, and says so till then', async (t) => {
  let begun = 0
  const session = await sessionWith((onvalue, onend) => {
    const refused = ++begun === 1
    queueMicrotask(() => {
      if (refused) onend(new HypertunaError('BUSY', 'Hypertuna is starting'))
      else onvalue({ relays: [], waiting: null })
    })
    return () => {}
  })
  const feed = relayListFeed(session)
  const said: (string | undefined)[] = []
  session.failing.subscribe(() => {
    const [error] = session.failing.get().values()
    said.push((error as HypertunaError | undefined)?.code)
  })
  await new Promise<void>((resolve) => {
    feed.subscribe(() => {
      if (feed.get().error === null) resolve()
      else t.absent(feed.get().loaded, 'there is nothing yet')
    })
  })
  t.is(begun, 2)
  t.ok(feed.get().loaded)
  t.alike(said, ['BUSY', undefined], 'the page can tell, and then needs not')
})

test('what was stopped, dropped with its session, or is done is not begun again', async (t) => {
  const begun: Parameters<Subscribe>[1][] = []
  const begin = () =>
    new BegunAgain<null>(
      (_onvalue, onend) => {
        begun.push(onend as Parameters<Subscribe>[1])
        return () => {}
      },
      { onvalue() {}, onend() {} }
    )
  const stopped = begin()
  stopped.stop()
  begun[0]!(new HypertunaError('BUSY', 'starting'))
  begin()
  begun[1]!(new HypertunaError('CLOSED', 'gone'))
  begin()
  begun[2]!(null)
  begin() // what ends like the first is begun again, and by then the others would have been
  begun[3]!(new HypertunaError('BUSY', 'starting'))
  const again = new Promise<void>((resolve) => {
    const push = begun.push.bind(begun)
    begun.push = (...ends) => {
      resolve()
      return push(...ends)
    }
  })
  await again
  t.is(begun.length, 5)
})

test('a session that was lost is there again when a worker answers, and not before', async (t) => {
  const answering = [true, false, true]
  const closing: (() => void)[] = []
  const clients = answering.map((answers) => {
    let close = (): void => {}
    const closed = new Promise<void>((resolve) => (close = resolve))
    closing.push(close)
    const subscribe = (_name: string, _request: object, onvalue: (value: unknown) => void) => {
      if (answers) queueMicrotask(() => onvalue({ state: 'starting' }))
      else queueMicrotask(close) // the shell has no worker to hand it to
      return () => {}
    }
    return { closed, subscribe } as unknown as RpcClient
  })
  const host = {
    admit: () => Promise.resolve('admitted'),
    connect: () => Promise.resolve(clients.shift())
  } as unknown as Host
  const session = new Session(host)
  const links: string[] = []
  session.link.subscribe(() => links.push(session.link.get()))
  await session.connect()
  closing[0]?.()
  await new Promise<void>((resolve) => session.link.subscribe(resolve))
  const opened = session.opened()
  await session.connect()
  t.is(session.link.get(), 'lost', 'nobody answered')
  await session.connect()
  await opened
  t.alike(links, ['open', 'lost', 'open'], 'it is not there for a moment in between')
})
