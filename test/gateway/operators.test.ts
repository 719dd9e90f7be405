import test from 'brittle'
import type { Assert } from 'brittle'
import fs from 'bare-fs/promises'
import type { GatewayConfig } from '../../gateway/config.ts'
import { parseArguments, readConfig } from '../../gateway/config.ts'
import type { Gateway } from '../../gateway/gateway.ts'
import { Rules } from '../../gateway/rules.ts'
import { isLocal, Visitors } from '../../gateway/visitors.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import { PIECE_SIZE } from '../../protocol/pieces.ts'
import { ask, askSlowly, codeOf, take, type Reply } from './client.ts'
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
import { connect } from './raw.ts'

const SIZE = PIECE_SIZE * 4 + 7
/** The rules file is looked at every two seconds. */
const LONG = { timeout: 55_000 }

interface Scene {
  gateway: Gateway
  relay: TestRelay
  member: TestMember
  file: TestFile
  url: string
}

async function scene(t: Assert, config: Partial<GatewayConfig> = {}): Promise<Scene> {
  const bootstrap = await localDht(t)
  const [relay, alice] = [new TestRelay(), person()]
  const file = relay.file(alice, makeBytes(SIZE))
  const list = relay.list([alice])
  const member = await startMember(t, { relay, person: alice, list, bootstrap, files: [file] })
  const gateway = await startGateway(t, bootstrap, { config })
  const url = `${gateway.url}/drive/${relay.publicIdentifier}/${file.hash}`
  return { gateway, relay, member, file, url }
}

/** Asks until the answer is the one that is waited for; the file of rules is looked at now and then. */
async function untilStatus(url: string, status: number): Promise<Reply> {
  for (;;) {
    const reply = await ask(url)
    if (reply.status === status) return reply
  }
}

test(
  'a blocked file is gone at once, with its reason, and comes back when it is let',
  LONG,
  async (t) => {
    const rules = `${await t.tmp()}/rules`
    await fs.writeFile(rules, '# nothing yet\n')
    const { gateway, file, url } = await scene(t, { rules })
    t.is((await ask(url)).status, 200)
    t.is(gateway.cache.usage.objects, 1)

    await fs.writeFile(rules, `block ${file.hash} 451 Order 12/2026 of the court\n`)
    const blocked = await untilStatus(url, 451)
    t.is(codeOf(blocked), 'BLOCKED')
    t.is(blocked.headers['x-reason'], 'Order 12/2026 of the court')
    t.is((await ask(url, { headers: { 'if-none-match': '*' } })).status, 451)
    t.is((await ask(url, { headers: { 'cache-control': 'only-if-cached' } })).status, 451)
    while (gateway.cache.usage.objects > 0) await ask(url)
    t.is(gateway.cache.usage.bytes, 0, 'and off the disk')

    await fs.writeFile(rules, `block ${file.hash}\n`)
    t.is(codeOf(await untilStatus(url, 410)), 'DELETED')
    await fs.writeFile(rules, `this is no rule\n`)
    await fs.writeFile(rules, '')
    t.ok((await untilStatus(url, 200)).body.equals(Buffer.from(file.bytes)))
  }
)

test('a download of what is being blocked is cut off', LONG, async (t) => {
  const rules = `${await t.tmp()}/rules`
  await fs.writeFile(rules, '')
  const { member, file, url } = await scene(t, { rules })
  let go = (): void => {}
  const held = new Promise<void>((resolve) => (go = resolve))
  member.misbehaviour.chunk = async (bytes, at) => {
    if (at >= PIECE_SIZE * 2) await held
    return bytes
  }
  const { res } = await askSlowly(url)
  await fs.writeFile(rules, `block ${file.hash}\n`)
  await untilStatus(url, 410)
  go()
  const got = await take(res)
  t.absent(got.complete)
})

test('purged once, and fetched again', LONG, async (t) => {
  const rules = `${await t.tmp()}/rules`
  await fs.writeFile(rules, '')
  const { gateway, member, file, url } = await scene(t, { rules })
  t.is((await ask(url)).status, 200)
  await fs.writeFile(rules, `purge ${file.hash}\n`)
  while (gateway.cache.usage.objects > 0) await ask(`${gateway.url}/health`)
  t.is((await ask(url)).status, 200)
  t.is(member.ranges.length, 2)
})

