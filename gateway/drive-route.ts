import type { HTTPServerResponse } from 'bare-http1'
import { againstRequest, readAuthorization } from '../protocol/authorization.ts'
import { HypertunaError } from '../protocol/errors.ts'
import { parseDriveUrl, type DriveUrl } from '../protocol/drive-url.ts'
import { decideFileResponse, type FileResponse } from '../protocol/http-file.ts'
import type { NostrEvent } from '../protocol/nostr.ts'
import { sendAnswer, sendBody, sendNotCached } from './answers.ts'
import type { FileClient, OpenFile } from './file-client.ts'
import type { Block } from './fetch-range.ts'
import { HOT_BODY } from './hot.ts'
import type { GatewayLimits } from './limits.ts'
import type { Metrics } from './metrics.ts'
import type { GatewayRequest } from './routes.ts'

export interface DriveOptions {
  files: FileClient
  limits: GatewayLimits
  metrics: Metrics
}

/**
 * `GET, HEAD /drive/:publicIdentifier/:file`.
 *
 * @throws {HypertunaError} BAD_REQUEST, or what `serveFile` throws
 */
export async function serveDrive(
  request: GatewayRequest,
  res: HTTPServerResponse,
  options: DriveOptions
): Promise<void> {
  const { publicIdentifier, hash, query } = parseDriveUrl(request.url)
  await serveFile(request, res, { ...options, publicIdentifier, hash, query })
}

/**
 * One file of one relay, for any address it may be found at.
 *
 * The first block is fetched and checked before the headers leave, so that
 * whatever goes wrong until then has a status of its own.
 *
 * @throws {HypertunaError} FORBIDDEN, UNAUTHORIZED, or what FileClient throws
 */
export async function serveFile(
  request: GatewayRequest,
  res: HTTPServerResponse,
  options: DriveOptions & DriveUrl
): Promise<void> {
  const { files, limits, metrics, publicIdentifier, hash, query } = options
  const { signal, onbegun } = request
  const authorize = (): NostrEvent => authorizationOf(request)
  const cached = onlyIfCached(request)
  const file = cached
    ? await files.openCached(publicIdentifier, hash, signal)
    : await files.open(publicIdentifier, hash, { authorize, signal })
  if (file === null) return sendNotCached(res)
  try {
    const { record, isPrivate } = file
    const access = isPrivate ? 'private' : 'open'
    const decision = decideFileResponse(
      { method: request.method, headers: request.headers, query },
      { hash, size: record.size, mime: record.mime, name: record.name, access }
    )
    if (cached && !(await isWhole(file, decision))) return sendNotCached(res)
    if (decision.range === null) {
      onbegun()
      return sendAnswer(res, { ...decision, body: decision.body ?? '' })
    }
    const source = file.read(decision.range.start, decision.range.end)
    try {
      const first = await source.next()
      onbegun()
      keepHot(request, { file, first, decision, files })
      res.writeHead(decision.status, decision.headers)
      const onbytes = (bytes: number): void => metrics.sent(bytes)
      await sendBody(res, first, { source, file }, { slow: limits.slowClient, signal, onbytes })
    } finally {
      await source.return(undefined)
    }
  } finally {
    file.close()
  }
}

/** A small file that came whole is answered from memory when it is asked for again. */
function keepHot(
  { url, method, headers }: GatewayRequest,
  answer: {
    file: OpenFile
    first: IteratorResult<Block>
    decision: FileResponse
    files: FileClient
  }
): void {
  const { file, first, decision, files } = answer
  const { named } = file
  if (named === null || method !== 'GET' || decision.status !== 200 || first.done === true) return
  const size = first.value.reduce((sum, { byteLength }) => sum + byteLength, 0)
  if (size !== file.record.size || size > HOT_BODY || headers['authorization'] !== undefined) return
  files.hot.set(url, { named, headers: decision.headers, body: Buffer.concat(first.value) })
}

/** RFC 9111, 5.2.1.7. */
function onlyIfCached({ headers }: GatewayRequest): boolean {
  const directives = headers['cache-control']?.toLowerCase().split(',') ?? []
  return directives.some((directive) => directive.trim() === 'only-if-cached')
}

/** Whether all that an answer needs is here; HEAD needs what GET would send. */
function isWhole(file: OpenFile, { status, headers, range }: FileResponse): Promise<boolean> {
  if (range !== null) return file.isCached(range.start, range.end)
  if (status === 200) return file.isCached(0, Number(headers['Content-Length']))
  return Promise.resolve(true)
}

/**
 * What a member signed for this request. Whether it lets the file go is for another
 * member to say, who knows them.
 *
 * @throws {HypertunaError} UNAUTHORIZED without any, FORBIDDEN for one that is not for us
 */
export function authorizationOf({ method, url, headers }: GatewayRequest): NostrEvent {
  const { authorization, host = '' } = headers
  if (authorization === undefined) {
    const message = 'This group is private: a member has to authorize the request'
    throw new HypertunaError('UNAUTHORIZED', message)
  }
  const event = readHeader(authorization)
  // Behind a proxy only the client knows whether it came by HTTPS.
  const urls = ['http', 'https'].map((scheme) => `${scheme}://${host}${url}`)
  const asked = { method, urls, host: host.replace(/:\d+$/, '') }
  const wrong = againstRequest(event, asked)
  if (wrong !== null) throw new HypertunaError('FORBIDDEN', wrong)
  return event
}

function readHeader(authorization: string): NostrEvent {
  try {
    return readAuthorization(authorization)
  } catch (err) {
    throw new HypertunaError('UNAUTHORIZED', HypertunaError.from(err).message)
  }
}
