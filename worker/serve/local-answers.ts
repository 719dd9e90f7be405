/** How the loopback server listens, and writes its answers. */
import http from 'bare-http1'
import type { HTTPServer, HTTPServerResponse } from 'bare-http1'
import type { Socket as TcpSocket } from 'bare-tcp'

import { HypertunaError } from '../../protocol/errors.ts'
import { HOST, isLoopbackOrigin } from './loopback.ts'

const MAX_CONNECTIONS = 384
/** Of those the ones that have asked for nothing yet: of more, the oldest are hung up on. */
const MAX_SILENT = 192
/** ms in which a request has to be told. */
const HEADERS_TIMEOUT = 20_000

/** Null when the port is taken. */
export function listen(port: number): Promise<HTTPServer | null> {
  const server = http.createServer({
    maxConnections: MAX_CONNECTIONS,
    headersTimeout: HEADERS_TIMEOUT,
    noDelay: true
  })
  makeRoom(server)
  return new Promise((resolve, reject) => {
    server.once('error', (err: unknown) => {
      const { code } = err as { code?: unknown }
      if (code === 'EADDRINUSE' || code === 'EACCES') resolve(null)
      else reject(HypertunaError.from(err))
    })
    server.listen(port, HOST, () => resolve(server))
  })
}

/** Nobody keeps others out by connecting often and saying nothing. */
function makeRoom(server: HTTPServer): void {
  const silent = new Set<TcpSocket>()
  server.on('connection', (socket) => {
    silent.add(socket)
    socket.on('close', () => silent.delete(socket))
    if (silent.size <= MAX_SILENT) return
    const [oldest] = silent
    oldest?.destroy()
  })
  server.on('request', ({ socket }) => void (socket && silent.delete(socket)))
  server.on('upgrade', (_, socket) => silent.delete(socket as TcpSocket))
}

export function send(
  res: HTTPServerResponse,
  origin: string | undefined,
  answer: { status: number; headers: Record<string, string>; body: string | null }
): void {
  res.writeHead(answer.status as 200, localHeaders(answer.headers, origin))
  if (answer.body === null) res.end()
  else res.end(answer.body)
}

/** Only the page that asked may read the answer, and no other site may show it. */
export function localHeaders(
  headers: Record<string, string>,
  origin: string | undefined
): Record<string, string> {
  const { 'Access-Control-Allow-Origin': _, ...rest } = headers
  const local = { ...rest, 'Cross-Origin-Resource-Policy': 'same-site', Vary: 'Origin' }
  if (origin === undefined || !isLoopbackOrigin(origin)) return local
  return { ...local, 'Access-Control-Allow-Origin': origin }
}

export async function sendBytes(
  res: HTTPServerResponse,
  source: AsyncIterable<Uint8Array>
): Promise<void> {
  for await (const chunk of source) {
    if (res.destroying) return // the client is gone
    if (!res.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))) {
      await drained(res)
    }
  }
  res.end()
}

/** Resolves when the client can take more, or is gone. */
function drained(res: HTTPServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      res.off('drain', done)
      res.off('close', done)
      resolve()
    }
    res.on('drain', done)
    res.on('close', done)
    if (res.destroying) done()
  })
}
