/** What is answered from memory in one piece, on the wire. */
import test from 'brittle'
import { ask } from './client.ts'
import { localDht, makeBytes, person, startGateway, startMember, TestRelay } from './fixture.ts'
import { connect } from './raw.ts'

const SIZE = 10_000

test('small files from memory are on the wire as all others are', async (t) => {
  const bootstrap = await localDht(t)
  const [relay, alice] = [new TestRelay(), person()]
  const file = relay.file(
    alice,
    Buffer.from(makeBytes(SIZE)).map((byte) => 97 + (byte % 26))
  )
  const list = relay.list([alice])
  await startMember(t, { relay, person: alice, list, bootstrap, files: [file] })
  const gateway = await startGateway(t, bootstrap, { limits: { fresh: 60_000 } })
  const path = `/drive/${relay.publicIdentifier}/${file.hash}`
  const once = async (version: string, ...lines: string[]): Promise<string> => {
    const { send, closed } = connect(gateway.url)
    send([`GET ${path} HTTP/${version}`, 'Host: x', ...lines, '', ''].join('\r\n'))
    return closed
  }
  const parts = (text: string): [string[], string] => {
    const end = text.indexOf('\r\n\r\n')
    const names = text.slice(0, end).split('\r\n').slice(1)
    const fields = names.map((line) => line.toLowerCase().replace(/^date: .*/, 'date'))
    return [fields.filter((line) => !/^(connection|keep-alive):/.test(line)), text.slice(end + 4)]
  }
  t.is((await ask(`${gateway.url}${path}`)).status, 200)
  const body = Buffer.from(file.bytes).toString()

  const closing = await once('1.1', 'Connection: close')
  t.ok(/\r\nconnection: close\r\n/i.test(closing))
  const old = await once('1.0')
  const kept = connect(gateway.url)
  const request = `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`
  const last = `HEAD /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`
  kept.send(request + request + last)
  const both = (await kept.closed).split('HTTP/1.1 200 OK\r\n').slice(1)
  t.is(both.length, 3, 'each in its turn, and the connection goes on')
  t.ok(/\r\nkeep-alive: timeout=15\r\n/i.test(both[0] ?? ''))
  const [fields] = parts(closing)
  t.ok(fields.includes(`content-length: ${SIZE}`) && fields.includes('date'))
  for (const text of [
    closing,
    old,
    `HTTP/1.1 200 OK\r\n${both[0]}`,
    `HTTP/1.1 200 OK\r\n${both[1]}`
  ]) {
    const [names, bytes] = parts(text)
    t.alike([...names].sort(), [...fields].sort())
    t.ok(bytes === body)
  }
})
