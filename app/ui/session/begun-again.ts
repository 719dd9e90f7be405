/** How long a subscription that failed waits before it is begun again, in ms. */
const FIRST_WAIT = 400
const LONGEST_WAIT = 15_000

/**
 * A subscription within one session that is begun again when the worker ends it with an error,
 * after a while, and longer each time that it fails before anything came. A worker that is
 * starting refuses what it answers a moment later, and what is not answered would be missing
 * from the page until it is loaded anew.
 */
export class BegunAgain<Value> {
  readonly #begin: Begin<Value>
  readonly #listener: Listener<Value>
  #wait = FIRST_WAIT
  #leave: (() => void) | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  #stopped = false

  constructor(begin: Begin<Value>, listener: Listener<Value>) {
    this.#begin = begin
    this.#listener = listener
    this.#start()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#leave?.()
  }

  #start(): void {
    this.#leave = this.#begin(
      (value) => {
        this.#wait = FIRST_WAIT
        this.#listener.onvalue(value)
      },
      (error) => this.#onend(error)
    )
  }

  #onend(error: Failure | null): void {
    if (this.#stopped || error?.code === 'CLOSED') return // the next session begins anew
    this.#listener.onend(error)
    if (error === null) return
    this.#timer = setTimeout(() => this.#start(), this.#wait)
    this.#wait = Math.min(LONGEST_WAIT, this.#wait * 2)
  }
}

interface Failure {
  readonly code: string
}

/** Subscribes, and returns what ends that. */
type Begin<Value> = (
  onvalue: (value: Value) => void,
  onend: (error: Failure | null) => void
) => () => void

interface Listener<Value> {
  onvalue(value: Value): void
  /** It ended for now, or for good when there is no error. */
  onend(error: Failure | null): void
}