test('rules', (t) => {
  const [a, b] = [new TestRelay('a').publicIdentifier, new TestRelay('b').publicIdentifier]
  const [x, y] = ['1'.repeat(64), '2'.repeat(64)]
  const codeFor = (rules: Rules, relay: string | null, hash: string | null): string | null => {
    try {
      rules.check(relay, hash)
      return null
    } catch (err) {
      return HypertunaError.from(err).code
    }
  }
  const deny = new Rules(`deny ${a} 410 Closed down\n  block ${x}   451\nblock ${y} Why not\r\n`)
  t.is(codeFor(deny, a, '3'.repeat(64)), 'DELETED')
  t.is(codeFor(deny, b, x), 'BLOCKED')
  t.is(codeFor(deny, null, y), 'DELETED')
  t.is(codeFor(deny, b, null), null)
  t.alike(deny.counts, { files: 2, relays: 1 })
  const allow = new Rules(`allow ${a}`)
  t.is(codeFor(allow, a, x), null)
  t.is(codeFor(allow, b, x), 'FORBIDDEN')
  for (const wrong of ['block', 'block xyz', 'deny npub1', 'forbid x', `purge ${x.slice(1)}`]) {
    t.exception(() => new Rules(`\n${wrong}`), /line 2/)
  }
})

test('a rules file that is wrong at the start is said', async (t) => {
  const rules = `${await t.tmp()}/rules`
  await fs.writeFile(rules, 'nonsense')
  const starting = startGateway(t, [], { config: { rules } })
  const { code, message } = HypertunaError.from(await starting.catch((err: unknown) => err))
  t.is(code, 'BAD_CONFIG')
  t.ok(message.includes('line 1'))
})

test('429 for an address that asks too often, and for no other', async (t) => {
  const { gateway } = await scene(t, { rate: 2, trustProxy: ['local'] })
  const from = (address: string): Promise<Reply> =>
    ask(`${gateway.url}/health`, { headers: { 'x-forwarded-for': `6.6.6.6, ${address}` } })
  const seen: number[] = []
  for (let i = 0; i < 15; i++) seen.push((await from('192.0.2.1')).status)
  t.is(seen[0], 200)
  const last = await from('192.0.2.1')
  t.is(last.status, 429)
  t.is(codeOf(last), 'BUSY')
  t.is(last.headers['retry-after'], '1')
  t.is(last.headers['access-control-allow-origin'], '*')
  t.is((await from('192.0.2.2')).status, 200)
})

test('so many connections of one address, and no more', async (t) => {
  const { gateway } = await scene(t, { perAddress: 3 })
  const open = Array.from({ length: 3 }, () => connect(gateway.url))
  for (const { send } of open) send('GET /health HTTP/1.1\r\nHost: x\r\n\r\n')
  await Promise.all(open.map(({ until }) => until(/"ok"/)))
  const more = connect(gateway.url)
  t.is(await more.closed, '', 'closed without a word')
  open[0]?.socket.destroy()
  await open[0]?.closed
  for (;;) {
    const again = connect(gateway.url)
    again.send('GET /health HTTP/1.1\r\nHost: x\r\n\r\n')
    if (await Promise.race([again.until(/"ok"/), again.closed])) break
  }
  t.pass('and another one when one has gone')
})

test('who is told apart, and what holds for whom', (t) => {
  const usual = new Visitors({ rate: null, perAddress: null })
  const times = (visitors: Visitors, address: string, n: number): boolean =>
    Array.from({ length: n }, () => visitors.enter(address)).every(Boolean)
  t.ok(times(usual, '127.0.0.1', 1000), 'this computer has no limit')
  t.ok(times(usual, '::ffff:127.0.0.1', 1000))
  t.absent(times(usual, '192.0.2.1', 257))
  t.absent(times(usual, '2001:db8::1', 200) && times(usual, '2001:db8::2', 200), 'one network')
  t.ok(times(usual, '2001:db8:0:1::2', 200), 'another one')
  t.absent(times(new Visitors({ rate: null, perAddress: 2 }), '127.0.0.1', 3), 'unless it is set')
  t.ok(times(new Visitors({ rate: null, perAddress: 0 }), '192.0.2.1', 1000), '0 is any number')
  for (const address of [
    '127.1.2.3',
    '10.0.0.1',
    '172.20.1.1',
    '::1',
    'fd00::1',
    '::ffff:10.1.1.1'
  ]) {
    t.ok(isLocal(address), address)
  }
  for (const address of ['192.0.2.1', '172.32.0.1', '2001:db8::1', '110.0.0.1']) {
    t.absent(isLocal(address), address)
  }
})

