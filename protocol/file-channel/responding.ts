import { HypertunaError } from '../errors.ts'
import type { Limits } from './limits.ts'
import type { Send } from './messages.ts'
import type { Outflow } from './outflow.ts'
import { messageOf, tellable } from './refusals.ts'
import type { FileResponder, PeerInfo } from './types.ts'

export interface RespondingOptions {
  send: Send
  limits: Limits
  outflow: Outflow
  responder: FileResponder | null
  /** Requests wait for it: nobody is answered before being proven. */
  peer: Promise<PeerInfo>
  /** A failure of ours that the other side is not told about. */
  onfailure: (err: unknown) => void
}

/** No honest asker grants more than a window, a few times over. */
export const MAX_CREDIT = 64 * 1024 * 1024

/** Refusals in a row that may pile up unsent before whoever causes them is cut off. */
const MAX_REFUSALS = 256

/** What all that is asked of us has in common: by whom it is answered, and how it is refused. */
export class Responding {
  protected readonly send: Send
  protected readonly limits: Limits
  protected readonly outflow: Outflow
  protected readonly responder: FileResponder | null
  protected readonly peer: Promise<PeerInfo>
  protected readonly onfailure: (err: unknown) => void
  #refusals = 0

  constructor(options: RespondingOptions) {
    this.send = options.send
    this.limits = options.limits
    this.outflow = options.outflow
    this.responder = options.responder
    this.peer = options.peer
    this.onfailure = options.onfailure
  }

  /** What the other side may know of a failure; the rest is for us. */
  protected told(err: unknown): HypertunaError {
    const told = tellable(err)
    if (told !== err) this.onfailure(err)
    return told
  }

  protected refuse(id: number, err: unknown): void {
    this.send('error', messageOf(id, this.told(err)))
  }

  /** Too much is open. Returns false for who goes on asking and takes no answer. */
  protected refuseFull(id: number): boolean {
    this.#refusals = this.outflow.full ? this.#refusals + 1 : 0
    this.refuse(id, new HypertunaError('BUSY', 'Too much is open on this channel'))
    return this.#refusals < MAX_REFUSALS
  }
}
