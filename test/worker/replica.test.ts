/** Files of somebody who is away, read from a copy of its drive that another member has. */
import b4a from 'b4a'
import test from 'brittle'
import Corestore from 'corestore'
import type Hypercore from 'hypercore'
import Hyperdrive from 'hyperdrive'

import { HypertunaError } from '../../protocol/errors.ts'
import { Replica } from '../../worker/files/replica.ts'
import { Replicas } from '../../worker/files/replicas.ts'
import { silent } from '../../worker/log.ts'
import { circleOf } from '../../worker/network/core-claim.ts'
import { localDht } from './member.ts'
import type { TestContext } from './member.ts'
import { arrived, eventually, joinBy, randomFile, share, startWhole, syncOf } from './whole.ts'
import type { Whole } from './whole.ts'

const MB = 1024 * 1024
const LONG = { timeout: 120_000 }

/** Copies all of somebody's drive into this member's store, as a blind peer does. */
async function copyDrive(t: TestContext, { worker }: Whole, driveKey: string): Promise<Hypercore> {
  const { store } = worker.use()
  const session = store.session({ circle: 'replica' })
  const copy = new Hyperdrive(session, b4a.from(driveKey, 'hex'))
  t.teardown(() => copy.close())
  await copy.ready()
  await copy.update({ wait: true })
  const { core: blobs } = await copy.getBlobs()
  await blobs.update({ wait: true })
  for (const core of [copy.core, blobs]) {
    await core.download({ start: 0, end: core.length }).done()
  }
  return blobs
}

for (const access of ['closed', 'private'] as const) {
  test(
    `a ${access} group’s file comes from a copy of its drive, and is kept once`,
    LONG,
    async (t) => {
      const bootstrap = await localDht(t)
      const [away, keeper, reader] = (await Promise.all(
        [1, 2, 3].map(() => startWhole(t, bootstrap))
      )) as [Whole, Whole, Whole]
      const { relayKey } = await away.calls.createRelay({ name: 'Tapes', access })
      for (const other of [keeper, reader]) {
        await joinBy(away, other, relayKey)
        await other.calls.setKeep({ relayKey, keep: 'on-demand' })
      }
      // So that no copy is made for the sake of the group: this is about the last one.
      for (const { worker } of [keeper, reader]) {
        worker.use().files.of(relayKey).holdings = null
      }
      const file = await randomFile(t, 5 * MB)
      await share(away, relayKey, file)
      const { hash } = file
      const sync = syncOf(reader, relayKey)
      await eventually(sync, ({ files }) => (files.get(hash)?.providers.size ?? 0) > 0)
      const { key: driveKey, discoveryKeys } = away.worker.use().drive
      const blobsKey = discoveryKeys[1]!
      await copyDrive(t, keeper, driveKey)
      await away.close()
      await eventually(sync, (now) => now.online(now.files.get(hash)!) === 0)

      const code = await (reader.calls.fetchFile({ relayKey, hash }) as Promise<unknown>).then(
        () => 'done',
        (err: unknown) => HypertunaError.from(err).code
      )
      t.is(code, 'NOBODY_ONLINE', 'nobody can be dialled')
      await arrived(reader, relayKey, hash)
      const { drive, store } = reader.worker.use()
      const chunks: Uint8Array[] = []
      for await (const chunk of drive.getFile(relayKey, hash)) chunks.push(chunk)
      t.ok(b4a.equals(b4a.concat(chunks), file.bytes), 'it came, and is right')

      const core = store.get({ discoveryKey: blobsKey })
      await core.ready()
      let held = 0
      for (let i = 0; i < core.length; i++) if (await core.has(i)) held++
      t.is(held, 0, 'nothing of the copy is left')
      await core.close()
    }
  )
}

test('who names a relay’s core as its drive gets it into no other circle', LONG, async (t) => {
  const bootstrap = await localDht(t)
  const founder = await startWhole(t, bootstrap)
  const { relayKey } = await founder.calls.createRelay({ name: 'Diary', access: 'private' })
  const { store, relays } = founder.worker.use()
  const { base } = relays.get(relayKey).relay
  const { key, discoveryKey } = base.local
  const posing = store.session({ circle: 'replica' }).get({ key })
  await posing.ready()
  const core = store.get({ discoveryKey })
  await core.ready()
  const mark = await core.getUserData('hypertuna/circle')
  t.is(b4a.toString(mark!).replace('!', ''), circleOf(relayKey, true))
  await core.close()
  await posing.close()
})

test('who closes does not wait for a copy that nobody has', async (t) => {
  const patience: unknown[] = []
  const real = globalThis.setTimeout
  globalThis.setTimeout = ((work: () => void, ms: number) => {
    if (ms !== 10_000) return real(work, ms)
    return patience.push(work) // and it never ends
  }) as unknown as typeof setTimeout
  t.teardown(() => (globalThis.setTimeout = real))
  const store = new Corestore(await t.tmp())
  t.teardown(() => store.close())
  const nobodys = 'cc'.repeat(32)
  const asked = Promise.withResolvers<void>()
  const replicas = new Replicas({
    relayKey: 'aa'.repeat(32),
    fileKey: () => null,
    openDrive(driveKey) {
      const drive = new Hyperdrive(store.session(), b4a.from(driveKey, 'hex'))
      drive.update = () => {
        asked.resolve()
        return new Promise(() => {}) // nobody answers
      }
      return drive
    },
    onfound: () => t.fail('nobody has it'),
    log: silent
  })
  replicas.look([nobodys])
  await asked.promise
  await replicas.close()
  t.absent(replicas.has([nobodys]))
})

test('a copy’s owner does not say how much memory its trees take', async (t) => {
  const store = new Corestore(await t.tmp())
  const drive = new Hyperdrive(store)
  t.teardown(() => drive.close())
  await drive.ready()
  const [relayKey, hash] = ['aa'.repeat(32), 'bb'.repeat(32)]
  const { core } = await drive.getBlobs()
  await core.append(Array.from({ length: 64 }, () => b4a.alloc(MB)))
  const layerBlob = { byteOffset: 0, blockOffset: 0, blockLength: 64, byteLength: 64 * MB }
  const replica = new Replica(drive, b4a.toString(drive.key, 'hex'), {
    relayKey,
    fileKey: () => null
  })
  const ask = async (claimed: number, size?: number): Promise<string> => {
    const blocks = { byteOffset: 0, blockOffset: 0, blockLength: Math.ceil(claimed / 65536) }
    const blob = { ...blocks, byteLength: claimed }
    const value = {
      executable: false,
      linkname: null,
      blob,
      metadata: { size: claimed, layerBlob }
    }
    await drive.putEntry(`/${relayKey}/${hash}`, value as never)
    return replica.pieces(size === undefined ? { hash } : { hash, size }).then(
      ({ byteLength }) => `${byteLength} bytes`,
      (err: unknown) => HypertunaError.from(err).code
    )
  }
  t.is(await ask(2 ** 38, MB), 'WRONG_BYTES', 'another size than the record’s')
  t.is(await ask(2 ** 52), 'WRONG_BYTES', 'larger than files with trees are')
  t.is(await ask(MB, MB), 'WRONG_BYTES', 'blocks that are too large')
})
