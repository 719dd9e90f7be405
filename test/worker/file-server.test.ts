import test from 'brittle'
import type { Assert } from 'brittle'
import { HypertunaError } from '../../protocol/errors.ts'
import type { Asker, FileChannel, PeerInfo } from '../../protocol/file-channel/channel.ts'
import { generateSecretKey, getPublicKey, signEvent } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { layerRoot } from '../../protocol/pieces.ts'
import type { Drive } from '../../worker/files/drive.ts'
import { FileServer } from '../../worker/serve/file-server.ts'
import type { RelayFiles } from '../../worker/serve/file-server.ts'
import { MEMBER, pair } from '../protocol/channel-pair.ts'
import {
  collect,
  FILE_KEY,
  makeBytes,
  openDrive,
  OTHER_RELAY,
  RELAY,
  source
} from './drive-fixture.ts'
import { describe, relayOf } from './providers.ts'

const bytes = makeBytes(700_001)
const PRIVATE = { access: 'private' as const, fileKey: FILE_KEY }
const { record } = describe(bytes, { mime: 'video/mp4', name: 'the record’s name.mp4' })

async function serve(
  t: Assert,
  relayKey: string | null,
  facts: Partial<RelayFiles> = {}
): Promise<{ channel: FileChannel; drive: Drive; failures: unknown[] }> {
  const drive = await openDrive(t, await t.tmp())
  drive.useKey(RELAY, facts.fileKey ?? null)
  if (relayKey !== null) {
    const metadata = { name: 'the drive’s name', mime: 'text/plain' }
    await drive.storeFile({ relayKey, fileHash: record.hash, metadata, source: source(bytes) })
  }
  const relay = relayOf([record], facts)
  const { asking, answering } = await pair(new FileServer({ relay, drive }))
  const failures: unknown[] = []
  answering.on('failure', (err) => failures.push(err))
  t.teardown(() => asking.close())
  return { channel: asking, drive, failures }
}

async function errorOf(promise: Promise<unknown>): Promise<HypertunaError | null> {
  try {
    await promise
    return null
  } catch (err) {
    return HypertunaError.from(err)
  }
}

test('a held file is served with the record’s facts and its event, whole and in part', async (t) => {
  const { channel } = await serve(t, RELAY)
  const whole = await channel.request({ hash: record.hash })
  t.is(whole.head.size, bytes.byteLength)
  t.is(whole.head.mime, 'video/mp4')
  t.is(whole.head.name, 'the record’s name.mp4')
  t.is(whole.head.event?.kind, 1063)
  t.ok(Buffer.compare(await collect(whole.stream), bytes) === 0)

  for (const [offset, length] of [
    [0, 1],
    [65_535, 2],
    [65_536, 65_536],
    [131_071, 400_000],
    [700_000, 1]
  ] as const) {
    const { head, stream } = await channel.request({
      hash: record.hash,
      offset,
      length,
      event: false
    })
    t.is(head.event, null, 'no event unless asked for')
    const expected = bytes.subarray(offset, offset + length)
    t.ok(Buffer.compare(await collect(stream), expected) === 0, `${offset} +${length}`)
  }
})

test('its layer belongs to the record’s root', async (t) => {
  const { channel } = await serve(t, RELAY)
  const layer = await channel.pieces({ hash: record.hash, size: record.size })
  t.is(layerRoot(layer, record.size), record.piecesRoot)
})

test('a file that is not there says why', async (t) => {
  const unknown = await serve(t, RELAY)
  const no = await errorOf(unknown.channel.request({ hash: 'cd'.repeat(32) }))
  t.is(no?.code, 'NOT_IN_RELAY')

  const deleted = await serve(t, RELAY, { record: async () => null, isDeleted: async () => true })
  t.is((await errorOf(deleted.channel.request({ hash: record.hash })))?.code, 'DELETED')
  t.is((await errorOf(deleted.channel.pieces({ hash: record.hash })))?.code, 'DELETED')

  const holders = ['12'.repeat(32), '34'.repeat(32)]
  const elsewhere = await serve(t, null)
  const providers = [...holders, elsewhere.drive.key].map((driveKey) => ({ driveKey, pubkey: '' }))
  const named = await serve(t, null, { providers: async () => providers })
  const err = await errorOf(named.channel.request({ hash: record.hash }))
  t.is(err?.code, 'NOT_HELD')
  t.ok(String(err?.details?.holders).startsWith(holders.join(',')), 'who holds it is said')
  t.is((await errorOf(named.channel.pieces({ hash: record.hash })))?.code, 'NOT_HELD')
})

