import test from 'brittle'
import type { Assert } from 'brittle'
import fs from 'bare-fs/promises'
import { join as joinPath } from 'bare-path'
import type { GatewayConfig } from '../../gateway/config.ts'
import type { Gateway } from '../../gateway/gateway.ts'
import type { GatewayLimits } from '../../gateway/limits.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import { parseFiles } from '../../protocol/file-event.ts'
import { PIECE_SIZE } from '../../protocol/pieces.ts'
import { ask, askSlowly, codeOf, take } from './client.ts'
import {
  localDht,
  makeBytes,
  person,
  startGateway,
  startMember,
  TestRelay,
  type Person,
  type TestFile,
  type TestMember
} from './fixture.ts'

const SIZE = PIECE_SIZE * 6 + 99
const LONG = 60_000

interface Scene {
  relay: TestRelay
  alice: Person
  file: TestFile
  files: TestFile[]
  member: TestMember
  storage: string
  /** Another gateway on the same storage; the one before has to be closed. */
  start: (limits?: Partial<GatewayLimits>, config?: Partial<GatewayConfig>) => Promise<Gateway>
  urlAt: (gateway: Gateway, file?: TestFile) => string
}

async function scene(
  t: Assert,
  files: (relay: TestRelay, alice: Person) => TestFile[] = oneFile
): Promise<Scene> {
  const bootstrap = await localDht(t)
  const relay = new TestRelay()
  const alice = person()
  const published = files(relay, alice)
  const file = published[0]!
  const list = relay.list([alice])
  const member = await startMember(t, { relay, person: alice, list, bootstrap, files: published })
  const storage = await t.tmp()
  const start: Scene['start'] = (limits = {}, config = {}) =>
    startGateway(t, bootstrap, { limits, config: { storage, ...config } })
  const urlAt: Scene['urlAt'] = ({ url }, { hash } = file) =>
    `${url}/drive/${relay.publicIdentifier}/${hash}`
  return { relay, alice, file, files: published, member, storage, start, urlAt }
}

const oneFile = (relay: TestRelay, alice: Person): TestFile[] => [
  relay.file(alice, makeBytes(SIZE))
]

/** Bytes that a member was asked for. */
const askedOf = ({ ranges }: TestMember): number =>
  ranges.reduce((sum, { length }) => sum + length, 0)

/** The one file of the cache that has the bytes of `file`. */
function pathOf(storage: string, file: TestFile): string {
  const root = parseFiles(file.event)[0]?.piecesRoot ?? ''
  return joinPath(storage, 'cache', root.slice(0, 2), root)
}

test('a part is fetched once, and the rest when it is asked for', async (t) => {
  const { file, member, start, urlAt } = await scene(t)
  const url = urlAt(await start())
  const range = `bytes=${PIECE_SIZE}-${PIECE_SIZE * 2 + 9}`
  for (let i = 0; i < 2; i++) {
    const part = await ask(url, { headers: { range } })
    t.ok(part.body.equals(Buffer.from(file.bytes).subarray(PIECE_SIZE, PIECE_SIZE * 2 + 10)))
  }
  t.is(askedOf(member), PIECE_SIZE * 2, 'two pieces, once')
  for (let i = 0; i < 2; i++) {
    const whole = await ask(url)
    t.ok(whole.complete && whole.body.equals(Buffer.from(file.bytes)))
  }
  t.is(askedOf(member), SIZE, 'and each other piece once')
})

test('it outlives the gateway, and needs no member then', { timeout: LONG }, async (t) => {
  const { file, member, start, urlAt } = await scene(t)
  const first = await start()
  t.is((await ask(urlAt(first))).status, 200)
  await first.close()
  member.vanish()
  const second = await start()
  const got = await ask(urlAt(second))
  t.is(got.status, 200)
  t.ok(got.complete && got.body.equals(Buffer.from(file.bytes)))
  await second.cache.scanned
  t.alike(second.cache.usage, { bytes: SIZE, objects: 1 })
})

test('a wrong byte on the disk never leaves', { timeout: LONG }, async (t) => {
  const { file, member, storage, start, urlAt } = await scene(t)
  const bend = async (): Promise<void> => {
    const path = pathOf(storage, file)
    const bytes = Buffer.from(await fs.readFile(path))
    bytes[PIECE_SIZE * 3 + 5]! ^= 1
    await fs.writeFile(path, bytes)
  }
  const first = await start()
  t.is((await ask(urlAt(first))).status, 200)
  await bend()
  const got = await ask(urlAt(first))
  t.ok(got.complete && got.body.equals(Buffer.from(file.bytes)), 'while it runs')
  t.is(askedOf(member), SIZE + PIECE_SIZE, 'the one piece is fetched again')
  await first.close()

  await bend()
  member.vanish()
  const second = await start({ look: 500, resume: 500 })
  const short = await ask(urlAt(second))
  t.absent(short.complete, 'after a restart, and with nobody to ask: cut off')
  t.ok(short.body.equals(Buffer.from(file.bytes).subarray(0, short.body.byteLength)))
})

