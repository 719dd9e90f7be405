import test from 'brittle'
import b4a from 'b4a'
import { AbortController } from 'bare-abort-controller'
import sodium from 'sodium-universal'
import { HypertunaError } from '../../protocol/errors.ts'
import { FileChannel } from '../../protocol/file-channel/channel.ts'
import type { Asker, FileHead, PeerInfo } from '../../protocol/file-channel/channel.ts'
import { generateSecretKey, signEvent } from '../../protocol/nostr.ts'
import {
  BytesResponder,
  channel,
  codeOf,
  collect,
  connect,
  HASH,
  MEMBER,
  pair,
  random,
  TOPIC,
  until
} from './channel-pair.ts'

const MiB = 1024 * 1024

test('a whole file, a range, a clamped range and a head alone', async (t) => {
  const bytes = random(3 * MiB + 17)
  const responder = new BytesResponder(bytes)
  const { asking, answering } = await pair(responder)

  const whole = await asking.request({ hash: HASH })
  t.alike(whole.head, {
    status: 'ok',
    size: bytes.byteLength,
    mime: 'text/plain',
    name: 'größe.txt',
    event: null
  })
  t.ok(b4a.equals(await collect(whole.stream), bytes), 'every byte, in order')

  const range = await asking.request({ hash: HASH, offset: 70_001, length: 200_000 })
  t.ok(b4a.equals(await collect(range.stream), bytes.subarray(70_001, 270_001)))

  const tail = await asking.request({ hash: HASH, offset: 3 * MiB, length: MiB })
  t.ok(b4a.equals(await collect(tail.stream), bytes.subarray(3 * MiB)), 'clamped to the end')

  const before = responder.begun
  const head = await asking.request({ hash: HASH, length: 0 })
  t.is(head.head.size, bytes.byteLength)
  t.is((await collect(head.stream)).byteLength, 0)
  t.is(responder.begun, before, 'a head reads no bytes')

  await until(() => asking.busy === 0 && answering.busy === 0)
  t.pass('nothing stays open')
  await asking.close()
})

test('many requests at once keep their bytes apart', async (t) => {
  const bytes = random(4 * MiB)
  const { asking, answering } = await pair(new BytesResponder(bytes))
  const ranges = Array.from({ length: 64 }, (_, i) => ({ offset: i * 65_000, length: 70_000 }))
  const got = await Promise.all(
    ranges.map(async (range) => {
      const { stream } = await asking.request({ hash: HASH, ...range })
      return b4a.equals(
        await collect(stream),
        bytes.subarray(range.offset, range.offset + range.length)
      )
    })
  )
  t.ok(got.every(Boolean))
  await until(() => asking.busy === 0 && answering.busy === 0)
  await asking.close()
})

test('both sides ask and answer on one channel', async (t) => {
  const left = new BytesResponder(random(200_000))
  const right = new BytesResponder(random(300_000))
  const { asking, answering } = await pair(right, { asking: { respond: left } })
  const [a, b] = await Promise.all([
    asking.request({ hash: HASH }).then(({ stream }) => collect(stream)),
    answering.request({ hash: HASH }).then(({ stream }) => collect(stream))
  ])
  t.ok(b4a.equals(a, right.bytes) && b4a.equals(b, left.bytes))
  await asking.close()
})

test('an empty file', async (t) => {
  const { asking } = await pair(new BytesResponder(b4a.alloc(0)))
  const { head, stream } = await asking.request({ hash: HASH })
  t.is(head.size, 0)
  t.is((await collect(stream)).byteLength, 0)
  await asking.close()
})

