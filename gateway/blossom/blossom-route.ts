/** Blossom at the gateway, at its root and below each group's address. */
import type { HTTPServerResponse } from 'bare-http1'
import { againstAct, againstRequest, readAuthorization } from '../../protocol/authorization.ts'
import {
  blossomStatus,
  BlossomRefusal,
  describeBlob,
  hashOf,
  MAX_UPLOAD,
  parseBlossomPath,
  readUpload,
  type AnnouncedUpload,
  type BlossomPath
} from '../../protocol/blossom.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import { fetchOrigin } from './fetch-origin.ts'
import { bodyOf, drainBody, readBody } from '../../protocol/http-body.ts'
import { errorResponse } from '../../protocol/http-file.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import { FileHasher } from '../../protocol/pieces.ts'
import { sendAnswer } from '../answers.ts'
import { authorizationOf, serveFile } from '../drive-route.ts'
import type { RelayPeers } from '../relay-peers.ts'
import type { GatewayRequest, Route, RouteParts } from '../routes.ts'
import { Finder } from './find.ts'
import { giveFile, removeFile } from './upload.ts'

const READ_METHODS = ['GET', 'HEAD']
/** BUD-01. */
const ALLOWED = [...READ_METHODS, 'PUT', 'DELETE']
const MAX_MIRROR_REQUEST = 8 * 1024

interface Serve {
  (request: GatewayRequest, res: HTTPServerResponse, named: BlossomPath): Promise<void>
}

/** The routes of Blossom. */
export function blossomRoutes(parts: RouteParts): Route[] {
  const blossom = new Blossom(parts)
  return [
    route('blob', [...READ_METHODS, 'DELETE'], ['blob'], (...at) => blossom.blob(...at)),
    route('upload', ['PUT', 'HEAD'], ['upload', 'media'], (...at) => blossom.upload(...at)),
    route('mirror', ['PUT'], ['mirror'], (...at) => blossom.mirror(...at))
  ]
}

function route(name: string, methods: string[], verbs: BlossomPath['verb'][], serve: Serve): Route {
  const read = (path: string): BlossomPath | null => {
    const named = parseBlossomPath(path)
    return named !== null && verbs.includes(named.verb) ? named : null
  }
  return {
    name,
    methods,
    allowed: ALLOWED,
    matches: (path) => read(path) !== null,
    serve: async (request, res) => {
      const named = read(request.path)
      if (named !== null) await serve(request, res, named)
    }
  }
}

class Blossom {
  readonly #parts: RouteParts
  readonly #finder: Finder

  constructor(parts: RouteParts) {
    const { files, peers, limits, rules } = parts
    this.#parts = parts
    this.#finder = new Finder({ files, peers, limits, given: () => rules.allowed ?? [] })
  }

  async blob(request: GatewayRequest, res: HTTPServerResponse, named: BlossomPath): Promise<void> {
    const hash = named.hash ?? ''
    if (request.method === 'DELETE') return this.#delete(request, res, named, hash)
    const { files, limits, metrics, rules } = this.#parts
    rules.check(named.publicIdentifier, hash)
    const authorize = (): NostrEvent => authorizationOf(request)
    const asked = { authorize, signal: request.signal }
    const publicIdentifier = named.publicIdentifier ?? (await this.#finder.find(hash, asked))
    const query = { download: false }
    await serveFile(request, res, { files, limits, metrics, publicIdentifier, hash, query })
  }

  async upload(
    request: GatewayRequest,
    res: HTTPServerResponse,
    named: BlossomPath
  ): Promise<void> {
    await this.#answer(request, res, async () => {
      const relay = this.#target(named)
      try {
        const event = authorOf(request)
        const { method, headers, message } = request
        const file = readUpload(method, headers, event)
        check(event, 'upload', file.hash)
        this.#parts.rules.check(relay.publicIdentifier, file.hash)
        if (method === 'HEAD') return await this.#would(request, res, relay, event)
        const source = bodyOf(message, this.#parts.limits.slowClient)
        await this.#give(request, res, { relay, event, file, source, named })
      } finally {
        this.#parts.peers.release(relay)
      }
    })
  }

