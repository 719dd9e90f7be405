import 'bare-abort-controller/global'
import type http from 'bare-http1'
import type { HTTPIncomingMessage, HTTPServer, HTTPServerResponse } from 'bare-http1'
import ReadyResource from 'ready-resource'
import { HypertunaError } from '../protocol/errors.ts'
import {
  sendError,
  sendNotAllowed,
  sendPreflight,
  sendTooMany,
  sendUnexpected,
  statusOf
} from './answers.ts'
import { answerClientError, refusalOf, refuseTunnel } from './client-error.ts'
import type { GatewayConfig } from './config.ts'
import { Connections } from './connections.ts'
import type { Hot, HotAnswer } from './hot.ts'
import { Incoming, readRequest } from './incoming.ts'
import type { GatewayLimits } from './limits.ts'
import { createServer, listen } from './listening.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import { Outgoing } from './outgoing.ts'
import { Proxies } from './proxies.ts'
import type { GatewayRequest, Route, Socket } from './routes.ts'
import { Visitors } from './visitors.ts'

interface Options {
  config: Pick<
    GatewayConfig,
    'host' | 'port' | 'tls' | 'trustProxy' | 'rate' | 'perAddress' | 'connections'
  >
  /** The first that matches a path answers. */
  routes: readonly Route[]
  /** Answers that need no waiting. */
  hot: Pick<Hot, 'get' | 'packetOf'>
  limits: GatewayLimits
  metrics: Metrics
  log: Log
}

const READ = ['GET', 'HEAD']
const ANY = ['GET', 'HEAD', 'PUT', 'DELETE']
const READ_BUFFER = 4 * 1024

/** The gateway's HTTP: routes, bounds, deadlines. What goes wrong in a request ends there. */
export class GatewayServer extends ReadyResource {
  readonly #options: Options
  readonly #requests = new Set<AbortController>()
  readonly #visitors: Visitors
  readonly #connections: Connections
  readonly #proxies: Proxies
  #server: HTTPServer | null = null
  #stopWatching: () => void = () => {}
  #draining = false
  #idle = (): void => {}
  #port = 0

