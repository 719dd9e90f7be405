import b4a from 'b4a'
import test from 'brittle'

import { circleOf } from '../../worker/network/core-claim.ts'
import { readProviders } from '../../worker/relays/state.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import type { FileResponder } from '../../protocol/file-channel/channel.ts'
import { FileServer } from '../../worker/serve/file-server.ts'
import { localDht, until } from './member.ts'
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

async function bytesOf(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of source) chunks.push(chunk)
  return b4a.concat(chunks)
}

test(
  'a file goes from one drive to the other, verified, and both are announced',
  { timeout: 120_000 },
  async (t) => {
    const bootstrap = await localDht(t)
    const a = await startWhole(t, bootstrap)
    const b = await startWhole(t, bootstrap)
    const { relayKey } = await together(a, [b])
    const file = await randomFile(t, 3 * 1024 * 1024 + 7)
    await share(a, relayKey, file)
    await arrived(b, relayKey, file.hash)
    const { drive, relays } = b.worker.use()
    t.alike(await bytesOf(drive.getFile(relayKey, file.hash)), file.bytes, 'the same bytes')
    const { relay } = relays.get(relayKey)
    const expected = [a, b].map(({ worker }) => worker.use().drive.key).sort()
    const listed = async (): Promise<string[]> =>
      (await readProviders(relay.state, file.hash)).map(({ driveKey }) => driveKey).sort()
    await until(async () => (await listed()).length === 2, relays)
    t.alike(await listed(), expected, 'a filekey entry for each')
    const key = `filekey:${file.hash}:drivekey:${expected[0]}:pubkey:`
    const literal = await relay.state.peek({ gt: key, lt: key + '~' })
    t.ok(literal, 'under its literal key')
  }
)

test('files of every awkward size and name arrive', { timeout: 120_000 }, async (t) => {
  const bootstrap = await localDht(t)
  const a = await startWhole(t, bootstrap)
  const b = await startWhole(t, bootstrap)
  const { relayKey } = await together(a, [b], 'open')
  const long = 'é'.repeat(125) + '.txt' // 254 bytes of UTF-8
  const files = [
    await randomFile(t, 0, 'empty'),
    await randomFile(t, 1, long),
    await randomFile(t, 262144, 'one piece.bin'),
    await randomFile(t, 262145, 'one piece and a byte.bin')
  ]
  for (const file of files) await share(a, relayKey, file)
  for (const { hash, name } of files) {
    await arrived(b, relayKey, hash)
    t.is(syncOf(b, relayKey).files.get(hash)?.name, name)
  }
})

test(
  'a provider that lies is found out, set aside, and an honest one serves',
  { timeout: 120_000 },
  async (t) => {
    const bootstrap = await localDht(t)
    const honest = await startWhole(t, bootstrap)
    const liar = await startWhole(t, bootstrap)
    const reader = await startWhole(t, bootstrap)
    const { relayKey } = await together(honest, [liar])
    const file = await randomFile(t, 2 * 1024 * 1024)
    await share(honest, relayKey, file)
    await arrived(liar, relayKey, file.hash)

    const truthful = respondOf(liar, relayKey)
    await answerWith(liar, relayKey, {
      ...truthful,
      async *read(peer, hash, offset, length) {
        for await (const chunk of truthful.read(peer, hash, offset, length)) {
          const wrong = b4a.from(chunk)
          wrong[0] = (wrong[0] ?? 0) ^ 1
          yield wrong
        }
      }
    })
    const honestly = respondOf(honest, relayKey)
    await answerWith(honest, relayKey, {
      ...honestly,
      head: () => Promise.reject(new HypertunaError('NOT_HELD', 'Not now'))
    })

    await joinBy(honest, reader, relayKey)
    const sync = syncOf(reader, relayKey)
    // The honest one, which does not serve now, may be asked first, and more than once.
    const { pubkey } = liar.worker.use().identity
    await eventually(sync, ({ setAside }) => setAside.has(pubkey))
    t.pass('the liar is set aside')
    t.absent(await reader.worker.use().drive.has(relayKey, file.hash), 'nothing was taken')

    await answerWith(honest, relayKey, honestly)
    await arrived(reader, relayKey, file.hash)
    const got = await bytesOf(reader.worker.use().drive.getFile(relayKey, file.hash))
    t.alike(got, file.bytes, 'the honest one’s bytes were')
  }
)

function respondOf(whole: Whole, relayKey: string): FileResponder {
  const { drive } = whole.worker.use()
  const server = new FileServer({ relay: syncOf(whole, relayKey).records, drive })
  return {
    head: (peer, hash) => server.head(peer, hash),
    read: (peer, hash, offset, length) => server.read(peer, hash, offset, length),
    layer: (peer, hash) => server.layer(peer, hash)
  }
}

