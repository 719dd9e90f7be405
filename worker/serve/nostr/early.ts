import { wantsProof } from './challenge.ts'
import type { Challenge } from './challenge.ts'

/** A question as it came. */
export interface Asked {
  type: 'REQ' | 'COUNT' | 'NEG-OPEN'
  id: string
  /** Of its message. */
  bytes: number
  again(): void
}

export interface EarlyOptions {
  challenge: Challenge
  /** How many may wait. */
  most: number
  /** So many more messages wait, and bytes of them. */
  hold(messages: number, bytes: number): void
}

/** Questions that want a proof and came before there could be one: they wait for it a second. */
export class Early {
  readonly #options: EarlyOptions
  readonly #waiting = new Map<string, Asked>()

  constructor(options: EarlyOptions) {
    this.#options = options
  }

  /**
   * @param reason why it is not answered
   * @returns whether it waits, to be asked again
   */
  add(asked: Asked, reason: string): boolean {
    const { challenge, most, hold } = this.#options
    if (!wantsProof(reason) || challenge.isOver || this.#waiting.size >= most) return false
    this.#waiting.set(keyOf(asked.type, asked.id), asked)
    hold(1, asked.bytes)
    void challenge.answer().then(() => {
      if (this.#take(asked)) asked.again()
    })
    return true
  }

  /** It was taken back, or another one takes its place. */
  delete(type: Asked['type'], id: string): void {
    const asked = this.#waiting.get(keyOf(type, id))
    if (asked !== undefined) this.#take(asked)
  }

  /** Nobody waits for an answer any more. */
  clear(): void {
    this.#waiting.clear()
  }

  #take(asked: Asked): boolean {
    const key = keyOf(asked.type, asked.id)
    if (this.#waiting.get(key) !== asked) return false
    this.#waiting.delete(key)
    this.#options.hold(-1, -asked.bytes)
    return true
  }
}

const keyOf = (type: string, id: string): string => `${type} ${id}`
