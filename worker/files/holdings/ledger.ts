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
  /** Proofs by relay and hash; text that was read and not looked at yet. */
  readonly #relays = new Map<string, Map<string, Map<string, Proof> | string>>()
  /** What the text's numbers mean. */
  #holders: string[] = []
  readonly #seen = new Map<string, number>()
  #size = 0
  /** Whether something changed since the last `encode`. */
  changed = false

  /** What is known of a file's holders. */
  of(relayKey: string, hash: string): ReadonlyMap<string, Proof> {
    return this.#look(relayKey, hash) ?? NONE
  }

  /** Relays that something is known of. */
  relays(): string[] {
    return [...this.#relays.keys()]
  }

  /** Hashes that something is known of. */
  hashes(relayKey: string): Iterable<string> {
    return this.#relays.get(relayKey)?.keys() ?? []
  }

  /** Null when it was never seen. */
  lastSeen(holder: string): number | null {
    return this.#seen.get(holder) ?? null
  }

  /** When each person's devices were last seen, by pubkey. */
  people(): Map<string, number> {
    const people = new Map<string, number>()
    for (const [holder, at] of this.#seen) {
      const pubkey = holder.slice(holder.indexOf(':') + 1)
      people.set(pubkey, Math.max(at, people.get(pubkey) ?? 0))
    }
    return people
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
    this.#size -= this.#look(relayKey, hash)?.size ?? 0
    if (files?.delete(hash) === true) this.changed = true
  }

  forgetHolder(relayKey: string, hash: string, holder: string): void {
    if (this.#look(relayKey, hash)?.delete(holder) !== true) return
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
    const known = this.#look(relayKey, hash)
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
      for (const hash of files.keys()) {
        const proofs = this.#look(relayKey, hash) ?? NONE
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
    let files: Map<string, Map<string, Proof> | string> | null = null
    for (const line of lines) {
      const [first = '', second = '', third = ''] = line.slice(0, 160).split(' ', 3)
      if (first === 'holder') {
        ledger.#holders.push(second)
        ledger.see(second, Number(third) || 0)
      } else if (first === 'relay' && isHex32(second)) {
        ledger.#relays.set(second, (files = new Map()))
      } else if (files !== null && isHex32(first) && ledger.#size < PROOFS) {
        files.set(first, line.slice(first.length + 1))
        ledger.#size++
      }
    }
    ledger.changed = false
    return ledger
  }

  /** What is known of a file; read from its text the first time, so that a start is quick. */
  #look(relayKey: string, hash: string): Map<string, Proof> | undefined {
    const files = this.#relays.get(relayKey)
    const known = files?.get(hash)
    if (files === undefined || typeof known !== 'string') return known as Map<string, Proof>
    const proofs = new Map<string, Proof>()
    for (const said of known.split(' ')) {
      const [number, provedAt = -1, why = 0, failedAt = -1] = said
        .split('.')
        .map((n) => parseInt(n, 36))
      const holder = this.#holders[number ?? -1]
      if (holder === undefined || !isTime(provedAt) || !isTime(failedAt)) continue
      const failure = FAILURES[why - 1] ?? null
      proofs.set(holder, { provedAt, failure, failedAt, askedAt: 0, evasive: false })
    }
    this.#size += proofs.size - 1 // its text counted as one
    files.set(hash, proofs)
    return proofs
  }
}

const NONE: ReadonlyMap<string, Proof> = new Map()

const isTime = (value: number): boolean => Number.isSafeInteger(value) && value >= 0
