/**
 * Who may use the page. The shell's URL carries a one-time code in its fragment,
 * which browsers send to nobody; the page trades it for a cookie. Other programs
 * of this computer, other users of it and other web pages have neither.
 */
import b4a from 'b4a'
import crypto from 'bare-crypto'

export type Headers = Readonly<Record<string, string | string[] | undefined>>

export class Door {
  /** Cookies ignore ports, so each instance needs a cookie of its own. */
  private readonly cookieName = `hypertuna-${secret(4)}`
  private readonly cookieValue = secret(32)
  private code = secret(32)
  private readonly hosts: ReadonlySet<string>

  /** @param port the one that the page is served on */
  constructor(port: number) {
    this.hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`])
  }

  /** The fragment for the next page that is opened; it changes once it was used. */
  get fragment(): string {
    return `#${this.code}`
  }

  /** The `Set-Cookie` for the right code, which is then spent; null for any other. */
  exchange(code: unknown): string | null {
    if (typeof code !== 'string' || !same(code, this.code)) return null
    this.code = secret(32)
    return `${this.cookieName}=${this.cookieValue}; Path=/; HttpOnly; SameSite=Strict`
  }

  /** Whether the request names us as its host: a rebound DNS name does not. */
  knowsHost(headers: Headers): boolean {
    return typeof headers.host === 'string' && this.hosts.has(headers.host)
  }

  /**
   * Whether the request comes from our own page.
   *
   * @param required for what changes something and for sockets, where browsers
   *   always say the origin; plain reads of our own page come without
   */
  fromOurPage(headers: Headers, { required }: { required: boolean }): boolean {
    const site = headers['sec-fetch-site']
    if (site !== undefined && site !== 'same-origin' && site !== 'none') return false
    const { origin } = headers
    if (origin === undefined) return !required
    return typeof origin === 'string' && origin === `http://${String(headers.host)}`
  }

  /** Whether the request carries the cookie. */
  admits(headers: Headers): boolean {
    const { cookie } = headers
    if (typeof cookie !== 'string') return false
    for (const pair of cookie.split(';')) {
      const at = pair.indexOf('=')
      if (at === -1 || pair.slice(0, at).trim() !== this.cookieName) continue
      if (same(pair.slice(at + 1).trim(), this.cookieValue)) return true
    }
    return false
  }
}

function secret(bytes: number): string {
  return b4a.toString(crypto.randomBytes(bytes), 'hex')
}

/** Takes the same time wherever the two differ. */
function same(given: string, expected: string): boolean {
  if (given.length !== expected.length) return false
  let difference = 0
  for (let at = 0; at < expected.length; at++) {
    difference |= given.charCodeAt(at) ^ expected.charCodeAt(at)
  }
  return difference === 0
}
