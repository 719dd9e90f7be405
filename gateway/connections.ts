import type { HTTPServer } from 'bare-http1'
import type { Metrics } from './metrics.ts'
import type { Socket } from './routes.ts'
import type { Visitors } from './visitors.ts'

// How many connections are left for others when those that ask nothing have taken the most.
const SPARE = 16

/**
 * The connections of a server. When there are as many as may be, those go that have
 * been silent the longest: whoever only holds connections open keeps nobody out.
 */
export class Connections {
  readonly #most: number
  readonly #visitors: Visitors
  readonly #trusts: (address: string) => boolean
  readonly #metrics: Metrics
  /** Every connection and whether it has a request in hand, the longest silent first. */
  readonly #all = new Set<Socket>()
  readonly #busy = new Map<Socket, number>()

  /** @param options.trusts - proxies, whose connections are many clients' and are not counted */
  constructor(options: {
    most: number
    visitors: Visitors
    trusts: (address: string) => boolean
    metrics: Metrics
  }) {
    this.#most = options.most
    this.#visitors = options.visitors
    this.#trusts = options.trusts
    this.#metrics = options.metrics
  }

  get count(): number {
    return this.#all.size
  }

  /** Watches over what the server accepts. */
  watch(server: HTTPServer): void {
    server.on('connection', (socket) => this.#accept(socket as Socket))
  }

  /** A request came on a connection, and is answered. */
  touch(connection: Socket | null): void {
    if (connection === null) return
    const socket = tcpOf(connection)
    if (this.#all.delete(socket)) this.#all.add(socket)
  }

  /** A request came on a connection. Call what it returns when it is answered. */
  use(connection: Socket | null): () => void {
    if (connection === null) return () => {}
    const socket = tcpOf(connection)
    this.#busy.set(socket, (this.#busy.get(socket) ?? 0) + 1)
    return () => {
      const left = (this.#busy.get(socket) ?? 1) - 1
      if (left > 0) this.#busy.set(socket, left)
      else this.#busy.delete(socket)
      // To the end of the row: it is silent from now on.
      if (this.#all.delete(socket)) this.#all.add(socket)
    }
  }

  #accept(socket: Socket): void {
    const address = socket.remoteAddress ?? ''
    const counted = !this.#trusts(address)
    if (counted && !this.#visitors.enter(address)) {
      this.#metrics.refused('per-address')
      socket.destroy()
      return
    }
    this.#all.add(socket)
    socket.on('close', () => {
      if (counted) this.#visitors.leave(address)
      this.#all.delete(socket)
      this.#busy.delete(socket)
    })
    if (this.#all.size > this.#most - SPARE) this.#makeRoom(socket)
  }

  #makeRoom(latest: Socket): void {
    for (const socket of this.#all) {
      if (this.#all.size <= this.#most - SPARE) return
      if (this.#busy.has(socket) || socket === latest) continue
      this.#metrics.refused('connections')
      this.#all.delete(socket)
      socket.destroy()
    }
  }
}

/** The TCP connection under one that may be TLS. */
export function tcpOf(socket: Socket): Socket {
  return (socket as Socket & { socket?: Socket }).socket ?? socket
}
