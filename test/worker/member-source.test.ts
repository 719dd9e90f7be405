/** A member's files by channel and lane: what a lane was carrying goes on by the channel. */
import b4a from 'b4a'
import test from 'brittle'

import { HypertunaError } from '../../protocol/errors.ts'
import type { FileChannel } from '../../protocol/file-channel/channel.ts'
import { MemberSource } from '../../worker/network/member-source.ts'
import type { IdleLimits } from '../../worker/network/member-source.ts'
import {
  BytesResponder,
  codeOf,
  collect,
  HASH,
  pair,
  random,
  until
} from '../protocol/channel-pair.ts'
import type { TestContext } from './member.ts'

const MiB = 1024 * 1024
const BYTES = random(4 * MiB)

/** Notes from where and how much is read, and stops for good at an offset. */
class Noting extends BytesResponder {
  readonly ranges: [offset: number, length: number][] = []
  readonly #until: number

  constructor(until = Infinity) {
    super(BYTES)
    this.#until = until
  }

  override async *read(
    ...args: Parameters<BytesResponder['read']>
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const [, , offset, length] = args
    this.ranges.push([offset, length])
    let at = offset
    for await (const chunk of super.read(...args)) {
      if (at >= this.#until) await new Promise(() => {})
      yield chunk
      at += chunk.byteLength
    }
  }
}

interface Scene {
  source: MemberSource
  byChannel: Noting
  byLane: Noting
  lane: FileChannel
  dialled: () => number
}

async function scene(t: TestContext, laneUntil = Infinity, limits?: IdleLimits): Promise<Scene> {
  const byChannel = new Noting()
  const byLane = new Noting(laneUntil)
  const { asking } = await pair(byChannel)
  const { asking: lane } = await pair(byLane)
  t.teardown(() => Promise.all([asking.close(), lane.close()]))
  let count = 0
  const dial = async (): Promise<FileChannel> => {
    count++
    return lane
  }
  const source = new MemberSource(asking, { mayDial: () => true, dial }, limits)
  return { source, byChannel, byLane, lane, dialled: () => count }
}

const read = async (source: MemberSource, offset: number, length: number): Promise<Uint8Array> => {
  const { stream } = await source.request({ hash: HASH, offset, length })
  return collect(stream)
}

test('a lane is asked for once it is worth it, and carries what is asked from then on', async (t) => {
  const { source, byChannel, byLane, dialled } = await scene(t)
  await read(source, 0, MiB)
  t.is(dialled(), 0, 'a little is not worth it')
  await read(source, MiB, MiB)
  t.is(dialled(), 1)
  t.is(byChannel.ranges.length, 2, 'nobody waited for it')
  await until(() => source.lane !== null)
  t.alike(await read(source, 2 * MiB, MiB), BYTES.subarray(2 * MiB, 3 * MiB))
  t.alike(byLane.ranges, [[2 * MiB, MiB]])
  t.is(dialled(), 1)
})

test('a range goes on by the channel at the byte where the lane went', async (t) => {
  const { source, byChannel, byLane, lane } = await scene(t, MiB + 256 * 1024)
  source.take(lane)
  const { stream } = await source.request({ hash: HASH, offset: MiB, length: MiB })
  const got: Uint8Array[] = []
  let received = 0
  for await (const chunk of stream) {
    got.push(chunk)
    received += chunk.byteLength
    if (received === 256 * 1024) void lane.close()
  }
  t.alike(b4a.concat(got), BYTES.subarray(MiB, 2 * MiB), 'the same bytes')
  t.alike(byLane.ranges, [[MiB, MiB]])
  t.alike(byChannel.ranges, [[MiB + 256 * 1024, 768 * 1024]], 'none of them twice')
  t.is(source.lane, null)
})

test('what the member refuses over a lane is refused', async (t) => {
  const { source, byChannel, lane } = await scene(t)
  source.take(lane)
  const hash = '00'.repeat(32)
  t.is(await codeOf(source.request({ hash, length: MiB })), 'NOT_IN_RELAY')
  t.is(byChannel.ranges.length, 0)
  const { stream } = await source.request({ hash: HASH, length: MiB })
  void source.channel.close()
  void lane.close()
  t.is(await codeOf(collect(stream)), 'CLOSED', 'and when both are gone, so is the range')
})

test('where there is no way by TCP everything comes by the channel', async (t) => {
  const byChannel = new Noting()
  const { asking } = await pair(byChannel)
  t.teardown(() => asking.close())
  let tried = 0
  const dial = (): Promise<FileChannel> => {
    tried++
    return Promise.reject(new HypertunaError('NOBODY_ONLINE', 'Firewalled'))
  }
  const source = new MemberSource(asking, { mayDial: () => tried === 0, dial })
  for (let offset = 0; offset < 4 * MiB; offset += MiB) {
    t.alike(await read(source, offset, MiB), BYTES.subarray(offset, offset + MiB))
  }
  t.is(tried, 1)
  t.is(byChannel.ranges.length, 4)
})

test('who dialled hangs up once nobody uses the lane, and not while a range is under way', async (t) => {
  const limits = { look: 5, idle: 40 }
  const used = await scene(t, Infinity, limits)
  const idle = await scene(t, Infinity, limits)
  for (const { source } of [used, idle]) await read(source, 0, 2 * MiB)
  await until(() => used.source.isDirect)
  // Nobody takes what it carries, so it is under way for as long as we like.
  const { stream } = await used.source.request({ hash: HASH, offset: 0, length: 4 * MiB })
  await until(() => idle.source.isDirect)
  await idle.lane.closed
  t.absent(idle.source.isDirect)
  t.ok(used.source.isDirect, 'dialled before, and still there')
  t.alike(await read(idle.source, MiB, MiB), BYTES.subarray(MiB, 2 * MiB), 'by the channel')
  t.is(idle.dialled(), 1, 'a little is not worth another one')
  t.ok(b4a.equals(await collect(stream), BYTES))
  await used.lane.closed
  t.pass('when it came to its end, this one too')
})
