/**
 * Many clients of one address at once, on plain connections, so that what is measured
 * is the server.
 *
 * Usage: `gateway-load.js <url> rate <connections> <ms>`: asks again and again; prints
 * requests a second and the 99th percentile in ms. `gateway-load.js <url> whole
 * <clients>`: each takes the whole body once; prints ms until all have it, and how many
 * do. `gateway-load.js <url> slow <clients>`: each takes the headers and then nothing;
 * prints how many do, and stays. `spread <clients> <bytes>`: the same, each from another
 * place of a file of so many bytes. `idle <clients>`: each connects and asks nothing; prints
 * when all are, or were, connected, and stays. `unknown <groups>`: asks for the file in as many
 * groups that there are not; prints how often each status came.
 */
import { randomBytes } from 'bare-crypto'
import fs from 'bare-fs'
import process from 'bare-process'
import { formatPublicIdentifier } from '../../protocol/ids.ts'
import tcp, { type TCPSocket } from 'bare-tcp'

const [url = '', mode = '', count = '1', time = '1000'] = process.argv.slice(2)
const [, host = '', port = '', path = '/'] = /^http:\/\/([^:/]+):(\d+)(\/.*)$/.exec(url) ?? []
/** Connections that are being made, and groups that are being asked for, at the same time. */
const AT_ONCE = 250
const REQUEST = requestOf('')
const END = Buffer.from('\r\n\r\n')

const begun = Date.now()
let opened = 0
checkDescriptors(mode === 'unknown' ? AT_ONCE : Number(count))
if (mode === 'rate') await rate(Number(count), Number(time))
else if (mode === 'whole') await whole(Number(count))
else if (mode === 'idle') await idle(Number(count))
else if (mode === 'unknown') await unknown(Number(count))
else if (mode === 'slow') await slow(Number(count), () => REQUEST)
else {
  const step = Math.floor(Number(time) / Number(count))
  await slow(Number(count), (i) => requestOf(`Range: bytes=${i * step}-\r\n`))
}

function requestOf(headers: string, at = path): Buffer {
  return Buffer.from(`GET ${at} HTTP/1.1\r\nHost: ${host}:${port}\r\n${headers}\r\n`)
}

async function rate(connections: number, ms: number): Promise<void> {
  const times: number[] = []
  const until = Date.now() + ms
  const lane = async (): Promise<void> => {
    const socket = tcp.createConnection(Number(port), host)
    const take = taker(socket)
    while (Date.now() < until) {
      const at = process.hrtime.bigint()
      socket.write(REQUEST)
      await take()
      times.push(Number(process.hrtime.bigint() - at) / 1e6)
    }
    socket.destroy()
  }
  await Promise.all(Array.from({ length: connections }, lane))
  times.sort((a, b) => a - b)
  const p99 = times[Math.floor(times.length * 0.99)] ?? NaN
  console.log(JSON.stringify({ rate: (times.length * 1000) / (Date.now() - begun), p99 }))
  process.exit(0)
}

async function whole(clients: number): Promise<void> {
  let complete = 0
  const one = async (): Promise<void> => {
    const socket = tcp.createConnection(Number(port), host)
    socket.write(REQUEST)
    await taker(socket)()
    complete++
    socket.destroy()
  }
  await Promise.all(Array.from({ length: clients }, one))
  console.log(JSON.stringify({ ms: Date.now() - begun, complete }))
  process.exit(0)
}

async function slow(clients: number, request: (i: number) => Buffer): Promise<void> {
  const one = (_: unknown, i: number): Promise<void> =>
    new Promise((resolve) => {
      const socket = tcp.createConnection(Number(port), host)
      const fail = (reason: string): void => {
        console.error(reason)
        process.exit(1)
      }
      socket.on('error', (err) => fail(err.message))
      socket.on('close', () => fail('A slow reader was cut off'))
      socket.write(request(i))
      socket.once('data', () => {
        socket.pause()
        resolve()
      })
    })
  await Promise.all(Array.from({ length: clients }, one))
  console.log(JSON.stringify({ begun: clients }))
}

async function idle(clients: number): Promise<void> {
  const one = (): Promise<void> =>
    new Promise((resolve) => {
      const socket = tcp.createConnection(Number(port), host)
      socket.on('connect', () => resolve())
      socket.on('error', () => resolve()) // the server may let go of it: that is its right
    })
  for (let made = 0; made < clients; made += AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, clients - made) }, one))
  }
  console.log(JSON.stringify({ connected: clients }))
}

async function unknown(groups: number): Promise<void> {
  const statuses: Record<string, number> = {}
  let left = groups
  const lane = async (): Promise<void> => {
    while (left-- > 0) {
      const id = formatPublicIdentifier(randomBytes(32).toString('hex'), 'nowhere')
      const socket = tcp.createConnection(Number(port), host)
      const asked = requestOf('Connection: close\r\n', path.replace(/npub1[^/]*/, id))
      const status = await new Promise<string>((resolve) => {
        socket.on('error', (err) => resolve(err.message))
        socket.once('data', (bytes) => resolve(String(bytes).slice(9, 12)))
        socket.write(asked)
      })
      socket.destroy()
      statuses[status] = (statuses[status] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
  console.log(JSON.stringify(statuses))
  process.exit(0)
}

/**
 * Takes one answer after another from a connection, by its announced length. A connection
 * that goes before its answer is whole ends the program, with words.
 */
function taker(socket: TCPSocket): () => Promise<void> {
  let left = -1
  let head: Buffer = Buffer.alloc(0)
  let done: (() => void) | null = null
  const fail = (reason: string): void => {
    if (done === null) return
    console.error(`${reason}, ${opened} connections made, ${Date.now() - begun} ms after the begin`)
    process.exit(1)
  }
  socket.on('connect', () => opened++)
  socket.on('error', (err) => fail(err.message))
  socket.on('close', () => {
    fail(left > 0 ? `A body was cut off, ${left} bytes before its end` : 'No answer came')
  })
  socket.on('data', (chunk) => {
    let bytes = chunk as Buffer
    if (left < 0) {
      head = head.byteLength === 0 ? bytes : Buffer.concat([head, bytes])
      const end = head.indexOf(END)
      if (end === -1) return
      const text = head.subarray(0, end).toString('latin1')
      if (!text.startsWith('HTTP/1.1 200 ')) return fail(text)
      left = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0)
      bytes = head.subarray(end + 4)
      head = Buffer.alloc(0)
    }
    left -= bytes.byteLength
    if (left > 0) return
    left = -1
    const taken = done
    done = null
    taken?.()
  })
  return () => new Promise((resolve) => (done = resolve))
}

/**
 * Each connection is a descriptor: too few of them would look like a server that fails.
 */
function checkDescriptors(needed: number): void {
  const most = /^Max open files\s+(\d+)/m.exec(limitsText())?.[1]
  if (most === undefined || Number(most) >= needed + 64) return
  console.error(`${needed} connections need more than ${most} descriptors: raise \`ulimit -n\``)
  process.exit(1)
}

function limitsText(): string {
  try {
    return String(fs.readFileSync('/proc/self/limits'))
  } catch {
    return '' // not a Linux: there it shows when a connection fails
  }
}
