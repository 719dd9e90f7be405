import 'bare-abort-controller/global'
import http from 'bare-http1'
import type { HTTPIncomingMessage, HTTPServer, HTTPServerResponse } from 'bare-http1'
import https from 'bare-https'
import ReadyResource from 'ready-resource'
import { isDriveUrl } from '../protocol/drive-url.ts'
import { HypertunaError } from '../protocol/errors.ts'
import { sendAnswer, sendError, sendNotAllowed, sendPreflight } from './answers.ts'
import type { GatewayConfig } from './config.ts'
import { serveDrive } from './drive-route.ts'
import type { FileClient } from './file-client.ts'
import type { GatewayLimits } from './limits.ts'
import type { Log } from './log.ts'
import { readTls } from './tls.ts'

interface Options {
  config: Pick<GatewayConfig, 'host' | 'port' | 'tls' | 'relays'>
  files: FileClient
  /** Ours, 64 hex, by which admins of private groups list us. */
  gatewayKey: string
  limits: GatewayLimits
  log: Log
}

const MAX_URL = 2048
const HEALTH = /^\/health(?:\?|$)/
const HEADERS_TIMEOUT = 15_000

/** The gateway's HTTP: routes, bounds, deadlines. What goes wrong in a request ends there. */
export class GatewayServer extends ReadyResource {
  readonly #options: Options
  readonly #relays: ReadonlySet<string> | null
  readonly #requests = new Set<AbortController>()
  #server: HTTPServer | null = null
  #port = 0

  constructor(options: Options) {
    super()
    this.#options = options
    this.#relays = options.config.relays === null ? null : new Set(options.config.relays)
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
    const { files, limits } = this.#options
    const { method, url } = req
    if (!url.startsWith('/') || url.length > MAX_URL) throw badUrl()
    if (method === 'OPTIONS') return sendPreflight(res)
    const drive = isDriveUrl(url)
    if (!drive && !HEALTH.test(url)) {
      throw new HypertunaError('UNKNOWN_FILE', 'Files are at /drive/npub1…:alias/<sha256>')
    }
    if (method !== 'GET' && method !== 'HEAD') return sendNotAllowed(res)
    const headers = readHeaders(req)
    if (!drive) return sendHealth(res, this.#options.gatewayKey)
    if (headers['service-worker'] !== undefined) {
      throw new HypertunaError('FORBIDDEN', 'Files are not served as service workers')
    }
    const options = { files, relays: this.#relays, limits, signal, onbegun }
    await serveDrive({ method, url, headers }, res, options)
  }

  protected override async _close(): Promise<void> {
    const server = this.#server
    if (server === null) return
    for (const controller of this.#requests) {
      controller.abort(new HypertunaError('CLOSED', 'The gateway is closing'))
    }
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeAllConnections()
    await closed
  }
}

async function createServer(
  tls: GatewayConfig['tls'],
  options: { headersTimeout: number; maxConnections: number; noDelay: boolean }
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

function sendHealth(res: HTTPServerResponse, gatewayKey: string): void {
  const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }
  const body = `${JSON.stringify({ status: 'ok', gatewayKey })}\n`
  sendAnswer(res, { status: 200, headers, body })
}
