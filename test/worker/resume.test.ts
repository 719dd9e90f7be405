/** A file that came in half goes on from there: after a lost provider, a restart, a kill. */
import test from 'brittle'
import type { Assert } from 'brittle'
import { AbortController } from 'bare-abort-controller'
import { readdir } from 'bare-fs/promises'
import { join } from 'bare-path'
import Corestore from 'corestore'
import { HypertunaError } from '../../protocol/errors.ts'
import type { Drive } from '../../worker/files/drive.ts'
import { fetchFile } from '../../worker/files/fetch.ts'
import { startChild } from './child.ts'
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
import { describe, provide } from './providers.ts'
import type { Provider } from './providers.ts'

const MiB = 1024 * 1024
const SIZE = 40 * MiB
const bytes = makeBytes(SIZE)
const described = describe(bytes)
const { record } = described
const KINDS = ['open', 'private'] as const

async function open(t: Assert, dir: string, kind: (typeof KINDS)[number]): Promise<Drive> {
  const drive = await openDrive(t, dir)
  if (kind === 'private') drive.useKey(RELAY, FILE_KEY)
  return drive
}

const fetch = (drive: Drive, provider: Provider, from: Partial<{ signal: never }> = {}) =>
  fetchFile({ record, providers: () => [provider.channel], drive, relayKey: RELAY, ...from })

/** Fetches until the provider leaves, at this byte. */
async function fetchHalf(t: Assert, drive: Drive, at = 24 * MiB): Promise<void> {
  const leaving = await provide(t, described, bytes, 1)
  let gone = false
  leaving.pace = async () => {
    if (leaving.served < at || gone) return
    gone = true
    await leaving.leave()
  }
  t.is(await codeOf(fetch(drive, leaving)), 'NOBODY_ONLINE')
}

/** Fetches the rest, and looks at all of it. */
async function fetchRest(t: Assert, drive: Drive, most: number): Promise<void> {
  const provider = await provide(t, described, bytes, 2)
  await fetch(drive, provider)
  t.ok(provider.served <= most, `${Math.round(provider.served / MiB)} MiB were fetched again`)
  const here = await collect(drive.getFile(RELAY, record.hash))
  t.ok(Buffer.compare(here, bytes) === 0, 'and the file is whole')
}

/** Nothing of the half is left beside the file. */
async function isClean(t: Assert, drive: Drive, dir: string, others = 0): Promise<void> {
  t.is((await drive.blocks()).held, SIZE / 65536 + 1 + others, 'each block once')
  t.alike(await readdir(join(dir, 'spool')), [], 'no segment is left')
}

for (const kind of KINDS) {
  test(`a provider leaves, in an ${kind} relay: another one sends the rest`, async (t) => {
    const dir = await t.tmp()
    const drive = await open(t, dir, kind)
    await fetchHalf(t, drive)
    await fetchRest(t, drive, SIZE - 16 * MiB)
    await isClean(t, drive, dir)
  })

  test(`what came by way of the spool goes on after a restart, in an ${kind} relay`, async (t) => {
    const dir = await t.tmp()
    const drive = await open(t, dir, kind)
    const over = Promise.withResolvers<void>()
    const busy = async function* (): AsyncGenerator<Uint8Array> {
      yield makeBytes(2 * MiB, 9)
      await over.promise
    }
    const other = { relayKey: OTHER_RELAY, fileHash: null, metadata: {} }
    const storing = drive.storeFile({ ...other, source: busy(), direct: true })
    await fetchHalf(t, drive)
    over.resolve()
    await storing
    t.ok((await readdir(join(dir, 'spool'))).length > 0)
    await drive.close()
    const again = await open(t, dir, kind)
    await fetchRest(t, again, SIZE - 16 * MiB)
    await isClean(t, again, dir, 32)
  })

  for (const way of ['direct', 'spooled']) {
    test(`killed while a ${way} file of an ${kind} relay is fetched: it goes on`, async (t) => {
      const dir = await t.tmp()
      const child = startChild(t, 'fetch-until-killed.js', [dir, String(SIZE / MiB), way, kind])
      for (let line = await child.line(); line !== null; line = await child.line()) {
        if (Number(line) === 24) child.kill('SIGKILL')
      }
      await child.ended
      const drive = await open(t, dir, kind)
      t.absent(await drive.has(RELAY, record.hash), 'a half file is not seen')
      await fetchRest(t, drive, SIZE - 20 * MiB)
      await isClean(t, drive, dir)
    })
  }
}

test('the worker closes in the middle: the rest comes after the restart', async (t) => {
  const dir = await t.tmp()
  const drive = await open(t, dir, 'open')
  const provider = await provide(t, described, bytes, 1)
  const abort = new AbortController()
  provider.pace = async () => {
    if (provider.served > 24 * MiB) abort.abort(new HypertunaError('CLOSED', 'closing'))
  }
  const code = await codeOf(fetch(drive, provider, { signal: abort.signal as never }))
  t.is(code, 'CLOSED')
  await drive.close()
  await fetchRest(t, await open(t, dir, 'open'), SIZE - 16 * MiB)
})

test('a person cancels: nothing is left', async (t) => {
  const dir = await t.tmp()
  const drive = await open(t, dir, 'open')
  const provider = await provide(t, described, bytes, 1)
  const abort = new AbortController()
  provider.pace = async () => {
    if (provider.served > 20 * MiB) abort.abort(undefined)
  }
  t.is(await codeOf(fetch(drive, provider, { signal: abort.signal as never })), 'CANCELLED')
  t.alike(await drive.blocks(), { length: 0, held: 0 })
})

test('others wrote after the half: it moves, and its old place is cleared', async (t) => {
  const dir = await t.tmp()
  const drive = await open(t, dir, 'open')
  await fetchHalf(t, drive)
  const other = { relayKey: OTHER_RELAY, fileHash: null, metadata: {}, direct: true }
  await drive.storeFile({ ...other, source: source(makeBytes(3 * MiB, 5)) })
  await fetchRest(t, drive, SIZE - 16 * MiB)
  await isClean(t, drive, dir, 48)
})

test('what was spoilt on the disk meanwhile is fetched again', async (t) => {
  const dir = await t.tmp()
  const drive = await open(t, dir, 'open')
  await fetchHalf(t, drive)
  const { discoveryKeys } = drive
  await drive.close()
  const store = new Corestore(join(dir, 'corestore'))
  const core = store.get({ discoveryKey: discoveryKeys[1]! })
  await core.ready()
  const { length } = core
  const blocks: Uint8Array[] = []
  for (let i = 0; i < length; i++) blocks.push(Buffer.from((await core.get(i))!))
  blocks[8 * 16]![0]! ^= 1 // in the ninth MiB
  await core.truncate(0)
  await core.append(blocks)
  await store.close()
  const again = await open(t, dir, 'open')
  await fetchRest(t, again, SIZE - 8 * MiB)
  await isClean(t, again, dir)
})

test('a half that nobody wants any more goes', async (t) => {
  const dir = await t.tmp()
  const drive = await open(t, dir, 'open')
  await fetchHalf(t, drive)
  t.ok((await drive.blocks()).held > 100)
  await drive.partials.keepOnly(({ hash }) => hash === record.hash)
  t.ok((await drive.blocks()).held > 100, 'one that is wanted stays')
  await drive.partials.keepOnly(() => false)
  t.is((await drive.blocks()).held, 0)
  await drive.close()
  t.is((await (await open(t, dir, 'open')).blocks()).held, 0, 'for good')
})
