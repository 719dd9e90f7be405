/**
 * Who asks for a file, by the events that HTTP clients of Nostr sign: NIP-98
 * (27235) for exactly one request, Blossom's (24242) for some time.
 */
import b4a from 'b4a'

import { HypertunaError } from '../../protocol/errors.ts'
import { tagValue, tagValues, verifyEvent } from '../../protocol/nostr.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'

const HTTP_AUTH = 27235
const BLOSSOM_AUTH = 24242

/** Seconds by which the clock of a client may differ. */
const SKEW = 60
const MAX_TOKEN = 16 * 1024

export interface AskedFile {
  method: string
  /** As the client wrote it: scheme, host, path and query. */
  url: string
  /** The host's name alone. */
  host: string
  hash: string
  /** Seconds since 1970. */
  now: number
}

/**
 * The pubkey that signed this request.
 *
 * @param authorization the header's value
 * @throws {HypertunaError} UNPROVEN, with a reason that repeats nothing of the header
 */
export function signerOf(authorization: string, asked: AskedFile): string {
  const event = eventOf(authorization)
  const wrong = event.kind === HTTP_AUTH ? notThisRequest(event, asked) : notThisBlob(event, asked)
  if (wrong !== null) throw unproven(wrong)
  return event.pubkey
}

function eventOf(authorization: string): NostrEvent {
  const [scheme = '', token = '', ...rest] = authorization.trim().split(/ +/)
  if (scheme.toLowerCase() !== 'nostr' || token === '' || rest.length > 0) {
    throw unproven('Authorization is the word Nostr and an event in base64')
  }
  if (token.length > MAX_TOKEN) throw unproven('The authorization is too long')
  let event: unknown
  try {
    // With or without padding, and in either alphabet: clients differ.
    const base64 = token.replaceAll('-', '+').replaceAll('_', '/')
    event = JSON.parse(b4a.toString(b4a.from(base64, 'base64')))
  } catch {
    throw unproven('The authorization is no event in base64')
  }
  if (!verifyEvent(event)) throw unproven('The authorization is not validly signed')
  return event
}

/** Null when a NIP-98 event is for this request. */
function notThisRequest(event: NostrEvent, { method, url, now }: AskedFile): string | null {
  if (Math.abs(event.created_at - now) > SKEW) return 'The authorization is not of this minute'
  if (tagValue(event, 'u') !== url) return 'The authorization is for another address'
  if (tagValue(event, 'method')?.toUpperCase() !== method) {
    return 'The authorization is for another method'
  }
  return null
}

/** Null when a Blossom event lets get this blob from us. */
function notThisBlob(event: NostrEvent, { host, hash, now }: AskedFile): string | null {
  if (event.kind !== BLOSSOM_AUTH) return `Kinds ${HTTP_AUTH} and ${BLOSSOM_AUTH} authorize`
  if (event.created_at > now + SKEW) return 'The authorization is of the future'
  const expiration = Number(tagValue(event, 'expiration'))
  if (!(expiration > now)) return 'The authorization has expired'
  const verbs = tagValues(event, 't')
  if (verbs.length !== 1 || verbs[0] !== 'get') return 'The authorization is not for getting'
  if (!names(event, 'x', hash)) return 'The authorization is for another file'
  if (!names(event, 'server', host)) return 'The authorization is for another server'
  return null
}

/** Whether the tag, where there is one, names the value. */
function names(event: NostrEvent, tag: string, value: string): boolean {
  const values = tagValues(event, tag)
  return values.length === 0 || values.includes(value)
}

const unproven = (message: string): HypertunaError => new HypertunaError('UNPROVEN', message)
