import { Readable } from 'streamx'
import { HypertunaError } from '../errors.ts'
import type { Account } from './credit.ts'
import type { ByteStream, FileHead } from './types.ts'

/** What an incoming stream asks of the requests it belongs to. */
export interface IncomingOwner {
  /** Bytes went to the reader: there may be new credit. */
  consumed(stream: Incoming, bytes: number): void
  /** The stream needs nothing more; `cancelled` when the other side must be told. */
  released(stream: Incoming, cancelled: boolean): void
}

/**
 * The answer to one request: a head, then bytes.
 *
 * Bytes wait in a queue of its own, because streamx asks for more only when its
 * reader has taken what it had: what leaves the queue is consumed, and only
 * then is new credit granted.
 */
export class Incoming extends Readable implements ByteStream {
  readonly id: number
  readonly account: Account
  /** Settles with the head, or with the reason why there is none. */
  readonly headed: Promise<FileHead>
  /** Bytes that were granted, and bytes that came. */
  granted = 0
  received = 0
  /** When something last happened, in milliseconds. */
  active: number
  /** Called once the stream needs nothing more: lets go of an abort signal. */
  undo: () => void = () => {}

  readonly #owner: IncomingOwner
  readonly #offset: number
  readonly #length: number
  readonly #queue: Uint8Array[] = []
  #head: FileHead | null = null
  #ended = false
  #released = false
  #failure: HypertunaError | null = null
  #reading: ((err: Error | null) => void) | null = null
  #resolve!: (head: FileHead) => void
  #reject!: (err: HypertunaError) => void

  /** `length` is -1 when it goes to the end. */
  constructor(
    owner: IncomingOwner,
    request: { id: number; account: Account; offset: number; length: number; now: number }
  ) {
    super()
    this.id = request.id
    this.account = request.account
    this.active = request.now
    this.#owner = owner
    this.#offset = request.offset
    this.#length = request.length
    this.headed = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // A failure reaches whoever iterates or listens. Nobody may do so yet, and an
    // error that nobody listens to would end the process.
    this.on('error', () => {})
  }

  /** Bytes that were not granted yet; Infinity while the end is unknown. */
  get ungranted(): number {
    return this.#expected() - this.granted
  }

  /** Whether it is the other side's turn. */
  get waiting(): boolean {
    return !this.#ended && (this.#head === null || this.received < this.granted)
  }

  get headKnown(): boolean {
    return this.#head !== null
  }

  /** The head came. Returns false when it cannot be true. */
  begin(head: FileHead): boolean {
    if (this.#head !== null || head.size < this.#offset) return false
    this.#head = head
    this.#resolve(head)
    return true
  }

  /** Bytes came. Returns false when they were neither asked for nor granted. */
  take(bytes: Uint8Array): boolean {
    this.received += bytes.byteLength
    if (this.#head === null || this.#ended) return false
    if (this.received > this.granted || this.received > this.#expected()) return false
    if (bytes.byteLength === 0) return true
    this.#queue.push(bytes)
    this.#flow()
    return true
  }

  /** The other side says that this was all. */
  finish(): void {
    if (this.#head === null || this.received !== this.#expected()) {
      this.fail(new HypertunaError('TRUNCATED', 'The other side ended before the last byte'))
      return
    }
    this.#ended = true
    this.#flow()
  }

  /** The other side refused, or gave up: there is nothing to cancel. */
  refuse(err: HypertunaError): void {
    this.#ended = true
    this.fail(err)
  }

  /** Ends the stream with an error that its reader sees. */
  fail(err: HypertunaError): void {
    this.#failure ??= err
    this.destroy(err)
  }

  override async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* super[Symbol.asyncIterator]() as AsyncIterableIterator<Uint8Array>
    } catch (err) {
      throw this.#failure ?? err // streamx forgets the reason when it came before the reader
    }
  }

  override _read(done: (err: Error | null) => void): void {
    this.#reading = done
    this.#flow()
  }

  override _predestroy(): void {
    this.#queue.length = 0
    this.#failure ??= new HypertunaError('CANCELLED', 'The request was cancelled')
    this.#reject(this.#failure)
    this.#release(!this.#ended)
    this.#read()
  }

  #flow(): void {
    const chunk = this.#reading === null ? undefined : this.#queue.shift()
    if (chunk !== undefined) {
      this.push(chunk)
      this.#owner.consumed(this, chunk.byteLength)
      this.#read()
    }
    if (this.#ended && this.#queue.length === 0 && !this.#released) {
      this.push(null)
      this.#release(false)
      this.#read()
    }
  }

  /** Lets streamx ask again. */
  #read(): void {
    const done = this.#reading
    this.#reading = null
    done?.(null)
  }

  #release(cancelled: boolean): void {
    if (this.#released) return
    this.#released = true
    this.undo()
    this.#owner.released(this, cancelled)
  }

  #expected(): number {
    if (this.#head === null) return this.#length < 0 ? Infinity : this.#length
    const rest = this.#head.size - this.#offset
    return this.#length < 0 ? rest : Math.min(this.#length, rest)
  }
}
