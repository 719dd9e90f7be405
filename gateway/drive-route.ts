import type { HTTPServerResponse } from 'bare-http1'
import { againstRequest, readAuthorization } from '../protocol/authorization.ts'
import { HypertunaError } from '../protocol/errors.ts'
import { parseDriveUrl } from '../protocol/drive-url.ts'
import { decideFileResponse } from '../protocol/http-file.ts'
import type { NostrEvent } from '../protocol/nostr.ts'
import { sendAnswer, sendBody } from './answers.ts'
import type { FileClient } from './file-client.ts'
import type { GatewayLimits } from './limits.ts'
import type { GatewayRequest } from './routes.ts'

export interface DriveOptions {
  files: FileClient
  /** publicIdentifiers that may be asked for; null for any. */
  relays: ReadonlySet<string> | null
  limits: GatewayLimits
}

/**
 * `GET, HEAD /drive/:publicIdentifier/:file`.
 *
 * The first block is fetched and checked before the headers leave, so that
 * whatever goes wrong until then has a status of its own.
 *
 * @throws {HypertunaError} BAD_REQUEST, FORBIDDEN, UNAUTHORIZED, or what FileClient throws
 */
export async function serveDrive(
  request: GatewayRequest,
  res: HTTPServerResponse,
  options: DriveOptions
): Promise<void> {
  const { files, relays, limits } = options
  const { signal, onbegun } = request
  const { publicIdentifier, hash, query } = parseDriveUrl(request.url)
  if (relays !== null && !relays.has(publicIdentifier)) {
    throw new HypertunaError('FORBIDDEN', 'This gateway does not serve that relay')
  }
  const authorize = (): NostrEvent => authorizationOf(request)
  const file = await files.open(publicIdentifier, hash, { authorize, signal })
  try {
    const { record, isPrivate } = file
    const access = isPrivate ? 'private' : 'open'
    const decision = decideFileResponse(
      { method: request.method, headers: request.headers, query },
      { hash, size: record.size, mime: record.mime, name: record.name, access }
    )
    if (decision.range === null) {
      onbegun()
      return sendAnswer(res, { ...decision, body: decision.body ?? '' })
    }
    const source = file.read(decision.range.start, decision.range.end)
    try {
      const first = await source.next()
      onbegun()
      res.writeHead(decision.status, decision.headers)
      await sendBody(res, first, source, { slow: limits.slowClient, signal })
    } finally {
      await source.return(undefined)
    }
  } finally {
    file.close()
  }
}

/**
 * What a member signed for this request. Whether it lets the file go is for another
 * member to say, who knows them.
 *
 * @throws {HypertunaError} UNAUTHORIZED without any, FORBIDDEN for one that is not for us
 */
function authorizationOf({ method, url, headers }: GatewayRequest): NostrEvent {
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
