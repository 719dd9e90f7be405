/**
 * Signatures that held when they were checked, a while ago at most.
 *
 * Each has one of four places by its event's id, and takes that of the oldest there: with one
 * place, of some hundred events on their way one in thirty was checked again. In bytes: as
 * texts in a map they were most of what an event that is stored leaves behind.
 */

const HASH = 32
const PUBKEY = 32
const SIGNATURE = 64
const KEPT = HASH + SIGNATURE
const SETS = 2048
const WAYS = 4

export class HeldClaims {
  #bytes: Uint8Array | null = null
  /** Of each set the place that is taken next. */
  readonly #next = new Uint8Array(SETS)

  /** @param claim an event's hash, pubkey and signature; the hash is of the pubkey too */
  has(claim: Uint8Array): boolean {
    const bytes = this.#bytes
    if (bytes === null) return false
    const first = setOf(claim) * WAYS
    for (let way = 0; way < WAYS; way++) {
      if (isAt(bytes, (first + way) * KEPT, claim)) return true
    }
    return false
  }

  keep(claim: Uint8Array): void {
    if (this.has(claim)) return
    this.#bytes ??= new Uint8Array(SETS * WAYS * KEPT)
    const set = setOf(claim)
    const way = this.#next[set]!
    this.#next[set] = (way + 1) % WAYS
    const at = (set * WAYS + way) * KEPT
    this.#bytes.set(claim.subarray(0, HASH), at)
    this.#bytes.set(claim.subarray(HASH + PUBKEY, HASH + PUBKEY + SIGNATURE), at + HASH)
  }
}

function isAt(bytes: Uint8Array, at: number, claim: Uint8Array): boolean {
  for (let i = 0; i < HASH; i++) if (bytes[at + i] !== claim[i]) return false
  for (let i = HASH; i < KEPT; i++) if (bytes[at + i] !== claim[PUBKEY + i]) return false
  return true
}

const setOf = (claim: Uint8Array): number => ((claim[0]! << 8) | claim[1]!) % SETS
