import AbortController from 'bare-abort-controller'
/** Several files, relays and sources at once. */
import test from 'brittle'
import { HypertunaError } from '../../protocol/errors.ts'
import type { Drive, StoreFileOptions } from '../../worker/files/drive.ts'
import {
  OTHER_RELAY,
  RELAY,
  codeOf,
  collect,
  defer,
  makeBytes,
  openDrive,
  pausing,
  sha256,
  source
} from './drive-fixture.ts'

const MB = 1024 * 1024
const THIRD_RELAY = 'c'.repeat(64)

function store(
  drive: Drive,
  bytes: Uint8Array,
  options: Partial<StoreFileOptions> = {}
): ReturnType<Drive['storeFile']> {
  return drive.storeFile({
    relayKey: RELAY,
    fileHash: sha256(bytes),
    metadata: {},
    source: source(bytes),
    ...options
  })
}

for (const size of [50_000, 3 * MB]) {
  for (const known of [true, false]) {
    const title = `${size} bytes ${known ? 'by their hash' : 'of an unknown hash'}`
    test(`${title} are stored once for three relays, until the last one removes them`, async (t) => {
      const drive = await openDrive(t, await t.tmp())
      const bytes = makeBytes(size)
      const hash = sha256(bytes)
      const fileHash = known ? hash : null
      t.absent((await store(drive, bytes, { fileHash })).deduplicated)
      const { held } = await drive.blocks()
      for (const relayKey of [OTHER_RELAY, THIRD_RELAY, RELAY]) {
        t.ok((await store(drive, bytes, { relayKey, fileHash })).deduplicated)
      }
      t.is((await drive.blocks()).held, held, 'no block more')
      t.alike(await drive.blobUsage(), { files: 1, bytes: size })
      await drive.removeFile(RELAY, hash)
      await drive.removeFile(THIRD_RELAY, hash)
      t.absent(await drive.has(RELAY, hash))
      t.is(
        sha256(await collect(drive.getFile(OTHER_RELAY, hash))),
        hash,
        'the last one still has it'
      )
      t.is((await drive.layer(OTHER_RELAY, hash)).byteLength, Math.ceil(size / 262144) * 32)
      await drive.removeFile(OTHER_RELAY, hash)
      t.is((await drive.blocks()).held, 0, 'its blocks are gone')
      t.alike(await drive.blobUsage(), { files: 0, bytes: 0 })
      t.absent((await store(drive, bytes, { fileHash })).deduplicated, 'and it can come again')
      t.is(sha256(await collect(drive.getFile(RELAY, hash))), hash)
    })
  }
}

test('content that is here is not read again', async (t) => {
  const drive = await openDrive(t, await t.tmp())
  const bytes = makeBytes(1000)
  await store(drive, bytes)
  const again = { relayKey: OTHER_RELAY, source: pausing(bytes, 1, defer().promise) }
  t.ok((await store(drive, bytes, again)).deduplicated)
})

test('two sources of the same file at once: the second waits, and takes over if the first fails', async (t) => {
  const drive = await openDrive(t, await t.tmp())
  const bytes = makeBytes(3 * MB)
  const gate = defer()
  const read: string[] = []
  const first = store(drive, bytes, {
    source: pausing(bytes, 2 * MB, gate.promise),
    onprogress: () => read.push('first')
  })
  const second = store(drive, bytes, {
    relayKey: OTHER_RELAY,
    onprogress: () => read.push('second')
  })
  gate.resolve()
  const stored = await Promise.all([first, second])
  t.alike(
    stored.map(({ deduplicated }) => deduplicated),
    [false, true]
  )
  t.absent(read.includes('second'), 'the second was not read')

  const other = makeBytes(3 * MB, 2)
  const fails = fail(other.subarray(0, 2 * MB), new HypertunaError('NOBODY_ONLINE', 'they left'))
  const broken = codeOf(store(drive, other, { source: fails }))
  const takesOver = store(drive, other, { relayKey: OTHER_RELAY })
  t.is(await broken, 'NOBODY_ONLINE', "the source's own code")
  t.absent((await takesOver).deduplicated)
  t.is(sha256(await collect(drive.getFile(OTHER_RELAY, sha256(other)))), sha256(other))
})

test('a slow source holds nobody up', async (t) => {
  const drive = await openDrive(t, await t.tmp())
  const gate = defer()
  const slow = makeBytes(3 * MB, 1)
  const started = defer<number>()
  const waiting = store(drive, slow, {
    source: pausing(slow, 2 * MB, gate.promise),
    onprogress: started.resolve
  })
  await started.promise
  for (const [size, direct] of [
    [10, false],
    [2 * MB, true],
    [2 * MB + 1, false]
  ] as const) {
    const bytes = makeBytes(size, 7)
    t.is((await store(drive, bytes, { direct })).size, size, `${size} bytes pass it`)
  }
  gate.resolve()
  t.is((await waiting).size, slow.byteLength)
})

