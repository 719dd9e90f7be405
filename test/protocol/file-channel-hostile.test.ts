/** What a stranger may send: raw frames, through Protomux but not through our code. */
import test from 'brittle'
import b4a from 'b4a'
import c from 'compact-encoding'
import type { Encoder } from 'compact-encoding'
import type Protomux from 'protomux'
import { MAX_AUTHORIZATION } from '../../protocol/authorization.ts'
import { PROTOCOL } from '../../protocol/file-channel/channel.ts'
import type { FileChannel, FileChannelOptions } from '../../protocol/file-channel/channel.ts'
import { MAX_FRAME } from '../../protocol/file-channel/limits.ts'
import * as messages from '../../protocol/file-channel/messages.ts'
import { generateSecretKey, signEvent } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import {
  BytesResponder,
  channel,
  codeOf,
  collect,
  connect,
  HASH,
  random,
  TOPIC,
  until
} from './channel-pair.ts'

const GATEWAY = c.encode(messages.handshake, { version: 1, role: 'gateway', proof: null })
const { TYPE } = messages

/** A raw end: frames are bytes, and whatever comes is kept. */
interface Raw {
  send(type: number, bytes: Uint8Array): void
  got: { type: number; bytes: Uint8Array }[]
  channel: Protomux.Channel
}

function raw(mux: Protomux, handshake: Uint8Array = GATEWAY): Raw {
  const got: Raw['got'] = []
  const made = mux.createChannel<Uint8Array>({
    protocol: PROTOCOL,
    id: TOPIC,
    handshake: c.raw.buffer,
    messages: Array.from({ length: 32 }, (_, type) => ({
      encoding: c.raw.buffer,
      onmessage: (bytes: Uint8Array) => void got.push({ type, bytes: b4a.from(bytes) })
    }))
  })
  if (made === null) throw new Error('no channel')
  made.open(handshake)
  return {
    got,
    channel: made as Protomux.Channel,
    send: (type, bytes) => made.messages[type]?.send(bytes)
  }
}

/** Another protocol on the same connection, to see that it lives on. */
async function echoes(left: Protomux, right: Protomux): Promise<boolean> {
  const heard = Promise.withResolvers<boolean>()
  const open = (mux: Protomux, onmessage: () => void) => {
    const made = mux.createChannel({ protocol: 'echo', messages: [{ onmessage }] })
    made?.open()
    return made
  }
  const there = open(right, () => heard.resolve(true))
  const here = open(left, () => {})
  here?.messages[0]?.send(b4a.from('hello'))
  const ok = await heard.promise
  here?.close()
  there?.close()
  return ok
}

async function against(
  options: Partial<FileChannelOptions> = {},
  handshake?: Uint8Array
): Promise<{ hostile: Raw; ours: FileChannel; muxes: [Protomux, Protomux] }> {
  const muxes = connect()
  const ours = channel(muxes[1], { respond: new BytesResponder(random(300_000)), ...options })
  ours.open()
  const hostile = raw(muxes[0], handshake)
  if (handshake === undefined) await ours.opened
  return { hostile, ours, muxes }
}

function request(id: number, fields: Partial<messages.RequestMessage> = {}): Uint8Array {
  return c.encode(messages.request, {
    id,
    hash: HASH,
    event: false,
    offset: 0,
    length: -1,
    credit: 1_000_000,
    ...fields
  })
}

const encode = <T>(encoding: Encoder<T>, message: T): Uint8Array => c.encode(encoding, message)

const secretKey = generateSecretKey()
const authorizing = (content: string): NostrEvent =>
  signEvent({ kind: 24242, created_at: 1, tags: [], content }, secretKey)
const authorization = authorizing('')
const tooLong = authorizing('a'.repeat(MAX_AUTHORIZATION))

