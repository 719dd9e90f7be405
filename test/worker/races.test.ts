/** Two things at once, and reads that fail in the middle. */
import AbortController from 'bare-abort-controller'
import b4a from 'b4a'
import Corestore from 'corestore'
import test from 'brittle'

import type { HypertunaError } from '../../protocol/errors.ts'
import { LogCursor } from '../../worker/relays/log-cursor.ts'
import { rpcHandlers } from '../../worker/rpc.ts'
import { localDht, startMember } from './member.ts'
import { startWhole } from './whole.ts'

const block = (id: string): Uint8Array => b4a.from(JSON.stringify({ id }))
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'done',
    (err: HypertunaError) => err.code
  )

test('a reordering before an event that kept its place is seen', async (t) => {
  const store = new Corestore(await t.tmp())
  t.teardown(() => store.close())
  const log = store.get({ name: 'log' })
  await log.ready()
  const cursor = new LogCursor(() => log)
  await log.append([block('card'), block('a'), block('d')])
  t.alike(
    (await cursor.advance()).events.map(({ id }) => id),
    ['card', 'a', 'd']
  )
  await log.truncate(1)
  cursor.replayed(1)
  await log.append([block('b'), block('d')])
  t.is((await cursor.advance()).reordered, true)
  cursor.replayed(3)
  await log.append(block('e'))
  const { events, reordered } = await cursor.advance()
  t.is(reordered, false, 'what follows is new and no reordering')
  t.alike(
    events.map(({ id }) => id),
    ['e']
  )
})

test('events before a read that failed are told of later', async (t) => {
  const blocks = [block('a'), block('b')]
  let fails = true
  const flaky = {
    length: 2,
    get: (at: number) =>
      at === 1 && fails ? Promise.reject(new Error('too slow')) : Promise.resolve(blocks[at])
  }
  const cursor = new LogCursor(() => flaky as never)
  await t.exception(cursor.advance(), /too slow/)
  fails = false
  t.alike(
    (await cursor.advance()).events.map(({ id }) => id),
    ['a', 'b']
  )
})

test('an identifier is created once, and joined once', { timeout: 120_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const a = await startMember(t, bootstrap)
  const b = await startMember(t, bootstrap)
  const wish = { name: 'Same', alias: 'same', access: 'open' }
  const codes = await Promise.all([codeOf(a.relays.create(wish)), codeOf(a.relays.create(wish))])
  t.alike(codes.sort(), ['RELAY_EXISTS', 'done'])

  const [{ relayKey } = { relayKey: '' }] = a.config.get().relays
  const { invite } = await a.relays.invite(relayKey, { expiresIn: 0, uses: 0 })
  const signal = new AbortController().signal as never
  let second: Promise<string> | null = null
  await b.relays.join(invite, {
    signal,
    onphase(phase) {
      if (phase === 'syncing') second = codeOf(b.relays.join(invite, { signal, onphase() {} }))
    }
  })
  t.is(await second, 'RELAY_EXISTS', 'a second join while the first arrives')
})

test(
  'a conversation whose log cannot be read ends with a reason',
  { timeout: 120_000 },
  async (t) => {
    const whole = await startWhole(t, await localDht(t))
    const { relayKey } = await whole.calls.createRelay({ name: 'Field notes', access: 'open' })
    const group = whole.worker.use().relays.get(relayKey)
    const failed = new Promise<unknown>((resolve) => {
      const subscription = {
        signal: new AbortController().signal,
        closed: false,
        send() {},
        fail: resolve
      }
      void rpcHandlers(whole.worker)
        .conversation({ relayKey, limit: 10 }, subscription as never)
        ?.then(() => {
          group.relay.newestEvents = () => Promise.reject(new Error('too slow'))
          group.emit('update', {
            events: [],
            reordered: true,
            touched: null,
            membersChanged: false
          })
        })
    })
    t.ok(/too slow/.test(String(await failed)), 'the face is told')
  }
)
