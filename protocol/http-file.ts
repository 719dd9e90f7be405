/**
 * How a file is answered over HTTP: status, headers and which bytes, for the
 * gateway and the worker's loopback server alike. Pure; the caller has the bytes.
 */
import { mimeExtension, plainMime } from './mime.ts'
import { namesStrongly, namesWeakly, parseRange, trimBlanks, type ByteRange } from './http-range.ts'
import { sanitizeName, utf8Length } from './names.ts'

export { parseRange, type ByteRange } from './http-range.ts'

export interface FileRequest {
  /** GET or HEAD; the caller answers others with 405 */
  method: string
  /** by lowercase name */
  headers: Record<string, string | undefined>
  query: { download?: boolean; filename?: string }
}

export interface ServedFile {
  /** sha256, 64 lowercase hex */
  hash: string
  /** bytes */
  size: number
  mime: string | null
  name: string | null
  access: 'open' | 'closed' | 'private'
}

export interface FileResponse {
  status: 200 | 206 | 304 | 412 | 416
  headers: Record<string, string>
  /** the bytes to send; null for none: an empty file, and HEAD, whose headers are GET's */
  range: ByteRange | null
  /** what to send instead of bytes, JSON for 412 and 416; null for HEAD */
  body: string | null
}

export interface ErrorResponse {
  status: number
  headers: Record<string, string>
  body: string
}

const EXPOSED = [
  'Accept-Ranges',
  'Content-Disposition',
  'Content-Length',
  'Content-Range',
  'Content-Type',
  'ETag',
  'Retry-After',
  'X-Reason'
]

const CORS: Readonly<Record<string, string>> = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': EXPOSED.join(', ')
}

const INERT: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  // A browser's own page around an image or a video is under this too, hence its two sources.
  'Content-Security-Policy':
    "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'",
  'Cross-Origin-Resource-Policy': 'cross-origin'
}

// Shown in the browser; every other type is saved. No HTML, SVG, XML or script is
// here, and no PDF, because browsers refuse to show one in a sandbox.
const SHOWN = /^(?:image\/(?!svg)[a-z0-9.-]+|audio\/[a-z0-9.-]+|video\/[a-z0-9.-]+)$/
const SHOWN_TEXT = new Set(['text/plain', 'text/csv', 'text/markdown', 'application/json'])

const OCTETS = 'application/octet-stream'
const MAX_REASON = 200

/**
 * Decides the answer to GET or HEAD of a file that is there.
 *
 * Preconditions in the order of RFC 9110, 13.2.2. Files never change under
 * their hash, so there is a strong ETag and no Last-Modified; conditions on
 * dates are ignored, and `If-Range` with a date never holds. `Range` is for GET
 * alone (14.2). 412 and 416 come with a JSON body.
 */
export function decideFileResponse(request: FileRequest, file: ServedFile): FileResponse {
  const { headers } = request
  const ifMatch = headers['if-match']
  if (ifMatch !== undefined && !namesStrongly(ifMatch, file.hash)) {
    const failed = errorResponse(412, 'PRECONDITION_FAILED', 'The file has another ETag', {
      ETag: `"${file.hash}"`
    })
    return refusal(request, 412, failed)
  }
  const ifNoneMatch = headers['if-none-match']
  if (ifNoneMatch !== undefined && namesWeakly(ifNoneMatch, file.hash)) {
    return { status: 304, headers: unchangedHeaders(file), range: null, body: null }
  }
  const range = wantedRange(request, file)
  if (range === 'unsatisfiable') {
    const message = `The file has ${file.size} bytes; ask for some of these`
    const failed = errorResponse(416, 'RANGE_NOT_SATISFIABLE', message, {
      'Content-Range': `bytes */${file.size}`
    })
    return refusal(request, 416, failed)
  }
  const whole = range === 'none'
  const { start, end } = whole ? { start: 0, end: file.size } : range
  const response: FileResponse = {
    status: whole ? 200 : 206,
    headers: fileHeaders(request, file),
    range: request.method === 'HEAD' || start === end ? null : { start, end },
    body: null
  }
  response.headers['Content-Length'] = String(end - start)
  if (!whole) response.headers['Content-Range'] = `bytes ${start}-${end - 1}/${file.size}`
  return response
}

/**
 * An answer that is no file: `{ error: { code, message } }`, never stored, with
 * the message also in `X-Reason`.
 *
 * @param extraHeaders - such as `Allow` or `Retry-After`
 */