test('a responder’s refusals arrive with their code', async (t) => {
  const responder = new BytesResponder(random(100))
  const { asking, answering } = await pair(responder)
  const holders = '33'.repeat(32)
  t.is(await codeOf(asking.request({ hash: 'cd'.repeat(32) })), 'NOT_IN_RELAY')
  t.is(await codeOf(asking.request({ hash: HASH, offset: 101 })), 'BAD_REQUEST')
  t.is(await codeOf(asking.request({ hash: 'short' })), 'BAD_REQUEST')
  t.is(await codeOf(asking.request({ hash: HASH, offset: -1 })), 'BAD_REQUEST')

  responder.head = async () => {
    throw new HypertunaError('NOT_HELD', 'Elsewhere', { details: { holders } })
  }
  const err = await asking.request({ hash: HASH }).catch((err: unknown) => err)
  t.ok(err instanceof HypertunaError && err.code === 'NOT_HELD')
  t.alike(err instanceof HypertunaError && err.details, { holders })

  const failures: unknown[] = []
  answering.on('failure', (failure) => failures.push(failure))
  responder.head = async () => {
    throw new Error('secret/path')
  }
  const inner = await asking.request({ hash: HASH }).catch((err: unknown) => err)
  t.ok(inner instanceof HypertunaError && inner.code === 'INTERNAL')
  t.absent(String((inner as Error).message).includes('secret'), 'inner troubles stay inside')
  t.is(failures.length, 1, 'but their owner hears of them')

  responder.head = async () => {
    throw new HypertunaError('STORAGE_FAILED', 'disk /dev/sda')
  }
  t.is(await codeOf(asking.request({ hash: HASH })), 'STORAGE')
  t.is(asking.busy + answering.busy, 0)
  await asking.close()
})

test('a side without a responder refuses', async (t) => {
  const { answering } = await pair(new BytesResponder(random(10)))
  t.is(await codeOf(answering.request({ hash: HASH })), 'FORBIDDEN')
  await answering.close()
})

test('a reader that pauses holds the responder back', async (t) => {
  const bytes = random(8 * MiB)
  const responder = new BytesResponder(bytes)
  const limits = { window: MiB, channelWindow: 2 * MiB, requests: 4 }
  const { asking } = await pair(responder, { asking: { limits } })
  const { stream } = await asking.request({ hash: HASH })
  // Another request goes through meanwhile: whoever pauses starves nobody.
  const other = await asking.request({ hash: HASH, length: 3 * MiB })
  t.is((await collect(other.stream)).byteLength, 3 * MiB)
  t.ok(responder.chunks * 65536 <= 3 * MiB + MiB + 2 * 65536, 'no more than the window was read')
  t.ok(b4a.equals(await collect(stream), bytes), 'and it goes on when read')
  await asking.close()
})

test('cancelling frees both sides, by stream, by signal and before the head', async (t) => {
  const responder = new BytesResponder(random(32 * MiB))
  const { asking, answering } = await pair(responder)

  const one = await asking.request({ hash: HASH })
  one.stream.destroy()
  t.is(await codeOf(collect(one.stream)), 'CANCELLED')

  const controller = new AbortController()
  const two = await asking.request({ hash: HASH, signal: controller.signal })
  const reading = codeOf(collect(two.stream))
  controller.abort(new Error('enough'))
  t.is(await reading, 'CANCELLED')

  const three = await asking.request({ hash: HASH })
  for await (const chunk of three.stream) {
    t.ok(chunk.byteLength > 0)
    break
  }

  const early = new AbortController()
  const never = Promise.withResolvers<never>()
  responder.head = () => never.promise
  const waiting = codeOf(asking.request({ hash: HASH, signal: early.signal }))
  await until(() => answering.busy === 1 || asking.busy === 1)
  early.abort(new Error('enough'))
  t.is(await waiting, 'CANCELLED')
  t.is(await codeOf(asking.request({ hash: HASH, signal: early.signal })), 'CANCELLED')

  await until(() => asking.busy === 0 && answering.busy === 0)
  t.is(responder.begun, responder.ended, 'every read was ended')
  await asking.close()
})

test('closing fails what is open: CLOSED here, NOBODY_ONLINE there', async (t) => {
  const responder = new BytesResponder(random(32 * MiB))
  const { asking, answering } = await pair(responder, {
    asking: { respond: new BytesResponder(random(32 * MiB)) }
  })
  const mine = await asking.request({ hash: HASH })
  const theirs = await answering.request({ hash: HASH })
  const here = codeOf(collect(mine.stream))
  const there = codeOf(collect(theirs.stream))
  await asking.close()
  t.is(await here, 'CLOSED')
  t.is(await there, 'NOBODY_ONLINE')
  await answering.closed
  t.is(asking.busy + answering.busy, 0)
  t.is(await codeOf(asking.request({ hash: HASH })), 'CLOSED')
  t.is(await codeOf(answering.request({ hash: HASH })), 'NOBODY_ONLINE')
  t.is(responder.begun, responder.ended)
  await asking.close()
  t.pass('closing twice is safe')
})

test('a stream that nobody reads yet does not crash when the connection dies', async (t) => {
  const { asking, muxes } = await pair(new BytesResponder(random(32 * MiB)))
  const { stream } = await asking.request({ hash: HASH })
  muxes[1].stream.destroy()
  await asking.closed
  t.is(await codeOf(collect(stream)), 'NOBODY_ONLINE', 'the reason is kept for the reader')
})

