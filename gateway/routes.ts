import type { HTTPIncomingMessage, HTTPServerResponse } from 'bare-http1'
import { HypertunaError } from '../protocol/errors.ts'
import { isDriveUrl } from '../protocol/drive-url.ts'
import { sendAnswer } from './answers.ts'
import type { GatewayConfig } from './config.ts'
import { blossomRoutes } from './blossom/blossom-route.ts'
import { serveDrive } from './drive-route.ts'
import type { FileClient } from './file-client.ts'
import type { GatewayLimits } from './limits.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import { Pages } from './pages/pages.ts'
import type { Peers } from './peers.ts'
import { RelayRoute } from './relay-route.ts'
import type { Rules } from './rules.ts'

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
  /** Whether the client is at this computer or in a private network, for all that is known. */
  local: boolean
  /** Whether it came by HTTPS, to us or to a proxy that is trusted. */
  secure: boolean
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
  /** What a preflight allows, where that is more; Blossom's clients look for all of its methods. */
  allowed?: readonly string[]
  matches(path: string): boolean
  serve(request: GatewayRequest, res: HTTPServerResponse): Promise<void> | void
  /** Connections that it has taken over. */
  readonly sessions?: number
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
  /** What the operator lets be served; FileClient asks them itself. */
  rules: Pick<Rules, 'check' | 'allowed'>
  /** Ours, 64 hex, by which admins of private groups list us. */
  gatewayKey: string
  limits: GatewayLimits
  metrics: Metrics
  /** Whether the gateway takes requests. */
  serving: () => boolean
  log: Log
}

const READ = ['GET', 'HEAD'] as const
const JSON_HEADERS = {
  'Content-Type': 'application/json',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff'
}

/** Every route of the gateway; the first that matches a path answers. */
export function createRoutes(parts: RouteParts): Route[] {
  const pages = new Pages(parts)
  return [
    driveRoute(parts),
    pages.route(),
    healthRoute(parts),
    readyRoute(parts),
    metricsRoute(parts),
    ...blossomRoutes(parts),
    new RelayRoute(parts, pages)
  ]
}

function driveRoute({ files, limits, metrics }: RouteParts): Route {
  return {
    name: 'drive',
    methods: READ,
    matches: isDriveUrl,
    serve: (request, res) => serveDrive(request, res, { files, limits, metrics })
  }
}

/** Whether the process is well. */
function healthRoute({ gatewayKey }: RouteParts): Route {
  const body = `${JSON.stringify({ status: 'ok', gatewayKey })}\n`
  return {
    name: 'health',
    methods: READ,
    matches: (path) => path === '/health',
    serve: (_, res) => sendAnswer(res, { status: 200, headers: JSON_HEADERS, body })
  }
}

/** Whether it takes requests: not while it ends. */
function readyRoute({ serving }: RouteParts): Route {
  return {
    name: 'ready',
    methods: READ,
    matches: (path) => path === '/ready',
    serve: (_, res) => {
      if (!serving()) throw new HypertunaError('CLOSED', 'The gateway is closing')
      sendAnswer(res, { status: 200, headers: JSON_HEADERS, body: '{"status":"ready"}\n' })
    }
  }
}

/** Figures for Prometheus, which strangers have no business with. */
function metricsRoute({ config, metrics }: RouteParts): Route {
  const headers = {
    'Content-Type': 'text/plain; version=0.0.4; charset=utf-8',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff'
  }
  return {
    name: 'metrics',
    methods: READ,
    matches: (path) => path === '/metrics',
    serve: ({ local }, res) => {
      const open = config.metrics === 'public' || (config.metrics === 'local' && local)
      if (!open) throw new HypertunaError('FORBIDDEN', 'The metrics are not for this address')
      sendAnswer(res, { status: 200, headers, body: metrics.text() })
    }
  }
}
