/** What faces and restarts make of proofs, and how many copies are wanted. */
import AbortController from 'bare-abort-controller'
import { readFileSync } from 'bare-fs'
import { join } from 'bare-path'
import test from 'brittle'
import type { Assert } from 'brittle'

import type * as Rpc from '../../protocol/rpc/generated/types.ts'
import { holderOf, known, start } from './holdings-scene.ts'
import { localDht } from './member.ts'
import { arrived, joinBy, randomFile, share, syncOf, together } from './whole.ts'
import type { Whole } from './whole.ts'

const MB = 1024 * 1024

test('faces follow whether this device may go offline', { timeout: 60_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const us = await start(t, bootstrap)
  const other = await start(t, bootstrap)
  const { relayKey } = await together(us, [other])
  const alone = await us.calls.createRelay({ name: 'Notes', access: 'closed' })
  const [all, one] = [safetyOf(t, us, {}), safetyOf(t, us, { relayKey })]
  const file = await randomFile(t, 10_000)
  await share(us, relayKey, file)
  await arrived(other, relayKey, file.hash)
  const { groups, here } = await one(({ state, here }) => state === 'safe' && here.files === 1)
  t.is(groups.length, 1)
  t.is(groups[0]!.name, 'Field notes')
  t.alike(here, { files: 1, bytes: 10_000 })
  const shared = await randomFile(t, 2000)
  await share(us, alone.relayKey, shared)
  const worst = await all(({ state }) => state === 'only-here')
  t.alike(worst.onlyHere, { files: 1, bytes: 2000 })
  t.is(worst.groups.length, 2)
  t.is(syncOf(us, relayKey).files.size, 1)
  const { pubkey } = other.worker.use().identity
  await other.close()
  const waiting = await one(({ state }) => state === 'wait')
  t.is(waiting.groups[0]!.helpers[0]!.pubkey, pubkey)
})

test('what was proved is known after a restart', { timeout: 60_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const first = await start(t, bootstrap)
  const other = await start(t, bootstrap)
  const { relayKey } = await together(first, [other])
  const file = await randomFile(t, MB)
  await share(first, relayKey, file)
  await arrived(other, relayKey, file.hash)
  await known(first, ({ state }) => state === 'safe')
  const before = holderOf(first, relayKey, file.hash, other)!
  const { key } = other.worker.use().drive
  await other.close()
  await first.close()
  const again = await start(t, bootstrap, first.storage)
  const { state, away } = await known(again, ({ here }) => here.files === 1)
  t.is(state, 'wait')
  t.is(away.files, 1, 'it is with somebody who is away')
  const after = again.worker.use().holdings.holders(relayKey, file.hash)
  const { online, proved, provedAt, seenAt } = after.find(({ driveKey }) => driveKey === key)!
  t.is(online, false)
  t.ok(proved)
  t.ok(provedAt! >= before.provedAt!)
  t.ok(seenAt! >= provedAt!)
})

test('of a group that is forgotten nothing stays written', { timeout: 60_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const us = await start(t, bootstrap)
  const other = await start(t, bootstrap)
  const { relayKey } = await together(other, [us])
  const file = await randomFile(t, 10_000)
  await share(other, relayKey, file)
  await arrived(us, relayKey, file.hash)
  await known(us, ({ state }) => state === 'safe')
  await us.calls.leaveGroup({ relayKey })
  await us.calls.forgetGroup({ relayKey })
  await us.close()
  const written = readFileSync(join(us.storage, 'holdings'), 'utf8') as string
  t.ok(written.startsWith('hypertuna holdings 1\n'))
  t.absent(written.includes(relayKey))
  t.absent(written.includes(file.hash))
})

test('an admin says how many copies there are to be', { timeout: 60_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const us = await start(t, bootstrap)
  const other = await start(t, bootstrap)
  const third = await start(t, bootstrap)
  const { relayKey } = await together(us, [other])
  await joinBy(us, third, relayKey)
  const file = await randomFile(t, 100_000)
  await share(us, relayKey, file)
  await arrived(other, relayKey, file.hash)
  await arrived(third, relayKey, file.hash)
  await known(us, ({ groups }) => groups[0]?.target === 3)
  await third.close()
  await known(us, ({ state }) => state === 'wait')
  const facts = { relayKey, name: 'Field notes', about: '' }
  await us.calls.editGroup({ ...facts, copies: 2 })
  await known(us, ({ state, groups }) => state === 'safe' && groups[0]?.target === 2)
  await known(other, ({ groups }) => groups[0]?.target === 2)
  await us.calls.editGroup(facts)
  t.is(us.worker.use().relays.get(relayKey).relay.facts?.copies, 2, 'what is not said stays')
  const error = await us.calls.editGroup({ ...facts, copies: 1000 }).catch((err) => err)
  t.is(error.code, 'NOT_ALLOWED')

  await us.calls.setCopies({ relayKey, copies: 5 })
  t.is(syncOf(us, relayKey).holdings?.target, 2, 'the group’s own word goes before the device’s')
})

/** A face's feed: resolves when what it is told is as it should be. */
function safetyOf(
  t: Assert,
  { calls }: Whole,
  request: Rpc.SafetyRequest
): (holds: (safety: Rpc.Safety) => boolean) => Promise<Rpc.Safety> {
  const abort = new AbortController()
  t.teardown(() => abort.abort(undefined))
  let newest: Rpc.Safety | null = null
  const waiting: (() => void)[] = []
  const latest = (safety: Rpc.Safety): boolean => {
    newest = safety
    for (const look of waiting.splice(0)) look()
    return true
  }
  const fail = (err: Error): void => t.fail(err.message)
  const subscription = { signal: abort.signal, closed: false, send: latest, latest, fail }
  const call = calls.safety as (request: unknown, subscription: unknown) => void
  call(request, subscription)
  return (holds) =>
    new Promise((resolve) => {
      const look = (): void => {
        if (newest !== null && holds(newest)) resolve(newest)
        else waiting.push(look)
      }
      look()
    })
}