test('metrics for those who may see them', async (t) => {
  const { gateway, url } = await scene(t, { trustProxy: ['local'] })
  await ask(url)
  await ask(url)
  await ask(`${gateway.url}/drive/x`)
  const from = (address: string): Promise<Reply> =>
    ask(`${gateway.url}/metrics`, { headers: { 'x-forwarded-for': address } })
  const got = await from('127.0.0.1')
  t.is(got.status, 200)
  t.ok(got.headers['content-type']?.startsWith('text/plain; version=0.0.4'))
  const text = got.body.toString()
  for (const line of [
    'hypertuna_gateway_requests_total{route="drive",method="GET",status="200"} 2',
    'hypertuna_gateway_requests_total{route="drive",method="GET",status="400"} 1',
    `hypertuna_gateway_sent_bytes_total ${SIZE * 2}`,
    `hypertuna_gateway_fetched_bytes_total ${SIZE}`,
    `hypertuna_gateway_cache_hit_bytes_total ${SIZE}`,
    `hypertuna_gateway_cache_bytes ${SIZE}`,
    'hypertuna_gateway_failures_total{cause="BAD_REQUEST"} 1',
    'hypertuna_gateway_relays 1',
    'hypertuna_gateway_peers 1'
  ]) {
    t.ok(text.includes(`${line}\n`), line)
  }
  t.ok(/resident_memory_bytes [1-9]\d{6,}\n/.test(text))
  for (const line of text.trim().split('\n')) {
    const right =
      /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.e+-]+)$/
    if (!right.test(line)) t.fail(line)
  }
  t.is((await from('192.0.2.1')).status, 403)
})

test('draining: what runs goes on, nobody new comes in', async (t) => {
  const { gateway, member, file, url } = await scene(t, { drain: 10_000 })
  t.is((await ask(`${gateway.url}/ready`)).status, 200)
  let go = (): void => {}
  const held = new Promise<void>((resolve) => (go = resolve))
  member.misbehaviour.chunk = async (bytes, at) => {
    if (at >= PIECE_SIZE * 2) await held
    return bytes
  }
  const { res } = await askSlowly(url)
  const drained = gateway.drain()
  t.absent(gateway.server.serving)
  await t.exception(ask(`${gateway.url}/health`), /refused/)
  go()
  const got = await take(res)
  t.ok(got.complete && got.body.equals(Buffer.from(file.bytes)))
  await drained
  await gateway.close()
})

test('a configuration file, and flags before it', async (t) => {
  const path = `${await t.tmp()}/gateway.json`
  const { publicIdentifier } = new TestRelay()
  const settings = {
    port: 1234,
    'cache-size': '3G',
    relays: [publicIdentifier],
    'trust-proxy': true,
    rate: 7
  }
  await fs.writeFile(path, JSON.stringify(settings))
  const config = await readConfig(['--config', path, '--port', '99'])
  t.alike(config, {
    ...parseArguments(['--port=99', '--cache-size=3G', '--rate=7', '--trust-proxy']),
    relays: [publicIdentifier]
  })
  for (const wrong of [
    '{',
    '[]',
    '{"colour":"blue"}',
    '{"port":true}',
    '{"port":"x"}',
    '{"help":1}'
  ]) {
    await fs.writeFile(path, wrong)
    try {
      await readConfig(['--config', path])
      t.fail(wrong)
    } catch (err) {
      const { code, message } = HypertunaError.from(err)
      t.is(code, 'BAD_CONFIG', wrong)
      t.ok(message.includes(path))
    }
  }
  for (const [wrong, why] of [
    [`${path}-none`, 'is not there'],
    [await t.tmp(), 'is a folder']
  ] as const) {
    try {
      await readConfig(['--config', wrong])
      t.fail(why)
    } catch (err) {
      t.ok(HypertunaError.from(err).message.startsWith(`${wrong} ${why}`), why)
    }
  }
})