const malformed: [string, number, Uint8Array][] = [
  ['an empty request', TYPE.request, b4a.alloc(0)],
  ['a request cut off in its hash', TYPE.request, request(1).subarray(0, 20)],
  ['a request cut off in its numbers', TYPE.request, request(1).subarray(0, 35)],
  ['a request with id 0', TYPE.request, request(0)],
  ['a number beyond safe integers', TYPE.cancel, b4a.alloc(9, 0xff)],
  ['a number cut off', TYPE.credit, b4a.from([0xff, 1, 2])],
  ['credit without end', TYPE.request, request(1, { credit: 2 ** 40 })],
  ['an error whose text is cut off', TYPE.error, b4a.from([1, 200, 65])],
  ['an error with a million holders', TYPE.error, b4a.from([1, 1, 65, 1, 65, 0xfe, 0, 0, 16, 0])],
  ['a frame beyond the limit', TYPE.data, b4a.alloc(MAX_FRAME + 1, 1)],
  ['a digest that is too short', TYPE.sampled, b4a.from([1, 2, 3])],
  ['an authorization cut off', TYPE.request, request(1, { authorization }).subarray(0, 200)],
  ['an authorization beyond the limit', TYPE.request, request(1, { authorization: tooLong })],
  [
    'an authorization beyond the limit for pieces',
    TYPE.pieces,
    encode(messages.pieces, { id: 1, hash: HASH, credit: 1, authorization: tooLong })
  ],
  ['garbage', TYPE.head, random(100).fill(0xfe, 0, 20)]
]

test('malformed frames close the channel and nothing else', async (t) => {
  for (const [name, type, bytes] of malformed) {
    const { hostile, ours, muxes } = await against()
    hostile.send(type, bytes)
    await ours.closed
    t.is(ours.reason?.code, 'BAD_REQUEST', name)
    t.absent(muxes[0].stream.destroyed || muxes[1].stream.destroyed, 'the connection lives')
    t.ok(await echoes(muxes[0], muxes[1]), 'and carries other protocols')
    t.is(ours.busy, 0)
  }
})

test('a malformed handshake closes the channel and nothing else', async (t) => {
  const handshakes: [string, Uint8Array][] = [
    ['empty', b4a.alloc(0)],
    ['an unknown role', b4a.from([1, 9, 0])],
    ['a proof cut off', b4a.concat([b4a.from([1, 0, 1]), random(40)])],
    [
      'a proof whose card is no event',
      b4a.concat([b4a.from([1, 0, 1]), random(128), b4a.from([2, 0x7b, 0x7d, 0])])
    ]
  ]
  for (const [name, handshake] of handshakes) {
    const { ours, muxes } = await against({}, handshake)
    t.is(await codeOf(ours.opened), 'BAD_REQUEST', name)
    t.ok(await echoes(muxes[0], muxes[1]), 'the connection carries other protocols')
  }
})

test('frames that came before the channel was judged do not hurt either', async (t) => {
  const muxes = connect()
  const hostile = raw(muxes[0], b4a.from([1, 9, 0]))
  hostile.send(TYPE.request, request(1))
  hostile.send(TYPE.cancel, b4a.alloc(0))
  const ours = channel(muxes[1], { respond: new BytesResponder(random(10)) })
  const stop = Promise.withResolvers<void>()
  muxes[1].pair({ protocol: PROTOCOL, id: TOPIC }, () => {
    ours.open()
    stop.resolve()
  })
  await stop.promise
  await ours.closed
  t.ok(await echoes(muxes[0], muxes[1]))
})

test('unknown frame types and trailing fields are ignored', async (t) => {
  const { hostile, ours, muxes } = await against()
  hostile.send(31, random(50))
  hostile.send(TYPE.request, b4a.concat([request(1, { length: 10 }), b4a.from('a later field')]))
  await until(() => hostile.got.some(({ type }) => type === TYPE.end))
  t.is(ours.reason, null)
  t.ok(await echoes(muxes[0], muxes[1]))
  await ours.close()
})

