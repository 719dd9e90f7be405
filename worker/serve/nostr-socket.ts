/**
 * The relays for any Nostr client on this computer, on the port of the local
 * server: `ws://127.0.0.1:<port>/<publicIdentifier>`.
 *
 * Open and closed relays are read by whoever is let in, private ones by members
 * who prove it (NIP-42); what enters is the policy's to decide.
 *
 * Emits `index` (group, index) when a group's index is open.
 */
import type { HTTPIncomingMessage, HTTPServer, HTTPServerResponse } from 'bare-http1'
import { join } from 'bare-path'
import type { Socket as TcpSocket } from 'bare-tcp'
import { Server, Socket } from 'bare-ws'
import ReadyResource from 'ready-resource'

import { HypertunaError } from '../../protocol/errors.ts'
import type { ChannelSocket, SocketOrigin } from '../../protocol/file-channel/channel.ts'
import { parseRelayAddress, relayOfPath } from '../../protocol/relay-address.ts'
import type { Log } from '../log.ts'
import type { Group } from '../relays/group.ts'
import type { LocalSockets } from './local-server.ts'
import { admitLocal, headerOf, hostsOf } from './loopback.ts'
import { CarriedSockets } from './nostr/carried-sockets.ts'
import { Client } from './nostr/client.ts'
import { information, sendJson } from './nostr/information.ts'
import { LIMITS } from './nostr/limits.ts'
import type { Limits } from './nostr/limits.ts'
import { Backlog } from './nostr/outbox.ts'
import { Scans } from './nostr/scans.ts'
import { ServedRelay } from './nostr/served-relay.ts'
import { CarriedTransport, SocketTransport } from './nostr/transport.ts'

export interface NostrSocketOptions {
  /** A directory for the indexes, one for each relay. */
  indexes: string
  version: string
  log: Log
  limits?: Partial<Limits>
}

const CHALLENGE = /^[0-9a-f]{32,64}$/
const CLOSE_TIMEOUT = 1000
const GOING_AWAY = 1001
const INFORMATION = 'application/nostr+json'

export class NostrSocket extends ReadyResource implements LocalSockets {
  readonly #options: NostrSocketOptions
  readonly #limits: Limits
  readonly #relays = new Map<string, ServedRelay>()
  readonly #sockets = new Set<Socket>()
  readonly #carried: CarriedSockets
  readonly #scans: Scans
  readonly #backlog: Backlog
  /** Indexes are opened one after the other, and not before `begin`. */
  readonly #begun = Promise.withResolvers<void>()
  #opening: Promise<void> = this.#begun.promise
  #port = 0

  constructor(options: NostrSocketOptions) {
    super()
    this.#options = options
    this.#limits = { ...LIMITS, ...options.limits }
    this.#carried = new CarriedSockets(this.#limits.carried)
    this.#scans = new Scans(this.#limits)
    this.#backlog = new Backlog(this.#limits.allOutgoing)
  }

  /** Lets indexes be opened: until then nobody waits for them, and they hold up nothing. */
  begin(): void {
    this.#begun.resolve()
  }

