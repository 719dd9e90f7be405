import test from 'brittle'
import type { Assert } from 'brittle'
import { HypertunaError, type ErrorCode } from '../../protocol/errors.ts'
import { isHex32 } from '../../protocol/ids.ts'
import { PIECE_SIZE } from '../../protocol/pieces.ts'
import { ask, askSlowly, codeOf, type Ask, type Reply } from './client.ts'
import {
  localDht,
  makeBytes,
  person,
  startGateway,
  startMember,
  TestRelay,
  type Misbehaviour,
  type TestFile,
  type TestMember
} from './fixture.ts'

const SIZE = PIECE_SIZE * 3 + 12_345

interface Scene {
  relay: TestRelay
  member: TestMember
  file: TestFile
  bootstrap: string[]
  url: (file?: string) => string
  get: (options?: Ask & { file?: string }) => Promise<Reply>
}

/** One honest member with one file, behind a gateway. */
async function scene(
  t: Assert,
  misbehaviour: Misbehaviour = {},
  bytes?: Uint8Array
): Promise<Scene> {
  const bootstrap = await localDht(t)
  const relay = new TestRelay()
  const alice = person()
  const file = relay.file(alice, bytes ?? makeBytes(SIZE))
  const list = relay.list([alice])
  const member = await startMember(t, {
    relay,
    person: alice,
    list,
    bootstrap,
    files: [file],
    misbehaviour
  })
  const gateway = await startGateway(t, bootstrap)
  const url = (name = file.hash): string => `${gateway.url}/drive/${relay.publicIdentifier}/${name}`
  return {
    relay,
    member,
    file,
    bootstrap,
    url,
    get: ({ file: name, ...options } = {}) => ask(url(name), options)
  }
}

test('a file comes whole, with its headers, and HEAD says the same', async (t) => {
  const { get, file, relay, url } = await scene(t)
  const got = await get()
  t.is(got.status, 200)
  t.ok(got.complete)
  t.ok(got.body.equals(Buffer.from(file.bytes)), 'the bytes are the file')
  t.is(got.headers['etag'], `"${file.hash}"`)
  t.is(got.headers['content-length'], String(SIZE))
  t.is(got.headers['accept-ranges'], 'bytes')
  t.is(got.headers['cache-control'], 'public, max-age=31536000, immutable')
  t.is(got.headers['content-type'], 'text/plain; charset=utf-8')
  t.is(got.headers['access-control-allow-origin'], '*')
  t.is(got.headers['x-content-type-options'], 'nosniff')
  t.ok(got.headers['content-security-policy']?.startsWith("sandbox; default-src 'none'"))

  const head = await get({ method: 'HEAD' })
  t.is(head.status, 200)
  t.is(head.body.byteLength, 0)
  t.alike(withoutDate(head), withoutDate(got), 'HEAD has the headers of GET')

  const alias = relay.alias
  const npub = relay.publicIdentifier.split(':')[0] ?? ''
  for (const path of [`${npub}%3A${alias}`, `${npub}/${alias}`]) {
    const again = await ask(url().replace(relay.publicIdentifier, path), { method: 'HEAD' })
    t.is(again.status, 200, `the colon may be ${path.slice(npub.length, -alias.length)}`)
  }
  t.is((await get({ file: `${file.hash}.txt` })).status, 200, 'an extension is a hint')
})

test('ranges are cut out of checked pieces', async (t) => {
  const { get, file, member } = await scene(t)
  const whole = Buffer.from(file.bytes)
  for (const [range, start, end] of [
    ['bytes=0-1', 0, 2],
    [`bytes=${PIECE_SIZE - 1}-${PIECE_SIZE}`, PIECE_SIZE - 1, PIECE_SIZE + 1],
    [`bytes=${PIECE_SIZE}-`, PIECE_SIZE, SIZE],
    ['bytes=-5', SIZE - 5, SIZE],
    [`bytes=${SIZE - 1}-${SIZE * 2}`, SIZE - 1, SIZE]
  ] as const) {
    const got = await get({ headers: { range } })
    t.is(got.status, 206, range)
    t.is(got.headers['content-range'], `bytes ${start}-${end - 1}/${SIZE}`)
    t.ok(got.complete && got.body.equals(whole.subarray(start, end)), 'the bytes of the range')
  }
  t.ok(
    member.ranges.every(({ offset }) => offset % PIECE_SIZE === 0),
    'whole pieces are fetched'
  )
  t.alike(member.ranges[0], { offset: 0, length: PIECE_SIZE }, 'and no more of them than needed')

  const beyond = await get({ headers: { range: `bytes=${SIZE}-` } })
  t.is(beyond.status, 416)
  t.is(beyond.headers['content-range'], `bytes */${SIZE}`)
  t.is(beyond.headers['access-control-allow-origin'], '*')
})

test('conditional requests', async (t) => {
  const { get, file } = await scene(t)
  const etag = `"${file.hash}"`
  const same = await get({ headers: { 'if-none-match': etag } })
  t.is(same.status, 304)
  t.is(same.body.byteLength, 0)
  t.is(same.headers['etag'], etag)
  t.is((await get({ headers: { 'if-match': '"other"' } })).status, 412)
  const partial = await get({ headers: { range: 'bytes=0-0', 'if-range': '"other"' } })
  t.is(partial.status, 200, 'If-Range that does not hold gives the whole')
})

