/** Whom we believe about where a request comes from, and what a host may be called. */
import test from 'brittle'
import type { Assert } from 'brittle'
import type { HTTPIncomingMessage } from 'bare-http1'
import { Proxies } from '../../gateway/proxies.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import { ask, type Reply } from './client.ts'
import { startGateway } from './fixture.ts'
import { connect } from './raw.ts'

/** A request from `peer`, as far as it matters. */
function from(peer: string, forwarded?: string): HTTPIncomingMessage {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
  return { headers, socket: { remoteAddress: peer } } as unknown as HTTPIncomingMessage
}

function told(t: Assert, trusted: string[] | null, cases: [string, string, string][]): void {
  const proxies = new Proxies(trusted)
  for (const [peer, forwarded, client] of cases) {
    t.is(proxies.addressOf(from(peer, forwarded)), client, `${peer} says ${forwarded}`)
  }
}

test('a stranger’s word for where it is counts for nothing', (t) => {
  told(t, null, [['127.0.0.1', '192.0.2.1', '127.0.0.1']])
  told(
    t,
    ['10.0.0.0/8', '2001:db8::/32', '192.0.2.9'],
    [
      ['198.51.100.1', '192.0.2.1', '198.51.100.1'],
      ['10.1.2.3', '192.0.2.1', '192.0.2.1'],
      ['::ffff:10.1.2.3', '192.0.2.1', '192.0.2.1'],
      ['10.1.2.3', '127.0.0.1, 192.0.2.1', '192.0.2.1'],
      ['10.1.2.3', '6.6.6.6, 192.0.2.1, 10.9.9.9', '192.0.2.1'],
      ['192.0.2.9', '2001:db9::1, 2001:db8:0:1::7', '2001:db9::1'],
      ['10.1.2.3', '192.0.2.1:4711', '192.0.2.1'],
      ['10.1.2.3', '[2001:db9::1]:4711', '2001:db9::1'],
      ['10.1.2.3', '192.0.2.1, unknown', '10.1.2.3'],
      ['10.1.2.3', '', '10.1.2.3'],
      ['11.0.0.1', '192.0.2.1', '11.0.0.1'],
      ['192.0.2.10', '192.0.2.1', '192.0.2.10']
    ]
  )
  told(
    t,
    ['local'],
    [
      ['127.0.0.1', '192.0.2.1', '192.0.2.1'],
      ['::1', '172.31.0.1, 192.0.2.1', '192.0.2.1'],
      ['172.32.0.1', '192.0.2.1', '172.32.0.1'],
      ['fd00::1', '192.0.2.1', '192.0.2.1']
    ]
  )
  t.is(new Proxies(['local']).addressOf(from('127.0.0.1')), '127.0.0.1')
})

test('a list of proxies that is none is said', (t) => {
  for (const wrong of ['10.0.0', '10.0.0.0/33', '::/129', '1::2::3', 'proxy.example', '', '10/8']) {
    try {
      t.fail(JSON.stringify(new Proxies([wrong])))
    } catch (err) {
      t.is(HypertunaError.from(err).code, 'USAGE', wrong)
    }
  }
})

test('metrics are not for those behind a proxy that nobody told of', async (t) => {
  const gateway = await startGateway(t, [])
  const asked = (headers: Record<string, string>): Promise<Reply> =>
    ask(`${gateway.url}/metrics`, { headers })
  t.is((await asked({})).status, 200)
  t.is((await asked({ 'x-forwarded-for': '127.0.0.1' })).status, 403)
})

test('a host is a name and a port, or the request is none', async (t) => {
  const gateway = await startGateway(t, [])
  const asked = async (...lines: string[]): Promise<string> => {
    const { send, closed } = connect(gateway.url)
    send(['GET /health HTTP/1.1', ...lines, 'Connection: close', '', ''].join('\r\n'))
    return (await closed).slice(9, 12)
  }
  for (const host of ['x', 'a.example:443', '127.0.0.1:80', '[::1]:8080', '[::1]', '']) {
    t.is(await asked(`Host: ${host}`), '200', host)
  }
  const wrong = ['a/b', 'a@b', 'a b', 'a?b', 'a#b', 'a, b', '"><script>', 'a:b', 'a:1:2', '[::1']
  for (const host of wrong) t.is(await asked(`Host: ${host}`), '400', host)
  t.is(await asked('Host: a', 'Host: b'), '400', 'two of them')
  t.is(await asked(), '400', 'none')
})
