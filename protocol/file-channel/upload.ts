/** The bytes of one file on their way to the other side, and on their way in. */
import { HypertunaError } from '../errors.ts'
import type { Outflow } from './outflow.ts'

/** What may be under way. */
export const UPLOAD_WINDOW = 1024 * 1024

const MAX_CREDIT = 8 * UPLOAD_WINDOW

/** What the answer to `put` and `remove` says. */
export interface Stored {
  /** Whether it was not here before. */
  fresh: boolean
  /** Bytes. */
  size: number
  /** When it came, in seconds. */
  uploaded: number
  mime: string | null
}

/** Our side of a file that we give: pulls its source as the other side takes it. */
export class Giving {
  /** When the other side last did something, in milliseconds. */
  active = Date.now()
  /** Whether we wait for the other side, and not for the source. */
  waiting = true
  readonly answered: Promise<Stored>
  #credit = 0
  #over = false
  #wake: (() => void) | null = null
  #resolve!: (stored: Stored) => void
  #reject!: (err: HypertunaError) => void

  constructor() {
    this.answered = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.answered.catch(() => {}) // whoever gave the file awaits it
  }

  /** Sends the source's bytes; the first is pulled once the other side wants some. */
  async send(
    source: AsyncIterable<Uint8Array>,
    options: { size: number; frame: number; outflow: Outflow; say: (bytes: Uint8Array) => void }
  ): Promise<void> {
    const { size, frame, outflow, say } = options
    let sent = 0
    if (size > 0) await this.#room(outflow)
    if (this.#over || size === 0) return
    this.waiting = false
    for await (const chunk of source) {
      for (let at = 0; at < chunk.byteLength;) {
        this.waiting = true
        await this.#room(outflow)
        this.waiting = false
        if (this.#over) return
        const part = chunk.subarray(at, at + Math.min(frame, this.#credit))
        at += part.byteLength
        sent += part.byteLength
        this.#credit -= part.byteLength
        say(part)
        outflow.wrote(part.byteLength)
      }
    }
    if (sent < size) throw wrongSize()
    this.active = Date.now()
    this.waiting = true
  }

  /** Returns false when that is beyond belief. */
  allow(bytes: number): boolean {
    this.active = Date.now()
    this.#credit += bytes
    if (bytes > 0) this.#wake?.()
    return this.#credit <= MAX_CREDIT
  }

  succeed(stored: Stored): void {
    this.#end()
    this.#resolve(stored)
  }

  fail(err: HypertunaError): void {
    this.#end()
    this.#reject(err)
  }

  #end(): void {
    this.#over = true
    this.#wake?.()
  }

  async #room(outflow: Outflow): Promise<void> {
    while (!this.#over && (this.#credit === 0 || outflow.full)) {
      if (this.#credit > 0) await outflow.wait()
      else await new Promise<void>((resolve) => (this.#wake = resolve))
      this.#wake = null
    }
  }
}

/** A file that we are given, as its bytes come: granted as they are consumed. */
export class Taking implements AsyncIterable<Uint8Array> {
  /** When something last came, in milliseconds. */
  active = Date.now()
  readonly #size: number
  readonly #grant: (bytes: number) => void
  readonly #queue: Uint8Array[] = []
  #left: number
  #granted = 0
  #allowed = 0
  #failure: HypertunaError | null = null
  #wake: (() => void) | null = null

  constructor(size: number, grant: (bytes: number) => void) {
    this.#size = size
    this.#left = size
    this.#grant = grant
  }

  /** Whether it is the other side's turn. */
  get waiting(): boolean {
    return this.#wake !== null
  }

  /** Bytes came. Returns false when they were not granted. */
  take(bytes: Uint8Array): boolean {
    this.active = Date.now()
    this.#granted -= bytes.byteLength
    if (this.#granted < 0) return false
    this.#queue.push(bytes)
    this.#wake?.()
    return true
  }

  /** No more of them will come. */
  fail(err: HypertunaError): void {
    this.#failure ??= err
    this.#queue.length = 0
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    this.#more()
    while (this.#left > 0) {
      if (this.#failure !== null) throw this.#failure
      const bytes = this.#queue.shift()
      if (bytes === undefined) {
        await new Promise<void>((resolve) => (this.#wake = resolve))
        this.#wake = null
        continue
      }
      this.#left -= bytes.byteLength
      yield bytes
      this.#more()
    }
    if (this.#failure !== null) throw this.#failure
  }

  #more(): void {
    const queued = this.#queue.reduce((sum, { byteLength }) => sum + byteLength, 0)
    const room = Math.min(UPLOAD_WINDOW - this.#granted - queued, this.#size - this.#allowed)
    if (room <= 0 || (room < UPLOAD_WINDOW / 4 && this.#allowed + room < this.#size)) return
    this.#granted += room
    this.#allowed += room
    this.#grant(room)
  }
}

function wrongSize(): HypertunaError {
  return new HypertunaError('TRUNCATED', 'The file is not as long as was announced')
}