  override async _close(): Promise<void> {
    this.begin()
    this.#carried.close()
    await Promise.all(Array.from(this.#sockets, hangUp))
    await Promise.all([...this.#relays.values()].map((served) => served.close()))
  }

  /** Open connections. */
  get connections(): number {
    return this.#sockets.size
  }

  /**
   * Serves a group's relay from now on, until it closes. Resolves when its index is open; who
   * asks before waits for that. One whose index cannot be kept is not served, which the log
   * says: the group itself does not need it.
   */
  async add(group: Group): Promise<void> {
    const { relay } = group
    const { relayKey } = relay
    const { indexes, log } = this.#options
    if (this.closing || this.#relays.has(relayKey)) return
    const served = new ServedRelay(group, join(indexes, relayKey), log)
    this.#relays.set(relayKey, served)
    relay.once('close', () => void this.remove(relayKey))
    this.#opening = this.#opening.then(() => this.#openIndex(relayKey, served))
    await this.#opening
  }

  async #openIndex(relayKey: string, served: ServedRelay): Promise<void> {
    if (this.closing || this.#relays.get(relayKey) !== served) return
    try {
      await served.ready()
      this.emit('index', served.group, served.index)
    } catch (err) {
      this.#options.log('relay-not-served', { relayKey, reason: String(err) })
      await this.remove(relayKey)
    }
  }

  /** Serves a relay no longer. */
  async remove(relayKey: string): Promise<void> {
    const served = this.#relays.get(relayKey)
    this.#relays.delete(relayKey)
    try {
      await served?.close()
    } catch (err) {
      this.#options.log('index-not-closed', { relayKey, reason: String(err) })
    }
  }

  /**
   * Speaks with a client that came to a gateway.
   *
   * @throws {HypertunaError} BAD_REQUEST for an address of something else, BUSY
   */
  carry(
    relayKey: string,
    socket: ChannelSocket,
    { address, challenge }: SocketOrigin,
    gateway: string
  ): void {
    const { log } = this.#options
    const served = this.#relays.get(relayKey)
    const named = parseRelayAddress(address)
    if (served === undefined || served.relay.facts === null) {
      throw new HypertunaError('BUSY', 'The group is still arriving here')
    }
    if (!CHALLENGE.test(challenge) || named?.publicIdentifier !== served.relay.publicIdentifier) {
      throw new HypertunaError('BAD_REQUEST', 'The address is not this relay’s')
    }
    if (this.closing || !this.#carried.add(socket, gateway)) {
      throw new HypertunaError('BUSY', 'Too many clients are connected here')
    }
    const transport = new CarriedTransport(socket)
    new Client({
      socket: transport,
      served,
      hosts: [named.host],
      challenge,
      isStranger: true,
      limits: this.#limits,
      scans: this.#scans,
      backlog: this.#backlog,
      log
    })
  }

  attach(server: HTTPServer, port: number): void {
    this.#port = port
    server.on('upgrade', (req, socket, head) =>
      this.#upgrade(req, socket as TcpSocket, head as never)
    )
  }

  answer(req: HTTPIncomingMessage, res: HTTPServerResponse): boolean {
    const { method } = req
    const publicIdentifier = relayOfPath(req.url)
    if (publicIdentifier === null || (method !== 'GET' && method !== 'HEAD')) return false
    const facts = this.#find(publicIdentifier)?.relay.facts ?? null
    const head = method === 'HEAD'
    if (facts === null) {
      const error = { code: 'UNKNOWN_RELAY', message: 'That group is not one of yours' }
      sendJson(res, 404, 'application/json', { error }, head)
    } else if (headerOf(req, 'accept')?.includes(INFORMATION) === true) {
      const { version } = this.#options
      sendJson(res, 200, INFORMATION, information(facts, this.#limits, version), head)
    } else {
      const error = { code: 'BAD_REQUEST', message: 'This is a relay: open it with a Nostr client' }
      sendJson(res, 426, 'application/json', { error }, head)
    }
    return true
  }

  #find(publicIdentifier: string): ServedRelay | null {
    for (const served of this.#relays.values()) {
      if (served.relay.publicIdentifier === publicIdentifier) return served
    }
    return null
  }

  #upgrade(req: HTTPIncomingMessage, socket: TcpSocket, head: never): void {
    socket.on('error', () => {}) // until the handshake is through nobody else listens
    const served = this.#admit(req)
    if (typeof served === 'string') return refuse(socket, served)
    Server.handshake(req, socket, head, (err) => {
      if (err) return refuse(socket, '400 Bad Request')
      this.#open(served, socket)
    })
  }

  /** The relay that is asked for, or the status line of a refusal. */
  #admit(req: HTTPIncomingMessage): ServedRelay | string {
    try {
      admitLocal(req, this.#port)
    } catch (err) {
      return HypertunaError.from(err).code === 'FORBIDDEN' ? '403 Forbidden' : '400 Bad Request'
    }
    if (this.closing || this.#sockets.size >= this.#limits.connections) {
      return '503 Service Unavailable'
    }
    const publicIdentifier = relayOfPath(req.url)
    const served = publicIdentifier === null ? null : this.#find(publicIdentifier)
    return served ?? '404 Not Found'
  }

  #open(served: ServedRelay, tcp: TcpSocket): void {
    const { log } = this.#options
    tcp.setNoDelay() // small messages in a row would wait for each other's acknowledgement
    const socket = new Socket({
      socket: tcp,
      isServer: true,
      maxPayload: 2 * this.#limits.message, // what is not much too long is refused by name
      closeTimeout: CLOSE_TIMEOUT
    })
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    const hosts = hostsOf(this.#port)
    const transport = new SocketTransport(socket, tcp)
    const shared = { limits: this.#limits, scans: this.#scans, backlog: this.#backlog }
    new Client({ socket: transport, served, hosts, ...shared, log })
  }
}

function refuse(socket: TcpSocket, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

function hangUp(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.on('close', () => resolve())
    if (socket.destroyed) resolve()
    else socket.close(GOING_AWAY, 'closing')
  })
}
