/**
 * The bytes of one file, in order, out of ranges that many providers send at
 * once and in any order.
 *
 * Whoever is fast asks for the next range sooner, and so gets more of them. A
 * range that a slow provider sits on is asked for a second time once another
 * has nothing to do: the first answer counts.
 */
import { AbortController } from 'bare-abort-controller'
import { HypertunaError } from '../../protocol/errors.ts'
import type { FileRecord } from '../../protocol/file-event.ts'
import type { Signal } from '../../protocol/file-channel/channel.ts'
import { cutPieces, PIECE_SIZE, verifyPiece } from '../../protocol/pieces.ts'
import type { Bandwidth } from './bandwidth.ts'
import type { FileSource } from './file-source.ts'
import { FLIGHTS, Provider } from './provider.ts'
import type { Flight } from './provider.ts'

/** Bytes of one range: whole pieces, so that each can be checked alone. */
export const RANGE_SIZE = 1024 * 1024
/** Ranges that may be ahead of the one that is due, however many providers there are. */
const MAX_AHEAD = 32
/** How often stalls and slow ranges are looked for, in ms. */
const SWEEP = 250

export interface DownloadOptions {
  record: FileRecord
  /** The verified layer of the record's tree, or null to take the bytes as they come. */
  layer: Uint8Array | null
  /** Bytes that are here already: whole ranges, from the beginning. */
  from: number
  providers: () => FileSource[]
  /** Milliseconds without a byte after which a provider is dropped. */
  stall: number
  /** What all downloads together may take; null for any number. */
  down: Bandwidth | null
  signal: Signal | undefined
  onprogress: (bytes: number) => void
  /** A provider's bytes disagree with the layer: one of the two is wrong. */
  onsuspect: (channel: FileSource, reason: string) => void
  /** A provider failed: it is gone, silent, or does not have the file. */
  onfailed: (channel: FileSource, err: HypertunaError) => void
}

export class Download implements AsyncIterable<Uint8Array> {
  readonly #options: DownloadOptions
  readonly #count: number
  readonly #providers = new Map<FileSource, Provider>()
  readonly #dropped = new Set<FileSource>()
  readonly #flights = new Map<number, Set<Flight>>()
  readonly #landed = new Map<number, Uint8Array[]>()
  /** Ranges that came back unfinished, lowest first. */
  readonly #again: number[] = []
  #next = 0
  #due = 0
  #failure: HypertunaError | null = null
  #waiting: PromiseWithResolvers<void> | null = null
  #clock: ReturnType<typeof setInterval> | null = null

  constructor(options: DownloadOptions) {
    this.#options = options
    this.#count = Math.ceil(options.record.size / RANGE_SIZE)
    this.#next = this.#due = Math.floor(options.from / RANGE_SIZE)
  }

  /** Why no more bytes come; null while they do. */
  get failure(): HypertunaError | null {
    return this.#failure
  }

  /** Chunks as they came, never touched again by us. Can be iterated once. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    const { signal, onprogress, record } = this.#options
    const onabort = (): void => this.stop()
    signal?.addEventListener('abort', onabort, { once: true })
    this.#clock = setInterval(() => this.#sweep(), SWEEP)
    try {
      if (signal?.aborted === true) this.stop()
      while (this.#due < this.#count) {
        const chunks = await this.#take(this.#due)
        this.#due++
        this.#fill()
        yield* chunks
        onprogress(Math.min(record.size, this.#due * RANGE_SIZE))
      }
    } finally {
      signal?.removeEventListener('abort', onabort)
      this.stop()
    }
  }

  /** Ends every flight; whoever waits for bytes gets CANCELLED. */
  stop(): void {
    this.#fail(new HypertunaError('CANCELLED', 'The download was cancelled'))
  }

  async #take(index: number): Promise<Uint8Array[]> {
    for (;;) {
      if (this.#failure !== null) throw this.#failure
      const chunks = this.#landed.get(index)
      if (chunks !== undefined) {
        this.#landed.delete(index)
        return chunks
      }
      this.#waiting = Promise.withResolvers()
      this.#fill()
      await this.#waiting.promise
    }
  }

