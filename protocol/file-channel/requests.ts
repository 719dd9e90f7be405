import { HypertunaError } from '../errors.ts'
import { isHex32 } from '../ids.ts'
import { CreditPool } from './credit.ts'
import { Incoming } from './incoming.ts'
import { MAX_SAMPLE } from './limits.ts'
import type { Limits } from './limits.ts'
import type {
  DataMessage,
  ErrorMessage,
  HeadMessage,
  IdMessage,
  SampledMessage,
  SampleMessage,
  Send
} from './messages.ts'
import { cancelled, errorOf } from './refusals.ts'
import type { Signal } from './types.ts'

interface Sampling {
  resolve(digest: Uint8Array): void
  reject(err: HypertunaError): void
  active: number
}

/** What we asked of the other side and what has come of it. */
export class Requests {
  readonly #send: Send
  readonly #limits: Limits
  readonly #credit: CreditPool
  readonly #streams = new Map<number, Incoming>()
  readonly #samples = new Map<number, Sampling>()
  readonly #nextId: () => number
  #failure: HypertunaError | null = null

  /** @param nextId for whatever this side asks, never 0 and never the same again */
  constructor(send: Send, limits: Limits, nextId: () => number) {
    this.#nextId = nextId
    this.#send = send
    this.#limits = limits
    this.#credit = new CreditPool(limits)
  }

  /** Requests whose answers are not complete, or not read to their end. */
  get size(): number {
    return this.#streams.size + this.#samples.size
  }

  /** Opens a stream; `send` puts the request on the wire with its first credit. */
  open(
    range: { offset: number; length: number },
    send: (id: number, credit: number) => void
  ): Incoming {
    this.#refuseWhenFull()
    const account = this.#credit.open()
    const id = this.#nextId()
    const stream = new Incoming(this, { id, account, ...range, now: Date.now() })
    this.#streams.set(id, stream)
    stream.granted = this.#credit.grant(account, stream.ungranted)
    send(id, stream.granted)
    return stream
  }

  /** Asks for a digest; see FileChannel.sample. */
  sample(message: Omit<SampleMessage, 'id'>, signal?: Signal): Promise<Uint8Array> {
    this.#refuseWhenFull()
    const id = this.#nextId()
    return new Promise((resolve, reject) => {
      const undo = whenAborted(signal, () => {
        if (!this.#samples.delete(id)) return
        this.#send('cancel', { id })
        reject(cancelled())
      })
      this.#samples.set(id, {
        active: Date.now(),
        resolve(digest) {
          undo()
          resolve(digest)
        },
        reject(err) {
          undo()
          reject(err)
        }
      })
      this.#send('sample', { id, ...message })
    })
  }

  /** Each of these takes one frame and returns false when it breaks the rules. */
  onhead(message: HeadMessage): boolean {
    const stream = this.#touch(message.id)
    if (stream === undefined) return true
    if (message.status !== 0) {
      stream.fail(new HypertunaError('UNSUPPORTED', 'The other side answers in a newer way'))
      return true
    }
    const { size, mime, name, event } = message
    return stream.begin({ status: 'ok', size, mime, name, event })
  }

  ondata(message: DataMessage): boolean {
    return this.#touch(message.id)?.take(message.bytes) ?? true
  }

  onend(message: IdMessage): boolean {
    this.#touch(message.id)?.finish()
    return true
  }

  onsampled(message: SampledMessage): boolean {
    const sampling = this.#samples.get(message.id)
    this.#samples.delete(message.id)
    sampling?.resolve(message.digest)
    return true
  }

  onerror(message: ErrorMessage): boolean {
    const err = errorOf(message)
    const sampling = this.#samples.get(message.id)
    this.#samples.delete(message.id)
    sampling?.reject(err)
    this.#streams.get(message.id)?.refuse(err)
    return true
  }

  /** Fails whatever has waited for the other side for too long. */
  sweep(now: number): void {
    const since = now - this.#limits.idle
    for (const [id, sampling] of this.#samples) {
      if (sampling.active > since) continue
      this.#samples.delete(id)
      this.#send('cancel', { id })
      sampling.reject(silent())
    }
    for (const stream of this.#streams.values()) {
      if (stream.waiting && stream.active <= since) stream.fail(silent())
    }
  }

  /** Fails everything that is open, and whatever is asked from now on. */
  fail(err: HypertunaError): void {
    this.#failure = err
    for (const sampling of this.#samples.values()) sampling.reject(err)
    this.#samples.clear()
    for (const stream of this.#streams.values()) stream.fail(err)
  }

  /** Called by a stream. */
  consumed(stream: Incoming, bytes: number): void {
    this.#credit.consume(stream.account, bytes)
    const more = this.#credit.grant(stream.account, stream.ungranted)
    if (more === 0) return
    if (!stream.waiting) stream.active = Date.now() // its turn begins now
    stream.granted += more
    this.#send('credit', { id: stream.id, bytes: more })
  }

  /** Called by a stream, once. */
  released(stream: Incoming, cancelled: boolean): void {
    this.#streams.delete(stream.id)
    this.#credit.close(stream.account)
    if (cancelled && this.#failure === null) this.#send('cancel', { id: stream.id })
  }

  /** A frame for an id that is gone (cancelled a moment ago) is nobody's, and no offence. */
  #touch(id: number): Incoming | undefined {
    const stream = this.#streams.get(id)
    if (stream !== undefined) stream.active = Date.now()
    return stream
  }

  #refuseWhenFull(): void {
    if (this.#failure !== null) throw this.#failure
    if (this.size < this.#limits.requests) return
    throw new HypertunaError('BUSY', `${this.size} requests are open; wait for one to end`)
  }
}

/** @throws {HypertunaError} BAD_REQUEST */
export function checkSample(length: number): void {
  if (length >= 0 && length <= MAX_SAMPLE) return
  throw new HypertunaError('BAD_REQUEST', 'A sample is at most 1 MiB long')
}

/** Throws BAD_REQUEST for what cannot be a file or a range of it; `length` may be negative. */
export function checkRange(hash: string, offset: number, length: number): void {
  const fits = Number.isSafeInteger(offset) && offset >= 0 && Number.isSafeInteger(length)
  if (isHex32(hash) && fits) return
  throw new HypertunaError('BAD_REQUEST', 'A request names a file hash and a range of whole bytes')
}

function silent(): HypertunaError {
  return new HypertunaError('TIMEOUT', 'The other side sent nothing for too long')
}

/** Calls `listener` once when `signal` aborts. Returns the undo. */
export function whenAborted(signal: Signal | undefined, listener: () => void): () => void {
  if (signal === undefined) return () => {}
  signal.addEventListener('abort', listener, { once: true })
  return () => signal.removeEventListener('abort', listener)
}
