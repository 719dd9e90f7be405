import test from 'brittle'
import type { Assert } from 'brittle'
import type { Gateway } from '../../gateway/gateway.ts'
import type { GatewayLimits } from '../../gateway/limits.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import { PIECE_SIZE } from '../../protocol/pieces.ts'
import { ask, askSlowly, codeOf, take } from './client.ts'
import {
  localDht,
  makeBytes,
  person,
  startGateway,
  startMember,
  TestRelay,
  type Misbehaviour,
  type Person,
  type TestFile,
  type TestMember
} from './fixture.ts'

// More than the window of a request (4 MiB), so that a member can fail before it sent everything.
const SIZE = PIECE_SIZE * 40 + 77

interface Scene {
  relay: TestRelay
  alice: Person
  bob: Person
  file: TestFile
  gateway: Gateway
  url: string
  logged: { event: string; error?: unknown }[]
  /** Brings a member of the relay online. */
  join: (who: Person, misbehaviour?: Misbehaviour) => Promise<TestMember>
}

async function scene(t: Assert, limits: Partial<GatewayLimits> = {}, size = SIZE): Promise<Scene> {
  const bootstrap = await localDht(t)
  const relay = new TestRelay()
  const alice = person()
  const bob = person()
  const file = relay.file(alice, makeBytes(size))
  const list = relay.list([alice, bob])
  const logged: Scene['logged'] = []
  const log = (event: string, fields = {}): void => void logged.push({ event, ...fields })
  const gateway = await startGateway(t, bootstrap, { limits, log })
  const url = `${gateway.url}/drive/${relay.publicIdentifier}/${file.hash}`
  const join = (who: Person, misbehaviour: Misbehaviour = {}): Promise<TestMember> =>
    startMember(t, { relay, person: who, list, bootstrap, files: [file], misbehaviour })
  return { relay, alice, bob, file, gateway, url, logged, join }
}

/** Once `at` bytes are out: turns into whatever `then` makes of the chunk. */
function after(
  at: number,
  then: (bytes: Uint8Array, member: TestMember) => Promise<Uint8Array>
): Misbehaviour {
  return {
    chunk: (bytes, from, member) => (from < at ? Promise.resolve(bytes) : then(bytes, member))
  }
}

const flip = (bytes: Uint8Array): Promise<Uint8Array> => {
  const bent = Buffer.from(bytes)
  bent[0] = (bent[0] ?? 0) ^ 1
  return Promise.resolve(bent)
}
const never = (): Promise<Uint8Array> => new Promise(() => {})

for (const [name, misbehaviour] of [
  ['lies', after(PIECE_SIZE * 5, flip)],
  ['stalls', after(PIECE_SIZE * 5, never)],
  [
    'vanishes',
    after(PIECE_SIZE * 5, (bytes, member) => {
      member.vanish()
      return Promise.resolve(bytes)
    })
  ],
  [
    'gives up',
    after(PIECE_SIZE * 5, () => Promise.reject(new HypertunaError('STORAGE', 'Disk failed')))
  ]
] as const) {
  test(`a member that ${name} half way is replaced, unseen by the client`, async (t) => {
    const { alice, bob, file, url, join } = await scene(t)
    const bad = await join(alice, misbehaviour)
    const first = ask(url)
    await new Promise((resolve) => bad.once('served', resolve))
    const good = await join(bob)
    const got = await first
    t.is(got.status, 200)
    t.ok(got.complete && got.body.equals(Buffer.from(file.bytes)), 'all the right bytes')
    // What was on its way from one that broke off may be lost with it.
    const lossless = name === 'lies' || name === 'stalls'
    const offset = good.ranges[0]?.offset ?? 0
    t.ok(offset > 0 && offset % PIECE_SIZE === 0, `the other goes on at ${offset}`)
    if (lossless) t.is(offset, PIECE_SIZE * 5, 'the first byte that is missing')
    if (lossless) t.is(bad.ranges.length, 1, 'and the first is not asked again')
  })
}

test('a member whose first byte is late is helped out by another', async (t) => {
  const { alice, bob, url, join, file, gateway } = await scene(t, { hedge: 200, stall: 20_000 })
  // Of two that are equally busy, the one that was there first is asked first.
  const late = await join(alice, { chunk: never })
  t.is((await ask(url, { method: 'HEAD' })).status, 200)
  const good = await join(bob)
  while (gateway.peers.counts.connections < 2) await ask(url, { method: 'HEAD' })
  const got = await ask(url, { headers: { range: 'bytes=0-0' } })
  t.is(got.status, 206)
  t.is(got.body[0], file.bytes[0])
  t.ok(late.ranges.length > 0 && good.ranges.length > 0)
  t.ok(/hedges_total [1-9]/.test(gateway.metrics.text()))
})