test('a source from the network trickles on in the spool when others want to write', async (t) => {
  const drive = await openDrive(t, await t.tmp())
  const stop = new AbortController()
  const begun = defer<number>()
  async function* trickle(): AsyncGenerator<Uint8Array> {
    yield makeBytes(3 * MB, 1)
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 50)) // a provider that sends little
      yield makeBytes(1000, 2)
    }
  }
  const trickling = store(drive, makeBytes(1, 1), {
    direct: 'if-idle',
    source: trickle(),
    size: 1000 * MB,
    signal: stop.signal as never,
    onprogress: (bytes) => bytes > 3 * MB && begun.resolve(bytes)
  })
  const ended = codeOf(trickling)
  await begun.promise
  const bytes = makeBytes(2 * MB, 3)
  t.is((await store(drive, bytes, { direct: true })).size, bytes.byteLength, 'it made room')
  const more = makeBytes(2 * MB, 4)
  t.is((await store(drive, more, { direct: 'if-idle' })).size, more.byteLength)
  stop.abort(new Error('enough'))
  t.is(await ended, 'CANCELLED')
  t.is((await drive.blobUsage()).files, 2, 'and left nothing behind')
})

test('a source that was said to be fast and stalls gives its turn to those who wait', async (t) => {
  const drive = await openDrive(t, await t.tmp())
  const gate = defer()
  const slow = makeBytes(5 * MB + 3, 1)
  const started = defer<number>()
  const waiting = store(drive, slow, {
    direct: true,
    source: pausing(slow, 3 * MB + 5, gate.promise),
    onprogress: started.resolve
  })
  await started.promise
  const bytes = makeBytes(2 * MB, 7)
  const [small, large] = await Promise.all([
    store(drive, bytes.subarray(0, 10)),
    store(drive, bytes, { direct: true })
  ])
  t.alike([small.size, large.size], [10, 2 * MB])
  gate.resolve()
  const { hash } = await waiting
  t.is(sha256(await collect(drive.getFile(RELAY, hash))), sha256(slow))
  const { length, held } = await drive.blocks()
  t.is(length, held, 'nothing is left of its first try')
})

test('many files of all sizes at once are all right', async (t) => {
  const drive = await openDrive(t, await t.tmp())
  const sizes = [0, 1, 65536, 65537, 300_000, MB, MB + 1, 2 * MB]
  const all = sizes.flatMap((size) =>
    [1, 2, 3].map((seed) => ({ bytes: makeBytes(size, seed), direct: seed === 2 }))
  )
  const wrong = makeBytes(2 * MB, 9)
  const results = await Promise.all([
    ...all.map(({ bytes, direct }) => store(drive, bytes, { direct })),
    ...all.map(({ bytes }) => store(drive, bytes, { relayKey: OTHER_RELAY, fileHash: null })),
    ...[true, false].map((direct) =>
      codeOf(store(drive, wrong, { fileHash: sha256(makeBytes(1, 99)), direct }))
    )
  ])
  t.alike(results.slice(-2), ['HASH_MISMATCH', 'HASH_MISMATCH'])
  for (const { bytes } of all) {
    const hash = sha256(bytes)
    for (const relayKey of [RELAY, OTHER_RELAY]) {
      const read = await collect(drive.getFile(relayKey, hash))
      if (sha256(read) !== hash) t.fail(`${bytes.byteLength} bytes came back different`)
    }
  }
  const distinct = new Map(all.map(({ bytes }) => [sha256(bytes), bytes.byteLength]))
  const sum = [...distinct.values()].reduce((a, b) => a + b, 0)
  t.alike(await drive.blobUsage(), { files: distinct.size, bytes: sum })
  const { length, held } = await drive.blocks()
  t.is(length, held, 'every block belongs to a file')
})

test('removing and storing the same file at once leaves it whole or gone', async (t) => {
  const drive = await openDrive(t, await t.tmp())
  const bytes = makeBytes(200_000)
  const hash = sha256(bytes)
  for (let i = 0; i < 20; i++) {
    await store(drive, bytes)
    await Promise.all([
      drive.removeFile(RELAY, hash),
      store(drive, bytes, { relayKey: OTHER_RELAY }),
      drive.removeFile(RELAY, hash)
    ])
    const read = await collect(drive.getFile(OTHER_RELAY, hash))
    if (sha256(read) !== hash) t.fail('its bytes are gone')
    await drive.removeFile(OTHER_RELAY, hash)
  }
  t.is((await drive.blocks()).held, 0)
})

async function* fail(bytes: Uint8Array, err: Error): AsyncGenerator<Uint8Array> {
  yield* source(bytes)
  throw err
}
