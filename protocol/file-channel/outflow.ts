import type Protomux from 'protomux'

/** The part of a Protomux channel that tells whether the connection keeps up. */
type Drainable = Pick<Protomux.Channel, 'drained'>

/**
 * Holds senders back while the connection is full.
 *
 * A stream says "full" after every single frame, since frames are larger than
 * its high-water mark. Stopping there would let the connection run dry between
 * two frames, so `ahead` bytes may follow before senders wait for the drain.
 */
export class Outflow {
  readonly #ahead: number
  #channel: Drainable | null = null
  #beyond = 0
  #waiting: (() => void)[] = []

  constructor(ahead: number) {
    this.#ahead = ahead
  }

  attach(channel: Drainable): void {
    this.#channel = channel
  }

  get full(): boolean {
    return this.#beyond >= this.#ahead
  }

  /** `bytes` were written. */
  wrote(bytes: number): void {
    this.#beyond = this.#channel?.drained === true ? 0 : this.#beyond + bytes
  }

  /** Resolves at the next drain, or when everything stops; look again then. */
  wait(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** The connection drained, or a sender stopped and must notice. */
  drain(): void {
    this.#beyond = 0
    this.wake()
  }

  wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}
