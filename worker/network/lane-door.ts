/**
 * Where offered bulk lanes are dialled: a TCP listener that is there only while somebody was
 * offered one and has not come yet. It takes nobody but whom an offer was made to: the host
 * that we speak with already, its Noise key, and a ticket that is good once.
 */
import b4a from 'b4a'
import tcp from 'bare-tcp'
import type { TCPServer, TCPSocket } from 'bare-tcp'
import crypto from 'hypercore-crypto'
import type { KeyPair } from 'hypercore-crypto'
import type Hyperswarm from 'hyperswarm'

import { HypertunaError } from '../../protocol/errors.ts'
import { laneTicket, TOKEN_BYTES } from '../../protocol/lane.ts'
import type { LaneOffer } from '../../protocol/lane.ts'
import { makeLane, READ_SIZE } from './lane-stream.ts'
import type { Lane } from './lane-stream.ts'

export interface DoorLimits {
  /** Offers that nobody has come for yet. */
  offers: number
  /** Connections that have not shown their ticket yet. */
  strangers: number
  /** Milliseconds until an offer is void, and in which a ticket has to be shown. */
  patience: number
}

export const DOOR_LIMITS: DoorLimits = { offers: 32, strangers: 8, patience: 5000 }

/** A Noise handshake's first message has 96 bytes; no more is taken from who is unknown. */
const MAX_GREETING = 256
const FRAME_HEADER = 3

interface Pending {
  connection: Hyperswarm.Connection
  token: Uint8Array
  timer: ReturnType<typeof setTimeout>
  take(lane: Lane): void
}

export class LaneDoor {
  readonly #keyPair: KeyPair
  readonly #port: number
  readonly #limits: DoorLimits
  readonly #pending = new Set<Pending>()
  readonly #strangers = new Set<Lane>()
  #server: TCPServer | null = null
  #closed = false

  /** @param port 0 for any that is free */
  constructor(keyPair: KeyPair, port: number, limits: Partial<DoorLimits> = {}) {
    this.#keyPair = keyPair
    this.#port = port
    this.#limits = { ...DOOR_LIMITS, ...limits }
  }

  /** Whether it listens: only while an offer stands. */
  get isOpen(): boolean {
    return this.#server !== null
  }

  /**
   * Offers a lane to who is at the other end of this connection.
   * @param take called once, with a lane whose ticket was right
   * @throws {HypertunaError} BUSY, CLOSED
   */
  async offer(connection: Hyperswarm.Connection, take: Pending['take']): Promise<LaneOffer> {
    if (this.#pending.size >= this.#limits.offers) {
      throw new HypertunaError('BUSY', 'Too many lanes are being opened')
    }
    const token = crypto.randomBytes(TOKEN_BYTES)
    const timer = setTimeout(() => this.#withdraw(pending), this.#limits.patience)
    const pending: Pending = { connection, token, timer, take }
    this.#pending.add(pending)
    try {
      const port = await this.#listen()
      if (connection.destroyed) throw new HypertunaError('CLOSED', 'The connection is gone')
      return { port, token }
    } catch (err) {
      this.#withdraw(pending)
      throw err
    }
  }

  close(): void {
    this.#closed = true
    for (const pending of this.#pending) this.#withdraw(pending)
    for (const stranger of this.#strangers) stranger.destroy()
    this.#shut()
  }

  async #listen(): Promise<number> {
    if (this.#closed) throw new HypertunaError('CLOSED', 'No lanes are offered any more')
    if (this.#server === null) {
      const server = tcp.createServer({ readBufferSize: READ_SIZE, noDelay: true })
      this.#server = server
      server.on('connection', (socket) => this.#greet(socket))
      server.on('error', () => this.#forget(server))
      server.listen(this.#port, '0.0.0.0')
    }
    const server = this.#server
    const address = server.address() ?? (await listening(server))
    if (address === null) throw new HypertunaError('BUSY', 'No port for a lane')
    return address.port
  }

  /** A port that is taken, or a listener that failed: the next offer tries anew. */
  #forget(server: TCPServer): void {
    if (this.#server === server) this.#server = null
  }

  #withdraw(pending: Pending): void {
    clearTimeout(pending.timer)
    this.#pending.delete(pending)
    if (this.#pending.size === 0) this.#shut()
  }

  /** What was accepted goes on. */
  #shut(): void {
    this.#server?.close()
    this.#server = null
  }

  /** Somebody dialled. */
  #greet(socket: TCPSocket): void {
    const host = socket.remoteAddress
    const isExpected = this.#expected(({ rawStream }) => rawStream.remoteHost === host).length > 0
    if (!isExpected || this.#strangers.size >= this.#limits.strangers) {
      socket.on('error', () => {}) // it was nobody's
      socket.destroy()
      return
    }
    // Before the handshake a frame may be as long as its header says, and would be waited for.
    socket.once('data', (first) => {
      if (!isGreeting(first as Uint8Array)) lane.destroy()
    })
    const lane = makeLane(false, socket, { keyPair: this.#keyPair })
    this.#strangers.add(lane)
    const timer = setTimeout(() => lane.destroy(), this.#limits.patience)
    const known = (): void => {
      clearTimeout(timer)
      this.#strangers.delete(lane)
    }
    lane.once('close', known)
    lane.once('handshake', () => {
      if (this.#offeredTo(lane).length === 0) lane.destroy()
    })
    lane.once('data', (ticket) => {
      const pending = this.#offeredTo(lane).find((offer) => isTicket(ticket, offer, lane))
      if (pending === undefined) return void lane.destroy()
      known()
      this.#withdraw(pending)
      pending.take(lane)
    })
  }

  #offeredTo({ remotePublicKey }: Lane): Pending[] {
    return this.#expected((connection) => b4a.equals(connection.remotePublicKey, remotePublicKey))
  }

  #expected(is: (connection: Hyperswarm.Connection) => boolean): Pending[] {
    return [...this.#pending].filter(({ connection }) => !connection.destroyed && is(connection))
  }
}

const isGreeting = (first: Uint8Array): boolean => {
  const [low = 0, middle = 0, high = 0] = first
  const length = low + middle * 0x100 + high * 0x10000
  return first.byteLength >= FRAME_HEADER && length <= MAX_GREETING
}

const isTicket = (ticket: Uint8Array, { token, connection }: Pending, lane: Lane): boolean =>
  b4a.equals(ticket, laneTicket(token, connection.handshakeHash, lane.handshakeHash))

function listening(server: TCPServer): Promise<{ port: number } | null> {
  return new Promise((resolve) => {
    server.once('listening', () => resolve(server.address()))
    server.once('error', () => resolve(null))
    server.once('close', () => resolve(null))
  })
}
