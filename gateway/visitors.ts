interface Visitor {
  connections: number
  /** Requests it may still make now, and when that was counted. */
  tokens: number
  at: number
}

interface Options {
  /** Requests a second and connections of one address; null for what is usual, 0 for any number. */
  rate: number | null
  perAddress: number | null
}

const USUAL = { rate: 200, perAddress: 256 }
/** Seconds' worth of requests that may come at once. */
const BURST = 5
const KEPT = 65_536

/**
 * What each address asks of us. What is usual does not hold for this computer
 * itself: a proxy that nobody told us of, and whoever tries us out.
 */
export class Visitors {
  readonly #options: Options
  readonly #visitors = new Map<string, Visitor>()

  constructor(options: Options) {
    this.#options = options
  }

  /** A connection came. False when the address has enough of them. */
  enter(address: string): boolean {
    const most = this.#limit('perAddress', address)
    const visitor = this.#visitor(address)
    if (visitor.connections >= most) return false
    visitor.connections++
    return true
  }

  /** A connection that `enter` let in is gone. */
  leave(address: string): void {
    const visitor = this.#visitors.get(networkOf(address))
    if (visitor !== undefined && visitor.connections > 0) visitor.connections--
  }

  /** A request came. Returns 0, or after how many seconds another may come. */
  ask(address: string): number {
    const rate = this.#limit('rate', address)
    if (rate === Infinity) return 0
    const visitor = this.#visitor(address)
    const now = Date.now()
    const since = (now - visitor.at) / 1000
    visitor.tokens = Math.min(rate * BURST, visitor.tokens + since * rate)
    visitor.at = now
    if (visitor.tokens < 1) return Math.max(1, Math.ceil((1 - visitor.tokens) / rate))
    visitor.tokens--
    return 0
  }

  #limit(name: keyof Options, address: string): number {
    const given = this.#options[name]
    if (given === 0 || (given === null && isOwn(address))) return Infinity
    return given ?? USUAL[name]
  }

  #visitor(address: string): Visitor {
    const name = networkOf(address)
    const known = this.#visitors.get(name)
    if (known !== undefined) return known
    const rate = this.#limit('rate', address)
    const visitor = { connections: 0, tokens: Math.min(1e9, rate * BURST), at: Date.now() }
    this.#visitors.set(name, visitor)
    if (this.#visitors.size > KEPT) this.#forget()
    return visitor
  }

  /** The ones that came first and have no connection; a whole bucket is soon filled anyway. */
  #forget(): void {
    let left = this.#visitors.size - KEPT * 0.9
    for (const [name, { connections }] of this.#visitors) {
      if (left-- <= 0) break
      if (connections === 0) this.#visitors.delete(name)
    }
  }
}

/** Whether an address is of this computer itself. */
export function isOwn(address: string): boolean {
  if (address === '127.0.0.1') return true
  const plain = plainAddress(address)
  return plain === '' || plain === '::1' || plain.startsWith('127.')
}

/** Whether an address is of this computer, or of a private network (RFC 1918, 4193, 3927). */
export function isLocal(address: string): boolean {
  const plain = plainAddress(address)
  if (isOwn(plain)) return true
  return /^(?:10\.|192\.168\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|f[cd]|fe80:)/.test(plain)
}

function plainAddress(address: string): string {
  return address.toLowerCase().replace(/^::ffff:/, '')
}

/** Who is counted as one: a client of IPv6 has a whole /64 to come from. */
export function networkOf(address: string): string {
  const plain = plainAddress(address)
  if (!plain.includes(':')) return plain
  const [head = '', tail] = plain.split('::')
  const groups = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  while (groups.length + after.length < 8 && groups.length < 4) groups.push('0')
  return [...groups, ...after].slice(0, 4).join(':')
}
