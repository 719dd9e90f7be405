/** What every answer has, whatever it says: a date, a length, CORS, and nothing left to guess. */
import test from 'brittle'
import fs from 'bare-fs/promises'
import { localDht, makeBytes, person, startGateway, startMember, TestRelay } from './fixture.ts'
import { connect } from './raw.ts'

interface Answer {
  status: number
  headers: Record<string, string>
  body: string
}

const BLOCKED = 'b'.repeat(64)
const UNKNOWN = 'c'.repeat(64)

/** One request on a connection of its own; what comes until the gateway closes it. */
async function asked(url: string, method: string, path: string, more: string[]): Promise<Answer> {
  const { send, closed } = connect(url)
  const upgrades = more.some((line) => line.startsWith('Upgrade'))
  const close = upgrades ? [] : ['Connection: close']
  send([`${method} ${path} HTTP/1.1`, 'Host: x', ...more, ...close, '', ''].join('\r\n'))
  const text = await closed
  const end = text.indexOf('\r\n\r\n')
  const [first = '', ...lines] = text.slice(0, end).split('\r\n')
  const fields = lines.map((line) => /^([^:]+): (.*)$/.exec(line)?.slice(1) ?? [line, ''])
  const headers = Object.fromEntries(fields.map(([name, value]) => [name?.toLowerCase(), value]))
  return { status: Number(first.slice(9, 12)), headers, body: text.slice(end + 4) }
}

/** Method, path, headers, status. `P` stands for the group, `F` for its file. */
const REQUESTS: [string, string, string[], number][] = [
  ['GET', '/drive/P/F', [], 200],
  ['GET', '/drive/P/F', ['Range: bytes=0-1'], 206],
  ['GET', '/drive/P/F', ['Range: bytes=99999-'], 416],
  ['GET', '/drive/P/F', ['If-None-Match: *'], 304],
  ['GET', '/drive/P/F', ['If-Match: "x"'], 412],
  ['GET', '/drive/P/F', ['Service-Worker: script'], 403],
  ['GET', '/drive/P/F', ['Expect: magic'], 417],
  ['POST', '/drive/P/F', [], 405],
  ['TRACE', '/drive/P/F', [], 405],
  ['GET', `/drive/P/${BLOCKED}`, [], 451],
  ['GET', `/drive/P/${UNKNOWN}`, [], 404],
  ['GET', `/drive/P/${UNKNOWN}`, ['Cache-Control: only-if-cached'], 412],
  ['GET', '/drive/N/F', [], 503],
  ['GET', '/drive/x', [], 400],
  ['GET', '/nowhere', [], 404],
  ['GET', '/P', ['Accept: application/json'], 400],
  ['GET', '/view/x', [], 400],
  ['GET', '/health', [], 200],
  ['GET', '/ready', [], 200],
  ['GET', '/metrics', [], 200],
  ['GET', '/metrics', ['X-Forwarded-For: 192.0.2.1'], 403],
  ['GET', '/F', [], 200],
  ['GET', '/P/F', [], 200],
  ['PUT', '/P/upload', ['Content-Length: 0'], 401],
  ['PUT', '/P/mirror', ['Content-Length: 0'], 401],
  ['DELETE', '/P/F', [], 401],
  ['GET', '/P/F', ['Upgrade: websocket', 'Connection: Upgrade'], 400],
  ['OPTIONS', '*', [], 204],
  ['OPTIONS', '/drive/P/F', [], 204],
  ['OPTIONS', '/P/upload', [], 204]
]

