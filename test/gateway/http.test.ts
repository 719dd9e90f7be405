import test from 'brittle'
import type { Assert } from 'brittle'
import type { HTTPMethod } from 'bare-http1'
import type { Gateway } from '../../gateway/gateway.ts'
import { PIECE_SIZE } from '../../protocol/pieces.ts'
import { ask, codeOf, type Reply } from './client.ts'
import {
  localDht,
  makeBytes,
  person,
  startGateway,
  startMember,
  TestRelay,
  type TestFile
} from './fixture.ts'
import { connect, exchange, statuses } from './raw.ts'

const SIZE = PIECE_SIZE + 10_000

interface Scene {
  gateway: Gateway
  relay: TestRelay
  file: TestFile
  get: (headers?: Record<string, string>, method?: HTTPMethod) => Promise<Reply>
  url: string
}

async function scene(t: Assert): Promise<Scene> {
  const bootstrap = await localDht(t)
  const [relay, alice] = [new TestRelay(), person()]
  const file = relay.file(alice, makeBytes(SIZE), { name: 'Ünï “code” 100%.txt' })
  const list = relay.list([alice])
  await startMember(t, { relay, person: alice, list, bootstrap, files: [file] })
  const gateway = await startGateway(t, bootstrap)
  const url = `${gateway.url}/drive/${relay.publicIdentifier}/${file.hash}`
  const get: Scene['get'] = (headers = {}, method = 'GET') => ask(url, { headers, method })
  return { gateway, relay, file, get, url }
}

const last = SIZE - 1

// Range header, status, Content-Range, and the bytes as [start, end).
const RANGES: [string, number, string | null, [number, number]][] = [
  ['bytes=0-0', 206, `bytes 0-0/${SIZE}`, [0, 1]],
  ['bytes=0-1', 206, `bytes 0-1/${SIZE}`, [0, 2]],
  ['bytes=0-', 206, `bytes 0-${last}/${SIZE}`, [0, SIZE]],
  [`bytes=${last}-`, 206, `bytes ${last}-${last}/${SIZE}`, [last, SIZE]],
  [`bytes=${last}-${SIZE * 9}`, 206, `bytes ${last}-${last}/${SIZE}`, [last, SIZE]],
  ['bytes=-1', 206, `bytes ${last}-${last}/${SIZE}`, [last, SIZE]],
  [`bytes=-${SIZE}`, 206, `bytes 0-${last}/${SIZE}`, [0, SIZE]],
  [`bytes=-${SIZE + 1}`, 206, `bytes 0-${last}/${SIZE}`, [0, SIZE]],
  ['Bytes=5-9', 206, `bytes 5-9/${SIZE}`, [5, 10]],
  ['bytes=5-9,', 206, `bytes 5-9/${SIZE}`, [5, 10]],
  ['bytes=-0', 416, `bytes */${SIZE}`, [0, 0]],
  [`bytes=${SIZE}-`, 416, `bytes */${SIZE}`, [0, 0]],
  [`bytes=${SIZE}-${SIZE + 5}`, 416, `bytes */${SIZE}`, [0, 0]],
  ['bytes=0-0,5-9', 200, null, [0, SIZE]],
  ['bytes=9-5', 200, null, [0, SIZE]],
  ['bytes=', 200, null, [0, SIZE]],
  ['bytes=a-b', 200, null, [0, SIZE]],
  ['bytes = 0-1', 200, null, [0, SIZE]],
  ['items=0-1', 200, null, [0, SIZE]],
  ['0-1', 200, null, [0, SIZE]]
]

test('ranges, cold and warm', async (t) => {
  const { get, file } = await scene(t)
  for (const [range, status, contentRange, [start, end]] of [...RANGES, ...RANGES.slice(0, 3)]) {
    const got = await get({ range })
    t.is(got.status, status, range)
    t.is(got.headers['content-range'] ?? null, contentRange)
    if (status === 416) continue
    t.ok(got.complete && got.body.equals(Buffer.from(file.bytes).subarray(start, end)))
    t.is(got.headers['content-length'], String(end - start))
    t.is(got.headers['accept-ranges'], 'bytes')
  }
})

