import test from 'brittle'
import type { Assert } from 'brittle'
import 'bare-abort-controller/global'
import Hyperswarm from 'hyperswarm'
import type { GatewayConfig } from '../../gateway/config.ts'
import type { Gateway } from '../../gateway/gateway.ts'
import { LIMITS, type GatewayLimits } from '../../gateway/limits.ts'
import { Peers } from '../../gateway/peers.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import { formatPublicIdentifier } from '../../protocol/ids.ts'
import { PIECE_SIZE } from '../../protocol/pieces.ts'
import { ask, askInVain, askSlowly, take } from './client.ts'
import {
  localDht,
  makeBytes,
  person,
  startGateway,
  startMember,
  TestRelay,
  type TestFile,
  type TestMember
} from './fixture.ts'
import { connect, exchange, statuses } from './raw.ts'
import { poll } from '../poll.ts'

const SIZE = PIECE_SIZE * 4 + 7
const LONG = 60_000

interface Scene {
  bootstrap: string[]
  gateway: Gateway
  member: TestMember
  file: TestFile
  /** Of the file, without scheme and host. */
  path: string
}

async function scene(
  t: Assert,
  limits: Partial<GatewayLimits> = {},
  config: Partial<GatewayConfig> = {}
): Promise<Scene> {
  const bootstrap = await localDht(t)
  const [relay, alice] = [new TestRelay(), person()]
  const file = relay.file(alice, makeBytes(SIZE))
  const list = relay.list([alice])
  const member = await startMember(t, { relay, person: alice, list, bootstrap, files: [file] })
  const gateway = await startGateway(t, bootstrap, { limits, config })
  return { bootstrap, gateway, member, file, path: `/drive/${relay.publicIdentifier}/${file.hash}` }
}

test('slow headers: 408, and the connection is closed', async (t) => {
  const { gateway } = await scene(t, { headers: 300 })
  const slow = connect(gateway.url)
  slow.send('GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ')
  const drip = setInterval(() => slow.send('a'), 50)
  const text = await slow.closed
  clearInterval(drip)
  t.alike(statuses(text), [408])
  t.ok(text.includes('Access-Control-Allow-Origin: *') && text.includes('"TIMEOUT"'))
  const silent = connect(gateway.url)
  await silent.closed
  t.pass('one that says nothing at all as well')
})

test('a connection that asks nothing more is closed', async (t) => {
  const { gateway } = await scene(t, { keepAlive: 300 })
  const idle = connect(gateway.url)
  idle.send('GET /health HTTP/1.1\r\nHost: x\r\n\r\n')
  t.alike(statuses(await idle.closed), [200])
})

test('slow bodies hold up nothing', async (t) => {
  const { gateway } = await scene(t)
  const slow = connect(gateway.url)
  slow.send('GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc')
  await slow.until(/"status":"ok"/)
  const many = Array.from({ length: 50 }, () => connect(gateway.url))
  for (const { send } of many) {
    send('POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\nx')
  }
  await Promise.all(many.map(({ until }) => until(/405/)))
  t.is((await ask(`${gateway.url}/health`)).status, 200)
  for (const { socket } of [...many, slow]) socket.destroy()
})

test('thousands of idle connections keep nobody out', { timeout: LONG }, async (t) => {
  const { gateway, path, file } = await scene(t, {}, { connections: 300 })
  const idle = Array.from({ length: 1000 }, () => connect(gateway.url))
  const got = await ask(`${gateway.url}${path}`)
  t.ok(got.complete && got.body.equals(Buffer.from(file.bytes)))
  t.ok(gateway.server.connections <= 300, `${gateway.server.connections} are open`)
  t.is((await ask(`${gateway.url}/health`)).status, 200)
  for (const { socket } of idle) socket.destroy()
})

test('who is served stays when idle connections push in', async (t) => {
  const { gateway, path, member, file } = await scene(t, {}, { connections: 40 })
  let go = (): void => {}
  const held = new Promise<void>((resolve) => (go = resolve))
  member.misbehaviour.chunk = async (bytes, at) => {
    if (at >= PIECE_SIZE * 2) await held
    return bytes
  }
  const { res } = await askSlowly(`${gateway.url}${path}`)
  const idle = Array.from({ length: 100 }, () => connect(gateway.url))
  await Promise.all(idle.slice(0, 50).map(({ closed }) => closed))
  go()
  const got = await take(res)
  t.ok(got.complete && got.body.equals(Buffer.from(file.bytes)))
  for (const { socket } of idle) socket.destroy()
})

