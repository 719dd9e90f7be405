/** One end of a client's socket that a file channel carries: whole messages, both ways. */
import EventEmitter from 'bare-events'
import { HypertunaError } from '../errors.ts'
import type { Outflow } from './outflow.ts'

/** The longest message that is carried, in bytes. */
export const MAX_MESSAGE = 512 * 1024

/** What may be under way in one direction; room for one message at least. */
export const SOCKET_WINDOW = 1024 * 1024

/** What each message counts beyond its bytes, so that empty ones are no way around the bound. */
const OVERHEAD = 64

/** No honest side grants more, a few times over. */
const MAX_CREDIT = 8 * SOCKET_WINDOW

export interface SocketWire {
  outflow: Outflow
  /** Puts a message, more credit for the other side, or the end on the wire. */
  message(bytes: Uint8Array): void
  grant(bytes: number): void
  leave(reason: HypertunaError | null): void
}

export interface ChannelSocketEvents {
  message: [bytes: Uint8Array]
  /** What was sent has left. */
  drain: []
  /** It is over; null when somebody simply ended it. */
  close: [reason: HypertunaError | null]
  [event: string | symbol]: unknown[]
}

/** Emits `message`, `drain` and, once, `close`. */
export class ChannelSocket extends EventEmitter<ChannelSocketEvents> {
  closed = false
  readonly #wire: SocketWire
  readonly #queue: Uint8Array[] = []
  readonly #held: Uint8Array[] = []
  #queued = 0
  #credit: number
  /** What the other side may still send. */
  #granted = SOCKET_WINDOW
  #owed = 0
  #paused = false
  #waiting = false

  /** @param credit what may be sent at once */
  constructor(wire: SocketWire, credit: number) {
    super()
    this.#wire = wire
    this.#credit = credit
  }

  /** Bytes that wait for the other side to take more. */
  get queued(): number {
    return this.#queued
  }

  /**
   * Sends a message once the other side can take it. Whoever sends looks at `queued`: it is
   * not bounded here.
   *
   * @returns false when it has to wait
   */
  send(bytes: Uint8Array): boolean {
    if (this.closed) return false
    this.#queue.push(bytes)
    this.#queued += bytes.byteLength
    this.#flush()
    return this.#queue.length === 0
  }

  /** Takes no messages until `resume`: the other side stops when the window is full. */
  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    while (!this.#paused && !this.closed) {
      const bytes = this.#held.shift()
      if (bytes === undefined) break
      this.#deliver(bytes)
    }
  }

  /** Ends it, with or without a reason to tell. Closing twice is safe. */
  close(reason: HypertunaError | null = null): void {
    if (this.closed) return
    this.#wire.leave(reason)
    this.end(reason)
  }

  /** A message came. Returns false when it was not granted. */
  take(bytes: Uint8Array): boolean {
    this.#granted -= bytes.byteLength + OVERHEAD
    if (bytes.byteLength > MAX_MESSAGE || this.#granted < -MAX_MESSAGE) return false
    if (this.closed) return true
    if (this.#paused) this.#held.push(bytes)
    else this.#deliver(bytes)
    return true
  }

  /** The other side can take more. Returns false when that is beyond belief. */
  allow(bytes: number): boolean {
    this.#credit += bytes
    this.#flush()
    return this.#credit <= MAX_CREDIT
  }

  /** It is over; whoever calls has told the other side, or was told. */
  end(reason: HypertunaError | null): void {
    if (this.closed) return
    this.closed = true
    this.#queue.length = 0
    this.#held.length = 0
    this.#queued = 0
    this.emit('close', reason)
  }

  #deliver(bytes: Uint8Array): void {
    this.#owed += bytes.byteLength + OVERHEAD
    this.emit('message', bytes)
    if (this.closed || this.#owed < SOCKET_WINDOW / 4) return
    this.#granted += this.#owed
    this.#wire.grant(this.#owed)
    this.#owed = 0
  }

  #flush(): void {
    const { outflow } = this.#wire
    let sent = false
    while (this.#queue.length > 0 && this.#credit > 0 && !outflow.full) {
      const bytes = this.#queue.shift()!
      this.#queued -= bytes.byteLength
      this.#credit -= bytes.byteLength + OVERHEAD
      this.#wire.message(bytes)
      outflow.wrote(bytes.byteLength)
      sent = true
    }
    if (this.#queue.length === 0) {
      if (sent) queueMicrotask(() => this.closed || this.emit('drain'))
    } else if (this.#credit > 0 && !this.#waiting) {
      this.#waiting = true
      void outflow.wait().then(() => {
        this.#waiting = false
        if (!this.closed) this.#flush()
      })
    }
  }
}
