import AbortController from 'bare-abort-controller'
import c from 'compact-encoding'
import type { Encoder } from 'compact-encoding'
import type { Writable } from 'streamx'
import { HypertunaError } from '../errors.ts'
import { packed } from './wire-error.ts'
import type { CallStream } from './wire.ts'

/** Bytes that may wait for a face which does not read. */
const MAX_WAITING = 64 * 1024 * 1024

/** The worker's end of one subscription. */
export class Subscription<Value> {
  /** Aborted when the subscription is over, whoever ended it. */
  readonly signal: AbortSignal
  private readonly stream: Writable
  private readonly encoder: Encoder<Value>
  private waiting = 0
  private newest: { value: Value } | null = null

  constructor(call: CallStream) {
    if (call.writeStream === null || call.writeStreamEncoding === null) {
      throw new HypertunaError('INTERNAL', 'Not a subscription')
    }
    this.stream = call.writeStream
    this.encoder = call.writeStreamEncoding as Encoder<Value>
    const abort = new AbortController()
    this.signal = abort.signal as unknown as AbortSignal
    call.on('error', ignore)
    this.stream.on('error', ignore) // the face left or was told why
    this.stream.on('drain', () => this.ondrain())
    // hrpc never closes its own stream when the face leaves early; this one closes.
    this.stream.on('close', () => {
      this.newest = null
      call.destroy()
      abort.abort(undefined)
    })
  }

  /** Whether nobody listens any more. */
  get closed(): boolean {
    return this.stream.destroying
  }

  /**
   * Sends a value in order. False when the face is slow: prefer `latest` for
   * snapshots. A face that stops reading altogether is cut off.
   */
  send(value: Value): boolean {
    if (this.closed) return false
    let bytes: Uint8Array
    try {
      bytes = c.encode(this.encoder, value)
    } catch (err) {
      this.fail(new HypertunaError('INTERNAL', 'The value cannot be encoded', { cause: err }))
      return false
    }
    const fits = this.stream.write(bytes)
    this.waiting = fits ? 0 : this.waiting + bytes.byteLength
    if (this.waiting > MAX_WAITING) {
      this.fail(new HypertunaError('BUSY', 'Too much waits to be read: subscribe again'))
    }
    return fits
  }

  /** Sends a snapshot that replaces the ones before: a slow face gets only the newest. */
  latest(value: Value): void {
    if (this.waiting > 0) this.newest = { value }
    else this.send(value)
  }

  /** Says that no more follows. */
  end(): void {
    if (this.newest !== null) this.send(this.newest.value)
    this.newest = null
    this.stream.end(null)
  }

  /** Ends with a reason that reaches the face. */
  fail(reason: HypertunaError): void {
    this.stream.destroy(packed(reason))
  }

  private ondrain(): void {
    this.waiting = 0
    const newest = this.newest
    this.newest = null
    if (newest !== null) this.send(newest.value)
  }
}

function ignore(): void {}
