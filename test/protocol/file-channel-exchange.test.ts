/** Sockets carried, files given and taken away, on one file channel. */
import test from 'brittle'
import b4a from 'b4a'
import { AbortController } from 'bare-abort-controller'
import c from 'compact-encoding'
import { HypertunaError } from '../../protocol/errors.ts'
import type {
  Asker,
  ChannelSocket,
  GivenFile,
  SocketOrigin
} from '../../protocol/file-channel/channel.ts'
import { SOCKET_WINDOW } from '../../protocol/file-channel/channel-socket.ts'
import * as messages from '../../protocol/file-channel/messages.ts'
import { UPLOAD_WINDOW, type Stored } from '../../protocol/file-channel/upload.ts'
import { generateSecretKey, signEvent } from '../../protocol/nostr.ts'
import {
  BytesResponder,
  channel,
  codeOf,
  connect,
  HASH,
  pair,
  random,
  until
} from './channel-pair.ts'

const ADDRESS = 'wss://gateway.example/npub1x:notes'
const ORIGIN = { address: ADDRESS, challenge: '0'.repeat(32) }
const authorization = signEvent(
  { kind: 24242, created_at: 1, tags: [['t', 'upload']], content: '' },
  generateSecretKey()
)

class Exchanger extends BytesResponder {
  readonly sockets: { socket: ChannelSocket; address: string }[] = []
  readonly removed: string[] = []
  asker: Asker | null = null
  given: GivenFile | null = null
  readonly taken: Uint8Array[] = []
  refuse: HypertunaError | null = null
  /** What a put waits for before it takes the next chunk. */
  pace: () => Promise<void> = () => Promise.resolve()

  socket(_: unknown, socket: ChannelSocket, { address }: SocketOrigin): void {
    if (this.refuse !== null) throw this.refuse
    this.sockets.push({ socket, address })
  }

  async put(asker: Asker, file: GivenFile, source: AsyncIterable<Uint8Array>): Promise<Stored> {
    this.asker = asker
    this.given = file
    if (this.refuse !== null) throw this.refuse
    for await (const chunk of source) {
      this.taken.push(b4a.from(chunk))
      await this.pace()
    }
    return { fresh: true, size: file.size, uploaded: 1234, mime: file.mime }
  }

  async remove(_: Asker, hash: string): Promise<void> {
    if (this.refuse !== null) throw this.refuse
    this.removed.push(hash)
  }
}

async function* chunks(bytes: Uint8Array, size = 50_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size)
}

const heard = (socket: ChannelSocket): string[] => {
  const texts: string[] = []
  socket.on('message', (bytes) => void texts.push(b4a.toString(bytes)))
  return texts
}

test('a socket carries whole messages both ways, in order, and its end', async (t) => {
  const responder = new Exchanger(random(1))
  const { asking, answering } = await pair(responder)
  const here = await asking.socket(ORIGIN)
  const { socket: there, address } = responder.sockets[0]!
  t.is(address, ADDRESS)
  const [mine, theirs] = [heard(here), heard(there)]
  for (let i = 0; i < 100; i++) here.send(b4a.from(`up ${i}`))
  for (let i = 0; i < 100; i++) there.send(b4a.from(`down ${i}`))
  await until(() => mine.length === 100 && theirs.length === 100)
  t.is(theirs[99], 'up 99')
  t.is(mine[0], 'down 0')
  const ended = new Promise((resolve) => there.once('close', resolve))
  here.close()
  t.is(await ended, null)
  t.is(asking.busy + answering.busy, 0)

  const again = await asking.socket(ORIGIN)
  const refused = new Promise<HypertunaError | null>((resolve) => again.once('close', resolve))
  responder.sockets[1]!.socket.close(new HypertunaError('FORBIDDEN', 'no more'))
  t.is((await refused)?.code, 'FORBIDDEN')
  responder.refuse = new HypertunaError('BUSY', 'too many')
  t.is(await codeOf(asking.socket(ORIGIN)), 'BUSY')
  await asking.close()
})

test('a socket that nobody reads holds a window and no more', async (t) => {
  const responder = new Exchanger(random(1))
  const { asking } = await pair(responder)
  const here = await asking.socket(ORIGIN)
  const { socket: there } = responder.sockets[0]!
  const texts = heard(here)
  here.pause()
  const message = b4a.alloc(100_000, 97)
  let sent = 0
  while (there.send(message)) sent++
  t.ok(sent * 100_000 <= SOCKET_WINDOW + 100_000, `${sent} messages under way`)
  t.is(texts.length, 0)
  const drained = new Promise<void>((resolve) => there.once('drain', () => resolve()))
  here.resume()
  await drained
  await until(() => texts.length === sent + 1)
  t.is(there.queued, 0)
  const closed = new Promise<HypertunaError | null>((resolve) => here.once('close', resolve))
  await asking.close()
  t.is((await closed)?.code, 'CLOSED')
})

