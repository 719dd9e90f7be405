/** What no client of Nostr sends: frames, handshakes and floods, byte by byte. */
import test from 'brittle'
import tcp from 'bare-tcp'
import process from 'bare-process'
import { note, scene } from './nostr-scene.ts'
import { CLOSE, frameOf, PING, RawSocket } from './raw-socket.ts'
import type { Frame } from './raw-socket.ts'

const MiB = 1024 * 1024
const memory = (): number => process.memoryUsage().rss / MiB

test('frames that are none close the connection by their code, and nothing else', async (t) => {
  const place = await scene(t)
  const bytes = (...all: number[]): Uint8Array => Buffer.from(all)
  const wrong: [string, number, [string | Uint8Array, Frame?][]][] = [
    ['binary', 1003, [['[]', { opcode: 2 }]]],
    ['not masked', 1002, [['[]', { masked: false }]]],
    ['compressed', 1002, [['[]', { reserved: 4 }]]],
    ['an unknown bit', 1002, [['[]', { reserved: 1 }]]],
    ['an unknown opcode', 1002, [['', { opcode: 3 }]]],
    ['a continuation of nothing', 1002, [['[]', { opcode: 0 }]]],
    ['a message within another', 1002, [['[', { fin: false }], ['[]']]],
    ['a ping in parts', 1002, [['', { opcode: PING, fin: false }]]],
    ['a long ping', 1002, [['x'.repeat(126), { opcode: PING }]]],
    ['half a close code', 1002, [['x', { opcode: CLOSE }]]],
    ['no UTF-8', 1007, [[bytes(0x22, 0xff, 0x22)]]],
    ['half a character as UTF-8', 1007, [[bytes(0x22, 0xed, 0xa0, 0x80, 0x22)]]],
    ['a claim of a terabyte', 1009, [['', { length: 2 ** 40 }]]],
    [
      'parts that are too much together',
      1009,
      [
        ['x'.repeat(300_000), { fin: false }],
        ['x'.repeat(300_000), { opcode: 0 }]
      ]
    ]
  ]
  for (const [what, code, frames] of wrong) {
    const raw = new RawSocket(place)
    for (const [payload, options] of frames) raw.frame(payload, options)
    await raw.end()
    t.is(raw.code, code, what)
  }
  t.ok((await place.connect().publish(note(place.member))).ok, 'others are unmoved')
})

test('a message in parts of a byte, and pings by the ten thousand', async (t) => {
  const raw = new RawSocket(await scene(t))
  const message = JSON.stringify(['REQ', 'parts', { limit: 0 }])
  for (let i = 0; i < message.length; i++) {
    raw.frame(message[i]!, { opcode: i === 0 ? 1 : 0, fin: i === message.length - 1 })
  }
  t.ok((await raw.text('EOSE')).includes('parts'))
  const pings = Buffer.concat(Array.from({ length: 10_000 }, () => frameOf('?', { opcode: PING })))
  raw.socket.write(pings)
  raw.frame(JSON.stringify(['REQ', 'after', { limit: 0 }]))
  t.ok((await raw.text('"after"')).includes('EOSE'))
  t.ok(raw.pongs > 0 && !raw.closed)
  const parts = Buffer.concat(
    Array.from({ length: 20_000 }, () => frameOf('', { opcode: 0, fin: false }))
  )
  raw.frame('[', { fin: false })
  raw.socket.write(parts)
  await raw.end()
  t.ok(raw.closed, 'a message of ever more parts is not waited for')
  raw.socket.destroy()
})

test('who asks and does not read is read no further', { timeout: 60_000 }, async (t) => {
  const place = await scene(t)
  const raw = new RawSocket(place)
  await raw.until(() => raw.texts.length > 0)
  raw.socket.pause()
  const before = memory()
  const garbage = Buffer.concat(Array.from({ length: 2000 }, () => frameOf('nothing of Nostr')))
  let sent = 0
  let waits = false
  raw.socket.on('drain', () => (waits = false))
  const client = place.connect()
  for (let stuck = 0; stuck < 30 && sent < 64 * MiB;) {
    if (!waits) {
      waits = !raw.socket.write(garbage)
      sent += garbage.byteLength
    }
    await client.query({ limit: 1 }) // others are answered all the while
    stuck = waits ? stuck + 1 : 0
  }
  t.ok(sent < 64 * MiB, `it was taken ${(sent / MiB).toFixed(1)} MiB off its hands`)
  t.is(place.nostr.connections, 2, 'and it is not cut off for what it did not ask for yet')
  t.comment(`${(memory() - before).toFixed(0)} MiB more`)
  raw.socket.destroy()
})

test('connections that say nothing make room for those that do', async (t) => {
  const place = await scene(t)
  const silent = Array.from({ length: 600 }, () => {
    const socket = tcp.createConnection({ port: place.port, host: '127.0.0.1' })
    socket.on('error', () => {})
    socket.on('data', () => {})
    socket.on('end', () => socket.end())
    socket.write('GET / HTTP/1.1\r\nHost: 127.0')
    return socket
  })
  // No more than so many are held: who goes for the others is one that was there before.
  const closed = silent.map((socket, i) => {
    return new Promise<number>((resolve) => socket.on('close', () => resolve(i)))
  })
  t.ok((await Promise.race(closed)) < 200)
  for (let i = 0; i < 3; i++) {
    t.ok((await place.connect().publish(note(place.member))).ok, 'who comes is served')
  }
  for (const socket of silent) socket.destroy()
})

test('heads of requests that are too long, or none', async (t) => {
  const place = await scene(t)
  const answer = (more: string): Promise<string> =>
    new Promise((resolve) => {
      const socket = tcp.createConnection({ port: place.port, host: '127.0.0.1' })
      let text = ''
      socket.on('error', () => {})
      socket.on('data', (bytes) => (text += String(Buffer.from(bytes as Uint8Array))))
      socket.on('end', () => socket.end())
      socket.on('close', () => resolve(text.split('\r\n')[0]!))
      socket.write(more)
    })
  const host = `Host: 127.0.0.1:${place.port}\r\n`
  const get = 'GET / HTTP/1.1\r\n'
  t.ok((await answer(`${get}${host}X: ${'x'.repeat(MiB)}\r\n\r\n`)).includes(' 431 '))
  t.ok((await answer(`${get}${host}${'X: x\r\n'.repeat(10_000)}\r\n`)).includes(' 431 '))
  t.ok((await answer('\x16\x03\x01\x02\x00\x01')).includes(' 400 '))
  t.ok((await answer(`${get}\r\n`)).includes(' 400 '), 'without a host')
  t.ok((await place.connect().publish(note(place.member))).ok)
})