test('who is not accepted is told why, and is not answered', async (t) => {
  const [a, b] = connect()
  const responder = new BytesResponder(random(10))
  const asking = channel(a)
  const answering = channel(b, {
    respond: responder,
    checkPeer: () => {
      throw new HypertunaError('UNPROVEN', 'No proof')
    }
  })
  const asked = codeOf(asking.request({ hash: HASH }))
  asking.open()
  answering.open()
  t.is(await codeOf(answering.opened), 'UNPROVEN')
  await asking.closed
  t.is(asking.reason?.code, 'UNPROVEN')
  t.ok((await asked) !== null)
  t.is(responder.begun, 0)
  t.absent(a.stream.destroyed, 'the connection lives')
})

test('requests wait until a slow judge has accepted the other side', async (t) => {
  const [a, b] = connect()
  const judged = Promise.withResolvers<PeerInfo>()
  const responder = new BytesResponder(random(10))
  const asking = channel(a)
  const answering = channel(b, { respond: responder, checkPeer: () => judged.promise })
  asking.open()
  answering.open()
  const asked = asking.request({ hash: HASH })
  await until(() => answering.busy === 1)
  t.is(responder.begun, 0, 'nobody is answered before being proven')
  judged.resolve(MEMBER)
  t.is((await collect((await asked).stream)).byteLength, 10)
  await asking.close()
})

test('another major version is refused with UNSUPPORTED', async (t) => {
  const [a, b] = connect()
  const asking = channel(a, { handshake: { version: 2, role: 'gateway', proof: null } })
  const answering = channel(b)
  asking.open()
  answering.open()
  t.is(await codeOf(answering.opened), 'UNSUPPORTED')
  await asking.closed
  t.is(asking.reason?.code, 'UNSUPPORTED')
})

test('accept answers a channel that the other side opens, and only once', async (t) => {
  const [a, b] = connect()
  const made: FileChannel[] = []
  const undo = FileChannel.accept(b, TOPIC, () => {
    const answering = channel(b, { respond: new BytesResponder(random(10)) })
    answering.open()
    made.push(answering)
  })
  const asking = channel(a)
  asking.open()
  await asking.opened
  const twice = channel(a)
  twice.open()
  t.is(await codeOf(twice.opened), 'CLOSED', 'one channel of a relay on a connection')
  t.is(made.length, 1)
  await asking.close()
  await made[0]?.closed

  const again = channel(a)
  again.open()
  await again.opened
  t.is(made.length, 2, 'it can be opened again')
  await again.close()
  await made[1]?.closed

  undo()
  const refused = channel(a)
  refused.open()
  t.is(await codeOf(refused.opened), 'NOBODY_ONLINE', 'who does not serve the relay says so')
})

test('too many requests are BUSY, on either side', async (t) => {
  const responder = new BytesResponder(random(MiB))
  const waiting = Promise.withResolvers<never>()
  responder.head = () => waiting.promise
  const mine = await pair(responder, { asking: { limits: { requests: 2 } } })
  const held = [1, 2].map(() => codeOf(mine.asking.request({ hash: HASH })))
  await until(() => mine.asking.busy === 2)
  t.is(await codeOf(mine.asking.request({ hash: HASH })), 'BUSY')
  await mine.asking.close()
  t.alike(await Promise.all(held), ['CLOSED', 'CLOSED'])

  const theirs = await pair(responder, { answering: { limits: { requests: 2 } } })
  const open = [1, 2].map(() => codeOf(theirs.asking.request({ hash: HASH })))
  await until(() => theirs.answering.busy === 2)
  t.is(await codeOf(theirs.asking.request({ hash: HASH })), 'BUSY')
  t.is(theirs.answering.busy, 2)
  await theirs.answering.close()
  t.alike(await Promise.all(open), ['NOBODY_ONLINE', 'NOBODY_ONLINE'])
})

