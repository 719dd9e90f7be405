/** Who may speak to a server of this computer: its programs, and no page of the web. */
import type { HTTPIncomingMessage } from 'bare-http1'

import { HypertunaError } from '../../protocol/errors.ts'

export const HOST = '127.0.0.1'

const LOOPBACK = /^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/

export const isLoopbackOrigin = (origin: string): boolean => LOOPBACK.test(origin)

/** The names under which a port of this computer is reached. */
export const hostsOf = (port: number): string[] =>
  [HOST, 'localhost', '[::1]'].map((name) => `${name}:${port}`)

/**
 * Lets in who reached us under our own name and is no page of the web.
 * @throws {HypertunaError} FORBIDDEN
 */
export function admitLocal(req: HTTPIncomingMessage, port: number): void {
  const host = headerOf(req, 'host')
  if (host === undefined || !hostsOf(port).includes(host)) {
    throw new HypertunaError('FORBIDDEN', 'This server is reached as 127.0.0.1 alone')
  }
  const origin = headerOf(req, 'origin')
  const site = headerOf(req, 'sec-fetch-site')
  if (site === 'cross-site' || (origin !== undefined && !isLoopbackOrigin(origin))) {
    throw new HypertunaError('FORBIDDEN', 'Pages of the web cannot read from this computer')
  }
}

export function headerOf(req: HTTPIncomingMessage, name: string): string | undefined {
  const value = req.headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}
