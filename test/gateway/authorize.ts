/** What a member signs so that a gateway may ask in its name. */
import { generateSecretKey, signEvent, type NostrEvent } from '../../protocol/nostr.ts'

export interface Wish {
  by?: Uint8Array
  hash: string
  /** Seconds from now. */
  expires?: number
  tags?: string[][]
}

/** Blossom's event for getting a file; by nobody in particular unless told. */
export function blossom({ by, hash, expires = 60, tags = [] }: Wish): NostrEvent {
  const now = Math.floor(Date.now() / 1000)
  const until = ['expiration', String(now + expires)]
  return signEvent(
    {
      kind: 24242,
      created_at: now,
      tags: [['t', 'get'], ['x', hash], until, ...tags],
      content: ''
    },
    by ?? generateSecretKey()
  )
}

/** NIP-98's for one request. */
export function httpAuth(by: Uint8Array, url: string, method = 'GET'): NostrEvent {
  const created_at = Math.floor(Date.now() / 1000)
  const tags = [
    ['u', url],
    ['method', method]
  ]
  return signEvent({ kind: 27235, created_at, tags, content: '' }, by)
}

export function headerOf(event: NostrEvent): { authorization: string } {
  return { authorization: `Nostr ${Buffer.from(JSON.stringify(event)).toString('base64')}` }
}

/** As BUD-11 has it: the other alphabet, and no padding. */
export function urlHeaderOf(event: NostrEvent): { authorization: string } {
  const { authorization } = headerOf(event)
  const [scheme = '', token = ''] = authorization.split(' ')
  const text = token.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
  return { authorization: `${scheme} ${text}` }
}
