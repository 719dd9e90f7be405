/** Who holds what, as far as it was proved: whole members on real swarms. */
import AbortController from 'bare-abort-controller'
import test from 'brittle'
import type { Assert } from 'brittle'

import type * as Rpc from '../../protocol/rpc/generated/types.ts'
import type { FileChannel } from '../../protocol/file-channel/channel.ts'
import type { Holder, Safety } from '../../worker/files/holdings/holdings.ts'
import { encodeRecord } from '../../worker/relays/records.ts'
import type { FileServer } from '../../worker/serve/file-server.ts'
import { localDht } from './member.ts'
import type { TestContext } from './member.ts'
import { arrived, joinBy, randomFile, share, startWhole, syncOf, together } from './whole.ts'
import type { Whole } from './whole.ts'

const MB = 1024 * 1024

/** What takes an hour takes a moment here. */
const PACE = { reprove: 300, retry: 300, look: 100, patience: 5000, save: 200 }

const start = (t: TestContext, bootstrap: string[], dir?: string): Promise<Whole> =>
  startWhole(t, bootstrap, dir, { pace: PACE })

/** Resolves when what is known of the group's holders is as it should be. */
function known({ worker }: Whole, holds: (safety: Safety) => boolean): Promise<Safety> {
  const { holdings } = worker.use()
  return new Promise((resolve) => {
    const look = (): void => {
      const safety = holdings.safety()
      if (!holds(safety)) return
      holdings.off('change', look)
      resolve(safety)
    }
    holdings.on('change', look)
    look()
  })
}

function holderOf(whole: Whole, relayKey: string, hash: string, other: Whole): Holder | undefined {
  const { drive } = other.worker.use()
  const holders = whole.worker.use().holdings.holders(relayKey, hash)
  return holders.find(({ driveKey }) => driveKey === drive.key)
}

const failed = (whole: Whole, relayKey: string, hash: string, other: Whole): Promise<Safety> =>
  known(whole, () => (holderOf(whole, relayKey, hash, other)?.failure ?? null) !== null)

/** What answers for a worker; a test may have it lie. */
function responderOf({ worker }: Whole, relayKey: string): FileServer {
  const { link } = worker.use().relays.get(relayKey)
  return link!.options.respond as FileServer
}

/** A member that says to hold a file, and has not got it. */
async function claim({ worker }: Whole, relayKey: string, hash: string): Promise<void> {
  const { relays, drive } = worker.use()
  const record = { type: 'announce' as const, driveKey: drive.key, held: [hash], withdrawn: [] }
  await relays.get(relayKey).relay.base.append([encodeRecord(record)])
}

test(
  'one provider is killed and another’s bytes are wiped behind its back: the answer changes',
  { timeout: 120_000 },
  async (t) => {
    const bootstrap = await localDht(t)
    const us = await start(t, bootstrap)
    const killed = await start(t, bootstrap)
    const wiped = await start(t, bootstrap)
    const { relayKey } = await together(us, [killed, wiped])
    const file = await randomFile(t, 3 * MB)
    const begun = known(us, ({ here }) => here.files === 1)
    await share(us, relayKey, file)
    const alone = await begun
    t.is(alone.state, 'only-here', 'at first nobody else has it')
    t.alike(alone.onlyHere, { files: 1, bytes: 3 * MB })
    await arrived(killed, relayKey, file.hash)
    await arrived(wiped, relayKey, file.hash)
    const safe = await known(us, ({ state }) => state === 'safe')
    t.is(safe.groups[0]!.needed, 2, 'three copies are wanted, and ours is one of them')
    t.is(us.worker.use().holdings.proved(relayKey, file.hash), 2)

    await killed.close()
    const waiting = await known(us, ({ state }) => state === 'wait')
    t.alike(waiting.few, { files: 1, bytes: 3 * MB })
    t.is(waiting.away.files, 0, 'one is still there')
    t.absent(us.worker.use().holdings.of(relayKey)!.mayDrop(file.hash), 'none to spare')
    t.ok(waiting.groups[0]!.helpers.some(({ online }) => online))

    const { drive, store } = wiped.worker.use()
    const blobs = store.get({ discoveryKey: drive.discoveryKeys[1]! })
    await blobs.ready()
    await blobs.clear(0, blobs.length)
    await failed(us, relayKey, file.hash, wiped)
    const away = us.worker.use().holdings.safety()
    t.is(away.state, 'wait', 'who was killed may come back with it')
    t.alike(away.away, { files: 1, bytes: 3 * MB })
    const holder = holderOf(us, relayKey, file.hash, wiped)!
    t.is(holder.online, true)
    t.is(holder.proved, false)
    t.is(holder.failure, 'not-held')

    const { holders, target } = await us.calls.fileHolders({ relayKey, hash: file.hash })
    t.is(target, 3)
    t.is(holders.length, 3, 'as the database goes nothing has changed')
    const gone = holders.find(({ online }) => !online)!
    t.ok(gone.proved && gone.provedAt! > 0 && gone.seenAt! >= gone.provedAt!)
    t.is(holders.filter(({ ours }) => ours).length, 1)
  }
)

