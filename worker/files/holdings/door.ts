/**
 * What our side of the file channel asks before it answers others' challenges: whether
 * there is still something to spend on them, and whether it is our own question that
 * somebody passes on instead of answering it.
 */
import b4a from 'b4a'

import { HypertunaError } from '../../../protocol/errors.ts'
import type { Asker } from '../../../protocol/file-channel/channel.ts'
import { Budget, Budgets } from '../../budget.ts'
import type { Question } from './challenge.ts'

/** Bytes read for others' challenges: at once, and each second. */
const EACH = { burst: 16 * 1024 * 1024, perSecond: 2 * 1024 * 1024 }
const ALL = { burst: 64 * 1024 * 1024, perSecond: 16 * 1024 * 1024 }
/** The least that an answer costs: a seek is not free. */
const LEAST = 64 * 1024
/** Askers that are remembered. */
const ASKERS = 1000

/** A question of ours that waits for its answer. */
export interface Open extends Question {
  relayKey: string
  /** It came back to us: who was asked passed it on. */
  passedOn: boolean
  /** Somebody read this very range from us meanwhile, so the answer may be made of that. */
  spoilt: boolean
}

export class Door {
  readonly #all = new Budget(ALL.burst, ALL.perSecond)
  readonly #each = new Budgets(() => new Budget(EACH.burst, EACH.perSecond), ASKERS)
  readonly #open = new Set<Open>()

  /** A question leaves; `closed` when its verdict is in. */
  asked(relayKey: string, question: Question): Open {
    const open = { ...question, relayKey, passedOn: false, spoilt: false }
    this.#open.add(open)
    return open
  }

  closed(open: Open): void {
    this.#open.delete(open)
  }

  /**
   * Somebody wants a digest.
   *
   * @throws BUSY when others' challenges have cost enough, FORBIDDEN for our own question
   */
  admit(asker: Asker, { length, nonce }: Pick<Question, 'length' | 'nonce'>): void {
    for (const open of this.#open) {
      if (!b4a.equals(open.nonce, nonce)) continue
      open.passedOn = true
      throw new HypertunaError('FORBIDDEN', 'That is our own question')
    }
    const cost = Math.max(LEAST, length)
    // Anybody makes keys for as many gateways as he likes: all of them have one share.
    const name = asker.pubkey ?? 'gateway'
    if (this.#each.of(name).take(cost) && this.#all.take(cost)) return
    throw new HypertunaError('BUSY', 'Too many challenges: ask again in a while')
  }

  /** Somebody reads a range of a file from us. */
  reading(relayKey: string, hash: string, offset: number, length: number): void {
    for (const open of this.#open) {
      if (open.relayKey !== relayKey || open.hash !== hash) continue
      if (offset < open.offset + open.length && open.offset < offset + length) open.spoilt = true
    }
  }
}
