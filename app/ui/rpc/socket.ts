import { Duplex } from 'streamx'
import type { EarlySocket } from '../session/knock.ts'

/** Bytes that may wait in the socket before a writer has to */
const MOST_BUFFERED = 1024 * 1024
const LOOK_AGAIN = 20

/**
 * A WebSocket as a stream of bytes. A WebSocket does not say when it has drained, so a full one
 * is looked at again until it has room: that is the writer's backpressure.
 */
export class SocketStream extends Duplex {
  readonly #socket: WebSocket
  #timer: ReturnType<typeof setTimeout> | undefined

  /** Resolves with an open stream; rejects when the socket does not open. */
  static open(socket: WebSocket): Promise<SocketStream> {
    return new Promise((resolve, reject) => {
      const refuse = () => reject(new Error('The socket did not open'))
      socket.addEventListener('close', refuse)
      socket.addEventListener('open', () => {
        socket.removeEventListener('close', refuse)
        resolve(new SocketStream(socket))
      })
    })
  }

  /** The stream of a socket that is open already, with what came by it since. */
  static of({ socket, messages }: EarlySocket): SocketStream {
    socket.onmessage = null
    const stream = new SocketStream(socket)
    for (const message of messages) stream.#take(message)
    return stream
  }

  constructor(socket: WebSocket) {
    super()
    this.#socket = socket
    socket.addEventListener('message', (message: MessageEvent) => this.#take(message))
    socket.addEventListener('close', () => this.destroy())
    this.on('error', () => {}) // the calls under way report it
  }

  override _write(bytes: unknown, callback: (error: Error | null) => void): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return callback(new Error('The socket closed'))
    this.#socket.send(bytes as Uint8Array<ArrayBuffer>)
    this.#whenDrained(callback)
  }

  override _final(callback: (error: Error | null) => void): void {
    this.#socket.close()
    callback(null)
  }

  override _destroy(callback: (error: Error | null) => void): void {
    clearTimeout(this.#timer)
    this.#socket.close()
    callback(null)
  }

  #take({ data }: MessageEvent): void {
    if (typeof data !== 'string') this.push(new Uint8Array(data as ArrayBuffer))
  }

  #whenDrained(callback: (error: Error | null) => void): void {
    if (this.#socket.bufferedAmount <= MOST_BUFFERED) return callback(null)
    if (this.#socket.readyState !== WebSocket.OPEN) return callback(new Error('The socket closed'))
    this.#timer = setTimeout(() => this.#whenDrained(callback), LOOK_AGAIN)
  }
}