test('every answer says when, how long, what, and lets any page read it', async (t) => {
  const bootstrap = await localDht(t)
  const [relay, nobody, alice] = [new TestRelay(), new TestRelay('nobody'), person()]
  const file = relay.file(alice, makeBytes(1000))
  const list = relay.list([alice])
  await startMember(t, { relay, person: alice, list, bootstrap, files: [file] })
  const rules = `${await t.tmp()}/rules`
  await fs.writeFile(rules, `block ${BLOCKED} 451\n`)
  const limits = { look: 300, fresh: 60_000 }
  const { url } = await startGateway(t, bootstrap, { config: { rules }, limits })
  const pathOf = (text: string): string =>
    text
      .replace('P', relay.publicIdentifier)
      .replace('N', nobody.publicIdentifier)
      .replace('F', file.hash)
  for (const [method, text, more, status] of REQUESTS) {
    const name = [method, text, ...more].join(' ')
    const got = await asked(url, method, pathOf(text), more)
    const { headers, body } = got
    t.is(got.status, status, name)
    t.ok(Math.abs(Date.parse(headers['date'] ?? '') - Date.now()) < 60_000, 'a date')
    t.is(headers['access-control-allow-origin'], '*')
    t.absent(headers['transfer-encoding'], 'a length, and no chunks')
    if (status === 204 || status === 304) {
      t.ok(body === '' && !('content-length' in headers))
      continue
    }
    t.is(headers['content-length'], String(body.length))
    t.is(headers['x-content-type-options'], 'nosniff')
    t.ok(headers['content-type'])
    t.ok(headers['cache-control'])
    if (status >= 400) t.is(headers['cache-control'], 'no-store')
    if (status >= 502) t.ok(Number(headers['retry-after']) > 0)
    if (status === 405) t.is(headers['allow'], 'GET, HEAD, OPTIONS')
    if (text === '/P') t.is(headers['vary'], 'Accept')
    const alone = [206, 416, 417].includes(status) || more[0]?.startsWith('Upgrade')
    if (method !== 'GET' || alone) continue
    const head = await asked(url, 'HEAD', pathOf(text), more)
    t.is(head.status, status, 'HEAD')
    t.is(head.body, '')
    for (const [field, value] of Object.entries(head.headers)) {
      const same = field === 'date' || text === '/metrics' || value === headers[field]
      if (!same) t.fail(`${field}: ${value}, not ${headers[field]}`)
    }
  }
})

test('Blossom’s preflight has all of its methods', async (t) => {
  const { url } = await startGateway(t, [])
  const { publicIdentifier } = new TestRelay()
  for (const path of ['/upload', `/${UNKNOWN}`, `/${publicIdentifier}/mirror`]) {
    const { headers } = await asked(url, 'OPTIONS', path, [])
    t.is(headers['access-control-allow-methods'], 'GET, HEAD, PUT, DELETE, OPTIONS')
    t.ok(headers['access-control-allow-headers']?.startsWith('Authorization, '))
  }
})

test('who waits to be connected to a relay counts already', async (t) => {
  const bootstrap = await localDht(t)
  const [relay, alice] = [new TestRelay(), person()]
  let go = (): void => {}
  const held = new Promise<void>((resolve) => (go = resolve))
  const misbehaviour = { socket: () => held }
  const list = relay.list([alice])
  await startMember(t, { relay, person: alice, list, bootstrap, misbehaviour })
  const gateway = await startGateway(t, bootstrap, { limits: { socketsPerAddress: 3 } })
  const lines = ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13']
  lines.push('Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==')
  const path = `/${relay.publicIdentifier}`
  const all = Array.from({ length: 20 }, () => connect(gateway.url))
  const request = `GET ${path} HTTP/1.1\r\nHost: x\r\n${lines.join('\r\n')}\r\n\r\n`
  for (const { send } of all) send(request)
  const refused = await Promise.all(all.slice(3).map(({ closed }) => closed))
  t.ok(refused.every((text) => text.startsWith('HTTP/1.1 503 ') && text.includes('"BUSY"')))
  t.ok(gateway.metrics.text().includes('refused_total{limit="sockets"} 17\n'))
  go()
  await Promise.all(all.slice(0, 3).map(({ until }) => until(/^HTTP\/1\.1 101 /)))
  while (!gateway.metrics.text().includes('_gateway_sockets 3\n')) {
    await new Promise((resolve) => setImmediate(resolve))
  }
  for (const { socket } of all.slice(0, 3)) socket.destroy()
  for (;;) {
    const again = connect(gateway.url)
    again.send(request)
    const text = await again.until(/^HTTP\/1\.1 \d{3} /)
    again.socket.destroy()
    if (text.startsWith('HTTP/1.1 101 ')) break
  }
  t.pass('and when they have gone, there is room again')
})