test('conditions', async (t) => {
  const { get, file } = await scene(t)
  const tag = `"${file.hash}"`
  const date = 'Sun, 06 Nov 1994 08:49:37 GMT'
  const cases: [Record<string, string>, number][] = [
    [{ 'if-none-match': tag }, 304],
    [{ 'if-none-match': `W/${tag}` }, 304],
    [{ 'if-none-match': '*' }, 304],
    [{ 'if-none-match': `"a", W/"b" , ${tag}` }, 304],
    [{ 'if-none-match': '"a"' }, 200],
    [{ 'if-none-match': file.hash }, 200],
    [{ 'if-none-match': tag, range: 'bytes=0-1' }, 304],
    [{ 'if-match': tag }, 200],
    [{ 'if-match': '*' }, 200],
    [{ 'if-match': `"a",${tag}` }, 200],
    [{ 'if-match': `W/${tag}` }, 412],
    [{ 'if-match': '"a"' }, 412],
    [{ 'if-match': '"a"', 'if-none-match': tag }, 412],
    [{ 'if-modified-since': date }, 200],
    [{ 'if-unmodified-since': date }, 200],
    [{ 'if-range': tag, range: 'bytes=0-1' }, 206],
    [{ 'if-range': `W/${tag}`, range: 'bytes=0-1' }, 200],
    [{ 'if-range': '"a"', range: 'bytes=0-1' }, 200],
    [{ 'if-range': date, range: 'bytes=0-1' }, 200],
    [{ 'if-range': '"a"', range: `bytes=${SIZE}-` }, 200],
    [{ 'if-range': tag, range: `bytes=${SIZE}-` }, 416]
  ]
  for (const [headers, status] of cases) {
    const got = await get(headers)
    t.is(got.status, status, JSON.stringify(headers).replaceAll(file.hash, '…'))
    t.is(got.headers['etag'], status === 416 ? undefined : tag)
    t.is(got.headers['access-control-allow-origin'], '*')
    if (status === 304) t.ok(got.body.byteLength === 0 && !('content-length' in got.headers))
  }
})

test('HEAD has what GET has, and no body', async (t) => {
  const { get, url, gateway } = await scene(t)
  const same = (a: Reply, b: Reply): void => {
    t.is(a.status, b.status)
    t.alike({ ...a.headers, date: '' }, { ...b.headers, date: '' })
    t.is(b.body.byteLength, 0)
  }
  const asked: Record<string, string>[] = [{}, { 'if-none-match': '*' }, { 'if-match': '"a"' }]
  for (const headers of asked) {
    const got = await get(headers)
    const head = await get(headers, 'HEAD')
    same(got, head)
  }
  for (const path of ['/health', '/ready', '/nowhere', '/drive/x', '/metrics']) {
    const got = await ask(`${gateway.url}${path}`)
    const head = await ask(`${gateway.url}${path}`, { method: 'HEAD' })
    t.is(head.status, got.status, path)
    t.is(head.body.byteLength, 0)
    t.is(head.headers['content-type'], got.headers['content-type'])
  }
  // Range is for GET alone.
  t.is((await ask(url, { method: 'HEAD', headers: { range: 'bytes=0-1' } })).status, 200)
})

test('names', async (t) => {
  const { get, url, gateway } = await scene(t)
  const plain = (await get()).headers['content-disposition']
  t.is(
    plain,
    `inline; filename="_n_ _code_ 100_.txt"; filename*=UTF-8''%C3%9Cn%C3%AF%20%E2%80%9Ccode%E2%80%9D%20100%25.txt`
  )
  const named: [string, string][] = [
    ['?download', 'attachment; '],
    ['?download=true', 'attachment; '],
    ['?download=false', 'inline; '],
    ['?filename=a%20b.txt', 'inline; filename="a b.txt"'],
    ['?download&filename=%22%0D%0AX:%20y', 'attachment; '],
    ['?filename=%E2%82%AC.txt', `inline; filename="_.txt"; filename*=UTF-8''%E2%82%AC.txt`],
    ['?filename=%zz', 'inline; ']
  ]
  for (const [query, begins] of named) {
    const path = `${url.slice(gateway.url.length)}${query}`
    const got = await ask(gateway.url, { path, method: 'HEAD' })
    t.is(got.status, 200, query)
    t.ok(got.headers['content-disposition']?.startsWith(begins), got.headers['content-disposition'])
    t.absent('x' in got.headers)
  }
})

test('CORS: the preflight says what the request may', async (t) => {
  const { get, gateway } = await scene(t)
  const preflight = await get(
    {
      origin: 'https://example.org',
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'range, authorization, if-range'
    },
    'OPTIONS'
  )
  t.is(preflight.status, 204)
  t.absent('content-length' in preflight.headers)
  t.is(preflight.headers['access-control-allow-origin'], '*')
  t.is(preflight.headers['access-control-allow-methods'], 'GET, HEAD, OPTIONS')
  const allowed = preflight.headers['access-control-allow-headers']?.toLowerCase() ?? ''
  for (const name of ['authorization', 'range', 'if-range', 'if-none-match', 'if-match']) {
    t.ok(allowed.includes(name), name)
  }
  t.ok(Number(preflight.headers['access-control-max-age']) > 0)
  for (const path of ['/nowhere', '/health', '/drive/x', '/metrics', '/ready']) {
    const got = await ask(`${gateway.url}${path}`)
    t.is(got.headers['access-control-allow-origin'], '*', `${path} ${got.status}`)
    t.ok(got.headers['access-control-expose-headers']?.includes('Content-Range'))
  }
})

