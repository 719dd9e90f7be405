/** A storage that is put back as it was some time ago, as a restored machine has it. */
import b4a from 'b4a'
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'bare-fs'
import { join } from 'bare-path'
import test from 'brittle'
import type { Assert } from 'brittle'
import Hyperdrive from 'hyperdrive'

import { localDht, until } from './member.ts'
import { arrived, joinBy, randomFile, share, startWhole } from './whole.ts'
import type { Whole } from './whole.ts'

const LONG = { timeout: 120_000 }

/** Somebody who replicates a drive live, as a blind peer does, and saw no conflict. */
async function follow(t: Assert, { worker }: Whole, driveKey: string): Promise<Hyperdrive> {
  const copy = new Hyperdrive(
    worker.use().store.session({ circle: 'replica' }),
    b4a.from(driveKey, 'hex')
  )
  t.teardown(() => copy.close())
  await copy.ready()
  copy.core.on('conflict', () => t.fail('the entries conflict'))
  await copy.update({ wait: true })
  const { core } = await copy.getBlobs()
  core.on('conflict', () => t.fail('the blobs conflict'))
  await core.update({ wait: true })
  await core.download({ start: 0, end: core.length }).done()
  for await (const _ of copy.list('/')) continue
  return copy
}

function words({ worker }: Whole, relayKey: string): Promise<string[]> {
  const { relay } = worker.use().relays.get(relayKey)
  return relay
    .newestEvents(100)
    .then((events) => events.filter(({ kind }) => kind === 9).map(({ content }) => content))
}

/** Resolves when these words are in the group, in whatever order. */
async function said(whole: Whole, relayKey: string, expected: string[]): Promise<void> {
  const { relay } = whole.worker.use().relays.get(relayKey)
  let now: string[] = []
  const look = async (): Promise<void> => void (now = (await words(whole, relayKey)).sort())
  await look()
  while (now.join() !== expected.join()) {
    await new Promise((resolve) => relay.once('update', resolve))
    await look()
  }
}

for (const who of ['founder', 'member'] as const) {
  test(`a ${who}’s storage that was put back goes on without a conflict`, LONG, async (t) => {
    const bootstrap = await localDht(t)
    const founder = await startWhole(t, bootstrap)
    const member = await startWhole(t, bootstrap)
    const { relayKey } = await founder.calls.createRelay({ name: 'Tapes', access: 'closed' })
    await joinBy(founder, member, relayKey)
    let [older, other] = who === 'founder' ? [founder, member] : [member, founder]
    const say = ({ calls }: Whole, content: string): Promise<unknown> =>
      Promise.resolve(calls.post({ relayKey, content, kind: 9, files: [] }))
    const files = await Promise.all(['1', '2', '3'].map((name) => randomFile(t, 300_000, name)))
    const [first, second, third] = files as [
      (typeof files)[0],
      (typeof files)[0],
      (typeof files)[0]
    ]
    await share(older, relayKey, first)
    await say(older, '1')
    await arrived(other, relayKey, first.hash)
    await older.close()
    const { storage } = older
    const copy = join(await t.tmp(), 'copy')
    cpSync(storage, copy, { recursive: true })

    older = await startWhole(t, bootstrap, storage)
    await share(older, relayKey, second)
    await say(older, '2')
    await arrived(other, relayKey, second.hash)
    await said(other, relayKey, ['1', '2'])
    const replica = await follow(t, other, older.worker.use().drive.key)
    const { length } = replica.core
    await older.close()
    putBack(copy, storage)

    older = await startWhole(t, bootstrap, storage)
    const { version } = older.worker.use().drive
    t.ok(version < length, 'it is older than its copy')
    await new Promise((resolve) => older.worker.once('reopened', resolve))
    const group = older.worker.use().relays.get(relayKey)
    group.relay.base.local.on('conflict', () => t.fail('the writer conflicts'))
    await whenFetched(older, () => say(older, '3'))
    await share(older, relayKey, third)
    await arrived(other, relayKey, third.hash)
    await arrived(older, relayKey, second.hash)
    await Promise.all([older, other].map((whole) => said(whole, relayKey, ['1', '2', '3'])))
    t.pass('everybody has all words, and all files')
    // Its drive may be another again: the writer was behind as well
    const { drive } = older.worker.use()
    for (const { hash } of files) t.ok(await drive.has(relayKey, hash))
    t.is(drive.failure, null, 'and its drive is written')

    await until(() => replica.core.fork === drive.cores[0]!.fork, replica.core as never)
    await replica.update({ wait: true })
    const entry = await replica.entry(`/${relayKey}/${third.hash}`)
    t.ok(entry, 'who follows the drive sees what it has since')
    t.alike(older.worker.status().problems, [])
  })
}

/** The drive and the group are opened anew one after the other: until then BUSY is the answer. */
async function whenFetched({ worker }: Whole, work: () => Promise<unknown>): Promise<void> {
  for (;;) {
    const reopened = new Promise((resolve) => worker.once('reopened', resolve))
    try {
      await work()
      return
    } catch (err) {
      if ((err as { code?: unknown }).code !== 'BUSY') throw err
      await reopened
    }
  }
}

/** Puts the files back where they were: the store knows its own by the inode. */
function putBack(copy: string, storage: string): void {
  const db = join(storage, 'corestore', 'db')
  for (const name of readdirSync(db) as string[]) rmSync(join(db, name), { recursive: true })
  cpSync(join(copy, 'corestore', 'db'), db, { recursive: true })
  for (const name of ['relay-config.json']) {
    writeFileSync(join(storage, name), readFileSync(join(copy, name)))
  }
}
