/**
 * Providers that lie about the size, stall after half, reset, send other bytes or another
 * file, beside an honest one and alone. One round is one file: it arrives right, and whoever
 * was honest is not blamed; or it does not arrive, and nothing of it stays.
 */
import { HypertunaError } from '../../protocol/errors.ts'
import type { FileChannel, FileHead } from '../../protocol/file-channel/channel.ts'
import { fetchFile } from '../../worker/files/fetch.ts'
import { RELAY, collect, makeBytes, openDrive, sha256 } from '../worker/drive-fixture.ts'
import type { TestContext } from '../worker/member.ts'
import { describe, provide, spoil } from '../worker/providers.ts'
import type { Described, Provider } from '../worker/providers.ts'
import { below, chance, staged, within } from './scene.ts'
import type { Outcome, Scene } from './scene.ts'

const FAULTS = ['size', 'stall', 'reset', 'spoil', 'other'] as const
const STALL = 300
const PATIENCE = 30_000

type Fault = (typeof FAULTS)[number]

export const providers: Scene = ({ rounds, seed, progress }) =>
  staged(async (t) => {
    const next = chance(seed)
    const drive = await openDrive(t, await t.tmp())
    const outcome: Outcome = { failures: [], skipped: null, figures: { files: 0, refused: 0 } }
    for (let round = 0; round < rounds; round++) {
      const bytes = makeBytes(1_500_000 + below(next, 9_000_000), below(next, 2 ** 31))
      const described = describe(bytes)
      const faults = FAULTS.filter(() => next() < 0.4)
      if (faults.length === 0) faults.push(FAULTS[round % FAULTS.length]!)
      const isHonest = next() < 0.8
      const told = `${faults.join(' ')}${isHonest ? ' and an honest one' : ''}`
      const wrong = await staged((own) => play(own, { drive, described, bytes, faults, isHonest }))
      if (wrong !== null) outcome.failures.push(`${told}: ${wrong}`)
      outcome.figures[isHonest ? 'files' : 'refused']!++
      progress(`round ${round + 1} of ${rounds}: ${told}`)
    }
    return outcome
  })

interface Round {
  drive: Awaited<ReturnType<typeof openDrive>>
  described: Described
  bytes: Uint8Array
  faults: Fault[]
  isHonest: boolean
}

/** @returns what was wrong, or null */
async function play(
  t: Pick<TestContext, 'teardown'>,
  { drive, described, bytes, faults, isHonest }: Round
): Promise<string | null> {
  const { hash } = described.record
  const over = Promise.withResolvers<void>()
  t.teardown(() => over.resolve(), { order: -1 })
  const channels: FileChannel[] = []
  for (const [i, fault] of faults.entries()) {
    channels.push((await faulty(t, fault, { described, bytes, name: i + 1, over })).channel)
  }
  const honest = isHonest ? await provide(t, described, bytes, 200) : null
  if (honest !== null) channels.push(honest.channel)
  const blamed: string[] = []
  const before = (await drive.blocks()).held
  const fetching = fetchFile({
    record: described.record,
    providers: () => channels,
    drive,
    relayKey: RELAY,
    stall: STALL,
    onbadprovider: (driveKey) => blamed.push(driveKey)
  })
  const error = await within(PATIENCE, 'the end of a fetch', fetching).then(
    () => null,
    (err: unknown) => HypertunaError.from(err)
  )
  if (error?.code === 'INTERNAL') return error.message
  if (honest !== null && blamed.includes(honest.driveKey)) return 'the honest one is blamed'
  if (honest !== null && error !== null) return `not fetched: ${error.code}`
  if (error === null) {
    if (!(await drive.has(RELAY, hash))) return 'fetched, and not here'
    if (sha256(await collect(drive.getFile(RELAY, hash))) !== hash) return 'wrong bytes were kept'
    await drive.removeFile(RELAY, hash)
  }
  if (await drive.has(RELAY, hash)) return 'kept without being fetched'
  const left = (await drive.blocks()).held - before
  return left === 0 ? null : `${left} blocks are left`
}

async function faulty(
  t: Pick<TestContext, 'teardown'>,
  fault: Fault,
  from: { described: Described; bytes: Uint8Array; name: number; over: PromiseWithResolvers<void> }
): Promise<Provider> {
  const { described, bytes, name, over } = from
  const other = fault === 'other' ? makeBytes(bytes.byteLength, name + 77) : bytes
  const provider = await provide(t, described, other, name)
  const half = bytes.byteLength / 2
  if (fault === 'size') {
    const size = bytes.byteLength + 1_000_000
    provider.head = async (): Promise<FileHead> => {
      return { status: 'ok', size, mime: null, name: null, event: null }
    }
  }
  if (fault === 'stall') {
    provider.pace = async (at) => {
      if (at >= half) await over.promise
    }
  }
  if (fault === 'reset') {
    provider.pace = async (at) => {
      if (at >= half) await provider.leave()
    }
  }
  if (fault === 'spoil') provider.forge = (chunk, at) => (at >= half ? spoil(chunk) : chunk)
  return provider
}
