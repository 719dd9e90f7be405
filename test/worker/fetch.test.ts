import test from 'brittle'
import { AbortController } from 'bare-abort-controller'
import { HypertunaError } from '../../protocol/errors.ts'
import { fetchFile } from '../../worker/files/fetch.ts'
import { FileServer } from '../../worker/serve/file-server.ts'
import { MEMBER, pair, until } from '../protocol/channel-pair.ts'
import {
  codeOf,
  collect,
  FILE_KEY,
  makeBytes,
  openDrive,
  OTHER_RELAY,
  RELAY,
  source
} from './drive-fixture.ts'
import { describe, provide, relayOf, spoil } from './providers.ts'

const MiB = 1024 * 1024

test('a file goes from one drive into another, with its facts', async (t) => {
  const bytes = makeBytes(5 * MiB + 12_345)
  const { record, layer } = describe(bytes, { mime: 'image/png', name: 'größe.png' })
  const theirs = await openDrive(t, await t.tmp())
  const own = await openDrive(t, await t.tmp())
  await theirs.storeFile({
    relayKey: RELAY,
    fileHash: record.hash,
    metadata: { name: 'their name' },
    source: source(bytes),
    direct: true
  })
  const { asking, answering } = await pair(
    new FileServer({ relay: relayOf([record]), drive: theirs }),
    { asking: { checkPeer: () => ({ ...MEMBER, driveKey: theirs.key }) } }
  )
  const progress: number[] = []
  const eventId = 'e'.repeat(64)
  await fetchFile({
    record,
    providers: () => [asking],
    drive: own,
    relayKey: RELAY,
    eventId,
    onprogress: (received) => progress.push(received)
  })
  t.ok(Buffer.compare(await collect(own.getFile(RELAY, record.hash)), bytes) === 0)
  const entry = await own.entry(RELAY, record.hash)
  t.alike(entry?.metadata, {
    mime: 'image/png',
    name: 'größe.png',
    size: bytes.byteLength,
    piecesRoot: record.piecesRoot,
    eventId
  })
  t.ok(Buffer.compare(await own.layer(RELAY, record.hash), layer) === 0, 'and its tree')
  t.alike(
    progress,
    [1, 2, 3, 4, 5].map((n) => n * MiB).concat(bytes.byteLength),
    'progress in order, to the last byte'
  )
  await until(() => asking.busy === 0 && answering.busy === 0)
  await asking.close()
})

test('a private relay’s file is fetched plain and kept sealed, checked piece by piece', async (t) => {
  for (const size of [0, 700_001, 9 * MiB + 3]) {
    const bytes = makeBytes(size)
    const { record, layer } = describe(bytes)
    const theirs = await openDrive(t, await t.tmp())
    const own = await openDrive(t, await t.tmp())
    for (const drive of [theirs, own]) drive.useKey(RELAY, FILE_KEY)
    const known = { relayKey: RELAY, fileHash: record.hash, metadata: {} }
    await theirs.storeFile({ ...known, source: source(bytes) })
    const relay = relayOf([record], { access: 'private', fileKey: FILE_KEY })
    const { asking } = await pair(new FileServer({ relay, drive: theirs }), {
      asking: { checkPeer: () => ({ ...MEMBER, driveKey: theirs.key }) }
    })
    await fetchFile({ record, providers: () => [asking], drive: own, relayKey: RELAY })
    t.ok(Buffer.compare(await collect(own.getFile(RELAY, record.hash)), bytes) === 0)
    t.ok(Buffer.compare(await own.layer(RELAY, record.hash), layer) === 0)
    own.useKey(RELAY, null)
    t.is(await codeOf(own.entry(RELAY, record.hash)), 'NOT_MEMBER', 'sealed')
    t.is((await own.blocks()).held, (await theirs.blocks()).held, 'once')
    await asking.close()
  }
})

