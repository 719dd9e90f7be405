/** Who holds what, as far as it was proved: whole members on real swarms. */
import test from 'brittle'

import type { FileChannel } from '../../protocol/file-channel/channel.ts'
import type { Safety } from '../../worker/files/holdings/holdings.ts'
import { encodeRecord } from '../../worker/relays/records.ts'
import type { FileServer } from '../../worker/serve/file-server.ts'
import { holderOf, known, start } from './holdings-scene.ts'
import { localDht } from './member.ts'
import { arrived, eventually, randomFile, share, syncOf, together } from './whole.ts'
import type { Whole } from './whole.ts'

const MB = 1024 * 1024

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
  await eventually(syncOf(boaster, relayKey), ({ files }) => files.has(file.hash))
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

/** The other side's channel to us. */
function channelTo(us: Whole, relayKey: string, from: Whole): FileChannel {
  const { link } = from.worker.use().relays.get(relayKey)
  const { pubkey } = us.worker.use().identity
  return link!.members().find(({ peer }) => peer?.pubkey === pubkey)!
}