/** A worker that was changed: it answers its file channels as it likes. */
async function answerWith(whole: Whole, relayKey: string, respond: FileResponder): Promise<void> {
  const { link } = whole.worker.use().relays.get(relayKey)
  if (link === null) throw new Error('no link yet')
  link.options.respond = respond
  for (const channel of link.members()) await channel.close()
  link.refresh()
}

test(
  'what arrives while a member is away is fetched when it is back',
  { timeout: 120_000 },
  async (t) => {
    const bootstrap = await localDht(t)
    const dir = await t.tmp()
    const a = await startWhole(t, bootstrap)
    const b = await startWhole(t, bootstrap, dir)
    const { relayKey } = await together(a, [b])
    await b.close()
    const file = await randomFile(t, 500_000)
    await share(a, relayKey, file)
    const again = await startWhole(t, bootstrap, dir)
    await arrived(again, relayKey, file.hash)
    t.is(again.worker.status().state, 'ready')
    t.is(
      again.worker.use().config.get().driveKey,
      again.worker.use().drive.key,
      'driveKey is in relay-config.json'
    )
  }
)

test(
  'a stranger with the driveKey gets the open relay and not the drive',
  { timeout: 120_000 },
  async (t) => {
    const bootstrap = await localDht(t)
    const a = await startWhole(t, bootstrap)
    const stranger = await startWhole(t, bootstrap)
    const { relayKey } = await together(a, [], 'open')
    const file = await randomFile(t, 100_000)
    await share(a, relayKey, file)

    const { network, store } = stranger.worker.use()
    const own = store.session({ circle: circleOf(relayKey, false) })
    const relayCore = own.get({ key: b4a.from(relayKey, 'hex') })
    const { drive } = a.worker.use()
    const driveCore = own.get({ key: b4a.from(drive.key, 'hex') })
    await Promise.all([relayCore.ready(), driveCore.ready()])
    network.shareRelay(relayKey)
    network.swarm.join(relayCore.discoveryKey, { server: false, client: true })
    const block = await relayCore.get(0, { timeout: 20_000 })
    t.ok(block, 'the relay’s first block')
    await t.exception(driveCore.get(0, { timeout: 2_000 }), 'no block of the drive')
    t.is(driveCore.peers.length, 0, 'nobody even answers for it')
  }
)

test('calls with nonsense are refused by name', { timeout: 120_000 }, async (t) => {
  const a = await startWhole(t, await localDht(t))
  const { relayKey } = await together(a, [])
  const { calls } = a
  const unknown = 'f'.repeat(64)
  const refusal = async (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => 'accepted',
      (err: { code: string }) => err.code
    )
  const path = (await randomFile(t, 10)).path
  t.is(
    await refusal(calls.post({ relayKey: unknown, content: 'x', kind: 9, files: [] })),
    'UNKNOWN_RELAY'
  )
  t.is(await refusal(calls.storePath({ relayKey: unknown, path })), 'UNKNOWN_RELAY')
  t.is(await refusal(calls.storePath({ relayKey, path: '/no/such/file' })), 'SOURCE_UNREADABLE')
  t.is(await refusal(calls.storePath({ relayKey, path, fileHash: unknown })), 'HASH_MISMATCH')
  t.is(
    await refusal(calls.post({ relayKey, content: '', kind: 9, files: [{ hash: unknown }] })),
    'UNKNOWN_FILE'
  )
  t.is(await refusal(calls.post({ relayKey, content: ' ', kind: 9, files: [] })), 'BAD_REQUEST')
  t.is(await refusal(calls.post({ relayKey, content: 'x', kind: 9002, files: [] })), 'BAD_REQUEST')
  t.is(
    await refusal(calls.createRelay({ name: 'x', alias: '../up', access: 'open' })),
    'BAD_REQUEST'
  )
  t.is(await refusal(calls.createRelay({ name: 'x', access: 'secret' as never })), 'BAD_REQUEST')
  t.is(
    await refusal(calls.createRelay({ name: 'Field notes', alias: 'field-notes', access: 'open' })),
    'RELAY_EXISTS'
  )
  t.is(await refusal(calls.cancelTransfer({ id: 'none' })), 'BAD_REQUEST')
  t.is(await refusal(calls.setName({ name: '' })), 'BAD_REQUEST')
  t.is(a.worker.status().state, 'ready', 'and the worker goes on')
  await eventually(syncOf(a, relayKey), ({ files }) => files.size === 0)
})
