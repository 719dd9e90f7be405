/** The page's origin: the interface, the user's settings, and sockets to the worker. */
import ReadyResource from 'ready-resource'
import http from 'bare-http1'
import type { HTTPIncomingMessage as Incoming, HTTPServerResponse as Outgoing } from 'bare-http1'
import type { Duplex } from 'streamx'
import { HypertunaError } from '../../../protocol/errors.ts'
import type { Log } from '../log.ts'
import { Door } from './door.ts'
import { Page } from './page.ts'
import { Sockets } from './sockets.ts'
import type { UserConfig } from '../user-config.ts'

const MAX_BODY = 64 * 1024
const MAX_CONNECTIONS = 256

export interface PageServerOptions {
  /** 0 takes the one of last time, or any free one when that is taken. */
  readonly port: number
  /** The built interface. */
  readonly folder: string
  readonly userConfig: UserConfig
  readonly log: Log
  /** Opens a session with the worker; throws while there is none. */
  openSession(): Duplex
}

/** Emits `admitted` when a page traded its code: the next one needs a new URL. */
export class PageServer extends ReadyResource {
  private readonly options: PageServerOptions
  private readonly server: http.HTTPServer
  private readonly sockets: Sockets
  private readonly page: Page
  private door: Door | null = null
  port = 0

  constructor(options: PageServerOptions) {
    super()
    this.options = options
    this.page = new Page(options.folder)
    this.sockets = new Sockets(options)
    // Without delay: a small answer over a socket would wait 40 ms for the next one.
    this.server = http.createServer({ maxConnections: MAX_CONNECTIONS, noDelay: true })
    this.server.on('request', (request, response) => void this.onrequest(request, response))
    this.server.on('upgrade', (request, socket, head) => {
      const refusal = this.refusal(request, true)
      this.sockets.onupgrade(request, socket, head, refusal)
    })
  }

  /** Where the page is opened, with the code for one use. */
  get url(): string {
    return `http://127.0.0.1:${this.port}/${this.door?.fragment ?? ''}`
  }

  /** @throws PORT_IN_USE */
  override async _open(): Promise<void> {
    const { server, options } = this
    if (options.port > 0) await this.listen(options.port)
    else await this.listenAsLastTime()
    server.on('error', (err: Error) => options.log('page-failed', { reason: String(err) }))
    this.port = (server.address() as { port: number }).port
    this.door = new Door(this.port)
  }

  /** What cannot be read or kept here is told by whoever reads the settings next. */
  private async listenAsLastTime(): Promise<void> {
    const { userConfig, log } = this.options
    const quietly = (err: unknown): null => {
      log('port-not-kept', { reason: HypertunaError.from(err).message })
      return null
    }
    const last = (await userConfig.read().catch(quietly))?.port ?? 0
    try {
      await this.listen(last)
    } catch (err) {
      if (last === 0 || HypertunaError.from(err).code !== 'PORT_IN_USE') throw err
      await this.listen(0)
    }
    const { port } = this.server.address() as { port: number }
    if (port !== last) await userConfig.update({ port }).catch(quietly)
  }

  private listen(port: number): Promise<void> {
    const { server } = this
    return new Promise((resolve, reject) => {
      const failed = (err: Error): void => reject(portError(err, port))
      server.once('error', failed)
      server.listen(port, '127.0.0.1', () => {
        server.off('error', failed)
        resolve()
      })
    })
  }

