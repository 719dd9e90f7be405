/**
 * A message port as a stream of bytes: between an Electron page and its main
 * process. Ports buffer without bounds, so each side says how much it has read.
 */
import { Duplex } from 'streamx'
import { HypertunaError } from '../../protocol/errors.ts'

/** Bytes under way to a side that does not read. */
const WINDOW = 1024 * 1024
const MAX_MESSAGE = 256 * 1024

/** What a port of the page, of Electron's main or of Node can do. */
export interface BytePort {
  post(message: PortMessage): void
  /** Begins to hand over messages. */
  listen(onmessage: (message: unknown) => void, onclose: () => void): void
  close(): void
}

/** Bytes, how many were read, or the end. */
export type PortMessage = Uint8Array | number | null

export class PortStream extends Duplex {
  private readonly port: BytePort
  private window = WINDOW
  private unread = 0
  private pending: { bytes: Uint8Array; callback: (err: Error | null) => void } | null = null

  constructor(port: BytePort) {
    super({ eagerOpen: true })
    this.port = port
    port.listen(
      (message) => this.onmessage(message),
      () => this.destroy()
    )
  }

  override _write(bytes: Uint8Array, callback: (err: Error | null) => void): void {
    this.pending = { bytes, callback }
    this.flush()
  }

  override _final(callback: (err: Error | null) => void): void {
    this.port.post(null)
    callback(null)
  }

  override _read(callback: (err: Error | null) => void): void {
    if (this.unread > WINDOW / 4) {
      this.port.post(this.unread)
      this.unread = 0
    }
    callback(null)
  }

  override _predestroy(): void {
    this.settle(new HypertunaError('CLOSED', 'The window went away'))
    this.port.close()
  }

  private onmessage(message: unknown): void {
    if (this.destroying) return
    if (message === null) this.push(null)
    else if (typeof message === 'number') {
      this.window = Math.min(WINDOW, this.window + message)
      this.flush()
    } else if (message instanceof Uint8Array) {
      this.unread += message.byteLength
      if (this.unread <= WINDOW) this.push(message)
      else this.destroy(new HypertunaError('BAD_REQUEST', 'The port ignores its window'))
    } else this.destroy(new HypertunaError('BAD_REQUEST', 'Only bytes are expected'))
  }

  private flush(): void {
    while (this.pending !== null && this.window > 0) {
      const { bytes } = this.pending
      const size = Math.min(bytes.byteLength, this.window, MAX_MESSAGE)
      this.window -= size
      this.port.post(bytes.slice(0, size)) // a view would be cloned with all that it is of
      if (size === bytes.byteLength) return this.settle(null)
      this.pending.bytes = bytes.subarray(size)
    }
  }

  private settle(err: Error | null): void {
    const { pending } = this
    this.pending = null
    pending?.callback(err)
  }
}

/** A port of the page. */
export function pagePort(port: {
  postMessage(message: unknown): void
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void
  start(): void
  close(): void
}): BytePort {
  return {
    post: (message) => port.postMessage(message),
    listen(onmessage) {
      port.addEventListener('message', ({ data }) => onmessage(data))
      port.start()
    },
    close: () => port.close()
  }
}