export function errorResponse(
  status: number,
  code: string,
  message: string,
  extraHeaders: Record<string, string> = {}
): ErrorResponse {
  const body = `${JSON.stringify({ error: { code, message } })}\n`
  return {
    status,
    headers: {
      ...CORS,
      ...INERT,
      'Content-Type': 'application/json',
      'Content-Length': String(utf8Length(body.toWellFormed())),
      'Cache-Control': 'no-store',
      'X-Reason': headerText(message),
      ...extraHeaders
    },
    body
  }
}

/** The headers that let any page read an answer. On every answer, errors too. */
export function corsHeaders(): Record<string, string> {
  return { ...CORS }
}

/**
 * The answer to OPTIONS, status 204.
 *
 * @param methods - those of the route
 */
export function preflightHeaders(methods: string[]): Record<string, string> {
  return {
    ...CORS,
    Allow: methods.join(', '),
    'Access-Control-Allow-Methods': methods.join(', '),
    'Access-Control-Allow-Headers': 'Authorization, Range, If-Match, If-None-Match, If-Range, *',
    'Access-Control-Max-Age': '86400'
  }
}

/**
 * The headers that keep a member's file from acting in a browser; what a browser
 * could run, or is not known to be harmless, is an attachment.
 */
export function inertHeaders(mime: string | null): Record<string, string> {
  return isShown(mime) ? { ...INERT } : { ...INERT, 'Content-Disposition': 'attachment' }
}

function wantedRange(
  { method, headers }: FileRequest,
  { size, hash }: ServedFile
): 'none' | 'unsatisfiable' | ByteRange {
  if (method !== 'GET') return 'none'
  const ifRange = headers['if-range']
  // 13.1.5: only our own strong tag holds; a weak tag, a list and a date do not.
  if (ifRange !== undefined && trimBlanks(ifRange) !== `"${hash}"`) return 'none'
  return parseRange(headers['range'], size)
}

function refusal(request: FileRequest, status: 412 | 416, failed: ErrorResponse): FileResponse {
  const body = request.method === 'HEAD' ? null : failed.body
  return { status, headers: failed.headers, range: null, body }
}

/** What 304 must repeat of 200 (15.4.5), and what every answer has. */
function unchangedHeaders(file: ServedFile): Record<string, string> {
  const reach = file.access === 'private' ? 'private' : 'public'
  return {
    ...CORS,
    ...INERT,
    ETag: `"${file.hash}"`,
    'Cache-Control': `${reach}, max-age=31536000, immutable`
  }
}

function fileHeaders({ query }: FileRequest, file: ServedFile): Record<string, string> {
  const mime = plainMime(file.mime)
  const saved = query.download === true || !isShown(mime)
  return {
    ...unchangedHeaders(file),
    'Content-Type': contentType(mime),
    'Accept-Ranges': 'bytes',
    'Content-Disposition': disposition(saved, fileName(query.filename, file))
  }
}

// Without a charset browsers still take text for windows-1252, and nosniff keeps them to it.
function contentType(mime: string | null): string {
  if (mime === null) return OCTETS
  return mime.startsWith('text/') ? `${mime}; charset=utf-8` : mime
}

function isShown(mime: string | null): boolean {
  const plain = plainMime(mime)
  return plain !== null && (SHOWN.test(plain) || SHOWN_TEXT.has(plain))
}

function fileName(asked: string | undefined, { name, hash, mime }: ServedFile): string {
  const given = asked !== undefined && asked !== '' ? asked : name
  if (given !== null) return sanitizeName(given)
  const ext = mimeExtension(mime)
  return ext === null ? hash : `${hash}.${ext}`
}

/** RFC 6266: a plain name for old clients, then the true one, which wins where it is known. */
function disposition(saved: boolean, name: string): string {
  const plain = name.toWellFormed().replace(/[^\x20-\x7e]/gu, '_')
  const quoted = plain.replace(/["\\%]/g, '_')
  const full = encodeURIComponent(name.toWellFormed()).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`
  )
  return `${saved ? 'attachment' : 'inline'}; filename="${quoted}"; filename*=UTF-8''${full}`
}

/** One line of visible ASCII, so that no message can end a header. */
function headerText(message: string): string {
  const plain = message.normalize('NFKD').replace(/\p{M}+/gu, '')
  return plain
    .replace(/[^\x21-\x7e]+/g, ' ')
    .trim()
    .slice(0, MAX_REASON)
}
