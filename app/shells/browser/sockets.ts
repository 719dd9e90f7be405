/** The page's WebSockets: each is one session with the worker. */
import { Server, Socket } from 'bare-ws'
import type { HTTPIncomingMessage as Incoming } from 'bare-http1'
import type { Duplex } from 'streamx'
import { HypertunaError } from '../../../protocol/errors.ts'
import { MAX_SESSIONS } from '../../../protocol/rpc/session.ts'
import type { Log } from '../log.ts'

/** Bytes in one message; an RPC frame may span many. */
const MAX_MESSAGE = 4 * 1024 * 1024
const REASONS: Record<number, string> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  421: 'Misdirected Request',
  503: 'Service Unavailable'
}

export class Sockets {
  private readonly open = new Set<Duplex>()
  private readonly openSession: () => Duplex
  private readonly log: Log

  constructor(options: { openSession(): Duplex; log: Log }) {
    this.openSession = () => options.openSession()
    this.log = options.log
  }

  /** @param refusal the status that the request deserves, or null when it may pass */
  onupgrade(request: Incoming, socket: unknown, head: unknown, refusal: number | null): void {
    const raw = socket as Duplex
    raw.on('error', ignore) // nobody else listens until the handshake is done
    const full = this.open.size >= MAX_SESSIONS
    const status = request.url === '/rpc' ? (refusal ?? (full ? 503 : null)) : 404
    if (status !== null) return refuse(raw, status)
    let session: Duplex
    try {
      session = this.openSession()
    } catch (err) {
      this.log('session-refused', { code: HypertunaError.from(err).code })
      return refuse(raw, 503)
    }
    session.on('error', ignore)
    Server.handshake(request as never, raw as never, head as never, (err) => {
      if (err === null || err === undefined) return this.join(raw, session)
      session.destroy()
      refuse(raw, 404)
    })
  }

  close(): void {
    for (const socket of this.open) socket.destroy()
  }

  private join(raw: Duplex, session: Duplex): void {
    const socket = new Socket({
      socket: raw as never,
      isServer: true,
      maxPayload: MAX_MESSAGE
    })
    // The session carries bytes; text is somebody else's protocol.
    socket.on('message', (_, binary) => {
      if (!binary) socket.destroy()
    })
    this.link(socket as unknown as Duplex, session)
  }

  /** Ties a socket and a session together for as long as both live. */
  private link(socket: Duplex, session: Duplex): void {
    this.open.add(socket)
    socket.on('error', ignore)
    socket.on('close', () => {
      this.open.delete(socket)
      session.destroy()
    })
    session.on('close', () => socket.end(null)) // with a close frame: the page may come again
    carry(socket, session)
    carry(session, socket)
  }
}

/** Like pipe(), which would destroy a socket that should be closed. */
function carry(from: Duplex, to: Duplex): void {
  from.on('data', (bytes) => {
    if (!to.destroying && !to.write(bytes)) from.pause()
  })
  to.on('drain', () => from.resume())
  from.on('end', () => {
    if (!to.destroying) to.end(null)
  })
}

function refuse(socket: Duplex, status: number): void {
  socket.write(
    Buffer.from(
      `HTTP/1.1 ${status} ${REASONS[status] ?? 'Refused'}\r\n` +
        'Connection: close\r\nContent-Length: 0\r\n\r\n'
    )
  )
  socket.on('finish', () => socket.destroy()) // whether the other side closes or not
  socket.end(null)
}

function ignore(): void {}