test('wrong bytes and nobody else: the connection is reset', async (t) => {
  const { alice, url, join, file, logged } = await scene(t, { resume: 500 })
  await join(alice, after(SIZE - 77, flip))
  const got = await ask(url)
  t.is(got.status, 200)
  t.absent(got.complete, 'no client takes it for the whole')
  const right = Buffer.from(file.bytes).subarray(0, got.body.byteLength)
  t.ok(got.body.equals(right), 'and no wrong byte left')
  t.ok(logged.some(({ event }) => event === 'reset'))
})

test('wrong bytes from everybody, before the first byte: 502', async (t) => {
  const { alice, bob, url, join } = await scene(t)
  await Promise.all([join(alice, { chunk: flip }), join(bob, { chunk: flip })])
  const got = await ask(url)
  t.is(got.status, 502)
  t.is(codeOf(got), 'WRONG_BYTES')
})

test('a layer that is not under the root is refused', async (t) => {
  const { alice, bob, url, join, file } = await scene(t)
  const layer = (right: Uint8Array): Uint8Array => Buffer.alloc(right.byteLength)
  await join(alice, { layer })
  const got = await ask(url)
  t.is(got.status, 502)
  await join(bob)
  const again = await untilServed(url)
  t.ok(again.body.equals(Buffer.from(file.bytes)))
})

test('a record that disagrees with the bytes never gives a whole file', async (t) => {
  const { relay, alice, url, join, file } = await scene(t, { resume: 500 })
  const other = relay.file(alice, makeBytes(SIZE, 2))
  // Signed by a member: the tree of other bytes under the name of this file.
  const { piecesRoot } = parseRoot(other)
  const lie = relay.file(alice, file.bytes, { piecesRoot })
  const member = await join(alice)
  member.files.set(file.hash, { ...other, hash: file.hash, event: lie.event })
  const got = await ask(url)
  t.is(got.status, 200, 'the pieces fit the tree, and only the end can tell')
  t.absent(got.complete)
  t.ok(got.body.byteLength < SIZE)
  const again = await ask(url)
  t.is(again.status, 502, 'the record is known as bad from then on')
})

test('records that do not hold: another file, another relay, a bent signature', async (t) => {
  const { relay, alice, url, join, file } = await scene(t, { lookAgain: 60_000 })
  const outsider = person()
  const member = await join(alice)
  const bent = { ...file.event, sig: file.event.sig.replace(/^./, (c) => (c === '0' ? '1' : '0')) }
  const events = {
    'another file': relay.file(alice, makeBytes(100)).event,
    'another relay': relay.file(alice, file.bytes, {}, 'elsewhere').event,
    'a bent signature': bent,
    'no member': relay.file(outsider, file.bytes).event,
    'another size': relay.file(alice, file.bytes, { size: SIZE - 1 }).event
  }
  for (const [name, event] of Object.entries(events)) {
    member.files.set(file.hash, { ...file, event })
    t.is((await ask(url)).status, 502, name)
  }
})

test('somebody who joined after the handshake may publish', async (t) => {
  const { relay, alice, bob, url, join } = await scene(t)
  const member = await join(alice)
  t.is((await ask(url, { method: 'HEAD' })).status, 200, 'connected, with the old list')
  const carol = person()
  member.list = relay.list([alice, bob, carol])
  const fresh = relay.file(carol, makeBytes(1000, 3))
  member.files.set(fresh.hash, fresh)
  const got = await ask(url.replace(/[^/]*$/, fresh.hash))
  t.is(got.status, 200)
  t.ok(got.body.equals(Buffer.from(fresh.bytes)))
})

test('a member that a newer list leaves out is closed', async (t) => {
  const { relay, alice, bob, url, join, logged } = await scene(t)
  const gone = await join(alice)
  t.is((await ask(url, { method: 'HEAD' })).status, 200)
  gone.files.clear() // says NOT_IN_RELAY from now on, if anybody still believed it
  const last = await join(bob)
  last.list = relay.list([bob])
  const carol = relay.file(bob, makeBytes(5000, 4))
  last.files.set(carol.hash, carol)
  const got = await untilServed(url.replace(/[^/]*$/, carol.hash))
  t.is(got.status, 200)
  t.ok(
    logged.some(({ event, error }) => event === 'member gone' && codeFrom(error) === 'CLOSED'),
    'its channel ended'
  )
})

test('nobody online: 503 after a bounded look', async (t) => {
  const { url } = await scene(t, { look: 2000 })
  const begun = Date.now()
  const got = await ask(url)
  t.is(got.status, 503)
  t.is(codeOf(got), 'NOBODY_ONLINE')
  t.ok(Number(got.headers['retry-after']) > 0)
  t.ok(Date.now() - begun < 4000)
})

