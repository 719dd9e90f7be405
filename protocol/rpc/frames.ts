import b4a from 'b4a'
import { Duplex } from 'streamx'
import { HypertunaError } from '../errors.ts'

/** Bytes of a frame's length, little-endian. */
const HEAD = 4
/** Protomux batches; a session's own chunks are far smaller. */
const MAX_FRAME = 16 * 1024 * 1024

type Callback = (err: Error | null) => void

/**
 * Whole messages over a pipe of bytes: each with its length before it, and a
 * length of 0 for the end.
 *
 * The pipe is never paused, because the one of pear-runtime's sidecar loses what
 * comes while it is. What may wait here is bounded by the sessions' windows. The
 * end is a message, because that pipe cannot be closed from one side either.
 */
export class Frames extends Duplex {
  private readonly raw: Duplex
  private readonly head = b4a.alloc(HEAD)
  private headed = 0
  private frame: Uint8Array | null = null
  private filled = 0
  private waiting: Callback | null = null
  private over = false

  /** Takes the pipe: it ends, fails and goes with this. */
  constructor(pipe: Duplex) {
    super()
    this.raw = pipe
    pipe.on('data', (bytes) => this.onbytes(bytes as Uint8Array))
    pipe.on('end', () => this.onend())
    pipe.on('drain', () => this.settle(null))
    pipe.on('error', (err) => this.destroy(err))
    pipe.on('close', () => this.onclose())
  }

  override _write(bytes: Uint8Array, callback: Callback): void {
    const framed = b4a.allocUnsafe(HEAD + bytes.byteLength)
    b4a.writeUInt32LE(framed, bytes.byteLength, 0)
    framed.set(bytes, HEAD)
    if (this.raw.write(framed)) callback(null)
    else this.waiting = callback
  }

  override _final(callback: Callback): void {
    this.raw.write(b4a.alloc(HEAD))
    this.raw.end(null)
    callback(null)
  }

  override _predestroy(): void {
    this.settle(new HypertunaError('CLOSED', 'The pipe is gone'))
    this.raw.destroy()
  }

  /** What came before an end is still to be read. */
  private onclose(): void {
    if (this.over) this.settle(new HypertunaError('CLOSED', 'The pipe is gone'))
    else this.destroy()
  }

  private settle(err: Error | null): void {
    const callback = this.waiting
    this.waiting = null
    callback?.(err)
  }

  private onbytes(bytes: Uint8Array): void {
    let at = 0
    while (at < bytes.byteLength && !this.destroying && !this.over) {
      at = this.frame === null ? this.fillHead(bytes, at) : this.fillFrame(this.frame, bytes, at)
    }
  }

  private fillHead(bytes: Uint8Array, at: number): number {
    const size = Math.min(HEAD - this.headed, bytes.byteLength - at)
    this.head.set(bytes.subarray(at, at + size), this.headed)
    this.headed += size
    const start = at + size
    if (this.headed < HEAD) return start
    this.headed = 0
    const length = b4a.readUInt32LE(this.head, 0)
    if (length === 0) this.onend()
    else if (length > MAX_FRAME) this.destroy(new HypertunaError('BAD_REQUEST', 'Not our pipe'))
    else if (bytes.byteLength - start >= length) {
      this.push(bytes.subarray(start, start + length)) // without a copy
      return start + length
    } else {
      this.frame = b4a.allocUnsafe(length)
      this.filled = 0
    }
    return start
  }

  private fillFrame(frame: Uint8Array, bytes: Uint8Array, at: number): number {
    const size = Math.min(frame.byteLength - this.filled, bytes.byteLength - at)
    frame.set(bytes.subarray(at, at + size), this.filled)
    this.filled += size
    if (this.filled === frame.byteLength) {
      this.frame = null
      this.push(frame)
    }
    return at + size
  }

  /** Said by a frame of no bytes, or by the pipe itself. */
  private onend(): void {
    if (this.over || this.destroying) return
    this.over = true
    this.push(null)
    this.end(null)
  }
}
