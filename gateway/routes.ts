import type { HTTPIncomingMessage, HTTPServerResponse } from 'bare-http1'
import { isDriveUrl } from '../protocol/drive-url.ts'
import { sendAnswer } from './answers.ts'
import type { GatewayConfig } from './config.ts'
import { serveDrive } from './drive-route.ts'
import type { FileClient } from './file-client.ts'
import type { GatewayLimits } from './limits.ts'
import type { Log } from './log.ts'
import type { Peers } from './peers.ts'
import { RelayRoute } from './relay-route.ts'

/** The connection a request came on: TCP, or TLS over it. */
export type Socket = NonNullable<HTTPIncomingMessage['socket']>

/** A request as the routes see it, within all bounds of the server. */
export interface GatewayRequest {
  method: string
  /** As it came, with the query. */
  url: string
  /** Without the query; nothing is decoded. */
  path: string
  /** By lowercase name. */
  headers: Record<string, string | undefined>
  /** The client's, as far as it is known. */
  address: string
  /** To read a body from. */
  message: HTTPIncomingMessage
  /** Aborted when the client is gone, the gateway closes, or no answer has begun in time. */
  signal: AbortSignal
  /** To be called when the answer begins: its deadline is over. */
  onbegun: () => void
}

/** A client that asks for another protocol on its connection (`Upgrade: websocket`). */
export type UpgradeRequest = Omit<GatewayRequest, 'onbegun'>

/**
 * One kind of address. What it throws becomes the answer (see `sendError`), or a
 * reset when the answer has begun. OPTIONS and other methods than its own are
 * answered before it is asked.
 */
export interface Route {
  /** As it is called in metrics and logs. */
  name: string
  methods: readonly string[]
  matches(path: string): boolean
  serve(request: GatewayRequest, res: HTTPServerResponse): Promise<void> | void
  /** The gateway closes: ends what still runs. */
  close?(): void
  /** Takes the connection over. What it throws is answered, and the connection closed. */
  upgrade?(request: UpgradeRequest, socket: Socket, head: Uint8Array): Promise<void> | void
}

/** What routes are made of. */
export interface RouteParts {
  config: GatewayConfig
  files: FileClient
  peers: Peers
  /** Ours, 64 hex, by which admins of private groups list us. */
  gatewayKey: string
  limits: GatewayLimits
  log: Log
}

const READ = ['GET', 'HEAD'] as const

/** Every route of the gateway; the first that matches a path answers. */
export function createRoutes(parts: RouteParts): Route[] {
  return [driveRoute(parts), healthRoute(parts), new RelayRoute(parts)]
}

function driveRoute({ config, files, limits }: RouteParts): Route {
  const relays = config.relays === null ? null : new Set(config.relays)
  return {
    name: 'drive',
    methods: READ,
    matches: isDriveUrl,
    serve: (request, res) => serveDrive(request, res, { files, relays, limits })
  }
}

function healthRoute({ gatewayKey }: RouteParts): Route {
  const body = `${JSON.stringify({ status: 'ok', gatewayKey })}\n`
  const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }
  return {
    name: 'health',
    methods: READ,
    matches: (path) => path === '/health',
    serve: (_, res) => sendAnswer(res, { status: 200, headers, body })
  }
}
