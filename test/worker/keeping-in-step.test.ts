/** Keeping in step against the odds: wrong records, damaged files, providers that refuse. */
import b4a from 'b4a'
import test from 'brittle'
import type Hypercore from 'hypercore'

import { FileHasher } from '../../protocol/pieces.ts'
import { sealedSize } from '../../protocol/seal.ts'
import { signEvent } from '../../protocol/nostr.ts'
import { encodeRecord } from '../../worker/relays/records.ts'
import { localDht } from './member.ts'
import {
  arrived,
  eventually,
  joinBy,
  randomFile,
  share,
  startWhole,
  syncOf,
  together
} from './whole.ts'
import type { Whole } from './whole.ts'

const MB = 1024 * 1024

/** A record as a member with a modified worker writes it: first, and wrong. */
async function record(
  { worker }: Whole,
  relayKey: string,
  fields: { hash: string; size: number; piecesRoot: string | null }
): Promise<void> {
  const { relays, identity } = worker.use()
  const { relay } = relays.groups.get(relayKey)!
  const imeta = ['imeta', 'url https://a.example/x', `x ${fields.hash}`, `size ${fields.size}`]
  if (fields.piecesRoot !== null) imeta.push(`piecesRoot ${fields.piecesRoot}`)
  const event = signEvent(
    {
      kind: 1063,
      created_at: Math.floor(Date.now() / 1000),
      tags: [['h', relay.facts?.alias ?? ''], imeta],
      content: ''
    },
    identity.secretKey
  )
  await relay.base.append([encodeRecord({ type: 'event', event })])
}

test('a wrong record that came first hides no honest one', { timeout: 120_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const founder = await startWhole(t, bootstrap)
  const rogue = await startWhole(t, bootstrap)
  const { relayKey } = await together(founder, [rogue])
  const other = new FileHasher()
  other.update(b4a.alloc(3 * MB, 1))
  const root = other.digest().piecesRoot
  for (const wrong of [
    { size: 2 * MB, piecesRoot: null },
    { size: 4 * MB, piecesRoot: root },
    { size: 3 * MB, piecesRoot: root }
  ]) {
    const file = await randomFile(t, 3 * MB)
    await record(rogue, relayKey, { hash: file.hash, ...wrong })
    await eventually(syncOf(founder, relayKey), ({ files }) => files.has(file.hash))
    await share(founder, relayKey, file)
    await arrived(rogue, relayKey, file.hash)
    t.pass(`${wrong.size} bytes, ${wrong.piecesRoot === null ? 'no tree' : 'another tree'}`)
  }
  t.is(syncOf(rogue, relayKey).setAside.size, 0, 'and nobody honest is set aside')
})

test(
  'a private relay’s file is the same sealed bytes at each member, and fetched again when damaged',
  { timeout: 120_000 },
  async (t) => {
    const bootstrap = await localDht(t)
    const founder = await startWhole(t, bootstrap)
    const other = await startWhole(t, bootstrap)
    const { relayKey } = await founder.calls.createRelay({ name: 'Diary', access: 'private' })
    await joinBy(founder, other, relayKey)
    const file = await randomFile(t, 2 * MB)
    await share(founder, relayKey, file)
    await arrived(other, relayKey, file.hash)
    const core = await blobsOf(other)
    t.is(core.byteLength, sealedSize(2 * MB))
    const blocks = await blocksOf(core)
    t.alike(blocks, await blocksOf(await blobsOf(founder)))
    blocks[5]![0]! ^= 1
    // Once it was announced nobody looks: who did between these two would find it gone.
    await eventually(syncOf(other, relayKey), ({ files }) => {
      return files.get(file.hash)?.providers.size === 2
    })
    await syncOf(other, relayKey).settled()
    await core.truncate(0)
    await core.append(blocks)

    const code = await read(other, relayKey, file.hash).then(
      () => null,
      (err: { code: string }) => err.code
    )
    t.is(code, 'STORAGE_CORRUPT')
    await eventually(syncOf(other, relayKey), ({ files }) => files.get(file.hash)?.here === false)
    await arrived(other, relayKey, file.hash)
    t.ok(b4a.equals(await read(other, relayKey, file.hash), file.bytes))
  }
)

test('a provider that does not know of us yet is asked again', { timeout: 60_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const founder = await startWhole(t, bootstrap)
  const other = await startWhole(t, bootstrap)
  const { relayKey } = await together(founder, [other])
  const { records } = syncOf(founder, relayKey)
  records.isMember = async () => false // as while an admission is on its way
  const file = await randomFile(t, 10_000)
  await share(founder, relayKey, file)
  const refused = eventually(syncOf(other, relayKey), ({ files }) => {
    return files.get(file.hash)?.problem?.code === 'NOBODY_ONLINE'
  })
  await refused
  records.isMember = async () => true
  const begun = Date.now()
  await arrived(other, relayKey, file.hash)
  t.ok(Date.now() - begun < 30_000, 'long before the next sweep')
})

async function blobsOf({ worker }: Whole): Promise<Hypercore> {
  const { drive, store } = worker.use()
  const core = store.get({ discoveryKey: drive.discoveryKeys[1]! })
  await core.ready()
  return core
}

async function blocksOf(core: Hypercore): Promise<Uint8Array[]> {
  const blocks: Uint8Array[] = []
  for (let i = 0; i < core.length; i++) blocks.push(b4a.from((await core.get(i))!))
  return blocks
}

async function read({ worker }: Whole, relayKey: string, hash: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of worker.use().drive.getFile(relayKey, hash)) chunks.push(chunk)
  return b4a.concat(chunks)
}