  async mirror(
    request: GatewayRequest,
    res: HTTPServerResponse,
    named: BlossomPath
  ): Promise<void> {
    await this.#answer(request, res, async () => {
      const relay = this.#target(named)
      const { limits, rules, peers } = this.#parts
      try {
        const event = authorOf(request)
        const most = MAX_MIRROR_REQUEST
        const body = await readBody(request.message, { most, idle: limits.slowClient })
        const url = urlOf(body)
        // BUD-04: the last hash of the address, or else the one that is authorized.
        const hash = hashOf(event, /[0-9a-f]{64}(?!.*[0-9a-f]{64})/s.exec(url)?.[0])
        check(event, 'upload', hash)
        rules.check(relay.publicIdentifier, hash)
        await relay.proven(request.signal)
        if (!relay.membership.has(event.pubkey)) throw notMember() // before anything is fetched
        const admits = limits.mirrorAnywhere ? (): boolean => true : undefined
        const bounds = { most: MAX_UPLOAD, idle: limits.stall, signal: request.signal }
        const origin = await fetchOrigin(url, { ...bounds, ...(admits ? { admits } : {}) })
        try {
          const file = { hash, size: origin.size, mime: origin.mime }
          await this.#give(request, res, { relay, event, file, source: origin.body, named })
        } finally {
          origin.close()
        }
      } finally {
        peers.release(relay)
      }
    })
  }

  async #give(
    request: GatewayRequest,
    res: HTTPServerResponse,
    given: {
      relay: RelayPeers
      event: NostrEvent
      file: AnnouncedUpload
      source: AsyncIterable<Uint8Array>
      named: BlossomPath
    }
  ): Promise<void> {
    const { relay, event, file, source, named } = given
    const { limits } = this.#parts
    request.onbegun() // however long the client takes; it may not stop, though
    const options = { relay, event, limits, signal: request.signal }
    const hasher = new FileHasher()
    const stored = await giveFile(file, hashed(source, hasher), options)
    this.#finder.remember(file.hash, relay.publicIdentifier)
    this.#parts.files.arrived(relay.publicIdentifier, file.hash)
    const digest = hasher.size === file.size ? hasher.digest() : null // else it was known there
    const passed = digest?.hash === file.hash ? digest : null
    // The first who asks for it is not to wait until the whole is here again.
    if (passed !== null && !relay.membership.isPrivate) this.#parts.files.know(passed)
    const { size, mime, uploaded } = stored
    const base = baseOf(request, named)
    // Without the tree: its author would sign what a gateway alone has measured.
    const descriptor = describeBlob(base, { hash: file.hash, size, mime, uploaded })
    sendJson(res, stored.fresh ? 201 : 200, descriptor)
  }

  async #delete(
    request: GatewayRequest,
    res: HTTPServerResponse,
    named: BlossomPath,
    hash: string
  ): Promise<void> {
    await this.#answer(request, res, async () => {
      const relay = this.#target(named)
      try {
        const event = authorOf(request)
        check(event, 'delete', hash)
        const { limits } = this.#parts
        await removeFile(hash, { relay, event, limits, signal: request.signal })
        sendAnswer(res, { status: 204, headers: {} })
      } finally {
        this.#parts.peers.release(relay)
      }
    })
  }

  /** BUD-06: whether an upload would be taken, as far as that is known here. */
  async #would(
    { signal }: GatewayRequest,
    res: HTTPServerResponse,
    relay: RelayPeers,
    event: NostrEvent
  ): Promise<void> {
    await relay.proven(signal)
    if (!relay.membership.has(event.pubkey)) throw notMember()
    sendAnswer(res, { status: 200, headers: {} })
  }

  /** The group that is written to: the one that the address names, else the gateway's first. */
  #target({ publicIdentifier }: BlossomPath): RelayPeers {
    const { rules, peers } = this.#parts
    const target = publicIdentifier ?? rules.allowed?.[0]
    if (target === undefined) {
      const message = 'This gateway has no group of its own: use /npub1…:alias/upload'
      throw new HypertunaError('UNKNOWN_FILE', message)
    }
    rules.check(target, null)
    return peers.use(target)
  }

  /** Errors have other statuses here than where files are fetched. */
  async #answer(
    { message, signal }: GatewayRequest,
    res: HTTPServerResponse,
    work: () => Promise<void>
  ): Promise<void> {
    try {
      await work()
    } catch (err) {
      const error = HypertunaError.from(err)
      if (res.headersSent || error.code === 'CANCELLED') throw error
      const status = blossomStatus(error)
      if (status === 500) throw error // the log says why
      const headers: Record<string, string> = { Connection: 'close' }
      if (status === 401) headers['WWW-Authenticate'] = 'Nostr'
      if (status >= 502) headers['Retry-After'] = '10'
      sendAnswer(res, errorResponse(status, error.code, error.message, headers))
      if (!signal.aborted) drainBody(message)
    }
  }
}

async function* hashed(
  source: AsyncIterable<Uint8Array>,
  hasher: FileHasher
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    hasher.update(chunk)
    yield chunk
  }
}

function baseOf({ headers, secure }: GatewayRequest, { publicIdentifier }: BlossomPath): string {
  const root = `${secure ? 'https' : 'http'}://${headers['host'] ?? 'localhost'}`
  return publicIdentifier === null ? root : `${root}/${publicIdentifier}`
}

/** What the client shows, as far as only we can tell that it is for us. */
function authorOf(request: GatewayRequest): NostrEvent {
  const { authorization, host = '' } = request.headers
  if (authorization === undefined) {
    throw new HypertunaError('UNAUTHORIZED', 'A member has to authorize this')
  }
  const event = readAuthorization(authorization)
  const urls = ['http', 'https'].map((scheme) => `${scheme}://${host}${request.url}`)
  // A HEAD asks ahead of a PUT, with what is signed for that.
  const method = request.method === 'HEAD' ? 'PUT' : request.method
  const wrong = againstRequest(event, { method, urls, host: host.replace(/:\d+$/, '') })
  if (wrong !== null) throw new HypertunaError('UNAUTHORIZED', wrong)
  return event
}

function check(event: NostrEvent, verb: 'upload' | 'delete', hash: string): void {
  const wrong = againstAct(event, { verb, hash, now: Math.floor(Date.now() / 1000) })
  if (wrong !== null) throw new HypertunaError('UNAUTHORIZED', wrong)
}

function urlOf(body: Buffer): string {
  let url: unknown
  try {
    url = (JSON.parse(body.toString()) as { url?: unknown } | null)?.url
  } catch {
    // told below
  }
  if (typeof url === 'string') return url
  throw new BlossomRefusal(400, 'BAD_REQUEST', 'A mirror is asked for by { "url": "https://…" }')
}

function sendJson(res: HTTPServerResponse, status: number, value: object): void {
  const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }
  sendAnswer(res, { status, headers, body: `${JSON.stringify(value)}\n` })
}

const notMember = (): HypertunaError =>
  new HypertunaError('FORBIDDEN', 'Only members of this group bring files')
