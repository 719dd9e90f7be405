/**
 * Many clients of one address at once, on plain connections, so that what is measured
 * is the server.
 *
 * Usage: `gateway-load.js <url> rate <connections> <ms>`: asks again and again; prints
 * requests a second and the 99th percentile in ms. `gateway-load.js <url> whole
 * <clients>`: each takes the whole body once; prints ms until all have it, and how many
 * do. `gateway-load.js <url> slow <clients>`: each takes the headers and then nothing;
 * prints how many do, and stays.
 */
import process from 'bare-process'
import tcp, { type TCPSocket } from 'bare-tcp'

const [url = '', mode = '', count = '1', time = '1000'] = process.argv.slice(2)
const [, host = '', port = '', path = '/'] = /^http:\/\/([^:/]+):(\d+)(\/.*)$/.exec(url) ?? []
const REQUEST = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`)
const END = Buffer.from('\r\n\r\n')

const begun = Date.now()
if (mode === 'rate') await rate(Number(count), Number(time))
else if (mode === 'whole') await whole(Number(count))
else await slow(Number(count))

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

async function slow(clients: number): Promise<void> {
  const one = (): Promise<void> =>
    new Promise((resolve) => {
      const socket = tcp.createConnection(Number(port), host)
      socket.write(REQUEST)
      socket.once('data', () => {
        socket.pause()
        resolve()
      })
    })
  await Promise.all(Array.from({ length: clients }, one))
  console.log(JSON.stringify({ begun: clients }))
}

/** Takes one answer after another from a connection, by its announced length. */
function taker(socket: TCPSocket): () => Promise<void> {
  let left = -1
  let head: Buffer = Buffer.alloc(0)
  let done = (): void => {}
  socket.on('error', (err) => {
    console.error(err.message)
    process.exit(1)
  })
  socket.on('close', () => {
    if (left <= 0) return
    console.error(`A body was cut off, ${left} bytes before its end`)
    process.exit(1)
  })
  socket.on('data', (chunk) => {
    let bytes = chunk as Buffer
    if (left < 0) {
      head = head.byteLength === 0 ? bytes : Buffer.concat([head, bytes])
      const end = head.indexOf(END)
      if (end === -1) return
      const text = head.subarray(0, end).toString('latin1')
      if (!text.startsWith('HTTP/1.1 200 ')) throw new Error(text)
      left = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0)
      bytes = head.subarray(end + 4)
      head = Buffer.alloc(0)
    }
    left -= bytes.byteLength
    if (left > 0) return
    left = -1
    done()
  })
  return () => new Promise((resolve) => (done = resolve))
}
