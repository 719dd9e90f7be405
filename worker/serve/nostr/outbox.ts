import { lengthOf } from './frames.ts'
import type { Message } from './frames.ts'
import type { Transport } from './transport.ts'

/** Bytes of an answer that are written before the first of them have to be read. */
const AHEAD = 256 * 1024
/** Bytes that are gathered before they are handed over. */
const GATHER = 32 * 1024
/** How often whatever runs next is let run first: what it has to say goes with the rest. */
const TURNS = 8

/** What all clients together have not read. Beyond the limit whoever has most is cut off. */
export class Backlog {
  readonly #most: number
  readonly #waiting = new Map<Outbox, number>()
  #bytes = 0

  constructor(most: number) {
    this.#most = most
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#bytes
  }

  /** @param bytes that wait for one client now */
  set(outbox: Outbox, bytes: number): void {
    this.#bytes += bytes - (this.#waiting.get(outbox) ?? 0)
    if (bytes === 0) this.#waiting.delete(outbox)
    else this.#waiting.set(outbox, bytes)
    if (this.#bytes > this.#most) this.#longest()?.cut()
  }

  #longest(): Outbox | null {
    let longest: Outbox | null = null
    let most = 0
    for (const [outbox, bytes] of this.#waiting) if (bytes > most) [longest, most] = [outbox, bytes]
    return longest
  }
}

export interface OutboxOptions {
  limits: { outgoing: number; stall: number }
  /** Of all clients. */
  backlog: Backlog
  /** It is full, or no more. */
  onmove?(): void
}

/**
 * What goes out to one client: what is said at one time is written as one. A client that
 * does not read holds back at most `most` bytes, and not for longer than `stall` ms: then it
 * is cut off.
 */
export class Outbox {
  readonly #socket: Transport
  readonly #most: number
  readonly #stall: number
  readonly #backlog: Backlog
  readonly #onmove: () => void
  #gathered: Message[] = []
  #bytes = 0
  #waiting = 0
  #timer: ReturnType<typeof setTimeout> | null = null
  readonly #resume = new Set<() => void>()

  constructor(socket: Transport, { limits, backlog, onmove = () => {} }: OutboxOptions) {
    this.#socket = socket
    this.#most = limits.outgoing
    this.#stall = limits.stall
    this.#backlog = backlog
    this.#onmove = onmove
    socket.listen({ drain: () => this.#drained(), close: () => this.#drained() })
  }

  /** Whether the client has to read before it is sent more that can wait. */
  get full(): boolean {
    return this.#waiting + this.#bytes > Math.min(AHEAD, this.#most / 2)
  }

  send(message: Message): void {
    if (this.#socket.destroying) return
    this.#bytes += lengthOf(message)
    if (this.#gathered.push(message) === 1) this.#flushAfter(TURNS)
    if (this.#bytes >= GATHER) this.#flush()
  }

  /** Ends the connection at once. */
  cut(): void {
    this.#socket.destroy()
    this.#drained() // what it would have read waits for nobody
  }

  /** Ends the connection after what was said so far. */
  close(code: number, reason: string): void {
    this.#flush()
    this.#socket.close(code, reason)
  }

  /** Resolves when the client has read, or is gone. */
  async drained(): Promise<void> {
    this.#flush()
    if (!this.full || this.#socket.destroying) return
    await new Promise<void>((resolve) => this.#resume.add(resolve))
  }

  #flushAfter(turns: number): void {
    queueMicrotask(() => {
      if (turns > 0 && this.#gathered.length > 0) this.#flushAfter(turns - 1)
      else this.#flush()
    })
  }

  #flush(): void {
    const messages = this.#gathered
    if (messages.length === 0) return
    const bytes = this.#bytes
    this.#gathered = []
    this.#bytes = 0
    if (this.#socket.destroying || this.#socket.write(messages)) return
    this.#waiting += bytes
    this.#timer ??= setTimeout(() => this.cut(), this.#stall)
    if (this.#waiting > this.#most) return this.cut()
    this.#backlog.set(this, this.#waiting)
    if (this.full) this.#onmove()
  }

  #drained(): void {
    this.#waiting = 0
    this.#backlog.set(this, 0)
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    for (const resume of this.#resume) resume()
    this.#resume.clear()
    this.#onmove()
  }
}
