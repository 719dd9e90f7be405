/** The list of groups as faces see it: names, order, and who is online. */
import AbortController from 'bare-abort-controller'
import { copyFileSync } from 'bare-fs'
import { join } from 'bare-path'
import test from 'brittle'

import type * as Rpc from '../../protocol/rpc/generated/types.ts'
import { silent } from '../../worker/log.ts'
import { rpcHandlers } from '../../worker/rpc.ts'
import { Worker } from '../../worker/worker.ts'
import { openFeed } from './feeds.ts'
import { localDht } from './member.ts'
import { joinBy, randomFile, share, startWhole, syncOf } from './whole.ts'
import type { Whole } from './whole.ts'

/** Looks at the list until it is as wanted; `seen` gets every list on the way. */
function wanted(
  { calls }: Whole,
  holds: (relays: Rpc.Relay[]) => boolean,
  seen: (relays: Rpc.Relay[]) => void = () => {}
): Promise<Rpc.Relay[]> {
  const abort = new AbortController()
  return new Promise((resolve, reject) => {
    const look = ({ relays }: Rpc.RelayList): boolean => {
      if (subscription.closed) return true
      seen(relays)
      if (!holds(relays)) return true
      subscription.closed = true
      resolve(relays)
      abort.abort(undefined)
      return true
    }
    const subscription = {
      signal: abort.signal,
      closed: false,
      send: look,
      latest: look,
      fail: reject
    }
    const list = calls.relayList as (request: unknown, subscription: unknown) => void
    list({}, subscription)
  })
}

test('a private group has its name from the first moment', { timeout: 60_000 }, async (t) => {
  const a = await startWhole(t, await localDht(t))
  const { relays } = a.worker.use()
  const names: string[] = []
  relays.on('group', ({ relay }: { relay: { facts: { name: string } | null } }) =>
    names.push(relay.facts?.name ?? '')
  )
  await a.calls.createRelay({ name: 'Band Demos', about: 'Ours', access: 'private' })
  t.alike(names, ['Band Demos'])
  const [shown] = await wanted(a, ({ length }) => length === 1)
  t.is(shown?.name, 'Band Demos')
  t.is(shown?.about, 'Ours')
})

test('groups are listed in the same order after a restart', { timeout: 90_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const dir = await t.tmp()
  const a = await startWhole(t, bootstrap, dir)
  const names = ['One', 'Two', 'Three', 'Four']
  for (const name of names) await a.calls.createRelay({ name, access: 'private' })
  const listed = async (whole: Whole): Promise<string[]> =>
    (await wanted(whole, ({ length }) => length === names.length)).map(({ name }) => name)
  t.alike(await listed(a), names)
  await a.close()
  const again = await startWhole(t, bootstrap, dir)
  const { groups } = again.worker.use().relays
  const opened = [...groups].reverse()
  groups.clear()
  for (const [relayKey, group] of opened) groups.set(relayKey, group)
  t.alike(await listed(again), names, 'whichever was open first')
})

test('nobody is told of no files before they were looked at', { timeout: 60_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const dir = await t.tmp()
  const a = await startWhole(t, bootstrap, dir)
  const { relayKey } = await a.calls.createRelay({ name: 'Field notes', access: 'closed' })
  const file = await randomFile(t, 1000)
  await share(a, relayKey, file)
  await openFeed(t, a, 'files', { relayKey }).wanted(({ files }) => files.length === 1)
  await a.close()

  const again = await startWhole(t, bootstrap, dir)
  t.absent(syncOf(again, relayKey).opened, 'groups are there before their files were looked at')
  const feed = openFeed(t, again, 'files', { relayKey })
  await feed.wanted(({ reset }) => reset)
  t.alike(
    feed.values.map(({ files }) => files.map(({ hash }) => hash)),
    [[file.hash]],
    'the first word has all of them'
  )
})

test('who asks for the list while groups are opened has it whole, and at once', async (t) => {
  const bootstrap = await localDht(t)
  const dir = await t.tmp()
  const a = await startWhole(t, bootstrap, dir)
  for (const name of ['One', 'Two']) await a.calls.createRelay({ name, access: 'closed' })
  await a.close()
  const worker = new Worker({ storage: dir, bootstrap, localPort: 0, version: '0', log: silent })
  t.teardown(() => worker.close())
  const opening = worker.ready()
  while (worker.parts === null) await new Promise((resolve) => setImmediate(resolve))
  const { relays } = worker.use()
  t.absent(relays.opened)
  const whole = { worker, calls: rpcHandlers(worker), storage: dir, close: () => worker.close() }
  const feed = openFeed(t, whole, 'relayList', {})
  await opening
  const { relays: listed } = await feed.wanted(() => true)
  t.alike(
    listed.map(({ name }) => name),
    ['One', 'Two']
  )
})

test('somebody with two devices is one who is online', { timeout: 120_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const founder = await startWhole(t, bootstrap)
  const dirs = [await t.tmp(), await t.tmp()] as [string, string]
  const first = await startWhole(t, bootstrap, dirs[0])
  copyFileSync(join(dirs[0], 'identity.json'), join(dirs[1], 'identity.json'))
  const second = await startWhole(t, bootstrap, dirs[1])
  const { relayKey } = await founder.calls.createRelay({ name: 'Field notes', access: 'closed' })
  await joinBy(founder, first, relayKey)
  await joinBy(founder, second, relayKey)
  const { identity, relays } = first.worker.use()
  const sees = (pubkey: string): boolean =>
    relays.get(relayKey).link?.onlinePubkeys().has(pubkey) === true
  const founders = founder.worker.use().identity.pubkey
  const group = relays.get(relayKey)
  while (!sees(identity.pubkey) || !sees(founders)) {
    await new Promise<void>((resolve) => group.once('online', () => resolve()))
  }
  const [shown] = await wanted(first, ([relay]) => relay?.online === 2)
  t.is(shown?.members, 2)
  t.is(shown?.online, 2)
})
