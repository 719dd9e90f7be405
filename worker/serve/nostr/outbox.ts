import type { Transport } from './transport.ts'

/** Bytes of an answer that are written before the first of them have to be read. */
const AHEAD = 256 * 1024

/**
 * What goes out to one client. A client that does not read holds back at most
 * `most` bytes, and not for longer than `stall` ms: then it is cut off.
 */
export class Outbox {
  readonly #socket: Transport
  readonly #most: number
  readonly #stall: number
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
    return this.#waiting > Math.min(AHEAD, this.#most / 2)
  }

  send(text: string): void {
    if (this.#socket.destroying) return
    if (this.#socket.write(text)) return
    this.#waiting += text.length
    this.#timer ??= setTimeout(() => this.#socket.destroy(), this.#stall)
    if (this.#waiting > this.#most) this.#socket.destroy()
  }

  /** Resolves when the client has read, or is gone. */
  async drained(): Promise<void> {
    if (!this.full || this.#socket.destroying) return
    await new Promise<void>((resolve) => this.#resume.add(resolve))
  }

  #drained(): void {
    this.#waiting = 0
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    for (const resume of this.#resume) resume()
    this.#resume.clear()
  }
}
