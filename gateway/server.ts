import 'bare-abort-controller/global'
import http from 'bare-http1'
import type { HTTPIncomingMessage, HTTPServer, HTTPServerResponse } from 'bare-http1'
import https from 'bare-https'
import ReadyResource from 'ready-resource'
import { HypertunaError } from '../protocol/errors.ts'
import { errorResponse } from '../protocol/http-file.ts'
import { sendError, sendNotAllowed, sendPreflight, statusOf } from './answers.ts'
import type { GatewayConfig } from './config.ts'
import type { GatewayLimits } from './limits.ts'
import type { Log } from './log.ts'
import type { GatewayRequest, Route, Socket } from './routes.ts'
import { readTls } from './tls.ts'

interface Options {
  config: Pick<GatewayConfig, 'host' | 'port' | 'tls'>
  /** The first that matches a path answers. */
  routes: readonly Route[]
  limits: GatewayLimits
  log: Log
}

const MAX_URL = 2048
const HEADERS_TIMEOUT = 15_000

/** Other protocols than WebSocket are offered (`h2c`) by clients that are well served without. */
class Incoming extends http.IncomingMessage {
  constructor(...args: ConstructorParameters<typeof http.IncomingMessage>) {
    const headers = args[1]?.headers
    if (headers !== undefined && String(headers['upgrade']).toLowerCase() !== 'websocket') {
      delete headers['upgrade']
    }
    super(...args)
  }
}

/** The gateway's HTTP: routes, bounds, deadlines. What goes wrong in a request ends there. */
export class GatewayServer extends ReadyResource {
  readonly #options: Options
  readonly #requests = new Set<AbortController>()
  #server: HTTPServer | null = null
  #port = 0

  constructor(options: Options) {
    super()
    this.#options = options
  }

  /** Where it listens, once ready. An address that stands for all is shown as loopback. */
  get url(): string {
    const { host, tls } = this.#options.config
    const any = host === '0.0.0.0' || host === '::'
    const name = any ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
    return `${tls === null ? 'http' : 'https'}://${name}:${this.#port}`
  }

  /** Requests in hand. */
  get requests(): number {
    return this.#requests.size
  }

