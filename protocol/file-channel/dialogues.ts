/** All that goes on over one channel: what we asked, and what was asked of us. */
import type { HypertunaError } from '../errors.ts'
import { Answering } from './answering.ts'
import { Asking } from './asking.ts'
import type { ErrorMessage } from './messages.ts'
import { Lanes } from './lanes.ts'
import type { OfferLane } from './lanes.ts'
import { Requests } from './requests.ts'
import type { RespondingOptions } from './responding.ts'
import { Serving } from './serving.ts'

export class Dialogues {
  readonly requests: Requests
  readonly asking: Asking
  readonly serving: Serving
  readonly answering: Answering
  readonly lanes: Lanes

  /** @param offerLane null where none is offered */
  constructor(options: RespondingOptions, offerLane: OfferLane | null) {
    const { send, limits, outflow } = options
    let last = 0
    const nextId = (): number => ++last
    this.requests = new Requests(send, limits, nextId)
    this.asking = new Asking({ send, limits, outflow, nextId })
    this.serving = new Serving(options)
    this.answering = new Answering(options)
    this.lanes = new Lanes(options, offerLane, nextId)
  }

  /** What is open, ours and theirs. */
  get size(): number {
    const { requests, serving, asking, answering } = this
    return requests.size + serving.size + asking.size + answering.size
  }

  /** An answer to something that we asked. */
  onerror(message: ErrorMessage): boolean {
    const { requests, asking, lanes } = this
    return requests.onerror(message) && asking.onerror(message) && lanes.onerror(message)
  }

  /** Ends what has not got on for too long. */
  sweep(now: number): void {
    this.requests.sweep(now)
    this.serving.sweep(now)
    this.asking.sweep(now)
    this.answering.sweep(now)
  }

  /** Ends everything; what we asked fails with `failure`, now and from now on. */
  end(failure: HypertunaError): void {
    this.requests.fail(failure)
    this.asking.fail(failure)
    this.lanes.end(failure)
    this.serving.stop()
    this.answering.stop()
  }
}