test('huge headers: 431, and a long address: 400', async (t) => {
  const { gateway } = await scene(t)
  const big = 'a'.repeat(20_000)
  t.alike(
    statuses(await exchange(gateway.url, `GET /health HTTP/1.1\r\nX-Big: ${big}\r\n\r\n`)),
    [431]
  )
  const many = Array.from({ length: 3000 }, (_, i) => `a${i}: b\r\n`).join('')
  t.alike(statuses(await exchange(gateway.url, `GET /health HTTP/1.1\r\n${many}\r\n`)), [431])
  const long = `GET /${'a'.repeat(3000)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`
  t.alike(statuses(await exchange(gateway.url, long)), [400])
})

test('what could be read as two requests by somebody else is refused', async (t) => {
  const { gateway } = await scene(t)
  const inner = 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'
  const both = `Content-Length: ${inner.length}\r\nTransfer-Encoding: chunked\r\n`
  const shapes = [
    `GET /health HTTP/1.1\r\nHost: x\r\n${both}\r\n0\r\n\r\n${inner}`,
    `GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef`,
    `GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: 5, 5\r\n\r\nabcde`,
    `GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nabcde`,
    `GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: 0x5\r\n\r\nabcde`,
    `GET /health HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
    `GET /health HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
    `GET /health HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n`,
    `GET /health HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n`,
    `GET /health HTTP/1.1\r\nHost: x\r\n Folded: y\r\n\r\n`,
    `GET /health HTTP/1.1\r\nHost: x\nX: y\r\n\r\n`,
    `GET /health HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n`,
    `GET /health HTTP/1.1\r\nBad Name: y\r\n\r\n`,
    `GET  /health HTTP/1.1\r\nHost: x\r\n\r\n`,
    `GET /health HTTP/1.1\r\nConnection: close\r\n\r\n`,
    `GET /health HTTP/9.1\r\nHost: x\r\n\r\n`,
    `GET /health\r\n\r\n`,
    `HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n`,
    `\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03`
  ]
  for (const shape of shapes) {
    const text = await exchange(gateway.url, shape)
    const seen = statuses(text)
    t.absent(text.includes('hypertuna_gateway'), 'nothing of a second one')
    t.ok(
      seen.length <= 1 && (seen[0] ?? 400) === 400,
      `${JSON.stringify(shape.slice(20, 75))} ${seen}`
    )
  }
})