test('a newer handshake of the same version keeps its extra fields to itself', async (t) => {
  const { ours } = await against({}, b4a.concat([GATEWAY, b4a.from('more')]))
  await ours.opened
  t.pass()
  await ours.close()
})

/** Our side asks, and a hostile responder answers with `frames`. */
async function answered(
  fields: { offset?: number; length?: number },
  answer: (hostile: Raw, id: number) => void
): Promise<{ outcome: string | null; ours: FileChannel; bytes: number }> {
  const { hostile, ours } = await against()
  const asked = ours.request({ hash: HASH, ...fields })
  await until(() => hostile.got.length > 0)
  answer(hostile, 1)
  let bytes = 0
  const outcome = await codeOf(
    asked.then(async ({ stream }) => {
      bytes = (await collect(stream)).byteLength
    })
  )
  return { outcome, ours, bytes }
}

const head = (id: number, size: number, status = 0): Uint8Array =>
  encode(messages.head, { id, status, size, mime: null, name: null, event: null })
const data = (id: number, size: number): Uint8Array =>
  encode(messages.data, { id, bytes: b4a.alloc(size) })
const end = (id: number): Uint8Array => encode(messages.only, { id })

test('a responder that sends more than was asked for is cut off', async (t) => {
  const lies: [string, (hostile: Raw, id: number) => void][] = [
    [
      'beyond the length',
      (hostile, id) => {
        hostile.send(TYPE.head, head(id, 1000))
        hostile.send(TYPE.data, data(id, 101))
      }
    ],
    [
      'in two frames',
      (hostile, id) => {
        hostile.send(TYPE.head, head(id, 1000))
        hostile.send(TYPE.data, data(id, 100))
        hostile.send(TYPE.data, data(id, 1))
      }
    ],
    ['before the head', (hostile, id) => hostile.send(TYPE.data, data(id, 10))],
    [
      'two heads',
      (hostile, id) => {
        hostile.send(TYPE.head, head(id, 1000))
        hostile.send(TYPE.head, head(id, 1000))
      }
    ],
    ['a file that ends before the offset', (hostile, id) => hostile.send(TYPE.head, head(id, 10))]
  ]
  for (const [name, answer] of lies) {
    const { outcome, ours } = await answered({ offset: 50, length: 100 }, answer)
    t.is(outcome, 'CLOSED', name)
    t.is(ours.reason?.code, 'BAD_REQUEST')
    t.is(ours.busy, 0)
  }
})

test('a responder that sends more than was granted is cut off', async (t) => {
  const { hostile, ours } = await against({ limits: { window: 1000, channelWindow: 64_000 } })
  const asked = ours.request({ hash: HASH })
  await until(() => hostile.got.length > 0)
  hostile.send(TYPE.head, head(1, 1_000_000))
  await asked
  hostile.send(TYPE.data, data(1, 1001))
  await ours.closed
  t.is(ours.reason?.code, 'BAD_REQUEST')
})

test('a responder that ends early is TRUNCATED, and the channel lives', async (t) => {
  const { outcome, ours } = await answered({ length: 100 }, (hostile, id) => {
    hostile.send(TYPE.head, head(id, 1000))
    hostile.send(TYPE.data, data(id, 99))
    hostile.send(TYPE.end, end(id))
  })
  t.is(outcome, 'TRUNCATED')
  t.is(ours.reason, null)
  t.is(ours.busy, 0)
  await ours.close()
})

test('frames for requests that nobody made are ignored', async (t) => {
  const { outcome, ours, bytes } = await answered({ length: 100 }, (hostile, id) => {
    hostile.send(TYPE.head, head(77, 5))
    hostile.send(TYPE.data, data(77, 5000))
    hostile.send(TYPE.end, end(77))
    hostile.send(
      TYPE.error,
      encode(messages.error, { id: 77, code: 'DELETED', message: '', holders: [] })
    )
    hostile.send(TYPE.head, head(id, 100))
    hostile.send(TYPE.data, data(id, 100))
    hostile.send(TYPE.end, end(id))
  })
  t.is(outcome, null)
  t.is(bytes, 100)
  await ours.close()
})