test('several providers share a file, and the faster one serves more', async (t) => {
  const bytes = makeBytes(24 * MiB)
  const described = describe(bytes)
  const own = await openDrive(t, await t.tmp())
  const fast = await provide(t, described, bytes, 1)
  const slow = await provide(t, described, bytes, 2)
  fast.pace = () => turns(1)
  slow.pace = () => turns(8)
  await fetchFile({
    record: described.record,
    providers: () => [slow.channel, fast.channel],
    drive: own,
    relayKey: RELAY
  })
  t.ok(slow.served >= MiB, `slow served ${slow.served}`)
  t.ok(fast.served > 2 * slow.served, `fast served ${fast.served}`)
  t.ok(Buffer.compare(await collect(own.getFile(RELAY, described.record.hash)), bytes) === 0)
})

test('a range that a crawling provider sits on is taken over', async (t) => {
  const bytes = makeBytes(6 * MiB)
  const described = describe(bytes)
  const own = await openDrive(t, await t.tmp())
  const crawling = await provide(t, described, bytes, 1)
  const fast = await provide(t, described, bytes, 2)
  let alive = true
  // A byte run now and then: never a stall, but nobody should wait for its end.
  crawling.pace = async () => {
    await new Promise((resolve) => setTimeout(resolve, 100))
    if (!alive) throw new HypertunaError('CLOSED', 'over')
  }
  await fetchFile({
    record: described.record,
    providers: () => [crawling.channel, fast.channel],
    drive: own,
    relayKey: RELAY
  })
  alive = false
  t.ok(crawling.served < 2 * MiB, 'it was not waited for')
  t.ok(await own.has(RELAY, described.record.hash))
  await until(() => crawling.channel.busy === 0)
})

test('a provider that stalls, and one that vanishes, are replaced', async (t) => {
  const bytes = makeBytes(8 * MiB)
  const described = describe(bytes)
  const own = await openDrive(t, await t.tmp())
  const stalling = await provide(t, described, bytes, 1)
  const leaving = await provide(t, described, bytes, 2)
  const late = await provide(t, described, bytes, 3)
  const never = Promise.withResolvers<void>()
  stalling.pace = (at) => (at % MiB > 100_000 ? never.promise : Promise.resolve())
  let left = false
  leaving.pace = async () => {
    if (leaving.served < 2 * MiB) return
    left = true
    await leaving.leave()
  }
  const bad: string[] = []
  await fetchFile({
    record: described.record,
    // The third comes online when the second has gone.
    providers: () => (left ? [late.channel] : [stalling.channel, leaving.channel]),
    drive: own,
    relayKey: RELAY,
    stall: 400,
    onbadprovider: (driveKey) => bad.push(driveKey)
  })
  t.ok(late.served > 0)
  t.alike(bad, [], 'neither lied')
  t.ok(Buffer.compare(await collect(own.getFile(RELAY, described.record.hash)), bytes) === 0)
  t.is(stalling.channel.busy + late.channel.busy, 0)
})

test('who lies about one piece is named, and the file is right', async (t) => {
  const bytes = makeBytes(8 * MiB)
  const described = describe(bytes)
  const own = await openDrive(t, await t.tmp())
  const liar = await provide(t, described, bytes, 1)
  const honest = await provide(t, described, bytes, 2)
  liar.forge = (chunk, at) => (at % MiB === 3 * 65536 ? spoil(chunk) : chunk)
  honest.pace = () => turns(1)
  const bad: string[] = []
  await fetchFile({
    record: described.record,
    providers: () => [liar.channel, honest.channel],
    drive: own,
    relayKey: RELAY,
    onbadprovider: (driveKey) => bad.push(driveKey)
  })
  t.alike(bad, [liar.driveKey])
  t.ok(Buffer.compare(await collect(own.getFile(RELAY, described.record.hash)), bytes) === 0)
})

