/** What carries a client's messages: a socket of this computer, or one that a gateway carries. */
import type { Socket } from 'bare-ws'

import { HypertunaError } from '../../../protocol/errors.ts'
import type { ChannelSocket } from '../../../protocol/file-channel/channel.ts'

export interface TransportEvents {
  message?(payload: Uint8Array, binary: boolean): void
  /** The client has read what it was sent. */
  drain?(): void
  /** It is over, in whatever way. */
  close?(): void
}

export interface Transport {
  readonly destroying: boolean
  /** @returns false when it waits for the client to read; then `drain` follows */
  write(text: string): boolean
  destroy(): void
  close(code: number, reason: string): void
  pause(): void
  resume(): void
  /** Tells of what happens, also to several. */
  listen(to: TransportEvents): void
}

/** A client of this computer. */
export class SocketTransport implements Transport {
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('error', () => {}) // the end of a connection is told by 'close' as well
    socket.on('data', () => {}) // the same messages once more, as a stream
  }

  get destroying(): boolean {
    return this.#socket.destroying
  }

  write(text: string): boolean {
    return this.#socket.write(text)
  }

  destroy(): void {
    this.#socket.destroy()
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason)
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  listen({ message, drain, close }: TransportEvents): void {
    if (message) this.#socket.on('message', (payload, binary) => message(payload, binary))
    if (drain) this.#socket.on('drain', drain)
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

  write(text: string): boolean {
    return this.#socket.send(Buffer.from(text))
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