test('service workers, other protocols, old clients', async (t) => {
  const { get, gateway, url } = await scene(t)
  t.is((await get({ 'service-worker': 'script' })).status, 403)
  const path = url.slice(gateway.url.length)
  const h2c = await exchange(
    gateway.url,
    `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n`
  )
  t.alike(statuses(h2c), [200], 'h2c is declined, and the file comes')
  const old = await exchange(gateway.url, `GET ${path} HTTP/1.0\r\n\r\n`)
  t.alike(statuses(old), [200])
  t.is(Buffer.from(old, 'latin1').byteLength - old.indexOf('\r\n\r\n') - 4, SIZE)
  const expect = await exchange(
    gateway.url,
    'GET /health HTTP/1.1\r\nHost: x\r\nExpect: magic\r\nConnection: close\r\n\r\n'
  )
  t.alike(statuses(expect), [417])
})

test('a method that nobody knows: 501; one that the address has not: 405', async (t) => {
  const { gateway, url } = await scene(t)
  const path = url.slice(gateway.url.length)
  for (const [method, status] of [
    ['BREW', 501],
    ['get', 501],
    ['GETT', 501],
    ['CONNECT', 501],
    ['PATCH', 405],
    ['PROPFIND', 405],
    ['TRACE', 405],
    ['G@T', 400],
    ['', 400]
  ] as const) {
    const sent = `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`
    const text = await exchange(gateway.url, sent)
    t.alike(statuses(text), [status], method)
    t.ok(/access-control-allow-origin: \*/i.test(text))
    t.is(/^allow: GET/im.test(text), status === 405)
  }
})

test('the whole address may be asked for, and its host counts', async (t) => {
  const { gateway, url, file } = await scene(t)
  const path = url.slice(gateway.url.length)
  const get = (target: string, host = 'x'): Promise<string> =>
    exchange(
      gateway.url,
      `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nRange: bytes=0-0\r\nConnection: close\r\n\r\n`
    )
  for (const target of [url, `HTTP://other.example${path}`, `https://[::1]:8443${path}?download`]) {
    const text = await get(target)
    t.alike(statuses(text), [206], target)
    t.ok(text.includes(`bytes 0-0/${file.bytes.byteLength}`))
  }
  t.alike(statuses(await get('http://a.example')), [404], 'without a path it is the root')
  for (const target of [`ftp://a${path}`, `http://${path}`, `http://a@b${path}`, 'http:', 'x']) {
    t.alike(statuses(await get(target)), [400], target)
  }
  t.alike(statuses(await get(url, 'a b')), [400], 'the header is looked at all the same')
})

test('a handshake that comes to nothing is refused in the words of HTTP', async (t) => {
  const { gateway, url } = await scene(t)
  const path = url
    .slice(gateway.url.length)
    .replace('/drive', '')
    .replace(/\/[0-9a-f]{64}.*/, '')
  const lines = `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`
  const text = await exchange(gateway.url, lines)
  t.ok(text.startsWith('HTTP/1.1 403 Forbidden\r\n'), text.slice(0, 40))
})

test('requests that follow each other without waiting are answered in order', async (t) => {
  const { gateway, url } = await scene(t)
  const path = url.slice(gateway.url.length)
  const raw = connect(gateway.url)
  const one = (range: string): string =>
    `GET ${path} HTTP/1.1\r\nHost: x\r\nRange: bytes=${range}\r\n\r\n`
  raw.send(`${one('0-0')}${one('5-9')}HEAD ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
  raw.send(`GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
  t.alike(statuses(await raw.closed), [206, 206, 200, 200])
})

test('each error is JSON that nobody stores, with its reason in a header', async (t) => {
  const { gateway, get } = await scene(t)
  for (const reply of [
    await ask(`${gateway.url}/nowhere`),
    await ask(`${gateway.url}/drive/x`),
    await get({}, 'POST'),
    await get({ 'if-match': '"a"' }),
    await get({ range: `bytes=${SIZE}-` }),
    await get({ 'service-worker': 'script' })
  ]) {
    t.is(typeof codeOf(reply), 'string', String(reply.status))
    t.is(reply.headers['content-type'], 'application/json')
    t.is(reply.headers['cache-control'], 'no-store')
    t.ok(reply.headers['x-reason'])
    t.is(reply.headers['x-content-type-options'], 'nosniff')
    t.is(reply.headers['content-length'], String(reply.body.byteLength))
  }
})
