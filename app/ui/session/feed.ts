import { beforeFrame } from './frames.ts'
import type { Live } from './store.ts'

export interface FeedState<T> {
  value: T
  /** False until the first value of any session arrived */
  loaded: boolean
  /** Why the worker ended it, if it did */
  error: unknown
}

export interface FeedSource<T> {
  /** Starts the subscription and returns what ends it. It may start again by itself. */
  start(onvalue: (next: (state: T) => T) => void, onend: (error: unknown) => void): () => void
  /** Nobody reads any more; the feed has stopped. */
  idle(): void
}

/**
 * A subscription's running state. It starts with the first reader and stops a while after the
 * last. Many values between two frames are one change for the readers.
 */
export class Feed<T> implements Live<FeedState<T>> {
  #state: FeedState<T>
  #stop: (() => void) | null = null
  #lingering: ReturnType<typeof setTimeout> | undefined
  #scheduled = false
  readonly #source: FeedSource<T>
  readonly #linger: number
  readonly #listeners = new Set<() => void>()

  /** @param linger milliseconds between the last reader's leaving and the end */
  constructor(first: T, linger: number, source: FeedSource<T>) {
    this.#state = { value: first, loaded: false, error: null }
    this.#linger = linger
    this.#source = source
  }

  get = (): FeedState<T> => this.#state

  subscribe = (listener: () => void): (() => void) => {
    clearTimeout(this.#lingering)
    this.#listeners.add(listener)
    this.#stop ??= this.#source.start(
      (next) => this.#change({ value: next(this.#state.value), loaded: true, error: null }),
      (error) => this.#change({ ...this.#state, error })
    )
    return () => this.#leave(listener)
  }

  #leave(listener: () => void): void {
    this.#listeners.delete(listener)
    if (this.#listeners.size > 0) return
    clearTimeout(this.#lingering)
    this.#lingering = setTimeout(() => {
      this.#stop?.()
      this.#stop = null
      this.#source.idle()
    }, this.#linger)
  }

  #change(state: FeedState<T>): void {
    const { value, loaded, error } = this.#state
    if (state.value === value && state.loaded === loaded && state.error === error) return
    this.#state = state
    if (this.#scheduled) return
    this.#scheduled = true
    beforeFrame(() => {
      this.#scheduled = false
      for (const listener of [...this.#listeners]) listener()
    })
  }
}
