/** `/:publicIdentifier`: a relay's socket, what it says of itself, and a page for people. */
import { Server, Socket as WebSocket } from 'bare-ws'
import type { HTTPServerResponse } from 'bare-http1'
import { HypertunaError } from '../protocol/errors.ts'
import { MAX_MESSAGE } from '../protocol/file-channel/channel.ts'
import { relayOfPath } from '../protocol/relay-address.ts'
import { RELAY_LIMITATION, relayInformation } from '../protocol/relay-information.ts'
import { sendAnswer } from './answers.ts'
import type { Pages } from './pages/pages.ts'
import type { RelayPeers } from './relay-peers.ts'
import type { GatewayRequest, Route, RouteParts, Socket, UpgradeRequest } from './routes.ts'
import { makeChallenge, SocketSession } from './socket-session.ts'
import { connectUpstream } from './socket-upstream.ts'
import { networkOf } from './visitors.ts'
import { VERSION } from '../protocol/version.ts'

const INFORMATION = 'application/nostr+json'
const CLOSE_TIMEOUT = 1000
const IDLE = 60_000

export class RelayRoute implements Route {
  readonly name = 'relay'
  readonly methods = ['GET', 'HEAD']
  readonly #parts: RouteParts
  readonly #pages: Pages
  readonly #sessions = new Set<SocketSession>()
  /** How many each address has, and is about to have. */
  readonly #entered = new Map<string, number>()
  #count = 0

  constructor(parts: RouteParts, pages: Pages) {
    this.#parts = parts
    this.#pages = pages
  }

  /** Clients of Nostr that are connected. */
  get sessions(): number {
    return this.#sessions.size
  }

  matches(path: string): boolean {
    return relayOfPath(path) !== null
  }

  async serve(request: GatewayRequest, res: HTTPServerResponse): Promise<void> {
    res.setHeader('Vary', 'Accept') // whatever becomes of it
    const relay = this.#use(request.path)
    try {
      const { accept = '*/*' } = request.headers
      if (accept.includes(INFORMATION)) {
        await this.#inform(request, relay, res)
      } else if (/text\/html|(?:text|\*)\/\*/i.test(accept)) {
        await this.#pages.serveGroup(request, relay, res)
      } else {
        throw new HypertunaError('BAD_REQUEST', 'This is a relay: open it with a Nostr client')
      }
    } finally {
      this.#parts.peers.release(relay)
    }
  }

  async upgrade(request: UpgradeRequest, socket: Socket, head: Uint8Array): Promise<void> {
    const { limits, log, peers } = this.#parts
    const { message } = request
    const leave = this.#enter(networkOf(request.address))
    let relay: RelayPeers
    try {
      relay = this.#use(request.path)
    } catch (err) {
      leave()
      throw err
    }
    const release = once(() => {
      leave()
      peers.release(relay)
    })
    const origin = { address: this.#addressOf(request, relay), challenge: makeChallenge() }
    const { signal } = request
    try {
      const failed = new Map()
      const asked = { relay, origin, limits, signal, failed, patience: 0 }
      const upstream = await connectUpstream(asked)
      try {
        await shakeHands(message, socket, head)
      } catch (err) {
        upstream.socket.close()
        throw err
      }
      const client = new WebSocket({
        socket: socket as never,
        isServer: true,
        maxPayload: MAX_MESSAGE,
        closeTimeout: CLOSE_TIMEOUT,
        idleTimeout: IDLE
      })
      const session = new SocketSession({ socket: client, relay, upstream, origin, limits, log })
      this.#sessions.add(session)
      client.on('close', () => {
        this.#sessions.delete(session)
        release()
      })
    } catch (err) {
      release()
      throw err
    }
  }

  /** Ends every session. */
  close(): void {
    for (const session of [...this.#sessions]) session.close()
  }

  /**
   * Counts a client from when it asks: many may wait for a member at once. Call what it
   * returns once, when it has gone.
   */
  #enter(address: string): () => void {
    const { limits, metrics } = this.#parts
    const same = this.#entered.get(address) ?? 0
    if (this.#count >= limits.sockets || same >= limits.socketsPerAddress) {
      metrics.refused('sockets')
      throw new HypertunaError('BUSY', 'Too many connections are open here')
    }
    this.#count++
    this.#entered.set(address, same + 1)
    return () => {
      this.#count--
      const left = (this.#entered.get(address) ?? 1) - 1
      if (left > 0) this.#entered.set(address, left)
      else this.#entered.delete(address)
    }
  }

  /** @throws {HypertunaError} BUSY, CLOSED, or what the operator's rules say */
  #use(path: string): RelayPeers {
    const { rules, peers } = this.#parts
    const publicIdentifier = relayOfPath(path) ?? ''
    rules.check(publicIdentifier, null)
    return peers.use(publicIdentifier)
  }

  /** What the client calls us, which its proofs name: a member compares them with it. */
  #addressOf({ headers, secure }: UpgradeRequest, relay: RelayPeers): string {
    const scheme = secure ? 'wss' : 'ws'
    return `${scheme}://${headers['host'] ?? 'localhost'}/${relay.publicIdentifier}`
  }

  async #inform(
    { signal, onbegun }: GatewayRequest,
    relay: RelayPeers,
    res: HTTPServerResponse
  ): Promise<void> {
    await relay.proven(signal)
    const { isPrivate, relayPubkey } = relay.membership
    const description = isPrivate ? null : await this.#pages.describe(relay)
    const information = relayInformation({
      description,
      isPrivate,
      relayPubkey,
      limitation: RELAY_LIMITATION,
      version: VERSION
    })
    onbegun()
    const headers = {
      'Content-Type': INFORMATION,
      'Cache-Control': 'no-cache',
      'Access-Control-Allow-Headers': '*',
      'Access-Control-Allow-Methods': 'GET, HEAD, OPTIONS',
      'X-Content-Type-Options': 'nosniff'
    }
    sendAnswer(res, { status: 200, headers, body: JSON.stringify(information) })
  }
}

function shakeHands(
  message: UpgradeRequest['message'],
  socket: Socket,
  head: Uint8Array
): Promise<void> {
  return new Promise((resolve, reject) => {
    Server.handshake(message, socket as never, head as never, (err) => {
      if (err) reject(new HypertunaError('BAD_REQUEST', 'That is no WebSocket handshake'))
      else resolve()
    })
  })
}

function once(run: () => void): () => void {
  let done = false
  return () => {
    if (done) return
    done = true
    run()
  }
}
