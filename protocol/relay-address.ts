/** Where a relay's socket is: `wss://host/npub1…:alias`, as clients write it and proofs name it. */
import { formatPublicIdentifier, parsePublicIdentifier } from './ids.ts'

const MAX_ADDRESS = 512
const ADDRESS = /^(wss?):\/\/([^/?#\s]+)(\/[^?#\s]*)(?:[?#].*)?$/

/** Some clients (NDK) open no address with `/npub1` in it: for them the key stands as hex. */
const BY_HEX = /^([0-9a-f]{64})(?::|%3a)([^/]+)$/i

/** The publicIdentifier that a URL's path names; null when it names none. */
export function relayOfPath(path: string): string | null {
  const [bare = ''] = path.split(/[?#]/, 1)
  const name = bare.replace(/^\//, '').replace(/\/$/, '')
  const [, pubkey, alias = ''] = BY_HEX.exec(name) ?? []
  try {
    if (pubkey !== undefined) return formatPublicIdentifier(pubkey.toLowerCase(), alias)
    return parsePublicIdentifier(name).publicIdentifier
  } catch {
    return null // whatever it is, it names no relay
  }
}

/**
 * The host of a socket's address and the relay it names; null for what is none. A port
 * that goes without saying is left out.
 */
export function parseRelayAddress(
  address: unknown
): { host: string; publicIdentifier: string } | null {
  if (typeof address !== 'string' || address.length > MAX_ADDRESS) return null
  const [, scheme, host = '', path = ''] = ADDRESS.exec(address) ?? []
  const publicIdentifier = relayOfPath(path)
  if (publicIdentifier === null) return null
  const usual = scheme === 'ws' ? /:80$/ : /:443$/
  return { host: host.toLowerCase().replace(usual, ''), publicIdentifier }
}