test(
  'who answers wrongly holds nothing, until it answers right',
  { timeout: 60_000 },
  async (t) => {
    const bootstrap = await localDht(t)
    const us = await start(t, bootstrap)
    const liar = await start(t, bootstrap)
    const { relayKey } = await together(us, [liar])
    const file = await randomFile(t, MB)
    await share(us, relayKey, file)
    await arrived(liar, relayKey, file.hash)
    await known(us, ({ state }) => state === 'safe')
    const responder = responderOf(liar, relayKey)
    responder.read = async function* (_peer, _hash, _offset, length) {
      yield new Uint8Array(length)
    }
    await known(us, ({ state }) => state === 'only-here')
    const holder = holderOf(us, relayKey, file.hash, liar)!
    t.is(holder.failure, 'wrong-bytes')
    t.ok(holder.failedAt! > 0)
    t.is(us.worker.use().holdings.proved(relayKey, file.hash), 0)
    delete (responder as Partial<FileServer>).read // what it inherits is honest
    await known(us, ({ state }) => state === 'safe')
    t.is(holderOf(us, relayKey, file.hash, liar)!.failure, null)
  }
)

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

test('who claims everything without bytes never counts', { timeout: 60_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const us = await start(t, bootstrap)
  const boaster = await start(t, bootstrap)
  const { relayKey } = await together(us, [boaster])
  boaster.worker.use().drive.storeFile = () => Promise.reject(new Error('No room'))
  const counted: number[] = []
  const { holdings } = us.worker.use()
  const file = await randomFile(t, MB)
  holdings.on('change', () => counted.push(holdings.proved(relayKey, file.hash)))
  await share(us, relayKey, file)
  await claim(boaster, relayKey, file.hash)
  await failed(us, relayKey, file.hash, boaster)
  t.is(holderOf(us, relayKey, file.hash, boaster)!.failure, 'not-held')

  const honest = channelTo(us, relayKey, boaster)
  const responder = responderOf(boaster, relayKey)
  const asked: string[] = []
  // What it is asked it asks us: first for the bytes, then for the very answer.
  responder.head = async () => {
    return { status: 'ok', size: MB, mime: null, name: null, event: null }
  }
  responder.read = async function* (_peer, hash, offset, length) {
    asked.push('bytes')
    const { stream } = await honest.request({ hash, offset, length, event: false })
    yield* stream
  }
  const twice = (what: string): Promise<void> =>
    new Promise((resolve) => {
      const timer = setInterval(() => {
        if (asked.filter((word) => word === what).length < 2) return
        clearInterval(timer)
        resolve()
      }, 50)
    })
  await twice('bytes')
  t.is(holdings.proved(relayKey, file.hash), 0, 'an answer made of our own bytes')

  let nonce = new Uint8Array(0)
  responder.challenged = (_peer, challenge) => {
    nonce = challenge.nonce as Uint8Array<ArrayBuffer>
  }
  responder.read = async function* (_peer, hash, offset, length) {
    asked.push('answer')
    await honest.sample({ hash, offset, length, nonce }).catch(() => {})
    yield new Uint8Array(length)
  }
  await twice('answer')
  await known(us, () => {
    return holderOf(us, relayKey, file.hash, boaster)?.failure === 'passed-on'
  })
  t.ok(
    counted.every((count) => count === 0),
    'not for a moment'
  )
  t.is(holdings.safety().state, 'only-here')
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

/** The other side's channel to us. */
function channelTo(us: Whole, relayKey: string, from: Whole): FileChannel {
  const { link } = from.worker.use().relays.get(relayKey)
  const { pubkey } = us.worker.use().identity
  return link!.members().find(({ peer }) => peer?.pubkey === pubkey)!
}