  /** Gives every provider that has a hand free its next range. */
  #fill(): void {
    if (this.#failure !== null) return
    for (const channel of this.#options.providers()) {
      if (this.#providers.has(channel) || this.#dropped.has(channel)) continue
      this.#providers.set(channel, new Provider(channel))
    }
    if (this.#providers.size === 0 && this.#due + this.#landed.size < this.#count) {
      return this.#fail(new HypertunaError('NOBODY_ONLINE', 'No provider of this file is left'))
    }
    const paces = [...this.#providers.values()].map(({ pace }) => pace).filter((pace) => pace > 0)
    const fastest = Math.min(...paces)
    let given = true
    while (given) {
      given = false
      for (const provider of this.#providers.values()) {
        if (provider.flights.size >= provider.hands(fastest)) continue
        const index = this.#pick() ?? this.#steal(provider)
        if (index === null) continue
        this.#start(provider, index)
        given = true
      }
    }
  }

  #pick(): number | null {
    const again = this.#again.shift()
    if (again !== undefined) return again
    const ahead = Math.min(MAX_AHEAD, 2 * FLIGHTS * this.#providers.size)
    if (this.#next >= this.#count || this.#next >= this.#due + ahead) return null
    return this.#next++
  }

  /** The lowest range that is overdue elsewhere, for a provider with nothing else to do. */
  #steal(provider: Provider): number | null {
    if (provider.flights.size > 0 || provider.pace === 0) return null
    const overdue = Date.now() - Math.max(SWEEP, provider.patience)
    const indexes = [...this.#flights.keys()].sort((a, b) => a - b)
    for (const index of indexes) {
      const flights = [...(this.#flights.get(index) ?? [])]
      if (flights.length === 1 && flights.every(({ started }) => started < overdue)) return index
    }
    return null
  }

  #start(provider: Provider, index: number): void {
    const started = Date.now()
    const flight = { index, provider, abort: new AbortController(), started, over: false }
    if (provider.flights.size === 0) provider.lastByte = started
    provider.flights.add(flight)
    const others = this.#flights.get(index) ?? new Set()
    this.#flights.set(index, others.add(flight))
    void this.#fly(flight)
  }

  async #fly(flight: Flight): Promise<void> {
    const { index, provider } = flight
    try {
      const chunks = await this.#receive(flight)
      if (flight.over) return
      this.#end(flight)
      if (!this.#isRight(index, chunks)) return this.#suspect(provider, index)
      provider.took(Date.now() - flight.started)
      for (const other of this.#flights.get(index) ?? []) this.#end(other)
      this.#landed.set(index, chunks)
      this.#wake()
      this.#fill()
    } catch (err) {
      if (!flight.over) this.#failed(flight, HypertunaError.from(err))
    }
  }

  async #receive(flight: Flight): Promise<Uint8Array[]> {
    const { record } = this.#options
    const offset = flight.index * RANGE_SIZE
    const length = Math.min(RANGE_SIZE, record.size - offset)
    const { head, stream } = await flight.provider.channel.request({
      hash: record.hash,
      offset,
      length,
      event: false,
      signal: flight.abort.signal
    })
    if (head.size !== record.size) {
      stream.destroy()
      throw new HypertunaError('WRONG_BYTES', 'This provider’s file has another size')
    }
    const chunks: Uint8Array[] = []
    for await (const chunk of stream) {
      chunks.push(chunk)
      await this.#throttle(flight.provider, chunk.byteLength)
      flight.provider.lastByte = Date.now()
    }
    return chunks
  }

  /** Waits as the limit says: what is not read meanwhile is not sent either. */
  async #throttle(provider: Provider, bytes: number): Promise<void> {
    const turn = this.#options.down?.take(bytes) ?? null
    if (turn === null) return
    provider.held++ // its silence is ours
    await turn
    provider.held--
  }

  #isRight(index: number, chunks: Uint8Array[]): boolean {
    const { layer, record } = this.#options
    if (layer === null) return true
    const first = (index * RANGE_SIZE) / PIECE_SIZE
    return cutPieces(chunks).every((piece, i) => verifyPiece(layer, record.size, first + i, piece))
  }

  #suspect(provider: Provider, index: number): void {
    const at = index * RANGE_SIZE
    this.#options.onsuspect(provider.channel, `The bytes from ${at} on are not the file’s`)
    this.#putBack(index)
    this.#drop(provider)
  }

  #failed(flight: Flight, err: HypertunaError): void {
    const { provider, index } = flight
    this.#end(flight)
    this.#putBack(index)
    if (err.code === 'BUSY' && provider.flights.size > 0) {
      provider.limit = provider.flights.size // it has as much to do as it can take
      return this.#fill()
    }
    this.#options.onfailed(provider.channel, err)
    this.#drop(provider)
  }

  #drop(provider: Provider): void {
    this.#dropped.add(provider.channel)
    this.#providers.delete(provider.channel)
    for (const flight of provider.flights) {
      this.#end(flight)
      this.#putBack(flight.index)
    }
    this.#fill()
  }

  #putBack(index: number): void {
    if (this.#flights.has(index) || this.#landed.has(index) || index < this.#due) return
    this.#again.push(index)
    this.#again.sort((a, b) => a - b)
  }

  #end(flight: Flight): void {
    if (flight.over) return
    flight.over = true
    flight.provider.flights.delete(flight)
    const flights = this.#flights.get(flight.index)
    flights?.delete(flight)
    if (flights?.size === 0) this.#flights.delete(flight.index)
    flight.abort.abort(new HypertunaError('CANCELLED', 'Not needed any more'))
  }

  #sweep(): void {
    const late = Date.now() - this.#options.stall
    for (const provider of [...this.#providers.values()]) {
      if (provider.flights.size === 0 || provider.held > 0 || provider.lastByte > late) continue
      const silent = new HypertunaError('TIMEOUT', 'This provider sent nothing for too long')
      this.#options.onfailed(provider.channel, silent)
      this.#drop(provider)
    }
    this.#fill()
  }

  #wake(): void {
    this.#waiting?.resolve()
    this.#waiting = null
  }

  #fail(err: HypertunaError): void {
    if (this.#failure !== null) return
    this.#failure = err
    if (this.#clock !== null) clearInterval(this.#clock)
    for (const provider of this.#providers.values()) {
      for (const flight of provider.flights) this.#end(flight)
    }
    this.#landed.clear()
    this.#wake()
  }
}
