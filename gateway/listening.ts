import http from 'bare-http1'
import type { HTTPServer } from 'bare-http1'
import https from 'bare-https'
import { HypertunaError } from '../protocol/errors.ts'
import type { GatewayConfig } from './config.ts'
import type { Log } from './log.ts'
import { readTls } from './tls.ts'
import { watchFiles } from './watched.ts'

/** With TLS, connections that come after the files have changed get what is in them then. */
export async function createServer(
  tls: GatewayConfig['tls'],
  options: http.HTTPServerOptions,
  log: Log
): Promise<{ server: HTTPServer; stop: () => void }> {
  if (tls === null) return { server: http.createServer(options), stop: () => {} }
  const settings = { ...options, ...(await readTls(tls)) }
  const reload = async (): Promise<void> => {
    Object.assign(settings, await readTls(tls)) // the server reads it for each connection
    log('certificate read again', { cert: tls.cert })
  }
  return {
    server: https.createServer(settings),
    stop: watchFiles([tls.cert, tls.key], reload, { log })
  }
}

/**
 * @returns the port
 * @throws {HypertunaError} PORT_IN_USE, BAD_CONFIG
 */
export function listen(server: HTTPServer, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (err: unknown) => {
      const taken = (err as { code?: unknown }).code === 'EADDRINUSE'
      reject(
        taken
          ? new HypertunaError('PORT_IN_USE', `Port ${port} is taken; choose another with --port`)
          : new HypertunaError('BAD_CONFIG', `Cannot listen on ${host}:${port}: ${reason(err)}`)
      )
    })
    server.listen(port, host, () => resolve(server.address()?.port ?? port))
  })
}

function reason(err: unknown): string {
  const { code, message } = err as { code?: unknown; message?: unknown }
  if (code === 'EACCES') return 'this user may not use that port'
  if (code === 'EADDRNOTAVAIL') return 'this computer has no such address'
  return String(message ?? err)
}
