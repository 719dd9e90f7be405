/** One client of Nostr at the gateway, and the member who serves it now. */
import 'bare-abort-controller/global'
import { randomBytes } from 'bare-crypto'
import type { Socket } from 'bare-ws'
import { HypertunaError } from '../protocol/errors.ts'
import type { ChannelSocket, SocketOrigin } from '../protocol/file-channel/channel.ts'
import type { GatewayLimits } from './limits.ts'
import type { Log } from './log.ts'
import type { Provider, RelayPeers } from './relay-peers.ts'
import { SocketChallenge } from './socket-challenge.ts'
import { Questions } from './socket-questions.ts'
import { connectUpstream, type Upstream } from './socket-upstream.ts'

export interface SessionOptions {
  socket: Socket
  relay: RelayPeers
  /** A member who serves it, to begin with. */
  upstream: Upstream
  origin: SocketOrigin
  limits: GatewayLimits
  log: Log
}

/** Bytes for the member that may wait before the client is read no further. */
const AHEAD = 1024 * 1024

const CLOSE = { ended: 1000, goingAway: 1001, binary: 1003, policy: 1008, again: 1012, later: 1013 }

export function makeChallenge(): string {
  return Buffer.from(randomBytes(16)).toString('hex')
}

/**
 * Carries messages both ways. When the member goes away or falls silent, another one is
 * asked for what is open, and the client sees nothing of it.
 */
export class SocketSession {
  readonly #options: SessionOptions
  readonly #questions = new Questions()
  readonly #challenge: SocketChallenge
  readonly #gone = new AbortController()
  readonly #clock: NodeJS.Timeout
  #upstream: Upstream | null = null
  #heard = Date.now()
  #budget: number
  #refilled = Date.now()
  #stalled: NodeJS.Timeout | null = null