test('a file is given: no byte before it is wanted, and as fast as it is taken', async (t) => {
  const bytes = random(3 * UPLOAD_WINDOW + 5)
  const responder = new Exchanger(random(1))
  const { asking, answering } = await pair(responder)
  let pulled = 0
  const source = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks(bytes)) {
      pulled += chunk.byteLength
      yield chunk
    }
  }
  const file = { hash: HASH, size: bytes.byteLength, mime: 'image/png', authorization }
  let go: () => void = () => {}
  const held = new Promise<void>((resolve) => (go = resolve))
  responder.pace = () => held
  const put = asking.put({ ...file, source: source() })
  await until(() => responder.taken.length === 1 && pulled >= UPLOAD_WINDOW)
  t.ok(pulled <= 2 * UPLOAD_WINDOW, 'what is not taken stays where it is')
  go()
  t.alike(await put, { fresh: true, size: bytes.byteLength, uploaded: 1234, mime: 'image/png' })
  t.ok(b4a.equals(b4a.concat(responder.taken), bytes))
  t.is(responder.asker?.authorization?.id, authorization.id)
  t.alike(responder.given, { hash: HASH, size: bytes.byteLength, mime: 'image/png' })

  pulled = 0
  responder.refuse = new HypertunaError('FORBIDDEN', 'not a member')
  t.is(await codeOf(asking.put({ ...file, source: source() })), 'FORBIDDEN')
  t.is(pulled, 0, 'nothing leaves for who does not want it')
  t.is(await codeOf(asking.remove({ hash: HASH, authorization })), 'FORBIDDEN')
  responder.refuse = null
  await asking.remove({ hash: HASH, authorization })
  t.alike(responder.removed, [HASH])

  responder.taken.length = 0
  const empty = { ...file, size: 0, source: chunks(b4a.alloc(0)) }
  t.is((await asking.put(empty)).size, 0)
  t.is(await codeOf(asking.put({ ...file, source: chunks(bytes.subarray(1)) })), 'TRUNCATED')
  await until(() => asking.busy === 0 && answering.busy === 0)
  await asking.close()
})

test('who gives up is heard, and the other way round', async (t) => {
  const responder = new Exchanger(random(1))
  const { asking, answering } = await pair(responder)
  const stop = new AbortController()
  const never = async function* (): AsyncGenerator<Uint8Array> {
    yield b4a.alloc(10)
    await new Promise(() => {})
  }
  const file = { hash: HASH, size: 100, mime: null, authorization }
  const put = codeOf(asking.put({ ...file, source: never(), signal: stop.signal }))
  await until(() => responder.taken.length === 1)
  stop.abort(null)
  t.is(await put, 'CANCELLED')
  await until(() => answering.busy === 0)
  const other = codeOf(asking.put({ ...file, source: never() }))
  await until(() => responder.taken.length === 2)
  await answering.close()
  t.is(await other, 'NOBODY_ONLINE')
})

test('who has nothing to say to sockets refuses them; ungranted bytes end the channel', async (t) => {
  const { asking } = await pair(new BytesResponder(random(1)))
  t.is(await codeOf(asking.socket(ORIGIN)), 'FORBIDDEN')
  t.is(await codeOf(asking.remove({ hash: HASH, authorization })), 'FORBIDDEN')
  await asking.close()

  const frames: [number, Uint8Array][] = [
    [14, c.encode(messages.data, { id: 9, bytes: b4a.alloc(600_000) })],
    [14, c.encode(messages.data, { id: 9, bytes: b4a.alloc(1000_000) })]
  ]
  for (const [type, bytes] of frames) {
    const responder = new Exchanger(random(1))
    const [left, right] = connect()
    const answering = channel(right, { respond: responder })
    answering.open()
    const raw = left.createChannel({
      protocol: 'hypertuna-files',
      id: b4a.alloc(32, 7),
      handshake: c.raw.buffer,
      messages: Array.from({ length: 17 }, () => ({ encoding: c.raw.buffer }))
    })!
    raw.open(c.encode(messages.handshake, { version: 1, role: 'gateway', proof: null }))
    await answering.opened
    const open = { id: 9, ...ORIGIN, credit: 1 }
    raw.messages[10]?.send(c.encode(messages.socket, open))
    await until(() => responder.sockets.length === 1)
    raw.messages[type]?.send(bytes)
    await answering.closed
    t.is(answering.reason?.code, 'BAD_REQUEST')
  }
})
