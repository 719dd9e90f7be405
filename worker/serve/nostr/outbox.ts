import { lengthOf } from './frames.ts'
import type { Message } from './frames.ts'
import type { Transport } from './transport.ts'

/** Bytes of an answer that are written before the first of them have to be read. */
const AHEAD = 256 * 1024
/** Bytes that are gathered before they are handed over. */
const GATHER = 32 * 1024
/** How often whatever runs next is let run first: what it has to say goes with the rest. */
const TURNS = 8

/**
 * What goes out to one client: what is said at one time is written as one. A client that
 * does not read holds back at most `most` bytes, and not for longer than `stall` ms: then it
 * is cut off.
 */
export class Outbox {
  readonly #socket: Transport
  readonly #most: number
  readonly #stall: number
  #gathered: Message[] = []
  #bytes = 0
  #waiting = 0
  #timer: ReturnType<typeof setTimeout> | null = null
  readonly #resume = new Set<() => void>()

  constructor(socket: Transport, { most, stall }: { most: number; stall: number }) {
    this.#socket = socket
    this.#most = most
    this.#stall = stall
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
    this.#timer ??= setTimeout(() => this.#socket.destroy(), this.#stall)
    if (this.#waiting > this.#most) this.#socket.destroy()
  }

  #drained(): void {
    this.#waiting = 0
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    for (const resume of this.#resume) resume()
    this.#resume.clear()
  }
}