test('an answer that has begun is not followed by another’s words', async (t) => {
  const { gateway, path } = await scene(t)
  const raw = connect(gateway.url)
  raw.send(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
  raw.send('RUBBISH\r\n\r\n')
  const text = await raw.closed
  t.ok(statuses(text).length <= 2)
  const [, second] = statuses(text)
  t.ok(second === undefined || second === 400)
  const length = text.indexOf('\r\n\r\n') + 4 + SIZE
  t.ok(second === undefined ? text.length <= length : text.slice(length).startsWith('HTTP/1.1 400'))
})

test('path tricks reach nothing', async (t) => {
  const { gateway, path } = await scene(t)
  const { url } = gateway
  for (const trick of [
    '/drive/../health/',
    `${path}/`,
    `${path}/..`,
    `/${path}`,
    `/.${path}`,
    `${path}%00`,
    `${path}%2f..`,
    path.replace('/drive/', '/drive%2f'),
    path.replace('/drive/', '/DRIVE/'),
    path.replace('/drive/', '/drive/./'),
    path.replace('/drive/', '/drive//'),
    path.replace(':', '%3A%00'),
    path.replace(':', '%253A'),
    '/drive/%2e%2e/%2e%2e/etc/passwd',
    '/..%5c..%5cetc',
    '/%',
    '/metrics/',
    '/health/../metrics',
    '//evil.example/x',
    '/\\evil.example'
  ]) {
    const { status, body } = await ask(url, { path: trick })
    t.ok(status === 400 || status === 404, `${trick.slice(0, 60)}: ${status}`)
    t.absent(body.toString().includes('hypertuna_gateway'))
  }
  for (const line of ['ftp://x/health', '*', 'health']) {
    const text = await exchange(url, `GET ${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    t.alike(statuses(text), [400], line)
  }
})

test('many unknown groups: few topics, and a known one is served', { timeout: LONG }, async (t) => {
  const limits = { topics: 8, look: 3000, unproven: 200 }
  const { bootstrap, gateway, path, file } = await scene(t, limits)
  t.is((await ask(`${gateway.url}${path}`)).status, 200)
  const [real, alice] = [new TestRelay('real'), person()]
  const other = real.file(alice, makeBytes(5000))
  const list = real.list([alice])
  await startMember(t, { relay: real, person: alice, list, bootstrap, files: [other] })
  let most = 0
  const asked: Promise<number>[] = []
  for (let i = 0; i < 60; i++) {
    const id = formatPublicIdentifier(person().pubkey, `group-${i}`)
    asked.push(ask(`${gateway.url}/drive/${id}/${file.hash}`).then(({ status }) => status))
    most = Math.max(most, gateway.peers.counts.relays)
  }
  const known = await ask(`${gateway.url}${path}`)
  t.is(known.status, 200)
  // Whoever made up the names holds all of them now, and a group that is real is found anyway.
  const url = `${gateway.url}/drive/${real.publicIdentifier}/${other.hash}`
  t.is((await ask(url)).status, 200)
  t.ok((await Promise.all(asked)).every((status) => status === 503))
  t.ok(most <= 8, `${most} topics`)
})

test('nothing is left of a group that nobody has', { timeout: LONG }, async (t) => {
  const swarm = new Hyperswarm({ bootstrap: await localDht(t) })
  t.teardown(() => swarm.destroy())
  const limits = { ...LIMITS, topics: 4, unproven: 60_000 }
  const peers = new Peers({ swarm, limits, log: () => {} })
  await peers.ready()
  t.teardown(() => peers.close(), { order: -1 })
  const again = formatPublicIdentifier(person().pubkey, 'again')
  for (let i = 0; i < 40; i++) {
    const relay = peers.use(formatPublicIdentifier(person().pubkey, `group-${i}`))
    peers.release(relay)
    // One that comes back while it is being left keeps what it has joined anew.
    if (i % 3 === 0) peers.release(peers.use(again))
  }
  const joined = (): number => [...swarm.topics()].length
  await poll(() => joined() <= 4) // the swarm tells nobody that it has left
  t.pass('the swarm has as many topics as there are groups')
  await peers
    .use(again)
    .proven(new AbortController().signal)
    .then(
      () => t.fail(),
      (err: unknown) => t.is(HypertunaError.from(err).code, 'NOBODY_ONLINE')
    )
})

test('range bombs are one range or none', async (t) => {
  const { gateway, path, member } = await scene(t)
  const url = `${gateway.url}${path}`
  const bomb = `bytes=${Array.from({ length: 1300 }, (_, i) => `${i}-`).join(',')}`
  const got = await ask(url, { headers: { range: bomb } })
  t.is(got.status, 200)
  t.is(got.headers['content-length'], String(SIZE))
  t.is(member.ranges.length, 1, 'one download')
  const nines = '9'.repeat(3000)
  t.is((await ask(url, { headers: { range: `bytes=${nines}-` } })).status, 416)
  t.is((await ask(url, { headers: { range: `bytes=0-${nines}` } })).status, 206)
  t.is((await ask(url, { headers: { range: `bytes=-${nines}` } })).status, 206)
})

test('clients that come and go at once leave nothing behind', { timeout: LONG }, async (t) => {
  const { gateway, path, file } = await scene(t)
  for (let i = 0; i < 100; i++) askInVain(`${gateway.url}${path}`)()
  const readers = await Promise.all(
    Array.from({ length: 100 }, () => askSlowly(`${gateway.url}${path}`))
  )
  for (const { leave } of readers) leave()
  const got = await ask(`${gateway.url}${path}`)
  t.ok(got.complete && got.body.equals(Buffer.from(file.bytes)))
  await poll(() => gateway.server.requests === 0)
  t.pass('no request is left in hand')
})