test('a member that comes online while a request waits serves it', async (t) => {
  const { alice, url, join, file, gateway } = await scene(t)
  t.is((await ask(url)).status, 503, 'nobody yet')
  await join(alice)
  const got = await untilServed(url)
  t.ok(got.body.equals(Buffer.from(file.bytes)))
  t.is(gateway.peers.counts.relays, 1)
})

test('who proves nothing is neither believed nor kept', async (t) => {
  const { alice, bob, url, join, gateway } = await scene(t, { look: 3000 })
  const stranger = person()
  const frauds: Misbehaviour['proof'][] = [
    (proof) => ({ ...proof, signature: Buffer.alloc(64, 1) }),
    (proof) => ({ ...proof, pubkey: stranger.pubkey }),
    (proof) => ({ ...proof, members: { ...proof.members, content: 'bent' } })
  ]
  for (const proof of frauds) {
    const fraud = await join(proof === frauds[1] ? stranger : alice, { proof })
    fraud.files.clear() // would say NOT_IN_RELAY
  }
  const got = await ask(url)
  t.is(got.status, 503, 'no 404 on the word of a stranger')
  t.is(gateway.peers.counts.connections, 0)
  await join(bob)
  t.is((await untilServed(url)).status, 200)
})

test('NOT_HELD here, held there', async (t) => {
  const { alice, bob, url, join, file } = await scene(t)
  const head = (): Promise<never> =>
    Promise.reject(new HypertunaError('NOT_HELD', 'Another member holds it'))
  await join(alice, { head })
  await join(bob)
  const got = await untilServed(url)
  t.ok(got.body.equals(Buffer.from(file.bytes)))
})

test('a member that never answers: 504, and a request never hangs', async (t) => {
  const { alice, url, join } = await scene(t, { firstByte: 1500, ask: 60_000 })
  await join(alice, { head: () => new Promise(() => {}) })
  const got = await ask(url)
  t.is(got.status, 504)
  t.is(codeOf(got), 'TIMEOUT')
  t.ok(Number(got.headers['retry-after']) > 0)
})

test('bounds: requests in hand, relays in use', async (t) => {
  const { alice, url, join, gateway } = await scene(t, {
    requests: 1,
    topics: 1,
    idleTopic: 60_000
  })
  const member = await join(alice)
  const { res, leave } = await askSlowly(url)
  res.pause()
  const busy = await ask(url)
  t.is(busy.status, 503)
  t.is(codeOf(busy), 'BUSY')
  t.is(busy.headers['access-control-allow-origin'], '*')
  const ended = new Promise((resolve) => member.once('ended', resolve))
  leave()
  await ended
  const elsewhere = new TestRelay('elsewhere')
  const other = url.replace(/npub1[^/]*/, elsewhere.publicIdentifier)
  t.is((await ask(other)).status, 503, 'an idle relay makes room for another')
  t.is(gateway.peers.counts.relays, 1)
})

test('an idle relay is left, and its members with it', async (t) => {
  const { alice, url, join, gateway, file } = await scene(t, { idleTopic: 200 })
  const member = await join(alice)
  t.is((await ask(url)).status, 200)
  const [connection] = [...member.connections]
  await new Promise<void>((resolve) => connection?.on('close', () => resolve()))
  t.is(gateway.peers.counts.relays, 0)
  const again = await untilServed(url)
  t.ok(again.body.equals(Buffer.from(file.bytes)), 'and found again when asked for')
})

test('many clients at once, each gets its bytes', async (t) => {
  const { alice, bob, url, join, file } = await scene(t, {}, PIECE_SIZE * 8)
  await Promise.all([join(alice), join(bob)])
  const replies = await Promise.all(
    Array.from({ length: 24 }, async () => take((await askSlowly(url)).res))
  )
  const right = Buffer.from(file.bytes)
  t.ok(replies.every(({ complete, body }) => complete && body.equals(right)))
})

/** Asks until somebody serves: the swarm takes its time to notice who came. */
async function untilServed(url: string): ReturnType<typeof ask> {
  for (;;) {
    const reply = await ask(url)
    if (reply.status === 200) return reply
  }
}

function parseRoot(file: TestFile): { piecesRoot: string } {
  const imeta = file.event.tags.find(([name]) => name === 'imeta') ?? []
  const field = imeta.find((part) => part.startsWith('piecesRoot ')) ?? ''
  return { piecesRoot: field.slice('piecesRoot '.length) }
}

function codeFrom(error: unknown): unknown {
  return (error as { code?: unknown } | undefined)?.code
}
