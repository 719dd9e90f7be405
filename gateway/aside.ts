const KEPT = 1024

/**
 * Members that are left alone for a while as far as one file goes, and why. No more than
 * the file, because what looks like a lie may be the record's; by pubkey, because that
 * alone was proven.
 */
export class Aside {
  readonly #ms: number
  readonly #aside = new Map<string, { reason: string; until: number }>()

  /** @param ms - for how long */
  constructor(ms: number) {
    this.#ms = ms
  }

  has(pubkey: string, hash: string): boolean {
    return (this.#aside.get(`${pubkey}:${hash}`)?.until ?? 0) >= Date.now()
  }

  add(pubkey: string, hash: string, reason: string): void {
    const name = `${pubkey}:${hash}`
    this.#aside.delete(name)
    this.#aside.set(name, { reason, until: Date.now() + this.#ms })
    for (const oldest of this.#aside.keys()) {
      if (this.#aside.size <= KEPT) break
      this.#aside.delete(oldest)
    }
  }
}
