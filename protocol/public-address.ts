/** Which addresses of the internet are somebody else's: none of this computer, its network, or a cloud's inside. */

const V4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/

/** [network, bits] of what is not the public internet (IANA's special-purpose registry). */
const PRIVATE_V4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3]
]

/** Whether an IP address, as a resolver writes it, is on the public internet. */
export function isPublicAddress(address: string): boolean {
  const bare = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '')
  const v4 = numberOf(bare)
  if (v4 !== null) {
    return !PRIVATE_V4.some(([network, bits]) => {
      const size = 2 ** (32 - bits)
      return Math.floor(v4 / size) === Math.floor((numberOf(network) ?? 0) / size)
    })
  }
  return isPublicV6(bare.toLowerCase())
}

/** Whether a text is an IP address and no name. */
export function isAddress(host: string): boolean {
  return numberOf(host) !== null || host.includes(':')
}

function numberOf(address: string): number | null {
  const parts = V4.exec(address)?.slice(1).map(Number)
  if (parts === undefined || parts.some((part) => part > 255)) return null
  return parts.reduce((sum, part) => sum * 256 + part, 0)
}

/**
 * Only 2000::/3 is given out, and in it neither documentation, nor what carries an IPv4
 * address inside (Teredo, 6to4). Mapped and translated ones lie outside.
 */
function isPublicV6(address: string): boolean {
  const [first = '', second = ''] = address.split(':')
  const high = Number.parseInt(first, 16)
  const next = second === '' ? 0 : Number.parseInt(second, 16)
  if (!(high >= 0x2000 && high <= 0x3fff) || Number.isNaN(next)) return false
  if (high === 0x2001 && (next < 0x200 || next === 0xdb8)) return false
  return high !== 0x2002 && !(high === 0x3fff && next < 0x1000)
}