test('who sends a forged tree is named when another proves the record right', async (t) => {
  const bytes = makeBytes(2 * MiB)
  const described = describe(bytes)
  const own = await openDrive(t, await t.tmp())
  const forged = { ...described, layer: describe(makeBytes(2 * MiB, 9)).layer }
  const liar = await provide(t, forged, bytes, 1)
  const honest = await provide(t, described, bytes, 2)
  const bad: string[] = []
  await fetchFile({
    record: described.record,
    providers: () => [liar.channel, honest.channel],
    drive: own,
    relayKey: RELAY,
    onbadprovider: (driveKey) => bad.push(driveKey)
  })
  t.alike(bad, [liar.driveKey])
})

test('without a piecesRoot a wrong whole names its one provider', async (t) => {
  const bytes = makeBytes(3 * MiB)
  const described = describe(bytes, { piecesRoot: null })
  const own = await openDrive(t, await t.tmp())
  const liar = await provide(t, described, bytes, 1)
  const honest = await provide(t, described, bytes, 2)
  liar.forge = (chunk, at) => (at === 2 * MiB ? spoil(chunk) : chunk)
  const bad: string[] = []
  await fetchFile({
    record: described.record,
    providers: () => [liar.channel, honest.channel],
    drive: own,
    relayKey: RELAY,
    onbadprovider: (driveKey) => bad.push(driveKey)
  })
  t.alike(bad, [liar.driveKey])
  t.is(honest.served, bytes.byteLength, 'all of it from the honest one alone')
  t.ok(Buffer.compare(await collect(own.getFile(RELAY, described.record.hash)), bytes) === 0)
})

test('when all lie it is WRONG_BYTES, each is named, and nothing is left', async (t) => {
  const bytes = makeBytes(2 * MiB)
  for (const piecesRoot of [undefined, null]) {
    const described = describe(bytes, piecesRoot === null ? { piecesRoot } : {})
    const own = await openDrive(t, await t.tmp())
    const liars = [await provide(t, described, bytes, 1), await provide(t, described, bytes, 2)]
    for (const liar of liars) liar.forge = spoil
    const bad: string[] = []
    const outcome = await codeOf(
      fetchFile({
        record: described.record,
        providers: () => liars.map(({ channel }) => channel),
        drive: own,
        relayKey: RELAY,
        onbadprovider: (driveKey) => bad.push(driveKey)
      })
    )
    t.is(outcome, 'WRONG_BYTES')
    t.alike(bad.sort(), liars.map(({ driveKey }) => driveKey).sort())
    t.absent(await own.has(RELAY, described.record.hash))
    t.alike(await own.blobUsage(), { files: 0, bytes: 0 })
  }
})

test('a record with a forged root discredits nobody, and the file arrives by its hash', async (t) => {
  const bytes = makeBytes(2 * MiB)
  const other = describe(makeBytes(2 * MiB, 5))
  const { record, layer } = describe(bytes, { piecesRoot: other.record.piecesRoot })
  for (const colluding of [false, true]) {
    const own = await openDrive(t, await t.tmp())
    const honest = await provide(t, { record, layer }, bytes, 1)
    const channels = [honest.channel]
    if (colluding) {
      // Serves the tree that the record names, and the bytes that fit the tree.
      const partner = await provide(t, other, makeBytes(2 * MiB, 5), 2)
      channels.unshift(partner.channel)
      partner.pace = () => turns(1)
    }
    const bad: string[] = []
    const records: string[] = []
    await fetchFile({
      record,
      providers: () => channels,
      drive: own,
      relayKey: RELAY,
      onbadprovider: (driveKey) => bad.push(driveKey),
      onbadrecord: (reason) => records.push(reason)
    })
    t.alike(bad, [], 'the honest provider keeps its name')
    t.is(records.length, 1)
    t.ok(Buffer.compare(await collect(own.getFile(RELAY, record.hash)), bytes) === 0)
  }
})

test('bytes that fit a forged tree are never accepted', async (t) => {
  const bytes = makeBytes(MiB, 5)
  const other = describe(bytes)
  const { record } = describe(makeBytes(MiB), { piecesRoot: other.record.piecesRoot })
  const own = await openDrive(t, await t.tmp())
  const partner = await provide(t, other, bytes, 1)
  const fetching = fetchFile({
    record,
    providers: () => [partner.channel],
    drive: own,
    relayKey: RELAY
  })
  t.is(await codeOf(fetching), 'HASH_MISMATCH')
  t.alike(await own.blobUsage(), { files: 0, bytes: 0 })
})

