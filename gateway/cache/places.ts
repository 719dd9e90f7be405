import type { Bits } from './bits.ts'

/**
 * Where the pieces of a file lie on disk. Where there is not room for all, pieces that are
 * far from each other share a place, and the one that comes last has it.
 */
export class Places {
  readonly count: number
  /** Whether each piece has its own. */
  readonly isEnough: boolean
  /** By place: whose it is, how often it changed hands, who writes there now. */
  readonly #owners = new Map<number, number>()
  readonly #turns = new Map<number, number>()
  readonly #writing = new Map<number, Promise<void>>()

  /** @param pieces - that the file has */
  constructor(count: number, pieces: number) {
    this.count = count
    this.isEnough = count >= pieces
  }

  of(index: number): number {
    return this.isEnough ? index : index % this.count
  }

  /** Changes when somebody begins to write where a piece lies. */
  turnOf(index: number): number {
    return this.isEnough ? 0 : (this.#turns.get(this.of(index)) ?? 0)
  }

  /** As they were left on disk. */
  load(present: Bits): void {
    if (this.isEnough) return
    for (let i = 0; i < present.length; i++) if (present.has(i)) this.#owners.set(this.of(i), i)
  }

  /**
   * A place to write a piece to, once nobody else writes there.
   *
   * @param onlost - told of the piece that was there
   * @returns to be called when it is written
   */
  async take(index: number, onlost: (other: number) => void): Promise<() => void> {
    if (this.isEnough) return nothing
    const place = this.of(index)
    for (let other; (other = this.#writing.get(place)) !== undefined;) await other
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#writing.set(place, promise)
    this.#turns.set(place, (this.#turns.get(place) ?? 0) + 1)
    const before = this.#owners.get(place)
    if (before !== undefined) onlost(before)
    this.#owners.set(place, index)
    return () => {
      this.#writing.delete(place)
      resolve()
    }
  }
}

const nothing = (): void => {}
