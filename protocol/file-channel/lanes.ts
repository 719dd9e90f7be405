/** Bulk lanes: those that we asked for, and those that are asked of us. */
import { HypertunaError } from '../errors.ts'
import { isLaneOffer } from '../lane.ts'
import type { LaneOffer } from '../lane.ts'
import type { ErrorMessage, LaneMessage, OfferMessage } from './messages.ts'
import { cancelled, errorOf } from './refusals.ts'
import { whenAborted } from './requests.ts'
import { Responding } from './responding.ts'
import type { RespondingOptions } from './responding.ts'
import type { PeerInfo, Signal } from './types.ts'

/** Makes an offer to who is proven. Throws FORBIDDEN, BUSY. */
export type OfferLane = (peer: PeerInfo) => LaneOffer | Promise<LaneOffer>

/** Of one side, at once: there is one lane for each channel. */
const MOST = 4

interface Waiting {
  resolve(offer: LaneOffer): void
  reject(err: HypertunaError): void
}

export class Lanes extends Responding {
  readonly #offer: OfferLane | null
  readonly #nextId: () => number
  readonly #waiting = new Map<number, Waiting>()
  #answering = 0
  #failure: HypertunaError | null = null

  constructor(options: RespondingOptions, offer: OfferLane | null, nextId: () => number) {
    super(options)
    this.#offer = offer
    this.#nextId = nextId
  }

  /** See FileChannel.lane. */
  ask(signal?: Signal): Promise<LaneOffer> {
    if (this.#failure !== null) throw this.#failure
    if (signal?.aborted === true) throw cancelled()
    if (this.#waiting.size >= MOST) throw new HypertunaError('BUSY', 'A lane is being asked for')
    const id = this.#nextId()
    return new Promise((resolve, reject) => {
      const undo = whenAborted(signal, () => this.#waiting.get(id)?.reject(cancelled()))
      const settle = (): void => {
        undo()
        this.#waiting.delete(id)
      }
      this.#waiting.set(id, {
        resolve: (offer) => {
          settle()
          resolve(offer)
        },
        reject: (err) => {
          settle()
          reject(err)
        }
      })
      this.send('lane', { id })
    })
  }

  /** Each of these takes one frame and returns false when it breaks the rules. */
  onlane({ id }: LaneMessage): boolean {
    if (id === 0) return false
    if (this.#answering >= MOST) return this.refuseFull(id)
    void this.#answer(id)
    return true
  }

  onoffer({ id, port, token }: OfferMessage): boolean {
    const offer = { port, token }
    if (!isLaneOffer(offer)) return false
    this.#waiting.get(id)?.resolve(offer)
    return true
  }

  onerror(message: ErrorMessage): boolean {
    this.#waiting.get(message.id)?.reject(errorOf(message))
    return true
  }

  /** Fails what was asked for, and whatever is from now on. */
  end(err: HypertunaError): void {
    this.#failure = err
    for (const waiting of [...this.#waiting.values()]) waiting.reject(err)
  }

  async #answer(id: number): Promise<void> {
    this.#answering++
    try {
      const peer = await this.peer
      if (this.#offer === null || peer.role !== 'member') {
        throw new HypertunaError('FORBIDDEN', 'No lanes are offered here')
      }
      const offer = await this.#offer(peer)
      this.send('offer', { id, ...offer })
    } catch (err) {
      if (this.#failure === null) this.refuse(id, err)
    } finally {
      this.#answering--
    }
  }
}
