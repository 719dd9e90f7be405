/** Files whose records tell no size: from whichever provider has what the hash names. */
import test from 'brittle'
import { MAX_UPLOAD } from '../../protocol/blossom.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import type { FileHead } from '../../protocol/file-channel/channel.ts'
import { fetchUnsized, type UnsizedOptions } from '../../worker/files/fetch-unsized.ts'
import { codeOf, collect, makeBytes, openDrive, RELAY } from './drive-fixture.ts'
import { describe, provide, type Provider } from './providers.ts'
import type { TestContext } from './member.ts'

const SIZE = 3 * 1024 * 1024 + 17

/** One provider for each size; it has as many bytes as it tells, where it tells less than there are. */
async function scene(
  t: TestContext,
  sizes: number[]
): Promise<{
  bytes: Uint8Array
  hash: string
  providers: Provider[]
  fetch: (options?: Partial<UnsizedOptions>) => Promise<void>
  blamed: string[]
  asked: number[]
  stored: () => Promise<Uint8Array>
}> {
  const bytes = makeBytes(SIZE)
  const described = describe(bytes)
  const providers: Provider[] = []
  for (const [i, size] of sizes.entries()) {
    const provider = await provide(t, described, bytes.subarray(0, size), i + 1)
    const told: FileHead = { status: 'ok', size, mime: null, name: null, event: null }
    provider.head = async () => told
    providers.push(provider)
  }
  const drive = await openDrive(t, await t.tmp())
  const { hash } = described.record
  const blamed: string[] = []
  const asked: number[] = []
  const fetch = (options: Partial<UnsizedOptions> = {}): Promise<void> =>
    fetchUnsized({
      record: { ...described.record, size: null, piecesRoot: null },
      providers: () => providers.map(({ channel }) => channel),
      drive,
      relayKey: RELAY,
      onsize: async (size) => void asked.push(size),
      onbadprovider: (driveKey) => blamed.push(driveKey),
      ...options
    })
  const stored = (): Promise<Uint8Array> => collect(drive.getFile(RELAY, hash))
  return { bytes, hash, providers, fetch, blamed, asked, stored }
}

test('the size is what a provider tells whose bytes have the hash', async (t) => {
  const { bytes, fetch, blamed, asked, stored } = await scene(t, [SIZE, SIZE])
  const progress: number[] = []
  await fetch({ onprogress: (received) => progress.push(received) })
  t.ok(Buffer.compare(await stored(), bytes) === 0)
  t.is(progress.at(-1), SIZE)
  t.alike(asked, [SIZE], 'room was set aside for it')
  t.alike(blamed, [])
})

test('liars are set aside, and those who tell more are never heard', async (t) => {
  const lies = [SIZE + 1, MAX_UPLOAD + 1, 0, 1, SIZE - 1]
  const { bytes, fetch, providers, blamed, asked, stored } = await scene(t, [SIZE, ...lies])
  await fetch()
  t.ok(Buffer.compare(await stored(), bytes) === 0)
  const [, more, most, none, one, less] = providers
  t.alike(blamed, [none!.driveKey, one!.driveKey, less!.driveKey])
  t.alike(asked, [0, 1, SIZE - 1, SIZE])
  t.is(more!.served + most!.served, 0)
})

test('a file that nobody has right comes to nothing', async (t) => {
  const { fetch, providers, blamed, asked } = await scene(t, [SIZE - 1, MAX_UPLOAD + 1])
  t.is(await codeOf(fetch()), 'WRONG_BYTES')
  t.alike(
    blamed,
    providers.map(({ driveKey }) => driveKey)
  )
  t.alike(asked, [SIZE - 1], 'no room for more than such a file may have')
})

test('without room nothing is fetched', async (t) => {
  const { fetch, providers, blamed } = await scene(t, [SIZE])
  const onsize = async (): Promise<void> => {
    throw new HypertunaError('STORAGE_FULL', 'The quota is used up')
  }
  t.is(await codeOf(fetch({ onsize })), 'STORAGE_FULL')
  t.is(providers[0]!.served, 0)
  t.alike(blamed, [])
})

test('who goes away is followed by the next', async (t) => {
  const { bytes, fetch, providers, blamed, stored } = await scene(t, [SIZE, SIZE])
  const [one, two] = providers
  one!.pace = async (at) => {
    if (at > 0) await one!.leave()
  }
  await fetch()
  t.ok(Buffer.compare(await stored(), bytes) === 0)
  t.is(two!.served, SIZE)
  t.alike(blamed, [], 'that is no lie')
})