test('what lies in the drive for another relay is not served for this one', async (t) => {
  const held = await serve(t, OTHER_RELAY)
  t.is((await errorOf(held.channel.request({ hash: record.hash })))?.code, 'NOT_HELD')
  const live = await serve(t, RELAY, { record: async () => null })
  t.is((await errorOf(live.channel.request({ hash: record.hash })))?.code, 'NOT_IN_RELAY')
})

test('a private relay’s files come plain, to members alone', async (t) => {
  const { channel, drive } = await serve(t, RELAY, PRIVATE)
  const whole = await channel.request({ hash: record.hash })
  t.ok(Buffer.compare(await collect(whole.stream), bytes) === 0)
  const part = await channel.request({ hash: record.hash, offset: 65_530, length: 100_000 })
  t.ok(Buffer.compare(await collect(part.stream), bytes.subarray(65_530, 165_530)) === 0)
  const layer = await channel.pieces({ hash: record.hash, size: record.size })
  t.is(layerRoot(layer, record.size), record.piecesRoot)

  const relay = relayOf([record], PRIVATE)
  const server = new FileServer({ relay, drive })
  const gateway: PeerInfo = { role: 'gateway', pubkey: null, driveKey: null, members: null }
  for (const role of [gateway, { ...gateway, role: 'member' as const }]) {
    t.is((await errorOf(server.head(role, record.hash)))?.code, 'FORBIDDEN')
    t.is((await errorOf(server.layer(role, record.hash)))?.code, 'FORBIDDEN')
    t.is((await errorOf(collect(server.read(role, record.hash, 0, 1))))?.code, 'FORBIDDEN')
  }
  const open = new FileServer({ relay: relayOf([record]), drive })
  t.is(
    (await open.head(gateway, record.hash)).size,
    record.size,
    'others read open and closed ones'
  )
})

interface Door {
  server: FileServer
  /** Members, and gateways that are listed. */
  members: Set<string>
  gateways: string[]
  /** By a member, unless told otherwise. */
  authorize(change?: { names?: string; expiration?: number; by?: Uint8Array }): NostrEvent
  ask(fields?: Partial<Asker>): Promise<(string | undefined)[]>
}

/** A private relay's server with a listed gateway before it. */
async function door(t: Assert): Promise<Door> {
  const drive = await openDrive(t, await t.tmp())
  drive.useKey(RELAY, FILE_KEY)
  const { hash } = record
  await drive.storeFile({ relayKey: RELAY, fileHash: hash, metadata: {}, source: source(bytes) })
  const secretKey = generateSecretKey()
  const members = new Set([getPublicKey(secretKey)])
  const gateways = ['9a'.repeat(32)]
  const isMember = (pubkey: string): Promise<boolean> => Promise.resolve(members.has(pubkey))
  const relay = relayOf([record], { ...PRIVATE, gateways, isMember })
  const server = new FileServer({ relay, drive })
  const now = Math.floor(Date.now() / 1000)
  const authorize: Door['authorize'] = (change = {}) => {
    const { names = hash, expiration = now + 60, by = secretKey } = change
    const tags = [
      ['t', 'get'],
      ['x', names],
      ['expiration', String(expiration)]
    ]
    return signEvent({ kind: 24242, created_at: now, tags, content: '' }, by)
  }
  const nobody = { pubkey: null, driveKey: null, members: null }
  const ask: Door['ask'] = async (fields) => {
    const asker = { ...nobody, role: 'gateway' as const, noiseKey: gateways[0], ...fields }
    const errors = await Promise.all([
      errorOf(server.head(asker, hash)),
      errorOf(server.layer(asker, hash)),
      errorOf(collect(server.read(asker, hash, 0, bytes.byteLength)))
    ])
    return errors.map((err) => (err?.code === 'FORBIDDEN' ? err.message : err?.code))
  }
  return { server, members, gateways, authorize, ask }
}

