/** Whose word counts for where a request comes from: the proxies that the operator trusts. */
import type { HTTPIncomingMessage } from 'bare-http1'
import { usage } from '../protocol/flags.ts'
import { tcpOf } from './connections.ts'
import type { Socket } from './routes.ts'

interface Network {
  bytes: readonly number[]
  bits: number
}

/** This computer and private networks: where a proxy of one's own is. */
const LOCAL = [
  ...['127.0.0.0/8', '::1', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
  ...['169.254.0.0/16', 'fc00::/7', 'fe80::/10']
]
const MAX_HOPS = 32

/**
 * Tells clients apart behind proxies. Each proxy adds the address it was asked from to
 * `X-Forwarded-For`: that is believed as far as those who say so are trusted, so what a
 * client wrote itself into it counts for nothing.
 */
export class Proxies {
  readonly #networks: readonly Network[]

  /**
   * @param trusted - addresses and networks (`10.0.0.0/8`), `local` for this computer and
   *   private networks; null for nobody
   * @throws {HypertunaError} USAGE
   */
  constructor(trusted: readonly string[] | null) {
    const names = (trusted ?? []).flatMap((name) => (name === 'local' ? LOCAL : [name]))
    this.#networks = names.map(networkOf)
  }

  /** Whether an address is of a proxy that is trusted. */
  trusts(address: string): boolean {
    if (this.#networks.length === 0) return false
    const bytes = bytesOf(address)
    return bytes !== null && this.#networks.some((network) => contains(network, bytes))
  }

  /** Whether what a request says of how it came can be believed. */
  vouches(req: HTTPIncomingMessage): boolean {
    return this.#networks.length > 0 && this.trusts(peerOf(req.socket))
  }

  /** The client's address: the last one that no trusted proxy is at. */
  addressOf(req: HTTPIncomingMessage): string {
    let address = peerOf(req.socket)
    if (this.#networks.length === 0) return address
    const forwarded = req.headers['x-forwarded-for']
    if (forwarded === undefined) return address
    const hops = forwarded.toString().split(',').slice(-MAX_HOPS)
    while (this.trusts(address)) {
      const before = plainOf(hops.pop() ?? '')
      if (bytesOf(before) === null) break // it was added by nobody whom we know
      address = before
    }
    return address
  }
}

/** The address at the other end of a connection. */
export function peerOf(socket: Socket | null): string {
  return socket === null ? '' : (tcpOf(socket).remoteAddress ?? '')
}

/** Some proxies add the port. */
function plainOf(hop: string): string {
  const text = hop.trim().toLowerCase()
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1]
  return bracketed ?? text.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
}

function networkOf(text: string): Network {
  const [address = '', size, ...more] = text.split('/')
  const bytes = bytesOf(address)
  const most = address.includes(':') ? 128 : 32
  const bits = size === undefined ? most : /^\d{1,3}$/.test(size) ? Number(size) : -1
  if (bytes === null || more.length > 0 || bits < 0 || bits > most) {
    throw usage(`--trust-proxy wants addresses as 10.0.0.1 or 10.0.0.0/8, or local, not ${text}`)
  }
  return { bytes, bits: bits + (128 - most) }
}

function contains({ bytes, bits }: Network, other: readonly number[]): boolean {
  for (let at = 0; at * 8 < bits; at++) {
    const mask = bits - at * 8 >= 8 ? 0xff : 0xff & (0xff << (8 - (bits - at * 8)))
    if (((bytes[at] ?? 0) & mask) !== ((other[at] ?? 0) & mask)) return false
  }
  return true
}

/** The sixteen bytes of an address; one of IPv4 as IPv6 maps it. Null for what is none. */
function bytesOf(address: string): number[] | null {
  const plain = address.toLowerCase().replace(/%.*$/, '')
  if (!plain.includes(':')) return mapped(plain)
  const tail = /^(.*:)([\d.]+\.\d+)$/.exec(plain)
  const last = tail === null ? null : mapped(tail[2] ?? '')?.slice(12)
  if (tail !== null && last === null) return null
  const words = `${tail?.[1] ?? plain}${last ? wordsOf(last) : ''}`
  const [head = '', rest, ...more] = words.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = rest === undefined || rest === '' ? [] : rest.split(':')
  const missing = 8 - before.length - after.length
  const fits = rest === undefined ? missing === 0 : missing > 0
  if (!fits || more.length > 0) return null
  const all = [...before, ...Array<string>(missing).fill('0'), ...after]
  if (!all.every((word) => /^[0-9a-f]{1,4}$/.test(word))) return null
  return all.flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 0xff])
}

function wordsOf([a = 0, b = 0, c = 0, d = 0]: number[]): string {
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
}

function mapped(address: string): number[] | null {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address)?.slice(1).map(Number)
  if (parts === undefined || parts.some((part) => part > 255)) return null
  return [...Array<number>(10).fill(0), 0xff, 0xff, ...parts]
}
