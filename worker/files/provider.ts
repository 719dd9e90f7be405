import type { AbortController } from 'bare-abort-controller'
import type { FileSource } from './file-source.ts'

/** Ranges in flight for each provider, at most. */
export const FLIGHTS = 4

/** A range that takes this many times as long as another needs is asked of that one too. */
const SLOWER = 3

/** One range, asked of one provider. */
export interface Flight {
  index: number
  provider: Provider
  abort: AbortController
  /** In milliseconds. */
  started: number
  over: boolean
}

/** One provider of a file that is being downloaded, and how it does. */
export class Provider {
  readonly channel: FileSource
  readonly flights = new Set<Flight>()
  /** Flights that it can take. */
  limit = FLIGHTS
  /** When its last byte came, in milliseconds. */
  lastByte = 0
  /** Flights whose bytes wait for the limit on what we take. */
  held = 0
  /** Milliseconds that a range takes here, smoothed; 0 before the first. */
  pace = 0

  constructor(channel: FileSource) {
    this.channel = channel
  }

  /** A range that has taken longer than this elsewhere may be asked of us, in milliseconds. */
  get patience(): number {
    return SLOWER * this.pace
  }

  /** A range took `ms`. */
  took(ms: number): void {
    const pace = Math.max(1, ms)
    this.pace = this.pace === 0 ? pace : (3 * this.pace + pace) / 4
  }

  /**
   * How many flights it may have: fewer for the slow, because the range that is due
   * is awaited by all. `fastest` is the best pace of anyone.
   */
  hands(fastest: number): number {
    if (this.pace === 0) return this.limit
    const fair = Math.round((FLIGHTS * fastest) / this.pace)
    return Math.max(1, Math.min(this.limit, fair))
  }
}