test('a cache that was cut off, emptied or filled with rubbish', { timeout: LONG }, async (t) => {
  const { file, storage, start, urlAt } = await scene(t)
  const path = pathOf(storage, file)
  const damages: [string, () => Promise<unknown>][] = [
    ['the bytes cut off', () => fs.writeFile(path, Buffer.from(file.bytes).subarray(0, 1000))],
    ['the bytes gone', () => fs.unlink(path)],
    ['the index rubbish', () => fs.writeFile(`${path}.json`, '{"version":1,"size":')],
    [
      'the index lies',
      () => fs.writeFile(`${path}.json`, '{"version":1,"size":5,"present":"//8="}')
    ],
    ['the layer rubbish', () => fs.writeFile(`${path}.layer`, Buffer.alloc(7 * 32))]
  ]
  for (const [name, damage] of damages) {
    const gateway = await start()
    const got = await ask(urlAt(gateway))
    t.ok(got.complete && got.body.equals(Buffer.from(file.bytes)), `before ${name}`)
    await gateway.close()
    await damage()
  }
  const got = await ask(urlAt(await start()))
  t.ok(got.complete && got.body.equals(Buffer.from(file.bytes)))
})

test('only-if-cached touches nobody', { timeout: LONG }, async (t) => {
  const { file, member, start, urlAt } = await scene(t)
  const gateway = await start()
  const headers = { 'cache-control': 'max-stale, Only-If-Cached' }
  const miss = await ask(urlAt(gateway), { headers })
  t.is(miss.status, 412)
  t.is(codeOf(miss), 'PRECONDITION_FAILED')
  t.alike(gateway.peers.counts, { relays: 0, connections: 0 }, 'no topic joined')
  t.is((await ask(urlAt(gateway), { method: 'HEAD' })).status, 200)
  t.is((await ask(urlAt(gateway), { headers })).status, 412)
  t.alike(gateway.cache.usage, { bytes: 0, objects: 0 }, 'what was only looked for is no object')
  await ask(urlAt(gateway), { headers: { range: 'bytes=0-9' } })
  const before = askedOf(member)
  t.is((await ask(urlAt(gateway), { headers })).status, 412, 'a part is not the whole')
  t.is((await ask(urlAt(gateway), { headers, method: 'HEAD' })).status, 412)
  const part = await ask(urlAt(gateway), { headers: { ...headers, range: 'bytes=2-7' } })
  t.is(part.status, 206)
  t.ok(part.body.equals(Buffer.from(file.bytes).subarray(2, 8)))
  t.is(askedOf(member), before)
})

test('many clients of one cold file cost one download', async (t) => {
  const { file, member, start, urlAt } = await scene(t)
  const url = urlAt(await start())
  const replies = await Promise.all(
    Array.from({ length: 100 }, async () => take((await askSlowly(url)).res))
  )
  const right = Buffer.from(file.bytes)
  t.ok(replies.every(({ complete, body }) => complete && body.equals(right)))
  t.is(askedOf(member), SIZE)
})

test('who reads nothing holds up nobody who reads elsewhere', async (t) => {
  const size = PIECE_SIZE * 80
  const { file, start, urlAt } = await scene(t, (relay, alice) => [
    relay.file(alice, makeBytes(size))
  ])
  const url = urlAt(await start({ firstByte: 5000 }))
  const still = await askSlowly(url)
  still.res.pause()
  for (const piece of [12, 25, 40, 70]) {
    const got = await ask(url, {
      headers: { range: `bytes=${piece * PIECE_SIZE}-${piece * PIECE_SIZE + 9}` }
    })
    t.is(got.status, 206, `piece ${piece}`)
    t.ok(
      got.body.equals(Buffer.from(file.bytes).subarray(piece * PIECE_SIZE, piece * PIECE_SIZE + 10))
    )
  }
  const rest = take(still.res)
  still.res.resume()
  const { complete, body } = await rest
  t.ok(complete && body.equals(Buffer.from(file.bytes)))
})

test('the one who began goes, and the others get it all', async (t) => {
  const { file, member, start, urlAt } = await scene(t)
  const url = urlAt(await start())
  let go = (): void => {}
  const held = new Promise<void>((resolve) => (go = resolve))
  member.misbehaviour.chunk = async (bytes, at) => {
    if (at >= PIECE_SIZE * 2) await held
    return bytes
  }
  const first = await askSlowly(url)
  const second = await askSlowly(url)
  first.leave()
  go()
  const got = await take(second.res)
  t.ok(got.complete && got.body.equals(Buffer.from(file.bytes)))
})

