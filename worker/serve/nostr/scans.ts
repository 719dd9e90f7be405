/**
 * Questions that read much of an index, of all connections and relays together.
 *
 * Nobody knows beforehand what a filter costs, so each question reads a little as it comes,
 * and needs a place for what is beyond that. There are few places. Who has one gives it up
 * after a while if others wait, and the connections have their turns one after the other, so
 * that one which asks much waits for itself. Questions that read little never wait here.
 */
import { HypertunaError } from '../../../protocol/errors.ts'
import type { Meter } from '../../relays/index-reader.ts'

/** Records that are read before others who wait have their turn. */
const TURN = 4096

export interface ScanLimits {
  /** Questions that read much at once. */
  scans: number
  /** Those that wait for it. */
  scansWaiting: number
  /** Records that any question may read. */
  freely: number
}

interface Waiting {
  resolve(): void
  reject(err: HypertunaError): void
}

export class Scans {
  readonly #limits: ScanLimits
  /** By who asks, whose turn is next first. */
  readonly #waiting = new Map<object, Waiting[]>()
  #count = 0
  #running = 0

  constructor(limits: ScanLimits) {
    this.#limits = limits
  }

  get waiting(): number {
    return this.#count
  }

  get running(): number {
    return this.#running
  }

  /** @param owner the connection */
  begin(owner: object): Scan {
    return new Scan(this, owner, this.#limits.freely)
  }

  /**
   * A place, at once or when it is the owner's turn.
   * @throws BUSY when too many wait, and of no other as many as of this one
   */
  async enter(owner: object): Promise<void> {
    if (this.#running < this.#limits.scans && this.#count === 0) {
      this.#running++
      return
    }
    if (this.#count >= this.#limits.scansWaiting) this.#turnAway(owner)
    await new Promise<void>((resolve, reject) => {
      const own = this.#waiting.get(owner)
      if (own === undefined) this.#waiting.set(owner, [{ resolve, reject }])
      else own.push({ resolve, reject })
      this.#count++
    })
  }

  leave(): void {
    this.#running--
    const [next] = this.#waiting
    if (next === undefined) return
    const [owner, own] = next
    const { resolve } = own.shift()!
    this.#waiting.delete(owner)
    if (own.length > 0) this.#waiting.set(owner, own) // behind all others
    this.#count--
    this.#running++
    resolve()
  }

  /** Lets what an owner waits for fail: it is gone. */
  forget(owner: object): void {
    const own = this.#waiting.get(owner) ?? []
    this.#waiting.delete(owner)
    this.#count -= own.length
    for (const { reject } of own) reject(crowded())
  }

  /** Makes room: who has most waiting loses the last of it. */
  #turnAway(owner: object): void {
    let most = owner
    let length = this.#waiting.get(owner)?.length ?? 0
    for (const [other, own] of this.#waiting) {
      if (own.length > length + 1) [most, length] = [other, own.length]
    }
    if (most === owner) throw crowded()
    const last = this.#waiting.get(most)!.pop()!
    this.#count--
    last.reject(crowded())
  }
}

/** One question's reading. */
export class Scan implements Meter {
  readonly #scans: Scans
  readonly #owner: object
  #free: number
  /** Records that are left of the turn. */
  #turn = 0
  #entering: Promise<void> | null = null
  #held = false
  #ended = false

  constructor(scans: Scans, owner: object, free: number) {
    this.#scans = scans
    this.#owner = owner
    this.#free = free
  }

  /**
   * So many records were read; resolves when more may be.
   * @throws BUSY
   */
  spend(records: number): Promise<void> | undefined {
    this.#free -= records
    if (this.#free >= 0) return undefined
    if (this.#held) {
      this.#turn -= records
      if (this.#turn > 0 || this.#scans.waiting === 0) return undefined
      this.rest()
    }
    this.#entering ??= this.#enter()
    return this.#entering
  }

  /** Gives the place up while nothing is read. */
  rest(): void {
    if (!this.#held) return
    this.#held = false
    this.#scans.leave()
  }

  end(): void {
    this.#ended = true
    this.rest()
  }

  async #enter(): Promise<void> {
    try {
      await this.#scans.enter(this.#owner)
      this.#held = true
      this.#turn = TURN
      if (this.#ended) this.rest()
    } finally {
      this.#entering = null
    }
  }
}

const crowded = (): HypertunaError =>
  new HypertunaError('BUSY', 'too much is being looked for at the moment; try again soon')
