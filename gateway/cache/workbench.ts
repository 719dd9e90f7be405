import { PIECE_SIZE } from '../../protocol/pieces.ts'

/** Places where a whole piece is looked at, a few at once: who comes later waits for one. */
export class Workbench {
  readonly #places: number
  readonly #free: Buffer[] = []
  readonly #waiting: ((place: Buffer) => void)[] = []
  #made = 0

  /** @param places - each of 256 KiB */
  constructor(places: number) {
    this.#places = places
  }

  /** @param work - what is in its place is of no use to it afterwards */
  async use<T>(work: (place: Buffer) => Promise<T>): Promise<T> {
    const place = this.#take() ?? (await new Promise<Buffer>((turn) => this.#waiting.push(turn)))
    try {
      return await work(place)
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free.push(place)
      else next(place)
    }
  }

  #take(): Buffer | null {
    const place = this.#free.pop()
    if (place !== undefined) return place
    if (this.#made === this.#places) return null
    this.#made++
    return Buffer.allocUnsafeSlow(PIECE_SIZE)
  }
}