  override async _close(): Promise<void> {
    this.sockets.close()
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve())
      for (const socket of this.server.connections) socket.destroy()
    })
  }

  private async onrequest(request: Incoming, response: Outgoing): Promise<void> {
    request.on('error', () => undefined) // a client that leaves needs no answer
    response.on('error', () => undefined)
    try {
      await this.route(request, response)
    } catch (err) {
      const { code, message } = HypertunaError.from(err)
      const status = code === 'BAD_REQUEST' ? 400 : code === 'TOO_LARGE' ? 413 : 500
      if (status === 500) this.options.log('page-failed', { code, reason: message })
      answer(response, status, { error: { code, message } })
    }
  }

  /**
   * 421 for a name that is not ours, 403 for another origin, 401 without the cookie;
   * null when the request may pass. `changes` also holds for sockets.
   */
  private refusal({ headers }: Incoming, changes: boolean): number | null {
    const { door } = this
    if (door === null || !door.knowsHost(headers)) return 421
    if (!door.fromOurPage(headers, { required: changes })) return 403
    return door.admits(headers) ? null : 401
  }

  private async route(request: Incoming, response: Outgoing): Promise<void> {
    const { method } = request
    const path = request.url.split('?', 1)[0] ?? '/'
    const refusal = this.refusal(request, method !== 'GET' && method !== 'HEAD')
    if (refusal === 421 || (refusal === 403 && isOurs(path))) return answer(response, refusal)
    if (path === '/session' && method === 'POST') return this.exchange(request, response)
    if (!isOurs(path)) return this.asset(path, request, response)
    if (refusal !== null) return answer(response, refusal)
    if (path === '/session' && method === 'GET') return answer(response, 204)
    if (path === '/user-config') return this.settings(request, response)
    response.setHeader('Allow', path === '/rpc' ? 'GET' : 'GET, POST')
    answer(response, path === '/rpc' ? 426 : 405)
  }

  private async exchange(request: Incoming, response: Outgoing): Promise<void> {
    const body = await readJson(request)
    const cookie = this.door?.exchange((body as { code?: unknown } | null)?.code) ?? null
    if (cookie === null) return answer(response, 401)
    response.setHeader('Set-Cookie', cookie)
    answer(response, 204)
    this.emit('admitted')
  }

  private async settings(request: Incoming, response: Outgoing): Promise<void> {
    const { userConfig } = this.options
    if (request.method === 'GET') return answer(response, 200, await userConfig.read())
    if (request.method === 'PUT') {
      const change = await readJson(request)
      return answer(response, 200, await userConfig.update(change, { byPage: true }))
    }
    response.setHeader('Allow', 'GET, PUT')
    answer(response, 405)
  }

  /** The interface itself is no secret and needs no cookie. */
  private async asset(path: string, { method }: Incoming, response: Outgoing): Promise<void> {
    if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD')
      return answer(response, 405)
    }
    const asset = await this.page.asset(path, this.port)
    if (asset === null) return answer(response, 404)
    response.writeHead(asset.status, { ...COMMON, ...asset.headers })
    if (method === 'HEAD') response.end()
    else response.end(asset.body as Buffer)
  }
}

const COMMON = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin'
}

function isOurs(path: string): boolean {
  return path === '/session' || path === '/user-config' || path === '/rpc'
}

function answer(response: Outgoing, status: number, value?: unknown): void {
  const body = value === undefined ? '' : JSON.stringify(value)
  const headers: Record<string, string | number> = { ...COMMON, 'Cache-Control': 'no-store' }
  if (body !== '') headers['Content-Type'] = 'application/json'
  if (status !== 204) headers['Content-Length'] = Buffer.byteLength(body)
  response.writeHead(status, headers)
  response.end(body)
}

async function readJson(request: Incoming): Promise<unknown> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    if (size > MAX_BODY) throw new HypertunaError('TOO_LARGE', `At most ${MAX_BODY} bytes`)
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString())
  } catch (err) {
    throw new HypertunaError('BAD_REQUEST', 'The body is not JSON', { cause: err })
  }
}

function portError(err: Error, port: number): HypertunaError {
  const { code } = err as { code?: string }
  if (code !== 'EADDRINUSE' && code !== 'EACCES') return HypertunaError.from(err)
  const message = `Port ${port} is taken: choose another --port, or 0 for any free one`
  return new HypertunaError('PORT_IN_USE', message, { cause: err })
}
