/** What one client has asked and shown, as far as another member would have to know it. */
import { CarriedSubscriptions } from './socket-subscriptions.ts'

/** What is asked of a member and has no answer yet, by what the answer names. */
const MAX_PENDING = 1024
/** From so many on, the client is read no further until some are answered. */
const MANY_PENDING = 256
const MAX_PENDING_BYTES = 2 * 1024 * 1024
/** Ids are as in NIP-01. */
const MAX_ID = 64
/** Characters of a proof. */
const MAX_PROOF = 16 * 1024
/** Seconds that a proof (NIP-42) is taken for. */
const PROOF_LIFE = 9 * 60
const MAX_PROOFS = 16

/** What becomes of a client's message: it goes on to the member, and something may be said. */
export interface Verdict {
  forward: boolean
  say: unknown[] | null
}

const FORWARD: Verdict = { forward: true, say: null }
const KEEP: Verdict = { forward: false, say: null }
const refuse = (...say: unknown[]): Verdict => ({ forward: false, say })

export class Questions {
  readonly #subscriptions = new CarriedSubscriptions()
  /** EVENT and COUNT that were not answered, as they came. */
  readonly #pending = new Map<string, string>()
  readonly #comparisons = new Set<string>()
  /** Proofs as they came, by the event's id; those that were accepted say when. */
  readonly #proofs = new Map<string, { text: string; accepted: number | null }>()

  /** Keeps what another member would have to know of a client's message. */
  ask([type, second, ...rest]: unknown[], text: string): Verdict {
    switch (type) {
      case 'REQ': {
        if (!isId(second)) return FORWARD // a member says what is wrong
        if (this.#subscriptions.add(second, text, rest) !== null) return FORWARD
        return refuse('CLOSED', second, 'rate-limited: too many subscriptions at once')
      }
      case 'CLOSE':
        return this.#subscriptions.delete(second) ? FORWARD : KEEP
      case 'EVENT':
        return this.#await(idOf(second), text, 'OK')
      case 'COUNT':
        return this.#await(isId(second) ? second : null, text, 'CLOSED')
      case 'AUTH': {
        const id = idOf(second)
        if (id === null) return FORWARD
        const isOneMore = this.#proofs.size >= MAX_PROOFS && !this.#proofs.has(id)
        if (isOneMore || text.length > MAX_PROOF) {
          return refuse('OK', id, false, `rate-limited: at most ${MAX_PROOFS} proofs`)
        }
        this.#proofs.set(id, { text, accepted: null })
        return FORWARD
      }
      case 'NEG-OPEN':
        if (isId(second) && this.#comparisons.size < MAX_PROOFS) this.#comparisons.add(second)
        return FORWARD
      case 'NEG-CLOSE':
        this.#comparisons.delete(String(second))
        return FORWARD
      default:
        return FORWARD
    }
  }

  #await(id: string | null, text: string, refusal: 'OK' | 'CLOSED'): Verdict {
    if (id === null) return FORWARD
    let bytes = text.length
    for (const waiting of this.#pending.values()) bytes += waiting.length
    if (this.#pending.size < MAX_PENDING && bytes <= MAX_PENDING_BYTES) {
      this.#pending.set(id, text)
      return FORWARD
    }
    const reason = 'rate-limited: too much is not answered yet'
    return refusal === 'OK' ? refuse('OK', id, false, reason) : refuse('CLOSED', id, reason)
  }

  /** Whether the client shall see it: it is an answer to what it asked, and the first one. */
  answers([type, second, third]: unknown[]): boolean {
    switch (type) {
      case 'EVENT':
        return this.#subscriptions.take(second, third)
      case 'EOSE': {
        const subscription = this.#subscriptions.get(second)
        if (subscription === undefined || subscription.eosed) return false
        subscription.eosed = true
        return true
      }
      case 'CLOSED':
        return this.#pending.delete(String(second)) || this.#subscriptions.delete(second)
      case 'OK':
        return this.#answered(String(second), third === true)
      case 'COUNT':
        return this.#pending.delete(String(second))
      case 'NEG-MSG':
        return this.#comparisons.has(String(second))
      case 'NEG-ERR':
        return this.#comparisons.delete(String(second))
      case 'NOTICE':
        return true
      default:
        return false // AUTH above all, which the client has from us
    }
  }

  #answered(id: string, ok: boolean): boolean {
    const proof = this.#proofs.get(id)
    if (proof === undefined) return this.#pending.delete(id)
    const again = proof.accepted !== null
    if (ok) proof.accepted ??= Date.now()
    else this.#proofs.delete(id)
    return !again
  }

  /** Whether the client should wait before it asks more. */
  get isFull(): boolean {
    return this.#pending.size >= MANY_PENDING
  }

  /** Whether a member owes an answer. */
  get isWaiting(): boolean {
    return this.#pending.size > 0 || this.#subscriptions.all().some(({ eosed }) => !eosed)
  }

  /** A proof counts for ten minutes: after that only the client can make a new one. */
  hasOldProof(): boolean {
    const now = Date.now()
    for (const { accepted } of this.#proofs.values()) {
      if (accepted !== null && now - accepted > PROOF_LIFE * 1000) return true
    }
    return false
  }

  /**
   * What another member is asked, proofs first, by which the rest may be given; and the
   * comparisons that cannot go on there.
   */
  again(): { texts: string[]; lost: string[] } {
    const lost = [...this.#comparisons]
    this.#comparisons.clear()
    const proofs = Array.from(this.#proofs.values(), ({ text }) => text)
    const subscriptions = this.#subscriptions.all().map((one) => one.again())
    return { texts: [...proofs, ...subscriptions, ...this.#pending.values()], lost }
  }
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_ID
}

function idOf(event: unknown): string | null {
  const id = (event as { id?: unknown } | null | undefined)?.id
  return isId(id) ? id : null
}
