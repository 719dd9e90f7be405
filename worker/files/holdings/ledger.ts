/**
 * Who was proved to hold what, and when each was last seen: in memory, and as the
 * text of one small file that survives a restart.
 *
 * Times are unix seconds. A holder is named as `providerOf` names it.
 */
import { isHex32 } from '../../../protocol/ids.ts'

/** Why a holder counts as having nothing. */
export const FAILURES = ['not-held', 'wrong-bytes', 'unreadable', 'silent', 'passed-on'] as const
export type Failure = (typeof FAILURES)[number]

export interface Proof {
  /** When a challenge was last passed; 0 when never. */
  provedAt: number
  /** Of the newest answer; null when that was right, or there is none. */
  failure: Failure | null
  failedAt: number
  /** When it was last asked, in ms, whatever came of it; 0 when not since the start. */
  askedAt: number
  /** Whether nothing came of that; not kept. */
  evasive: boolean
}

const HEAD = 'hypertuna holdings 1'
/** Proofs in all, and holders; what is beyond is not kept. */
const PROOFS = 500_000
const HOLDERS = 20_000

export class Ledger {
  readonly #relays = new Map<string, Map<string, Map<string, Proof>>>()
  readonly #seen = new Map<string, number>()
  #size = 0
  /** Whether something changed since the last `encode`. */
  changed = false

  /** What is known of a file's holders. */
  of(relayKey: string, hash: string): ReadonlyMap<string, Proof> {
    return this.#relays.get(relayKey)?.get(hash) ?? NONE
  }

  /** Hashes that something is known of. */
  hashes(relayKey: string): Iterable<string> {
    return this.#relays.get(relayKey)?.keys() ?? []
  }

  /** Null when it was never seen. */
  lastSeen(holder: string): number | null {
    return this.#seen.get(holder) ?? null
  }

  see(holder: string, at: number): void {
    if (this.#seen.get(holder) === at) return
    this.#seen.delete(holder) // the order is that of the last time
    this.#seen.set(holder, at)
    const [oldest] = this.#seen.keys()
    if (this.#seen.size > HOLDERS && oldest !== undefined) this.#seen.delete(oldest)
    this.changed = true
  }

  /** The holder is asked now. */
  asked(relayKey: string, hash: string, holder: string, ms: number): void {
    const proof = this.#proof(relayKey, hash, holder)
    if (proof !== null) proof.askedAt = ms
  }

  /** An answer came that tells nothing. */
  evaded(relayKey: string, hash: string, holder: string): void {
    const proof = this.#proof(relayKey, hash, holder)
    if (proof !== null) proof.evasive = true
  }

  passed(relayKey: string, hash: string, holder: string, at: number): void {
    const proof = this.#proof(relayKey, hash, holder)
    if (proof === null) return
    Object.assign(proof, { provedAt: at, failure: null, failedAt: 0, evasive: false })
    this.changed = true
  }

  failed(relayKey: string, hash: string, holder: string, at: number, failure: Failure): void {
    const proof = this.#proof(relayKey, hash, holder)
    if (proof === null) return
    Object.assign(proof, { failure, failedAt: at })
    this.changed = true
  }

  forget(relayKey: string, hash: string): void {
    const files = this.#relays.get(relayKey)
    this.#size -= files?.get(hash)?.size ?? 0
    if (files?.delete(hash) === true) this.changed = true
  }

  forgetHolder(relayKey: string, hash: string, holder: string): void {
    if (this.#relays.get(relayKey)?.get(hash)?.delete(holder) !== true) return
    this.#size--
    this.changed = true
  }

  forgetRelay(relayKey: string): void {
    for (const hash of [...this.hashes(relayKey)]) this.forget(relayKey, hash)
    this.#relays.delete(relayKey)
  }

  /** Null when the ledger is full: who was not asked before is not asked then. */
  #proof(relayKey: string, hash: string, holder: string): Proof | null {
    let files = this.#relays.get(relayKey)
    if (files === undefined) this.#relays.set(relayKey, (files = new Map()))
    const known = files.get(hash)
    const proof = known?.get(holder)
    if (proof !== undefined) return proof
    if (this.#size >= PROOFS) return null
    const made = { provedAt: 0, failure: null, failedAt: 0, askedAt: 0, evasive: false }
    if (known === undefined) files.set(hash, new Map([[holder, made]]))
    else known.set(holder, made)
    this.#size++
    return made
  }

  /** As lines: the head, the holders, and for each relay its files with their proofs. */
  encode(): string {
    const lines = [HEAD]
    const numbers = new Map<string, number>()
    for (const [holder, at] of this.#seen) {
      numbers.set(holder, numbers.size)
      lines.push(`holder ${holder} ${at}`)
    }
    for (const [relayKey, files] of this.#relays) {
      lines.push(`relay ${relayKey}`)
      for (const [hash, proofs] of files) {
        const said: string[] = []
        for (const [holder, { provedAt, failure, failedAt }] of proofs) {
          const number = numbers.get(holder)
          if (number === undefined || (provedAt === 0 && failure === null)) continue
          const why = failure === null ? 0 : FAILURES.indexOf(failure) + 1
          said.push([number, provedAt, why, failedAt].map((n) => n.toString(36)).join('.'))
        }
        if (said.length > 0) lines.push(`${hash} ${said.join(' ')}`)
      }
    }
    this.changed = false
    return lines.join('\n') + '\n'
  }

  /** What `encode` wrote. Whatever else it is becomes an empty ledger: proofs can be had again. */
  static decode(text: string): Ledger {
    const ledger = new Ledger()
    const [head, ...lines] = text.split('\n')
    if (head !== HEAD) return ledger
    const holders: string[] = []
    let relayKey: string | null = null
    for (const line of lines) {
      const [first = '', ...rest] = line.split(' ')
      if (first === 'holder' && rest.length === 2) {
        holders.push(rest[0]!)
        ledger.see(rest[0]!, Number(rest[1]) || 0)
      } else if (first === 'relay' && isHex32(rest[0])) {
        relayKey = rest[0]!
      } else if (relayKey !== null && isHex32(first)) {
        for (const said of rest) ledger.#take(relayKey, first, said, holders)
      }
    }
    ledger.changed = false
    return ledger
  }

  #take(relayKey: string, hash: string, said: string, holders: string[]): void {
    const [number, provedAt, why, failedAt] = said.split('.').map((n) => parseInt(n, 36))
    const holder = holders[number ?? -1]
    if (holder === undefined || !isTime(provedAt) || !isTime(failedAt)) return
    const proof = this.#proof(relayKey, hash, holder)
    const failure = why === undefined ? null : (FAILURES[why - 1] ?? null)
    if (proof !== null) Object.assign(proof, { provedAt, failure, failedAt })
  }
}

const NONE: ReadonlyMap<string, Proof> = new Map()

const isTime = (value: number | undefined): boolean => Number.isSafeInteger(value) && value! >= 0