test('silence ends a request, and a reader that never comes back ends an answer', async (t) => {
  const responder = new BytesResponder(random(MiB))
  const never = Promise.withResolvers<never>()
  const { asking, answering } = await pair(
    { head: () => never.promise, read: responder.read, layer: () => never.promise },
    { asking: { limits: { idle: 100 } } }
  )
  t.is(await codeOf(asking.request({ hash: HASH })), 'TIMEOUT')
  t.is(await codeOf(asking.pieces({ hash: HASH })), 'TIMEOUT')
  await until(() => answering.busy === 0)
  await asking.close()

  const large = new BytesResponder(random(32 * MiB))
  const paused = await pair(large, { answering: { limits: { idle: 50, idleCredit: 100 } } })
  const { stream } = await paused.asking.request({ hash: HASH })
  await until(() => paused.answering.busy === 0 && large.ended === 1)
  t.is(await codeOf(collect(stream)), 'TIMEOUT')
  await paused.asking.close()
})

test('the other side never opening the channel is a TIMEOUT', async (t) => {
  const [a, b] = connect()
  FileChannel.accept(b, TOPIC, () => new Promise(() => {}))
  const asking = channel(a, { limits: { idle: 100 } })
  asking.open()
  t.is(await codeOf(asking.request({ hash: HASH })), 'TIMEOUT')
})

test('pieces and sample', async (t) => {
  const bytes = random(2 * MiB)
  const responder = new BytesResponder(bytes)
  const { asking, answering } = await pair(responder)
  t.ok(b4a.equals(await asking.pieces({ hash: HASH }), bytes.subarray(0, 96)))
  t.is(await codeOf(asking.pieces({ hash: HASH, size: 100 })), 'TOO_LARGE')

  const nonce = random(32)
  const digest = b4a.alloc(32)
  sodium.crypto_generichash(digest, bytes.subarray(100_000, 300_000), nonce)
  const range = { hash: HASH, offset: 100_000, length: 200_000 }
  t.ok(b4a.equals(await asking.sample({ ...range, nonce }), digest))
  t.is(await codeOf(asking.sample({ ...range, nonce: random(8) })), 'BAD_REQUEST')
  t.is(await codeOf(asking.sample({ ...range, nonce, length: 2 * MiB })), 'BAD_REQUEST')
  await until(() => asking.busy === 0 && answering.busy === 0)
  await asking.close()
})

test('a responder whose file is shorter or longer than it says fails that request alone', async (t) => {
  const responder = new BytesResponder(random(100_000))
  const read = responder.read.bind(responder)
  const { asking } = await pair(responder)
  responder.read = (peer, hash, offset, length) => read(peer, hash, offset, length - 1)
  const short = await asking.request({ hash: HASH })
  t.is(await codeOf(collect(short.stream)), 'STORAGE')
  responder.read = (peer, hash) => read(peer, hash, 0, 100_000)
  const long = await asking.request({ hash: HASH, length: 10 })
  t.is(await codeOf(collect(long.stream)), 'STORAGE')
  t.is(asking.reason, null, 'the channel lives')
  await asking.close()
})

test('an authorization goes along with a request and with pieces, to a proven peer alone', async (t) => {
  const template = { kind: 24242, created_at: 1, tags: [['t', 'get']], content: '' }
  const authorization = signEvent(template, generateSecretKey())
  const shown: (string | null)[] = []
  class Noting extends BytesResponder {
    override head(asker: Asker, hash: string): Promise<FileHead> {
      shown.push(asker.authorization?.id ?? null)
      return super.head(asker, hash)
    }

    override layer(asker?: Asker): Promise<Uint8Array> {
      shown.push(asker?.authorization?.id ?? null)
      return super.layer()
    }
  }
  const { asking, answering } = await pair(new Noting(random(10)))
  for (const given of [{}, { authorization }]) {
    const { stream } = await asking.request({ hash: HASH, ...given })
    await collect(stream)
    await asking.pieces({ hash: HASH, ...given })
  }
  t.alike(shown, [null, null, authorization.id, authorization.id])
  await Promise.all([asking.close(), answering.close()])

  const seen: number[] = []
  const [ours, theirs] = connect()
  theirs.stream.on('data', (bytes) => seen.push((bytes as Uint8Array).byteLength))
  const refusing = channel(ours, {
    checkPeer: () => {
      throw new HypertunaError('UNPROVEN', 'Nobody we know')
    }
  })
  const stranger = channel(theirs, { respond: new Noting(random(10)) })
  refusing.open()
  const asked = refusing.request({ hash: HASH, authorization })
  stranger.open()
  t.is(await codeOf(asked), 'UNPROVEN')
  await stranger.closed
  t.is(shown.length, 4, 'the stranger was asked nothing')
  t.ok(Math.max(...seen) < 200, 'and was sent nothing that could be an event')
})
