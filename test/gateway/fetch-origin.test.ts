/** Servers that strangers name: what they may do to whoever mirrors from them. */
import 'bare-abort-controller/global'
import test from 'brittle'
import type { Assert } from 'brittle'
import http from 'bare-http1'
import type { HTTPServerResponse } from 'bare-http1'
import tcp from 'bare-tcp'
import { fetchOrigin, type Origin } from '../../gateway/blossom/fetch-origin.ts'
import { HypertunaError } from '../../protocol/errors.ts'

const anywhere = (): boolean => true

async function serve(t: Assert, answer: (res: HTTPServerResponse) => void): Promise<string> {
  const server = http.createServer((_, res) => answer(res))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${server.address()?.port}/file`
}

function fetchIt(
  url: string,
  options: { most?: number; admits?: typeof anywhere } = {}
): Promise<Origin> {
  const { signal } = new AbortController()
  return fetchOrigin(url, { most: 1000, idle: 500, signal, admits: anywhere, ...options })
}

async function read(origin: Origin): Promise<number> {
  let size = 0
  for await (const chunk of origin.body) size += chunk.byteLength
  return size
}

const codeOf = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise
    return 'none'
  } catch (err) {
    return HypertunaError.from(err).code
  }
}

test('a file, its size and its type', async (t) => {
  const url = await serve(t, (res) => {
    res.writeHead(200, { 'Content-Length': '5', 'Content-Type': 'text/plain; charset=utf-8' })
    res.end('hello')
  })
  const origin = await fetchIt(url)
  t.is(origin.size, 5)
  t.is(origin.mime, 'text/plain')
  t.is(await read(origin), 5)
})

test('names are resolved to admitted addresses alone, also those that look like none', async (t) => {
  const url = await serve(t, (res) => res.end())
  const asked: string[] = []
  const admits = ((address: string) => {
    asked.push(address)
    return false
  }) as typeof anywhere
  for (const host of ['127.0.0.1', 'localhost', '2130706433', '0x7f000001', '[::1]']) {
    const there = url.replace('127.0.0.1', host)
    t.is(await codeOf(fetchIt(there, { admits })), 'FORBIDDEN', host)
  }
  t.ok(asked.includes('127.0.0.1') && asked.length >= 5)
  for (const address of [
    'ftp://example.org/',
    'http://',
    'x',
    `http://h/${'a'.repeat(3000)}`,
    'http://u:p@h/'
  ]) {
    t.is(await codeOf(fetchIt(address)), 'BAD_REQUEST', address.slice(0, 20))
  }
})

test('no redirects, nothing without a length, nothing too long, nothing that stalls', async (t) => {
  const moved = await serve(t, (res) => {
    res.writeHead(302, { Location: 'http://169.254.169.254/' })
    res.end()
  })
  t.is(await codeOf(fetchIt(moved)), 'SOURCE_UNREADABLE')
  const endless = await serve(t, (res) => {
    res.writeHead(200)
    res.write('more')
  })
  t.is(await codeOf(fetchIt(endless)), 'SOURCE_UNREADABLE')
  const large = await serve(t, (res) => {
    res.writeHead(200, { 'Content-Length': '1001' })
    res.write('x')
  })
  t.is(await codeOf(fetchIt(large)), 'TOO_LARGE')
  const stalled = await serve(t, (res) => {
    res.writeHead(200, { 'Content-Length': '10' })
    res.write('x')
  })
  t.is(await codeOf(fetchIt(stalled).then(read)), 'SOURCE_UNREADABLE')
  const silent = await serve(t, () => {})
  t.is(await codeOf(fetchIt(silent)), 'SOURCE_UNREADABLE')
  const short = tcp.createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort'))
  })
  await new Promise<void>((resolve) => short.listen(0, '127.0.0.1', () => resolve()))
  t.teardown(() => short.close())
  const port = (short.address() as { port: number }).port
  t.is(await codeOf(fetchIt(`http://127.0.0.1:${port}/`).then(read)), 'SOURCE_UNREADABLE')
  const nobody = tcp.createServer()
  await new Promise<void>((resolve) => nobody.listen(0, '127.0.0.1', () => resolve()))
  const free = (nobody.address() as { port: number }).port
  await new Promise<void>((resolve) => nobody.close(() => resolve()))
  t.is(await codeOf(fetchIt(`http://127.0.0.1:${free}/`)), 'SOURCE_UNREADABLE')
})
