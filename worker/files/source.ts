import { HypertunaError } from '../../protocol/errors.ts'

/**
 * Pulls chunks from a source, and can be stopped while the source is silent.
 * A source fails with its own error; what is not ours becomes SOURCE_UNREADABLE.
 */
export class SourceReader {
  readonly #chunks: AsyncIterator<Uint8Array>
  readonly #onstop: (err: unknown) => void
  #pending: Promise<Uint8Array | null> | null = null
  #reject: ((err: HypertunaError) => void) | null = null
  #stopped: HypertunaError | null = null
  #done = false

  /** @param onstop told when the source fails to close */
  constructor(source: AsyncIterable<Uint8Array>, onstop: (err: unknown) => void) {
    this.#chunks = source[Symbol.asyncIterator]()
    this.#onstop = onstop
  }

  /** The next chunk, or null at the end. */
  next(): Promise<Uint8Array | null> {
    const pending = this.#pending ?? this.#pull()
    this.#pending = null
    return pending
  }

  /** Whether the next chunk is still not here after `ms`; it is asked for, not taken. */
  isStalled(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(true), ms)
      const came = (): void => {
        clearTimeout(timer)
        resolve(false)
      }
      this.#pending ??= this.#pull()
      this.#pending.then(came, came)
    })
  }

  /** Ends the reading with `err`: at once for whoever waits, and the source is told to close. */
  stop(err: HypertunaError): void {
    this.#stopped ??= err
    this.#reject?.(this.#stopped)
    this.close()
  }

  /** Tells the source that no more is wanted. */
  close(): void {
    if (this.#done) return
    this.#done = true
    // A silent source may never answer, so nobody waits for it.
    this.#chunks.return?.().catch(this.#onstop)
  }

  async #pull(): Promise<Uint8Array | null> {
    try {
      const step = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        if (this.#stopped !== null) return reject(this.#stopped)
        this.#reject = reject
        this.#chunks.next().then(resolve, reject)
      })
      if (step.done === true) this.#done = true
      return step.done === true ? null : step.value
    } catch (err) {
      if (err !== this.#stopped) this.#done = true
      if (err instanceof HypertunaError) throw err
      throw HypertunaError.from(err, 'SOURCE_UNREADABLE')
    } finally {
      this.#reject = null
    }
  }
}
