/** What carries a client's messages: a socket of this computer, or one that a gateway carries. */
import type { Socket as TcpSocket } from 'bare-tcp'
import type { Socket } from 'bare-ws'
import { isFinishing } from 'streamx'

import { HypertunaError } from '../../../protocol/errors.ts'
import type { ChannelSocket } from '../../../protocol/file-channel/channel.ts'
import { framesOf } from './frames.ts'
import type { Message } from './frames.ts'

export interface TransportEvents {
  message?(payload: Uint8Array, binary: boolean): void
  /** The client gave the sign of life that it was asked for. */
  pong?(): void
  /** The client has read what it was sent. */
  drain?(): void
  /** It is over, in whatever way. */
  close?(): void
}

export interface Transport {
  readonly destroying: boolean
  /** @returns false when it waits for the client to read; then `drain` follows */
  write(messages: readonly Message[]): boolean
  destroy(): void
  close(code: number, reason: string): void
  /** Asks for a sign of life; a gateway does that for the clients that it carries. */
  ping?(): void
  pause(): void
  resume(): void
  /** Tells of what happens, also to several. */
  listen(to: TransportEvents): void
}

/**
 * A client of this computer. bare-ws reads what it says, and has the last word; messages to
 * it are framed here, so that many are one write.
 */
export class SocketTransport implements Transport {
  readonly #socket: Socket
  readonly #tcp: TcpSocket

  /** @param tcp what the socket is on */
  constructor(socket: Socket, tcp: TcpSocket) {
    this.#socket = socket
    this.#tcp = tcp
    socket.on('error', () => {}) // the end of a connection is told by 'close' as well
    socket.on('data', () => {}) // the same messages once more, as a stream
  }

  get destroying(): boolean {
    return this.#socket.destroying
  }

  write(messages: readonly Message[]): boolean {
    if (isFinishing(this.#socket as never)) return true // nothing follows the last word
    return this.#tcp.write(framesOf(messages))
  }

  destroy(): void {
    this.#socket.destroy()
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason)
  }

  ping(): void {
    this.#socket.ping()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  listen({ message, pong, drain, close }: TransportEvents): void {
    if (message) this.#socket.on('message', (payload, binary) => message(payload, binary))
    if (pong) this.#socket.on('pong', () => pong())
    if (drain) this.#tcp.on('drain', drain)
    if (close) this.#socket.on('close', close)
  }
}

/** A client at a gateway, on a file channel. */
export class CarriedTransport implements Transport {
  readonly #socket: ChannelSocket

  constructor(socket: ChannelSocket) {
    this.#socket = socket
  }

  get destroying(): boolean {
    return this.#socket.closed
  }

  write(messages: readonly Message[]): boolean {
    let goesOn = true
    for (const message of messages) {
      goesOn = this.#socket.send(message.length === 1 ? message[0]! : Buffer.concat(message))
    }
    return goesOn
  }

  destroy(): void {
    this.#socket.close(new HypertunaError('TIMEOUT', 'The client does not read what it is sent'))
  }

  close(_code: number, reason: string): void {
    this.#socket.close(new HypertunaError('BAD_REQUEST', reason))
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  listen({ message, drain, close }: TransportEvents): void {
    if (message) this.#socket.on('message', (bytes) => message(bytes, false))
    if (drain) this.#socket.on('drain', drain)
    if (close) this.#socket.on('close', () => close())
  }
}
