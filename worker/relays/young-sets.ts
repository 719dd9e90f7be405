/**
 * Has what Autobase adds to and takes out of with each node made anew each time.
 *
 * A Set that lasts grows where it lasts: each time that some were taken out and others put in
 * V8 makes it a new table among what it looks at last, and clearing one makes one too. For one
 * event that was a fifth of what was left there. What is made of few, and new, goes as soon as
 * it is of no use.
 */
import ApplyState from 'autobase/lib/apply-state.js'
import Linearizer from 'autobase/lib/linearizer.js'

/** So many are compared one by one. */
const FEW = 32

/** What Autobase asks of its Sets of nodes. */
export class YoungSet<T> {
  #values: readonly T[] | Set<T>

  constructor(values: Iterable<T> = []) {
    this.#values = [...new Set(values)]
  }

  get size(): number {
    return this.#values instanceof Set ? this.#values.size : this.#values.length
  }

  has(value: T): boolean {
    return this.#values instanceof Set ? this.#values.has(value) : this.#values.includes(value)
  }

  add(value: T): this {
    if (this.has(value)) return this
    if (!(this.#values instanceof Set)) {
      if (this.#values.length < FEW) {
        this.#values = [...this.#values, value]
        return this
      }
      this.#values = new Set(this.#values)
    }
    this.#values.add(value)
    return this
  }

  delete(value: T): boolean {
    if (!this.has(value)) return false
    if (!(this.#values instanceof Set)) {
      this.#values = this.#values.filter((other) => other !== value)
    } else if (this.#values.delete(value) && this.#values.size < FEW / 2) {
      this.#values = [...this.#values]
    }
    return true
  }

  /** What is taken out while they are gone through may be met still, or not. */
  [Symbol.iterator](): Iterator<T> {
    return this.#values[Symbol.iterator]()
  }
}

/** Linearizer gives each of them a Set as it is made. */
for (const name of ['heads', 'tails']) {
  const kept = Symbol(name)
  Object.defineProperty(Linearizer.prototype, name, {
    get(this: Record<symbol, unknown>) {
      return this[kept]
    },
    set(this: Record<symbol, unknown>, values: Iterable<unknown>) {
      this[kept] = new YoungSet(values)
    }
  })
}

ApplyState.prototype._startTrace = function (): void {
  const { systemRef, encryptionView, views } = this
  for (const { tracer } of [systemRef, encryptionView.ref, ...views.map(({ ref }) => ref)]) {
    tracer.enabled = true
    if (tracer.seen.size > 0) tracer.seen = new Set()
  }
}
