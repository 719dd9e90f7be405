import http from 'bare-http1'
import type { HTTPIncomingMessage } from 'bare-http1'
import { HypertunaError } from '../protocol/errors.ts'
import type { Proxies } from './proxies.ts'
import type { GatewayRequest } from './routes.ts'
import { isLocal } from './visitors.ts'

const MAX_URL = 2048

/** Other protocols than WebSocket are offered (`h2c`) by clients that are well served without. */
export class Incoming extends http.IncomingMessage {
  constructor(...args: ConstructorParameters<typeof http.IncomingMessage>) {
    const headers = args[1]?.headers
    if (headers !== undefined && String(headers['upgrade']).toLowerCase() !== 'websocket') {
      delete headers['upgrade']
    }
    super(...args)
  }
}

/**
 * What a request is, before anything is done about it.
 *
 * @param options.tls - whether we speak TLS ourselves
 * @throws {HypertunaError} BAD_REQUEST
 */
export function readRequest(
  req: HTTPIncomingMessage,
  { proxies, tls }: { proxies: Proxies; tls: boolean }
): Omit<GatewayRequest, 'signal' | 'onbegun'> {
  const { method } = req
  const { url, host } = targetOf(req.url)
  if (!url.startsWith('/') || url.length > MAX_URL) {
    const message = `An address begins with / and is at most ${MAX_URL} long`
    throw new HypertunaError('BAD_REQUEST', message)
  }
  const mark = url.indexOf('?')
  const path = mark === -1 ? url : url.slice(0, mark)
  const headers = readHeaders(req)
  checkHost(headers['host'], req.httpVersion)
  if (host !== null) {
    checkHost(host, req.httpVersion)
    headers['host'] = host
  }
  const address = proxies.addressOf(req)
  const vouched = proxies.vouches(req)
  const secure = tls || (vouched && headers['x-forwarded-proto'] === 'https')
  // Who comes by way of a proxy that nobody told us of may be anywhere.
  const local = isLocal(address) && (vouched || headers['x-forwarded-for'] === undefined)
  return { method, url, path, headers, address, local, secure, message: req }
}

/** `http://host/path` asks for the same as `/path` of that host does (RFC 9112, 3.2.2). */
function targetOf(target: string): { url: string; host: string | null } {
  const [, host, rest = ''] = /^https?:\/\/([^/?#]+)([/?].*)?$/i.exec(target) ?? []
  if (host === undefined) return { url: target, host: null }
  return { url: rest.startsWith('/') ? rest : `/${rest}`, host }
}

/** RFC 9112, 3.2. It goes into addresses that are answered, so it is a host and nothing else. */
function checkHost(host: string | undefined, version: string): void {
  if (host === undefined && version === '1.0') return
  if (host === undefined) {
    throw new HypertunaError('BAD_REQUEST', 'A request names the host it is for')
  }
  if (!/^(?:[a-z0-9._-]*|\[[0-9a-f:.]+\])(?::\d{0,5})?$/i.test(host) || host.length > 260) {
    throw new HypertunaError('BAD_REQUEST', 'A host is a name or an address, and a port')
  }
}

function readHeaders(req: HTTPIncomingMessage): Record<string, string | undefined> {
  const headers: Record<string, string | undefined> = {}
  for (const [name, value] of Object.entries(req.headers)) {
    headers[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return headers
}