  constructor(options: SessionOptions) {
    const { socket, limits } = options
    this.#options = options
    this.#budget = limits.socketBurst
    socket.on('error', () => {}) // the end is told by 'close' as well
    socket.on('close', () => this.#leave())
    socket.on('data', () => {})
    socket.on('message', (payload, binary) => this.#hear(payload, binary))
    socket.on('drain', () => this.#drained())
    socket.on('pong', () => this.#challenge.pong())
    this.#clock = setInterval(() => this.#watch(), limits.stall / 4)
    this.#challenge = new SocketChallenge(
      () => this.#say(['AUTH', options.origin.challenge]),
      () => socket.ping()
    )
    if (options.relay.membership.isPrivate) this.#challenge.now()
    this.#attach(options.upstream)
  }

  /** Says good-bye, for a gateway that closes. */
  close(): void {
    this.#end(CLOSE.goingAway, 'The gateway is closing')
  }

  // From the client

  #hear(payload: Uint8Array, binary: boolean): void {
    if (this.#gone.signal.aborted) return
    this.#challenge.rest()
    if (binary) {
      this.#say(['NOTICE', 'invalid: binary messages are not understood here'])
      return this.#end(CLOSE.binary, 'Text only')
    }
    this.#spend()
    const text = payload.toString()
    let message: unknown
    try {
      message = JSON.parse(text)
    } catch {
      return this.#say(['NOTICE', 'invalid: not JSON'])
    }
    if (!Array.isArray(message)) return this.#say(['NOTICE', 'invalid: not a message'])
    const { forward, say } = this.#questions.ask(message as unknown[], text)
    if (say !== null) this.#say(say)
    if (forward) this.#forward(text)
    if (this.#questions.isFull) this.#options.socket.pause()
  }

  #forward(text: string): void {
    const upstream = this.#upstream
    if (upstream === null) return // asked of the next one, from what is kept
    if (!this.#questions.isWaiting) this.#heard = Date.now()
    upstream.socket.send(Buffer.from(text))
    if (upstream.socket.queued > AHEAD) this.#options.socket.pause()
  }

  /** A client that sends faster than is fair is read later, not refused. */
  #spend(): void {
    const { socket, limits } = this.#options
    const now = Date.now()
    const refill = ((now - this.#refilled) / 1000) * limits.socketRate
    this.#budget = Math.min(limits.socketBurst, this.#budget + refill) - 1
    this.#refilled = now
    if (this.#budget < -limits.socketBurst) {
      return this.#end(CLOSE.policy, 'Too many messages')
    }
    if (this.#budget >= 0) return
    socket.pause()
    setTimeout(() => socket.resume(), (-this.#budget / limits.socketRate) * 1000)
  }

  // From the member

  #attach(upstream: Upstream): void {
    const { socket } = upstream
    this.#upstream = upstream
    this.#heard = Date.now()
    const { driveKey } = upstream.provider
    this.#options.log('socket carried', { relay: this.#options.relay.publicIdentifier, driveKey })
    socket.on('message', (bytes) => {
      if (this.#upstream === upstream) this.#told(bytes)
    })
    socket.on('drain', () => void this.#options.socket.resume())
    socket.on('close', (reason) => {
      if (this.#upstream === upstream) void this.#replace(upstream, reason)
    })
    if (socket.closed) void this.#replace(upstream, null)
  }

  #told(bytes: Uint8Array): void {
    this.#heard = Date.now()
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
    let message: unknown
    try {
      message = JSON.parse(text)
    } catch {
      return this.#distrust('what a member sent is not JSON')
    }
    if (!Array.isArray(message)) return this.#distrust('what a member sent is no message')
    this.#challenge.before(message as unknown[])
    const wasFull = this.#questions.isFull
    if (this.#questions.answers(message as unknown[])) {
      this.#write(text)
      this.#challenge.after(message as unknown[])
    }
    if (wasFull && !this.#questions.isFull) this.#options.socket.resume()
  }

  /** What keeps to no rules is left for another member. */
  #distrust(reason: string): void {
    const upstream = this.#upstream
    if (upstream !== null) this.#drop(upstream, new HypertunaError('WRONG_BYTES', reason))
  }

  /** A member that is waited for and says nothing is replaced, if there is somebody else. */
  #watch(): void {
    const upstream = this.#upstream
    if (upstream === null || !this.#questions.isWaiting || this.#stalled !== null) return
    const { relay, limits } = this.#options
    if (Date.now() - this.#heard < limits.stall) return
    if (relay.usable('').every((one) => one === upstream.provider)) return
    this.#drop(upstream, new HypertunaError('TIMEOUT', 'The member fell silent'))
  }

  /** Replaces a member for a reason, and hangs up: in this order, or its end would be the reason. */
  #drop(upstream: Upstream, reason: HypertunaError): void {
    void this.#replace(upstream, reason)
    upstream.socket.close()
  }

  async #replace(former: Upstream, reason: HypertunaError | null): Promise<void> {
    if (this.#upstream !== former) return
    this.#upstream = null
    if (this.#gone.signal.aborted) return
    const { relay, origin, limits, log } = this.#options
    log('socket replaced', { driveKey: former.provider.driveKey, error: reason?.code })
    if (reason?.code === 'BAD_REQUEST') return this.#end(CLOSE.policy, 'A member hung up')
    if (this.#questions.hasOldProof()) {
      return this.#end(CLOSE.again, 'Connect and authenticate again')
    }
    const failed = new Map<Provider, HypertunaError>()
    if (reason !== null) failed.set(former.provider, reason)
    const { signal } = this.#gone
    const patience = limits.socketResume
    try {
      const next = await connectUpstream({ relay, origin, limits, signal, failed, patience })
      if (signal.aborted) return next.socket.close()
      this.#attach(next)
      this.#resume(next.socket)
    } catch (err) {
      if (signal.aborted) return
      log('socket lost', { relay: relay.publicIdentifier, error: HypertunaError.from(err).code })
      this.#end(CLOSE.later, 'Nobody of this group is online now')
    }
  }

  /** Asks a member for everything that is open. Proofs come first, by which it may be given. */
  #resume(socket: ChannelSocket): void {
    const send = (text: string): void => void socket.send(Buffer.from(text))
    const { texts, lost } = this.#questions.again()
    for (const id of lost) this.#say(['NEG-ERR', id, 'closed: begin again'])
    for (const text of texts) send(text)
    this.#options.socket.resume()
  }

  // To the client

  #say(message: unknown[]): void {
    this.#write(JSON.stringify(message))
  }

  #write(text: string): void {
    const { socket, limits } = this.#options
    if (socket.destroying || socket.write(text)) return
    this.#upstream?.socket.pause()
    this.#stalled ??= setTimeout(() => socket.destroy(), limits.socketSlow)
  }

  #drained(): void {
    if (this.#stalled !== null) clearTimeout(this.#stalled)
    this.#stalled = null
    this.#heard = Date.now()
    this.#upstream?.socket.resume()
  }

  #end(code: number, reason: string): void {
    if (!this.#options.socket.destroying) this.#options.socket.close(code, reason)
    this.#leave()
  }

  #leave(): void {
    if (this.#gone.signal.aborted) return
    this.#gone.abort(new HypertunaError('CANCELLED', 'The client is gone'))
    clearInterval(this.#clock)
    this.#challenge.end()
    if (this.#stalled !== null) clearTimeout(this.#stalled)
    const upstream = this.#upstream
    this.#upstream = null
    upstream?.socket.close()
  }
}