test('nobody, or nobody who has it, is NOBODY_ONLINE; a wrong size is not the file', async (t) => {
  const bytes = makeBytes(MiB)
  const described = describe(bytes)
  const own = await openDrive(t, await t.tmp())
  const { record } = described
  const fetch = (channels: Parameters<typeof fetchFile>[0]['providers'], facts = {}) =>
    codeOf(
      fetchFile({
        record: { ...record, ...facts },
        providers: channels,
        drive: own,
        relayKey: RELAY
      })
    )
  t.is(await fetch(() => []), 'NOBODY_ONLINE')

  const empty = await provide(t, described, bytes, 1)
  empty.head = async () => {
    throw new HypertunaError('NOT_HELD', 'gone')
  }
  empty.layer = async () => {
    throw new HypertunaError('NOT_HELD', 'gone')
  }
  t.is(await fetch(() => [empty.channel]), 'NOBODY_ONLINE')

  const short = await provide(t, described, bytes.subarray(0, 1000), 2)
  t.is(await fetch(() => [short.channel], { piecesRoot: null }), 'WRONG_BYTES')
})

test('what is here for another relay, and an empty file, need nobody', async (t) => {
  const bytes = makeBytes(MiB)
  const { record } = describe(bytes)
  const own = await openDrive(t, await t.tmp())
  const metadata = {}
  await own.storeFile({ relayKey: OTHER_RELAY, fileHash: null, metadata, source: source(bytes) })
  await fetchFile({ record, providers: () => [], drive: own, relayKey: RELAY })
  t.ok(await own.has(RELAY, record.hash))

  const empty = describe(new Uint8Array(0)).record
  await fetchFile({ record: empty, providers: () => [], drive: own, relayKey: RELAY })
  t.ok(await own.has(RELAY, empty.hash))
})

test('cancelling stops everything and leaves nothing', async (t) => {
  const bytes = makeBytes(16 * MiB)
  for (const piecesRoot of [undefined, null]) {
    const described = describe(bytes, piecesRoot === null ? { piecesRoot } : {})
    const own = await openDrive(t, await t.tmp())
    const provider = await provide(t, described, bytes, 1)
    const controller = new AbortController()
    const outcome = await codeOf(
      fetchFile({
        record: described.record,
        providers: () => [provider.channel],
        drive: own,
        relayKey: RELAY,
        signal: controller.signal,
        onprogress: (received) => {
          if (received >= 3 * MiB) controller.abort(new Error('enough'))
        }
      })
    )
    t.is(outcome, 'CANCELLED')
    await until(() => provider.channel.busy === 0 && provider.answering.busy === 0)
    t.is(provider.begun, provider.ended)
    t.ok(provider.served < bytes.byteLength)
    t.alike(await own.blobUsage(), { files: 0, bytes: 0 })
  }
})

test('a drive that fails ends the download, with its own code', async (t) => {
  const bytes = makeBytes(16 * MiB)
  const described = describe(bytes)
  const provider = await provide(t, described, bytes, 1)
  const full = {
    async storeFile({ source }: { source: AsyncIterable<Uint8Array> }): Promise<never> {
      await source[Symbol.asyncIterator]().next()
      throw new HypertunaError('STORAGE_FULL', 'No room')
    }
  }
  const bad: string[] = []
  const fetching = fetchFile({
    record: described.record,
    providers: () => [provider.channel],
    drive: full,
    relayKey: RELAY,
    onbadprovider: (driveKey) => bad.push(driveKey)
  })
  t.is(await codeOf(fetching), 'STORAGE_FULL')
  await until(() => provider.channel.busy === 0 && provider.answering.busy === 0)
  t.alike(bad, [])
})

/** As long as the event loop needs for `count` turns. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setTimeout(resolve, 1))
}