  constructor(options: Options) {
    super()
    this.#options = options
    const { config, metrics } = options
    this.#visitors = new Visitors(config)
    const most = config.connections
    this.#proxies = new Proxies(config.trustProxy)
    const trusts = (address: string): boolean => this.#proxies.trusts(address)
    this.#connections = new Connections({ most, visitors: this.#visitors, trusts, metrics })
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

  get connections(): number {
    return this.#connections.count
  }

  /** Whether it takes further requests. */
  get serving(): boolean {
    return this.opened && !this.#draining && this.closing === null
  }

  protected override async _open(): Promise<void> {
    const { config, limits, log } = this.#options
    const options = {
      IncomingMessage: Incoming as typeof http.IncomingMessage,
      ServerResponse: Outgoing as typeof http.ServerResponse,
      headersTimeout: limits.headers,
      keepAliveTimeout: limits.keepAlive,
      maxConnections: config.connections,
      readBufferSize: READ_BUFFER, // there may be thousands of them
      noDelay: true // headers and a small body are two writes
    }
    const { server, stop } = await createServer(config.tls, options, log)
    this.#stopWatching = stop
    this.#connections.watch(server)
    server.on('request', (req, res) => {
      if (this.#handleHot(req, res)) return
      this.#handle(req, res).catch((err: unknown) => {
        log('answer failed', { error: err })
        res.destroy()
      })
    })
    server.on('checkExpectation', (req, res) => {
      this.#options.metrics.answered('none', req.method, 417, 0)
      sendUnexpected(res)
    })
    if (this.#options.routes.some((route) => route.upgrade !== undefined)) {
      server.on('upgrade', (req, socket, head) => void this.#upgrade(req, socket, head))
    }
    server.on('connect', (_, socket) => {
      this.#options.metrics.answered('none', 'CONNECT', 501, 0)
      refuseTunnel(socket)
    })
    server.on('clientError', (err, socket) => {
      const status = answerClientError(err, socket)
      if (status !== null) this.#options.metrics.answered('none', 'none', status, 0)
      log('client failed', { error: err })
    })
    this.#server = server
    this.#port = await listen(server, config.port, config.host)
  }

  /**
   * Takes no further connection and lets what is in hand go on, for so long at most.
   *
   * @param ms - 0 ends it at once
   */
  async drain(ms: number): Promise<void> {
    this.#draining = true
    this.#server?.close(() => {})
    if (ms === 0 || this.#requests.size === 0) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#idle = (): void => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** What is in memory is answered at once, without all that waiting needs. */
  #handleHot(req: HTTPIncomingMessage, res: HTTPServerResponse): boolean {
    const { hot, metrics } = this.#options
    if (this.#draining) return false
    let answer: HotAnswer | null
    try {
      answer = hot.get(req)
    } catch {
      return false // refused by the rules, which the usual way says better
    }
    if (answer === null) return false
    if (this.#visitors.ask(this.#proxies.addressOf(req)) > 0) return false
    this.#connections.touch(req.socket)
    const packet = mayKeep(req) ? hot.packetOf(answer) : null
    if (packet !== null) (res as Outgoing).sendPacket(packet)
    else res.writeHead(200, answer.headers).end(answer.body)
    metrics.answered('drive', 'GET', 200, 0)
    metrics.sent(answer.body.byteLength)
    metrics.hit(answer.body.byteLength)
    return true
  }

  async #handle(req: HTTPIncomingMessage, res: HTTPServerResponse): Promise<void> {
    const { limits, log, metrics } = this.#options
    const begun = Date.now()
    const controller = new AbortController()
    const seen: { route: string } = { route: 'none' }
    const unuse = this.#connections.use(req.socket)
    res.on('close', () => {
      unuse()
      metrics.answered(seen.route, req.method, res.statusCode, Date.now() - begun)
      controller.abort(new HypertunaError('CANCELLED', 'The client is gone'))
    })
    if (this.#draining) res.setHeader('Connection', 'close')
    if (this.#requests.size >= limits.requests) {
      metrics.refused('requests')
      return sendError(res, new HypertunaError('BUSY', 'Too many requests; try again shortly'))
    }
    this.#requests.add(controller)
    const deadline = setTimeout(() => {
      controller.abort(new HypertunaError('TIMEOUT', 'No member sent a first byte in time'))
    }, limits.firstByte)
    const onbegun = (): void => clearTimeout(deadline)
    try {
      await this.#route(req, res, { signal: controller.signal, onbegun, seen })
    } catch (err) {
      const error = HypertunaError.from(err)
      if (error.code !== 'CANCELLED') {
        metrics.failed(error.code, res.headersSent)
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
      if (this.#requests.size === 0) this.#idle()
    }
  }

  async #route(
    req: HTTPIncomingMessage,
    res: HTTPServerResponse,
    { seen, ...bounds }: Pick<GatewayRequest, 'signal' | 'onbegun'> & { seen: { route: string } }
  ): Promise<void> {
    const { method } = req
    if (method === 'OPTIONS' && req.url === '*') return sendPreflight(res, ANY)
    const request = { ...this.#read(req), ...bounds }
    const wait = this.#visitors.ask(request.address)
    if (wait > 0) {
      this.#options.metrics.refused('rate')
      return sendTooMany(res, wait)
    }
    const route = this.#find(request.path)
    seen.route = route?.name ?? 'none'
    if (method === 'OPTIONS') return sendPreflight(res, route?.methods ?? READ, route?.allowed)
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

  #read(req: HTTPIncomingMessage): ReturnType<typeof readRequest> {
    return readRequest(req, { proxies: this.#proxies, tls: this.#options.config.tls !== null })
  }

  /** A client that asks for another protocol: the route takes the connection, or it is refused. */
  async #upgrade(req: HTTPIncomingMessage, socket: Socket, head: Uint8Array): Promise<void> {
    const controller = new AbortController()
    socket.on('error', () => {}) // until a route has it nobody else listens
    socket.on('close', () =>
      controller.abort(new HypertunaError('CANCELLED', 'The client is gone'))
    )
    this.#requests.add(controller)
    const unuse = this.#connections.use(socket)
    socket.on('close', unuse)
    try {
      const request = { ...this.#read(req), signal: controller.signal }
      if (this.#visitors.ask(request.address) > 0) {
        this.#options.metrics.refused('rate')
        throw new HypertunaError('BUSY', 'Too many requests; try again shortly')
      }
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
    this.#stopWatching()
    if (server === null) return
    for (const controller of this.#requests) {
      controller.abort(new HypertunaError('CLOSED', 'The gateway is closing'))
    }
    for (const route of this.#options.routes) route.close?.()
    const closed = new Promise<void>((resolve) => server.once('close', () => resolve()))
    if (!this.#draining) server.close(() => {})
    const ended = this.#draining && !server.listening && server.connections.size === 0
    server.closeAllConnections()
    if (!ended) await closed
  }
}

/** Whether the connection goes on after the answer, and nothing but the answer is waited for. */
function mayKeep({ httpVersion, headers }: HTTPIncomingMessage): boolean {
  if (httpVersion !== '1.1' || headers['expect'] !== undefined) return false
  const { connection } = headers
  return connection === undefined || connection === 'keep-alive'
}
