import http from 'bare-http1'
import type { HTTPIncomingMessage, HTTPServer, HTTPServerResponse } from 'bare-http1'
import ReadyResource from 'ready-resource'
import { isDriveUrl, parseDriveUrl } from '../../protocol/drive-url.ts'
import { HypertunaError, type ErrorCode } from '../../protocol/errors.ts'
import { decideFileResponse, errorResponse, preflightHeaders } from '../../protocol/http-file.ts'
import type { ServedFile } from '../../protocol/http-file.ts'
import type { Drive } from '../files/drive.ts'
import type { Log } from '../log.ts'
import { isPrivate } from '../relays/relay-files.ts'
import type { RelayFiles } from '../relays/relay-files.ts'
import { signerOf } from './authorization.ts'
import { Capabilities } from './capability.ts'
import { admitLocal, headerOf, HOST, isLoopbackOrigin } from './loopback.ts'

export interface LocalServerOptions {
  /** Where to listen; the next ones are tried when it is taken. 0 for any. */
  port: number
  find: (publicIdentifier: string) => RelayFiles | null
  drive: Pick<Drive, 'entry' | 'getFile'>
  /** The relays' sockets, on the same port. */
  nostr?: LocalSockets
  log: Log
}

export interface LocalSockets {
  /** Takes the server's upgrades. */
  attach(server: HTTPServer, port: number): void
  /** Answers a request for one of its addresses; false when it is none. */
  answer(req: HTTPIncomingMessage, res: HTTPServerResponse): boolean
}

const TRIES = 16
const MAX_URL = 2048
const MAX_CONNECTIONS = 256
const METHODS = ['GET', 'HEAD', 'OPTIONS']

const STATUS: Partial<Record<ErrorCode, number>> = {
  BAD_REQUEST: 400,
  UNPROVEN: 401,
  FORBIDDEN: 403,
  NOT_MEMBER: 403,
  UNKNOWN_RELAY: 404,
  NOT_IN_RELAY: 404,
  UNKNOWN_FILE: 404,
  DELETED: 410,
  NOT_HELD: 503
}

/** Further headers of an answer that is no file. */
const MORE: Record<number, Record<string, string>> = {
  401: { 'WWW-Authenticate': 'Nostr' },
  503: { 'Retry-After': '5' }
}

/**
 * Serves the files of the own drive to programs of this computer, above all to
 * the UI's pictures and videos: `GET, HEAD /drive/:publicIdentifier/:file`, on
 * loopback alone. Pages of the web are kept out: by the name they reached us
 * under (Host), by what the browser says of them (Origin, Sec-Fetch-Site). Files
 * of private relays are for who has a link of ours (`?cap=`) or signs as a member.
 */
export class LocalServer extends ReadyResource {
  /** Where it listens, once ready. */
  port = 0
  readonly #capabilities = new Capabilities()
  readonly #options: LocalServerOptions
  #server: HTTPServer | null = null

  constructor(options: LocalServerOptions) {
    super()
    this.#options = options
  }

