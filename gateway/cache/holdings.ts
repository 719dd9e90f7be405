// What it costs to have a small file again, in bytes of a large one: a round trip or two.
const ROUND_TRIP = 1024 * 1024

/** What is known of an object without opening it. */
interface Entry {
  bytes: number
  /** When it was last used, in ms since 1970. */
  used: number
  hashes: string[]
}

/** What of an object is noted. */
interface Noted {
  readonly root: string
  readonly bytes: number
  readonly hashes: Iterable<string>
}

/** The account of what lies in the cache: by the roots of trees. */
export class Holdings {
  readonly #entries = new Map<string, Entry>()
  #bytes = 0

  /** Of all objects. */
  get bytes(): number {
    return this.#bytes
  }

  get objects(): number {
    return this.#entries.size
  }

  has(root: string): boolean {
    return this.#entries.has(root)
  }

  /** An object as it is now, used at that moment. */
  note({ root, bytes, hashes }: Noted, used: number): void {
    this.#bytes += bytes - (this.#entries.get(root)?.bytes ?? 0)
    this.#entries.set(root, { bytes, used, hashes: [...hashes] })
  }

  forget(root: string): void {
    this.#bytes -= this.#entries.get(root)?.bytes ?? 0
    this.#entries.delete(root)
  }

  /** Objects that records name by this hash. */
  named(hash: string): string[] {
    return [...this.#entries]
      .filter(([, { hashes }]) => hashes.includes(hash))
      .map(([root]) => root)
  }

  /** All of them, first what is missed least: idle for long, and large rather than small. */
  leastMissed(now: number): string[] {
    const loss = ({ used, bytes }: Entry): number => (now - used) * (bytes / (bytes + ROUND_TRIP))
    const sorted = [...this.#entries].sort(([, a], [, b]) => loss(b) - loss(a))
    return sorted.map(([root]) => root)
  }
}
