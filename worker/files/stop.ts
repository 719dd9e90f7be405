import { HypertunaError } from '../../protocol/errors.ts'

/** The part of AbortSignal that is used: Bare's and the web's both fit. */
export interface Signal {
  readonly aborted: boolean
  readonly reason?: unknown
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** One job's reason to stop, from whoever comes first: its caller's signal or our own closing. */
export class Stop {
  reason: HypertunaError | null = null
  readonly #signal: Signal | undefined
  readonly #listeners = new Set<(reason: HypertunaError) => void>()
  readonly #oncancel = (): void => {
    const reason = this.#signal?.reason
    const ours = reason instanceof HypertunaError ? reason : null
    this.now(ours ?? new HypertunaError('CANCELLED', 'It was cancelled'))
  }

  constructor(signal: Signal | undefined) {
    this.#signal = signal
    if (signal?.aborted) this.#oncancel()
    else signal?.addEventListener('abort', this.#oncancel, { once: true })
  }

  /** @throws the reason to stop, if there is one */
  check(): void {
    if (this.reason !== null) throw this.reason
  }

  now(reason: HypertunaError): void {
    if (this.reason !== null) return
    this.reason = reason
    for (const listener of this.#listeners) listener(reason)
  }

  /** Calls `listener` on stopping, at once if that was before. */
  on(listener: (reason: HypertunaError) => void): void {
    this.#listeners.add(listener)
    if (this.reason !== null) listener(this.reason)
  }

  /** Waits for `work`, but no longer than until the stop. */
  wait(work: Promise<unknown>): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        this.#listeners.delete(reject)
        resolve()
      }
      this.on(reject)
      work.then(done, done)
    })
  }

  /** The job is over: lets go of the signal. */
  end(): void {
    this.#signal?.removeEventListener('abort', this.#oncancel)
    this.#listeners.clear()
  }
}