  /** @throws {HypertunaError} PORT_IN_USE when none of the ports tried is free */
  protected override async _open(): Promise<void> {
    const { port, log } = this.#options
    const last = port === 0 ? 0 : Math.min(65535, port + TRIES - 1)
    for (let next = port; next <= last && this.#server === null; next++) {
      this.#server = await listen(next)
    }
    this.#server ??= await listen(0)
    if (this.#server === null) {
      throw new HypertunaError('PORT_IN_USE', `No port from ${port} to ${last} is free`)
    }
    this.port = this.#server.address()?.port ?? 0
    this.#server.on('request', (req, res) => {
      this.#handle(req, res).catch((err: unknown) => {
        log('local-answer-failed', { error: err })
        res.destroy()
      })
    })
    this.#options.nostr?.attach(this.#server, this.port)
    log('local-server-ready', { port: this.port })
  }

  /** What to put behind `?cap=` in a link to a private relay's file. It is a secret for hours. */
  capabilityFor(relayKey: string): string {
    return this.#capabilities.capabilityFor(relayKey)
  }

  protected override async _close(): Promise<void> {
    const server = this.#server
    if (server === null) return
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeAllConnections()
    await closed
  }

  async #handle(req: HTTPIncomingMessage, res: HTTPServerResponse): Promise<void> {
    const origin = headerOf(req, 'origin')
    try {
      admitLocal(req, this.port)
      if (this.#options.nostr?.answer(req, res) === true) return
      await this.#serve(req, res)
    } catch (err) {
      const error = HypertunaError.from(err)
      const status = STATUS[error.code] ?? 500
      if (status === 500) this.#options.log('local-request-failed', { error })
      if (res.headersSent) {
        res.destroy() // a body that stops short must not look like a whole one
        return
      }
      const { code } = status === 500 ? { code: 'INTERNAL' } : error
      const message = status === 500 ? 'The file cannot be read; the log says why' : error.message
      const more = MORE[status] ?? {}
      send(res, status === 403 ? undefined : origin, errorResponse(status, code, message, more))
    }
  }

  async #serve(req: HTTPIncomingMessage, res: HTTPServerResponse): Promise<void> {
    const { find, drive } = this.#options
    const { method, url } = req
    const origin = headerOf(req, 'origin')
    if (url.length > MAX_URL) throw new HypertunaError('BAD_REQUEST', 'The address is too long')
    if (method === 'OPTIONS') {
      return send(res, origin, { status: 204, headers: preflightHeaders(METHODS), body: null })
    }
    if (!isDriveUrl(url)) {
      throw new HypertunaError('UNKNOWN_FILE', 'Files are at /drive/npub1…:alias/<sha256>')
    }
    if (method !== 'GET' && method !== 'HEAD') {
      const allow = { Allow: METHODS.join(', ') }
      const message = `Only ${METHODS.join(', ')} are answered here`
      return send(res, origin, errorResponse(405, 'BAD_REQUEST', message, allow))
    }
    const { publicIdentifier, hash, query } = parseDriveUrl(url)
    const relay = findRelay(find, publicIdentifier)
    if (isPrivate(relay)) await this.#authorize(req, relay, hash)
    const file = await findFile(relay, drive, hash)
    const headers = Object.fromEntries(Object.keys(req.headers).map((n) => [n, headerOf(req, n)]))
    const decision = decideFileResponse({ method, headers, query }, { ...file, hash })
    if (decision.range === null) return send(res, origin, decision)
    const { start, end } = decision.range
    res.writeHead(decision.status, localHeaders(decision.headers, origin))
    await sendBytes(res, drive.getFile(relay.relayKey, hash, { start, end }))
  }

  /** @throws {HypertunaError} UNPROVEN, NOT_MEMBER */
  async #authorize(req: HTTPIncomingMessage, relay: RelayFiles, hash: string): Promise<void> {
    const [, capability] = /[?&]cap=([^&#]*)/.exec(req.url) ?? []
    if (capability !== undefined) {
      if (this.#capabilities.admits(relay.relayKey, capability)) return
      throw new HypertunaError('UNPROVEN', 'This link has expired: open the group again')
    }
    const authorization = headerOf(req, 'authorization')
    if (authorization === undefined) {
      throw new HypertunaError('UNPROVEN', 'The files of a private group are for its members')
    }
    const host = headerOf(req, 'host') ?? ''
    const pubkey = signerOf(authorization, {
      method: req.method,
      url: `http://${host}${req.url}`,
      host: host.replace(/:\d+$/, ''),
      hash,
      now: Math.floor(Date.now() / 1000)
    })
    if (await relay.isMember(pubkey)) return
    throw new HypertunaError('NOT_MEMBER', 'The files of a private group are for its members')
  }
}

type Found = Omit<ServedFile, 'hash'>

/** @throws {HypertunaError} UNKNOWN_RELAY */
function findRelay(find: LocalServerOptions['find'], publicIdentifier: string): RelayFiles {
  const relay = find(publicIdentifier)
  if (relay === null) throw new HypertunaError('UNKNOWN_RELAY', 'That group is not one of yours')
  return relay
}

/** @throws {HypertunaError} NOT_IN_RELAY, DELETED, NOT_HELD */
async function findFile(
  relay: RelayFiles,
  drive: LocalServerOptions['drive'],
  hash: string
): Promise<Found> {
  const record = await relay.record(hash)
  if (record === null) {
    throw (await relay.isDeleted(hash))
      ? new HypertunaError('DELETED', 'The file was deleted from this group')
      : new HypertunaError('NOT_IN_RELAY', 'No live record of this group names the file')
  }
  const entry = await drive.entry(relay.relayKey, hash)
  if (entry === null) throw new HypertunaError('NOT_HELD', 'The file has not arrived here yet')
  const { mime, name } = record.file
  const access = isPrivate(relay) ? 'private' : relay.access
  return { size: entry.size, mime, name, access }
}

/** Null when the port is taken. */
function listen(port: number): Promise<HTTPServer | null> {
  const server = http.createServer({ maxConnections: MAX_CONNECTIONS, noDelay: true })
  return new Promise((resolve, reject) => {
    server.once('error', (err: unknown) => {
      const { code } = err as { code?: unknown }
      if (code === 'EADDRINUSE' || code === 'EACCES') resolve(null)
      else reject(HypertunaError.from(err))
    })
    server.listen(port, HOST, () => resolve(server))
  })
}

function send(
  res: HTTPServerResponse,
  origin: string | undefined,
  answer: { status: number; headers: Record<string, string>; body: string | null }
): void {
  res.writeHead(answer.status as 200, localHeaders(answer.headers, origin))
  if (answer.body === null) res.end()
  else res.end(answer.body)
}

/** Only the page that asked may read the answer, and no other site may show it. */
function localHeaders(
  headers: Record<string, string>,
  origin: string | undefined
): Record<string, string> {
  const { 'Access-Control-Allow-Origin': _, ...rest } = headers
  const local = { ...rest, 'Cross-Origin-Resource-Policy': 'same-site', Vary: 'Origin' }
  if (origin === undefined || !isLoopbackOrigin(origin)) return local
  return { ...local, 'Access-Control-Allow-Origin': origin }
}

async function sendBytes(
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