  protected override async _open(): Promise<void> {
    const { config, limits, log } = this.#options
    const server = await createServer(config.tls, {
      IncomingMessage: Incoming as typeof http.IncomingMessage,
      headersTimeout: HEADERS_TIMEOUT,
      maxConnections: limits.connections,
      noDelay: true // headers and a small body are two writes
    })
    server.on('request', (req, res) => {
      this.#handle(req, res).catch((err: unknown) => {
        log('answer failed', { error: err })
        res.destroy()
      })
    })
    if (this.#options.routes.some((route) => route.upgrade !== undefined)) {
      server.on('upgrade', (req, socket, head) => void this.#upgrade(req, socket, head))
    }
    server.on('clientError', (err) => log('client failed', { error: err }))
    this.#server = server
    this.#port = await listen(server, config.port, config.host)
  }

  async #handle(req: HTTPIncomingMessage, res: HTTPServerResponse): Promise<void> {
    const { limits, log } = this.#options
    const controller = new AbortController()
    res.on('close', () => controller.abort(new HypertunaError('CANCELLED', 'The client is gone')))
    if (this.#requests.size >= limits.requests) {
      return sendError(res, new HypertunaError('BUSY', 'Too many requests; try again shortly'))
    }
    this.#requests.add(controller)
    const deadline = setTimeout(() => {
      controller.abort(new HypertunaError('TIMEOUT', 'No member sent a first byte in time'))
    }, limits.firstByte)
    try {
      await this.#route(req, res, controller.signal, () => clearTimeout(deadline))
    } catch (err) {
      const error = HypertunaError.from(err)
      if (error.code !== 'CANCELLED') {
        const internal = error.code === 'INTERNAL' ? { stack: (error.cause as Error)?.stack } : {}
        // What a client puts into the query, and what it shows, is none of the log's business.
        const path = req.url.replace(/\?.*$/s, '')
        const said = req.headers['authorization'] === undefined ? error : error.code
        log(res.headersSent ? 'reset' : 'refused', { path, error: said, ...internal })
      }
      sendError(res, error)
    } finally {
      clearTimeout(deadline)
      this.#requests.delete(controller)
    }
  }

  async #route(
    req: HTTPIncomingMessage,
    res: HTTPServerResponse,
    signal: AbortSignal,
    onbegun: () => void
  ): Promise<void> {
    const { method } = req
    const request = { ...this.#read(req), signal, onbegun }
    const route = this.#find(request.path)
    if (method === 'OPTIONS') return sendPreflight(res, route?.methods ?? ['GET', 'HEAD'])
    if (route === undefined) {
      throw new HypertunaError('UNKNOWN_FILE', 'Files are at /drive/npub1…:alias/<sha256>')
    }
    if (!route.methods.includes(method)) return sendNotAllowed(res, route.methods)
    if (request.headers['service-worker'] !== undefined) {
      throw new HypertunaError('FORBIDDEN', 'Nothing here is served as a service worker')
    }
    await route.serve(request, res)
  }

  #find(path: string): Route | undefined {
    return this.#options.routes.find((route) => route.matches(path))
  }

  #read(req: HTTPIncomingMessage): Omit<GatewayRequest, 'signal' | 'onbegun'> {
    const { method, url } = req
    if (!url.startsWith('/') || url.length > MAX_URL) throw badUrl()
    const mark = url.indexOf('?')
    const path = mark === -1 ? url : url.slice(0, mark)
    const address = req.socket?.remoteAddress ?? ''
    return { method, url, path, headers: readHeaders(req), address, message: req }
  }

  /** A client that asks for another protocol: the route takes the connection, or it is refused. */
  async #upgrade(req: HTTPIncomingMessage, socket: Socket, head: Uint8Array): Promise<void> {
    const controller = new AbortController()
    socket.on('error', () => {}) // until a route has it nobody else listens
    socket.on('close', () =>
      controller.abort(new HypertunaError('CANCELLED', 'The client is gone'))
    )
    this.#requests.add(controller)
    try {
      const request = { ...this.#read(req), signal: controller.signal }
      const route = this.#find(request.path)
      if (route?.upgrade === undefined) {
        throw new HypertunaError('BAD_REQUEST', 'No other protocol is spoken here')
      }
      await route.upgrade(request, socket, head)
    } catch (err) {
      const error = HypertunaError.from(err)
      if (error.code !== 'CANCELLED') this.#options.log('upgrade refused', { error })
      socket.end(refusalOf(error))
    } finally {
      this.#requests.delete(controller)
    }
  }

  protected override async _close(): Promise<void> {
    const server = this.#server
    if (server === null) return
    for (const controller of this.#requests) {
      controller.abort(new HypertunaError('CLOSED', 'The gateway is closing'))
    }
    for (const route of this.#options.routes) route.close?.()
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeAllConnections()
    await closed
  }
}

async function createServer(
  tls: GatewayConfig['tls'],
  options: http.HTTPServerOptions
): Promise<HTTPServer> {
  if (tls === null) return http.createServer(options)
  return https.createServer({ ...options, ...(await readTls(tls)) })
}

function listen(server: HTTPServer, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (err: unknown) => {
      const taken = (err as { code?: unknown }).code === 'EADDRINUSE'
      reject(
        taken
          ? new HypertunaError('PORT_IN_USE', `Port ${port} is taken; choose another with --port`)
          : new HypertunaError('BAD_CONFIG', `Cannot listen on ${host}:${port}: ${reason(err)}`)
      )
    })
    server.listen(port, host, () => resolve(server.address()?.port ?? port))
  })
}

function reason(err: unknown): string {
  const { code, message } = err as { code?: unknown; message?: unknown }
  if (code === 'EACCES') return 'this user may not use that port'
  if (code === 'EADDRNOTAVAIL') return 'this computer has no such address'
  return String(message ?? err)
}

/** An answer on a connection that no response object is made for. */
function refusalOf(error: HypertunaError): string {
  const status = statusOf(error)
  const { headers, body } = errorResponse(status, error.code, error.message, {
    Connection: 'close',
    ...(status === 503 ? { 'Retry-After': '10' } : {})
  })
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} ${error.code}\r\n${lines.join('')}\r\n${body}`
}

function badUrl(): HypertunaError {
  const message = `An address begins with / and is at most ${MAX_URL} long`
  return new HypertunaError('BAD_REQUEST', message)
}

function readHeaders(req: HTTPIncomingMessage): Record<string, string | undefined> {
  const headers: Record<string, string | undefined> = {}
  for (const [name, value] of Object.entries(req.headers)) {
    headers[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return headers
}
