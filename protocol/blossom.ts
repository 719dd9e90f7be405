/**
 * Blossom over HTTP, for the gateway and the worker's loopback server alike: its
 * addresses, what a request has to say, what is answered. Pure.
 */
import { extensionFor, isHex32, parseFileName, type Hex32 } from './ids.ts'
import { HypertunaError, type ErrorCode } from './errors.ts'
import { plainMime } from './mime.ts'
import { tagValue, tagValues } from './nostr.ts'
import type { NostrEvent } from './nostr.ts'
import { relayOfPath } from './relay-address.ts'

/** Bytes of the largest file that is taken by HTTP. */
export const MAX_UPLOAD = 4 * 1024 * 1024 * 1024

/** What an address names. */
export interface BlossomPath {
  /** The group; null at the server's root. */
  publicIdentifier: string | null
  verb: 'blob' | 'upload' | 'mirror' | 'media'
  /** Of a blob. */
  hash: Hex32 | null
}

const VERBS: ReadonlySet<string> = new Set(['upload', 'mirror', 'media'])

/**
 * `/upload`, `/mirror`, `/media`, `/<hash>[.ext]`, each also below `/npub1…:alias`; null for
 * anything else. @param path without a query
 */
export function parseBlossomPath(path: string): BlossomPath | null {
  const slash = path.lastIndexOf('/')
  const base = path.slice(0, slash)
  const last = path.slice(slash + 1)
  const publicIdentifier = base === '' ? null : relayOfPath(base)
  if (slash === -1 || (base !== '' && publicIdentifier === null)) return null
  if (VERBS.has(last)) {
    return { publicIdentifier, verb: last as BlossomPath['verb'], hash: null }
  }
  if (!/^[0-9a-f]{64}(?:\.|$)/.test(last)) return null
  try {
    return { publicIdentifier, verb: 'blob', hash: parseFileName(last).hash }
  } catch (err) {
    if (HypertunaError.from(err).code === 'BAD_REQUEST') return null
    throw err
  }
}

/** Why a request is refused, with the status that says so. */
export class BlossomRefusal extends HypertunaError {
  readonly status: number

  constructor(status: number, code: ErrorCode, message: string) {
    super(code, message)
    this.status = status
  }
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  BAD_REQUEST: 400,
  TRUNCATED: 400,
  UNAUTHORIZED: 401,
  UNPROVEN: 401,
  FORBIDDEN: 403,
  NOT_MEMBER: 403,
  NOT_ALLOWED: 403,
  UNKNOWN_RELAY: 404,
  UNKNOWN_FILE: 404,
  NOT_IN_RELAY: 404,
  HASH_MISMATCH: 409,
  DELETED: 410,
  TOO_LARGE: 413,
  BLOCKED: 451,
  SOURCE_UNREADABLE: 502,
  NOBODY_ONLINE: 503,
  NOT_HELD: 503,
  BUSY: 503,
  CLOSED: 503,
  UNSUPPORTED: 503,
  STORAGE: 503,
  STORAGE_FULL: 507,
  TIMEOUT: 504
}

/** The status that tells of an error while something is uploaded or deleted. */
export function blossomStatus(error: HypertunaError): number {
  if (error instanceof BlossomRefusal) return error.status
  return STATUS[error.code] ?? 500
}

/** What is known of a file before its bytes come. */
export interface AnnouncedUpload {
  hash: Hex32
  /** Bytes. */
  size: number
  mime: string | null
}

/**
 * What is about to come, by headers and authorization: `PUT /upload` by its own headers,
 * `HEAD /upload` by `X-SHA-256`, `X-Content-Length` and `X-Content-Type` (BUD-06).
 *
 * @throws {BlossomRefusal} 400, 409, 411, 413, 415
 */
export function readUpload(
  method: string,
  headers: Record<string, string | undefined>,
  event: NostrEvent
): AnnouncedUpload {
  const ahead = method === 'HEAD'
  const length = headers[ahead ? 'x-content-length' : 'content-length']
  const type = headers[ahead ? 'x-content-type' : 'content-type']
  if (length === undefined) {
    throw new BlossomRefusal(411, 'BAD_REQUEST', 'How long the file is has to be said before')
  }
  if (!/^\d{1,15}$/.test(length)) {
    throw new BlossomRefusal(400, 'BAD_REQUEST', 'A length is a number of bytes')
  }
  const size = Number(length)
  if (size > MAX_UPLOAD) {
    throw new BlossomRefusal(413, 'TOO_LARGE', `A file has at most ${MAX_UPLOAD} bytes here`)
  }
  const mime = plainMime(type)
  if (type !== undefined && mime === null) {
    throw new BlossomRefusal(415, 'BAD_REQUEST', 'That is no content type')
  }
  return { hash: hashOf(event, headers['x-sha-256']), size, mime }
}

/** The file that an upload is of: one that the authorization names. */
export function hashOf(event: NostrEvent, claimed: string | undefined): Hex32 {
  const named = [...tagValues(event, 'x'), tagValue(event, 'payload')].filter(isHex32)
  if (claimed !== undefined) {
    if (!isHex32(claimed)) throw new BlossomRefusal(400, 'BAD_REQUEST', 'X-SHA-256 is no hash')
    if (named.includes(claimed)) return claimed
    throw new BlossomRefusal(409, 'HASH_MISMATCH', 'The authorization names another file')
  }
  const [only, ...more] = named
  if (only === undefined) {
    throw new BlossomRefusal(403, 'FORBIDDEN', 'The authorization names no file')
  }
  if (more.length === 0) return only
  const message = 'The authorization names several files: say which by X-SHA-256'
  throw new BlossomRefusal(400, 'BAD_REQUEST', message)
}

/**
 * BUD-02's descriptor of a file, with BUD-08's tags. Programs copy these into the event by
 * which their user publishes the file: so a tree comes to be signed by its author.
 *
 * @param file.piecesRoot - of the tree, where the author's own computer has measured it. From
 *   anybody else it may be of other bytes, that others would then be served in parts
 */
export function describeBlob(
  base: string,
  file: {
    hash: Hex32
    size: number
    mime: string | null
    uploaded: number
    piecesRoot?: string | null
  }
): object {
  const { hash, size, mime, uploaded, piecesRoot = null } = file
  const extension = extensionFor(mime, null) ?? 'bin'
  const url = `${base}/${hash}.${extension}`
  const type = mime ?? 'application/octet-stream'
  const nip94 = [
    ['url', url],
    ['m', type],
    ['x', hash],
    ['ox', hash],
    ['size', String(size)]
  ]
  if (isHex32(piecesRoot) && size > 0) nip94.push(['piecesRoot', piecesRoot])
  return { url, sha256: hash, size, type, uploaded, nip94 }
}