test('an unknown code is read as INTERNAL, an unknown status as UNSUPPORTED', async (t) => {
  const coded = await answered({}, (hostile, id) => {
    const message = { id, code: 'STORAGE_FULL', message: 'x', holders: [] }
    hostile.send(TYPE.error, encode(messages.error, message))
  })
  t.is(coded.outcome, 'INTERNAL', 'codes about our own disk are not theirs to give')
  await coded.ours.close()
  const status = await answered({}, (hostile, id) => hostile.send(TYPE.head, head(id, 10, 3)))
  t.is(status.outcome, 'UNSUPPORTED')
  await status.ours.close()
})

test('the same id twice closes the channel; cancel and credit for nothing do not', async (t) => {
  const { hostile, ours } = await against()
  hostile.send(TYPE.cancel, end(5))
  hostile.send(TYPE.credit, encode(messages.credit, { id: 5, bytes: 10 }))
  hostile.send(TYPE.request, request(6, { credit: 1 }))
  await until(() => ours.busy === 1)
  hostile.send(TYPE.request, request(6))
  await ours.closed
  t.is(ours.reason?.code, 'BAD_REQUEST')
  t.is(ours.busy, 0)
})

test('credit is obeyed to the byte', async (t) => {
  const { hostile, ours } = await against()
  hostile.send(TYPE.request, request(1, { credit: 100 }))
  const received = (): number =>
    hostile.got
      .filter(({ type }) => type === TYPE.data)
      .reduce((sum, { bytes }) => sum + c.decode(messages.data, bytes).bytes.byteLength, 0)
  await until(() => received() > 0)
  t.is(received(), 100)
  hostile.send(TYPE.credit, encode(messages.credit, { id: 1, bytes: 50 }))
  await until(() => received() > 100)
  t.is(received(), 150)
  hostile.send(TYPE.cancel, end(1))
  await until(() => ours.busy === 0)
  await ours.close()
})

test('a reader that does not drain the connection holds the sender back, whatever it grants', async (t) => {
  const responder = new BytesResponder(random(16 * 1024 * 1024))
  const { hostile, ours, muxes } = await against({ respond: responder })
  muxes[0].stream.pause()
  hostile.send(TYPE.request, request(1, { credit: 32 * 1024 * 1024 }))
  await until(() => responder.chunks > 0)
  await turns(100)
  t.ok(responder.chunks < 16, `${responder.chunks} chunks of 256 were read`)
  muxes[0].stream.resume()
  await until(() => hostile.got.some(({ type }) => type === TYPE.end))
  t.is(responder.chunks, 256)
  await ours.close()
})

test('who floods with requests and reads no refusals is cut off', async (t) => {
  const { hostile, ours, muxes } = await against({ limits: { requests: 2 } })
  muxes[0].stream.pause()
  hostile.send(TYPE.request, request(1))
  hostile.send(TYPE.request, request(2))
  await until(() => ours.busy === 2)
  await turns(20)
  for (let id = 3; id < 2000; id++) hostile.send(TYPE.request, request(id))
  await ours.closed
  t.is(ours.reason?.code, 'BAD_REQUEST')
  t.is(ours.busy, 0)
})

/** As long as the event loop needs: what was sent is read by then, and nothing tells of it. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setTimeout(resolve, 1))
}

test('a layer is never longer than layers are, whatever size the file is said to have', async (t) => {
  const { hostile, ours } = await against()
  const asked = codeOf(ours.pieces({ hash: HASH, size: 2 ** 52 }))
  await until(() => hostile.got.length > 0)
  hostile.send(TYPE.head, head(1, 2 ** 33))
  t.is(await asked, 'TOO_LARGE')
  await ours.close()
})