test('a listed gateway gets a private file in a member’s name, and not otherwise', async (t) => {
  const { ask, authorize, members, gateways } = await door(t)
  const authorization = authorize()
  t.alike(await ask({ authorization }), [undefined, undefined, undefined])
  const forged = { ...authorization, sig: authorize({ expiration: 2_000_000_000 }).sig }
  for (const [fields, reason] of [
    [{}, /shows a member/],
    [{ authorization: null }, /shows a member/],
    [{ authorization, noiseKey: '9b'.repeat(32) }, /listed/],
    [{ authorization, noiseKey: undefined }, /listed/],
    [{ noiseKey: '9b'.repeat(32) }, /listed/],
    [{ authorization: forged }, /signed/],
    [{ authorization: authorize({ expiration: 1_700_000_000 }) }, /expired/],
    [{ authorization: authorize({ names: 'cd'.repeat(32) }) }, /does not name/],
    [{ authorization: authorize({ by: generateSecretKey() }) }, /Only members/]
  ] as const) {
    for (const said of await ask(fields as Partial<Asker>)) t.ok(reason.test(said ?? ''), said)
  }
  members.clear()
  for (const said of await ask({ authorization })) t.ok(/Only members/.test(said ?? ''), said)
  members.add(authorization.pubkey)
  gateways.length = 0
  for (const said of await ask({ authorization })) t.ok(/listed/.test(said ?? ''), said)
})

test('what is read in a member’s name ends with the membership', async (t) => {
  const { server, members, gateways, authorize } = await door(t)
  const authorization = authorize()
  const nobody = { pubkey: null, driveKey: null, members: null }
  const asker = { ...nobody, role: 'gateway' as const, noiseKey: gateways[0], authorization }
  const again = async function* (): AsyncGenerator<Uint8Array> {
    for (;;) yield Buffer.alloc(65_536)
  }
  server.drive.getFile = (() => again()) as never
  let got = 0
  const read = async (): Promise<void> => {
    for await (const chunk of server.read(asker, record.hash, 0, 2 ** 40)) {
      got += chunk.byteLength
      members.clear()
    }
  }
  t.ok(/Only members/.test((await errorOf(read()))?.message ?? ''))
  t.ok(got > 0 && got <= 1024 * 1024 + 65_536, `${got} bytes`)
})

test('whoever is removed gets nothing more, on the channel that is still open', async (t) => {
  for (const facts of [{}, PRIVATE]) {
    let isMember = true
    const { channel } = await serve(t, RELAY, { ...facts, isMember: async () => isMember })
    t.is((await channel.request({ hash: record.hash, length: 0 })).head.size, record.size)
    isMember = false
    const err = await errorOf(channel.request({ hash: record.hash }))
    t.is(err?.code, 'FORBIDDEN')
    t.is((await errorOf(channel.pieces({ hash: record.hash })))?.code, 'FORBIDDEN')
  }
})

test('a request that goes on ends with the membership', async (t) => {
  const large = makeBytes(4 * 1024 * 1024)
  const described = describe(large)
  const drive = await openDrive(t, await t.tmp())
  const { hash } = described.record
  const metadata = {}
  await drive.storeFile({ relayKey: RELAY, fileHash: hash, metadata, source: source(large) })
  let isMember = true
  const relay = relayOf([described.record], { isMember: async () => isMember })
  const server = new FileServer({ relay, drive })
  let got = 0
  const read = async (): Promise<void> => {
    for await (const chunk of server.read(MEMBER, hash, 0, large.byteLength)) {
      got += chunk.byteLength
      isMember = false
    }
  }
  t.is((await errorOf(read()))?.code, 'FORBIDDEN')
  t.ok(got > 0 && got <= 1024 * 1024 + 65_536, `${got} bytes`)
})

test('troubles of the database stay inside; the other side hears INTERNAL', async (t) => {
  const { channel, failures } = await serve(t, RELAY, {
    record: async () => {
      throw new Error('/home/someone/corestore')
    }
  })
  const err = await errorOf(channel.request({ hash: record.hash }))
  t.is(err?.code, 'INTERNAL')
  t.absent(err?.message.includes('someone'))
  t.is(failures.length, 1)
})