test('it stays within its size, and small files stay longer', { timeout: LONG }, async (t) => {
  const small = 10_000
  const { files, start, urlAt } = await scene(t, (relay, alice) => [
    relay.file(alice, makeBytes(small)),
    ...[2, 3, 4, 5].map((seed) => relay.file(alice, makeBytes(PIECE_SIZE * 2, seed)))
  ])
  const gateway = await start({}, { cacheSize: PIECE_SIZE * 5 })
  const sizes: number[] = []
  for (const file of files) {
    t.is((await ask(urlAt(gateway, file))).status, 200)
    sizes.push(gateway.cache.usage.bytes)
  }
  t.ok(
    sizes.every((bytes) => bytes <= PIECE_SIZE * 5),
    sizes.join(', ')
  )
  const headers = { 'cache-control': 'only-if-cached' }
  t.is((await ask(urlAt(gateway, files[0]), { headers })).status, 200, 'the small one')
  t.is((await ask(urlAt(gateway, files[1]), { headers })).status, 412, 'the oldest large one went')
})

test('without a cache everything comes from members', async (t) => {
  const { file, member, start, urlAt } = await scene(t)
  const url = urlAt(await start({}, { cacheSize: 0 }))
  for (let i = 0; i < 2; i++) t.ok((await ask(url)).body.equals(Buffer.from(file.bytes)))
  t.is(askedOf(member), SIZE * 2)
})

test('what members say is remembered for a moment, and no longer', async (t) => {
  const { member, start, urlAt } = await scene(t)
  const gateway = await start({ missing: 300 })
  let asked = 0
  member.misbehaviour.head = () => {
    asked++
    return Promise.reject(new HypertunaError('NOT_IN_RELAY', 'Not yet'))
  }
  for (let i = 0; i < 3; i++) t.is((await ask(urlAt(gateway))).status, 404)
  t.is(asked, 1, 'asked once')
  delete member.misbehaviour.head
  for (;;) {
    const { status } = await ask(urlAt(gateway))
    if (status === 200) break
    t.is(status, 404)
  }
})

test('a file that was deleted is served no more, though it is cached', async (t) => {
  const { member, start, urlAt } = await scene(t)
  const gateway = await start()
  t.is((await ask(urlAt(gateway))).status, 200)
  member.misbehaviour.head = () => Promise.reject(new HypertunaError('DELETED', 'It was deleted'))
  t.is((await ask(urlAt(gateway))).status, 410)
  const headers = { 'cache-control': 'only-if-cached' }
  t.is((await ask(urlAt(gateway), { headers })).status, 412)
})

test('nobody poisons it: a tree of other bytes, a size, another relay', async (t) => {
  const bootstrap = await localDht(t)
  const [relay, evil, alice, mallory] = [new TestRelay(), new TestRelay('evil'), person(), person()]
  const file = relay.file(alice, makeBytes(SIZE))
  const other = relay.file(alice, makeBytes(SIZE, 2))
  const piecesRoot = parseFiles(other.event)[0]?.piecesRoot ?? null
  // Under the hash of the one file, the tree of the other; it serves just that.
  const { event } = evil.file(mallory, file.bytes, { piecesRoot })
  const lie = { ...other, hash: file.hash, event }
  const listed = { relay: evil, person: mallory, list: evil.list([mallory]), bootstrap }
  await startMember(t, { ...listed, files: [lie] })
  const list = relay.list([alice])
  await startMember(t, { relay, person: alice, list, bootstrap, files: [file, other] })
  const gateway = await startGateway(t, bootstrap, { limits: { resume: 300 } })
  const url = (r: TestRelay, hash: string): string =>
    `${gateway.url}/drive/${r.publicIdentifier}/${hash}`

  t.absent((await ask(url(evil, file.hash))).complete, 'never whole')
  const right = await ask(url(relay, file.hash))
  t.ok(right.complete && right.body.equals(Buffer.from(file.bytes)))
  const second = await ask(url(relay, other.hash))
  t.ok(second.complete && second.body.equals(Buffer.from(other.bytes)))
  const refused = await ask(url(evil, file.hash))
  t.is(refused.status, 502, 'and what is known of the bytes is known before the first one')
})

test('small files come from memory while what members said holds', async (t) => {
  const { files, member, start, urlAt } = await scene(t, (relay, alice) => [
    relay.file(alice, makeBytes(10_000))
  ])
  const rules = `${await t.tmp()}/rules`
  await fs.writeFile(rules, '')
  const gateway = await start({ fresh: 60_000 }, { rules })
  const url = urlAt(gateway)
  const cold = await ask(url)
  const warm = await ask(url)
  t.alike({ ...warm.headers, date: '' }, { ...cold.headers, date: '' })
  t.ok(warm.body.equals(Buffer.from(files[0]!.bytes)))
  const head = await ask(url, { method: 'HEAD' })
  t.alike({ ...head.headers, date: '' }, { ...cold.headers, date: '' })
  t.is((await ask(url, { headers: { range: 'bytes=0-1' } })).status, 206)
  t.is((await ask(url, { headers: { 'if-none-match': '*' } })).status, 304)
  t.is((await ask(url, { headers: { 'service-worker': 'script' } })).status, 403)
  t.is((await ask(`${url}?download`)).headers['content-disposition']?.slice(0, 10), 'attachment')
  t.is(askedOf(member), 10_000)
  await fs.writeFile(rules, `block ${files[0]!.hash}\n`)
  for (;;) {
    const { status } = await ask(url)
    if (status === 410) break
    t.is(status, 200)
  }
})
