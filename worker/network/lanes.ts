import b4a from 'b4a'
import type { KeyPair } from 'hypercore-crypto'
import type Hyperswarm from 'hyperswarm'

import { HypertunaError } from '../../protocol/errors.ts'
import type { LaneOffer } from '../../protocol/lane.ts'
import { LaneDoor } from './lane-door.ts'
import type { DoorLimits } from './lane-door.ts'
import { dialLane } from './lane-stream.ts'
import type { Lane } from './lane-stream.ts'

export type { Lane } from './lane-stream.ts'

export interface LanesOptions {
  keyPair: KeyPair
  /** Where lanes are offered; 0, as when left out, for any port that is free. */
  port?: number
  limits?: Partial<LaneLimits>
  /** One came or went. */
  onchange?: () => void
}

export interface LaneLimits extends DoorLimits {
  /** Lanes at once, of all relays. */
  lanes: number
  /** Milliseconds in which a lane has to come about. */
  dialling: number
  /** Milliseconds until it is tried again with a device that there was no way to. */
  rest: number
  /** The same where one was there and went. */
  pause: number
}

const LIMITS = { lanes: 64, dialling: 3000, rest: 600_000, pause: 30_000 }

/** Devices that there was no way to, at most. */
const MAX_RESTING = 256

/** This device's bulk lanes: those that it dials, and those that it offers. */
export class Lanes {
  readonly #keyPair: KeyPair
  readonly #limits: typeof LIMITS
  readonly #door: LaneDoor
  readonly #onchange: () => void
  readonly #open = new Set<Lane>()
  /** By Noise key in hex: until when none is tried. */
  readonly #resting = new Map<string, number>()

  constructor({ keyPair, port = 0, limits = {}, onchange = () => {} }: LanesOptions) {
    this.#onchange = onchange
    this.#keyPair = keyPair
    this.#limits = { ...LIMITS, ...limits }
    this.#door = new LaneDoor(keyPair, port, limits)
  }

  /** Those that are open. */
  get open(): ReadonlySet<Lane> {
    return this.#open
  }

  /** Whether anybody could dial us now. */
  get isListening(): boolean {
    return this.#door.isOpen
  }

  /** Whether one may be dialled to who is at the other end: not soon after it did not work. */
  mayDial({ remotePublicKey }: Hyperswarm.Connection): boolean {
    const id = b4a.toString(remotePublicKey, 'hex')
    const until = this.#resting.get(id) ?? 0
    if (until > Date.now()) return false
    this.#resting.delete(id)
    return this.#open.size < this.#limits.lanes
  }

  /** There was no way to who is at the other end, or it did not last. */
  letRest({ remotePublicKey }: Hyperswarm.Connection, how: 'long' | 'briefly'): void {
    const id = b4a.toString(remotePublicKey, 'hex')
    const [oldest] = this.#resting.keys()
    if (this.#resting.size >= MAX_RESTING && oldest !== undefined) this.#resting.delete(oldest)
    this.#resting.set(id, Date.now() + (how === 'long' ? this.#limits.rest : this.#limits.pause))
  }

  /**
   * Offers a lane to who is at the other end, which is a proven member.
   * @param take called when it came
   * @throws {HypertunaError} BUSY, CLOSED
   */
  async offer(connection: Hyperswarm.Connection, take: (lane: Lane) => void): Promise<LaneOffer> {
    if (this.#open.size >= this.#limits.lanes) {
      throw new HypertunaError('BUSY', 'Enough lanes are open')
    }
    return this.#door.offer(connection, (lane) => {
      this.#keep(connection, lane)
      if (!lane.destroyed) take(lane)
    })
  }

  /** @throws {HypertunaError} NOBODY_ONLINE, UNPROVEN */
  async dial(connection: Hyperswarm.Connection, offer: LaneOffer): Promise<Lane> {
    const options = { keyPair: this.#keyPair, patience: this.#limits.dialling }
    const lane = await dialLane(connection, offer, options)
    this.#keep(connection, lane)
    return lane
  }

  close(): void {
    this.#door.close()
    for (const lane of this.#open) lane.destroy()
  }

  /** It goes when the connection does that it belongs to. */
  #keep(connection: Hyperswarm.Connection, lane: Lane): void {
    this.#open.add(lane)
    this.#onchange()
    const end = (): void => void lane.destroy()
    connection.once('close', end)
    lane.once('close', () => {
      this.#open.delete(lane)
      this.#onchange()
      connection.off('close', end)
    })
    if (connection.destroyed) end()
  }
}
