import type { HTTPIncomingMessage, HTTPServer, HTTPServerResponse } from 'bare-http1'
import ReadyResource from 'ready-resource'
import { blossomStatus, parseBlossomPath, type BlossomPath } from '../../protocol/blossom.ts'
import { isDriveUrl, parseDriveUrl, type DriveUrl } from '../../protocol/drive-url.ts'
import { HypertunaError, type ErrorCode } from '../../protocol/errors.ts'
import { drainBody } from '../../protocol/http-body.ts'
import { decideFileResponse, errorResponse, preflightHeaders } from '../../protocol/http-file.ts'
import type { ServedFile } from '../../protocol/http-file.ts'
import type { Drive } from '../files/drive.ts'
import type { Log } from '../log.ts'
import { isPrivate } from '../relays/relay-files.ts'
import type { RelayFiles } from '../relays/relay-files.ts'
import { signerOf } from './authorization.ts'
import { listen, localHeaders, send, sendBytes } from './local-answers.ts'
import { answerBlossom } from './local-blossom.ts'
import { Capabilities } from './capability.ts'
import type { Uploads } from './uploads.ts'
import { admitLocal, headerOf } from './loopback.ts'

export interface LocalServerOptions {
  /** Where to listen; the next ones are tried when it is taken. 0 for any. */
  port: number
  find: (publicIdentifier: string) => RelayFiles | null
  /** Every relay's, for files of which only the hash is known. */
  all?: () => Iterable<RelayFiles>
  drive: Pick<Drive, 'entry' | 'getFile'>
  /** What members bring; null where nothing is taken. */
  uploads?: Uploads | null
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
const METHODS = ['GET', 'HEAD', 'OPTIONS']
const UPLOAD_METHODS = ['PUT', 'HEAD', 'OPTIONS']
const BLOB_METHODS = ['GET', 'HEAD', 'DELETE', 'OPTIONS']

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
    const blossom = parseBlossomPath(url.replace(/\?.*$/s, ''))
    const methods = methodsOf(blossom)
    if (method === 'OPTIONS') {
      return send(res, origin, { status: 204, headers: preflightHeaders(methods), body: null })
    }
    if ((blossom === null || blossom.verb === 'mirror') && !isDriveUrl(url)) {
      throw new HypertunaError('UNKNOWN_FILE', 'Files are at /drive/npub1…:alias/<sha256>')
    }
    if (!methods.includes(method)) {
      const allow = { Allow: methods.join(', ') }
      const message = `Only ${methods.join(', ')} are answered here`
      return send(res, origin, errorResponse(405, 'BAD_REQUEST', message, allow))
    }
    if (blossom !== null && (blossom.hash === null || method === 'DELETE')) {
      return this.#write(req, res, blossom)
    }
    const { publicIdentifier, hash, query } = await this.#fileOf(req, blossom)
    const relay = findRelay(find, publicIdentifier)
    if (isPrivate(relay)) await this.#authorize(req, relay, hash)
    const file = await this.#find(relay, hash)
    const headers = Object.fromEntries(Object.keys(req.headers).map((n) => [n, headerOf(req, n)]))
    const decision = decideFileResponse({ method, headers, query }, { ...file, hash })
    if (decision.range === null) return send(res, origin, decision)
    const { start, end } = decision.range
    res.writeHead(decision.status, localHeaders(decision.headers, origin))
    await sendBytes(res, drive.getFile(relay.relayKey, hash, { start, end }))
  }

  /** A file of a relay, also one that waits for the event that names it. */
  async #find(relay: RelayFiles, hash: string): Promise<Found> {
    const { drive, uploads } = this.#options
    const held = (await relay.record(hash)) === null ? await uploads?.held(relay, hash) : null
    if (held) {
      const access = isPrivate(relay) ? 'private' : relay.access
      return { size: held.size, mime: held.mime, name: null, access }
    }
    return findFile(relay, drive, hash)
  }

  /** The file that an address names; at the root it is sought in all groups. */
  async #fileOf(req: HTTPIncomingMessage, blossom: BlossomPath | null): Promise<DriveUrl> {
    if (blossom === null || blossom.hash === null) return parseDriveUrl(req.url)
    const { hash, publicIdentifier } = blossom
    const query = { download: false }
    if (publicIdentifier !== null) return { publicIdentifier, hash, query }
    for (const relay of this.#options.all?.() ?? []) {
      // Without proving something nobody learns what is in a private group.
      if ((await relay.record(hash)) === null) continue
      if (isPrivate(relay) && !(await this.#isAuthorized(req, relay, hash))) continue
      return { publicIdentifier: relay.publicIdentifier, hash, query }
    }
    throw new HypertunaError('NOT_IN_RELAY', 'None of your groups has such a file')
  }

  async #write(
    req: HTTPIncomingMessage,
    res: HTTPServerResponse,
    named: BlossomPath
  ): Promise<void> {
    const { uploads = null, find } = this.#options
    const origin = headerOf(req, 'origin')
    try {
      const { publicIdentifier } = named
      if (publicIdentifier === null || uploads === null) {
        throw new HypertunaError('UNKNOWN_FILE', 'Name the group: /npub1…:alias/upload')
      }
      const relay = findRelay(find, publicIdentifier)
      send(res, origin, await answerBlossom(req, named, { relay, uploads }))
    } catch (err) {
      const error = HypertunaError.from(err)
      const status = blossomStatus(error)
      if (status === 500) throw error
      const headers = { ...MORE[status], Connection: 'close' }
      send(res, origin, errorResponse(status, error.code, error.message, headers))
      drainBody(req)
    }
  }

  async #isAuthorized(req: HTTPIncomingMessage, relay: RelayFiles, hash: string): Promise<boolean> {
    try {
      await this.#authorize(req, relay, hash)
      return true
    } catch (err) {
      if (['UNPROVEN', 'NOT_MEMBER'].includes(HypertunaError.from(err).code)) return false
      throw err
    }
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

/** What is answered at an address; mirrors are made by gateways alone. */
function methodsOf(blossom: BlossomPath | null): string[] {
  if (blossom === null || blossom.verb === 'mirror') return METHODS
  return blossom.verb === 'blob' ? BLOB_METHODS : UPLOAD_METHODS
}

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