test('what cannot be a request, and what is not answered', async (t) => {
  const { get, url, file } = await scene(t)
  const origin = url().slice(0, url().indexOf('/drive/'))
  for (const path of [
    '/drive/nobody:x/' + file.hash,
    '/drive/' + file.hash,
    '/drive/',
    url('not-a-hash').slice(origin.length),
    url('../../etc/passwd').slice(origin.length),
    url(file.hash.toUpperCase()).slice(origin.length),
    '/drive/' + 'x'.repeat(3000)
  ]) {
    const got = await ask(origin, { path })
    t.is(got.status, 400, path.slice(0, 40))
    t.is(codeOf(got), 'BAD_REQUEST')
  }
  for (const method of ['PUT', 'POST', 'DELETE', 'PATCH'] as const) {
    const got = await get({ method })
    t.is(got.status, 405, method)
    t.is(got.headers['allow'], 'GET, HEAD, OPTIONS')
    t.is(got.headers['access-control-allow-origin'], '*')
  }
  const preflight = await get({ method: 'OPTIONS' })
  t.is(preflight.status, 204)
  t.is(preflight.headers['access-control-allow-methods'], 'GET, HEAD, OPTIONS')
  t.is((await ask(`${origin}/elsewhere`)).status, 404)
  const worker = await get({ headers: { 'service-worker': 'script' } })
  t.is(worker.status, 403, 'a page cannot install a file as a service worker')

  const health = await ask(`${origin}/health`)
  t.is(health.status, 200)
  const { status, gatewayKey } = JSON.parse(health.body.toString()) as Record<string, unknown>
  t.is(status, 'ok')
  t.ok(isHex32(gatewayKey), 'by which an admin lists it')
  t.is(health.headers['access-control-allow-origin'], '*')
})

test('?download names the file', async (t) => {
  const { get, file } = await scene(t)
  const got = await get({ method: 'HEAD', file: `${file.hash}?download=true&filename=a%20b.txt` })
  t.is(got.status, 200)
  t.ok(got.headers['content-disposition']?.startsWith('attachment; '))
  t.ok(got.headers['content-disposition']?.includes("filename*=UTF-8''a%20b.txt"))
})

test('what a member says becomes a status', async (t) => {
  let code: ErrorCode = 'NOT_IN_RELAY'
  const head = (): Promise<never> => Promise.reject(new HypertunaError(code, 'The member says so'))
  const { get } = await scene(t, { head })
  const statuses: [ErrorCode, number][] = [
    ['NOT_IN_RELAY', 404],
    ['DELETED', 410],
    ['FORBIDDEN', 403],
    ['NOT_HELD', 503],
    ['BUSY', 503],
    ['STORAGE', 503]
  ]
  for (const [said, status] of statuses) {
    code = said
    const got = await get()
    t.is(got.status, status, said)
    t.is(codeOf(got), said)
    t.is(got.headers['x-reason'], 'The member says so')
    t.is(got.headers['access-control-allow-origin'], '*')
    t.is('retry-after' in got.headers, status === 503, 'Retry-After where it may change')
    const bare = await get({ method: 'HEAD' })
    t.is(bare.status, status)
    t.is(bare.body.byteLength, 0)
    t.alike(withoutDate(bare), withoutDate(got))
  }
})

test('an empty file', async (t) => {
  const { get } = await scene(t, {}, new Uint8Array(0))
  const got = await get()
  t.is(got.status, 200)
  t.ok(got.complete)
  t.is(got.headers['content-length'], '0')
  t.is((await get({ headers: { range: 'bytes=0-' } })).status, 416)
})

test('a client that goes away ends what was asked for it', async (t) => {
  const { url, member } = await scene(t, {}, makeBytes(PIECE_SIZE * 64))
  const ended = new Promise<number>((resolve) => member.once('ended', (n) => resolve(n as number)))
  const { leave } = await askSlowly(url())
  leave()
  t.ok((await ended) < PIECE_SIZE * 64, 'the member stopped before the end')
})

test('a client that reads slowly holds the member back', async (t) => {
  const size = PIECE_SIZE * 128
  const { url, member } = await scene(t, {}, makeBytes(size))
  let sent = 0
  let quiet = (): void => {}
  const still = new Promise<void>((resolve) => (quiet = resolve))
  let timer: NodeJS.Timeout | undefined
  member.misbehaviour.chunk = (bytes, at) => {
    sent = at + bytes.byteLength
    clearTimeout(timer)
    timer = setTimeout(quiet, 500) // that nothing more comes can only be waited for
    return Promise.resolve(bytes)
  }
  const { res, leave } = await askSlowly(url())
  res.pause()
  await still
  t.ok(sent < 24 * 1024 * 1024, `${sent} of ${size} bytes left the member`)
  leave()
})

test('only relays of the allow list', async (t) => {
  const { bootstrap, relay, file } = await scene(t)
  const other = new TestRelay('other')
  const gateway = await startGateway(t, bootstrap, {
    config: { relays: [relay.publicIdentifier] }
  })
  const path = (id: string): string => `${gateway.url}/drive/${id}/${file.hash}`
  t.is((await ask(path(relay.publicIdentifier))).status, 200)
  const refused = await ask(path(other.publicIdentifier))
  t.is(refused.status, 403)
  t.is(codeOf(refused), 'FORBIDDEN')
})

function withoutDate(reply: Reply): Record<string, string> {
  const { date: _, ...headers } = reply.headers
  return headers
}
