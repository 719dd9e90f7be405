/**
 * Whom an HTTP client speaks for, by the events that clients of Nostr sign: NIP-98
 * (27235) for exactly one request, Blossom's (BUD-11, 24242) for some time.
 *
 * Who has the request checks what only it can see (`againstRequest`), who has the file
 * whether this file may be given (`againstFile`); whether the signer may have it is
 * for the latter to say. Reasons repeat nothing of what came.
 */
import b4a from 'b4a'

import { parseBlossomPath, type BlossomPath } from './blossom.ts'
import { parseDriveUrl } from './drive-url.ts'
import { HypertunaError } from './errors.ts'
import { tagValue, tagValues, verifyEvent } from './nostr.ts'
import type { NostrEvent } from './nostr.ts'

/** Events larger than this, as JSON, authorize nothing. */
export const MAX_AUTHORIZATION = 16 * 1024

const HTTP_AUTH = 27235
export const BLOSSOM_AUTH = 24242

const ADDRESS = /^https?:\/\/[^/?#]+(\/[^#]*)$/

/** Seconds by which the clock of a client may differ. */
const SKEW = 60

/**
 * The event in an `Authorization` header, whose signature holds.
 *
 * @throws {HypertunaError} UNPROVEN for what is none
 */
export function readAuthorization(header: string): NostrEvent {
  const [scheme = '', token = '', ...rest] = header.trim().split(/ +/)
  if (scheme.toLowerCase() !== 'nostr' || token === '' || rest.length > 0) {
    throw unproven('Authorization is the word Nostr and an event in base64')
  }
  if (token.length > MAX_AUTHORIZATION) throw unproven('The authorization is too long')
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

export interface AskedUrl {
  method: string
  /** As the client may have written it, each with scheme, host, path and query. */
  urls: readonly string[]
  /** The host's name alone. */
  host: string
}

/** Why an authorization is not for this request; null when nothing speaks against it. */
export function againstRequest(event: NostrEvent, asked: AskedUrl): string | null {
  if (event.kind === BLOSSOM_AUTH) {
    const servers = tagValues(event, 'server')
    const other = servers.length > 0 && !servers.includes(asked.host.toLowerCase())
    return other ? 'The authorization is for another server' : null
  }
  if (event.kind !== HTTP_AUTH) return unknownKind()
  if (!asked.urls.includes(tagValue(event, 'u') ?? '')) {
    return 'The authorization is for another address'
  }
  const other = tagValue(event, 'method')?.toUpperCase() !== asked.method
  return other ? 'The authorization is for another method' : null
}

export interface AskedFile {
  publicIdentifier: string
  hash: string
  /** Seconds since 1970. */
  now: number
}

/**
 * Why an authorization does not let its signer get this file now; null when it does.
 * It has to name the file: by `x`, a NIP-98 event by the address.
 */
export function againstFile(event: NostrEvent, asked: AskedFile): string | null {
  const late = againstTime(event, asked.now)
  if (late !== null) return late
  const names = tagValues(event, 'x')
  if (event.kind === BLOSSOM_AUTH) {
    const verbs = tagValues(event, 't')
    if (verbs.length !== 1 || verbs[0] !== 'get') return 'The authorization is not for getting'
    return names.includes(asked.hash) ? null : 'The authorization does not name this file'
  }
  const other = names.length > 0 && !names.includes(asked.hash)
  if (other || !isAddressOf(tagValue(event, 'u') ?? '', asked)) {
    return 'The authorization does not name this file'
  }
  const method = tagValue(event, 'method')?.toUpperCase()
  return method === 'GET' || method === 'HEAD' ? null : 'The authorization is not for getting'
}

export interface AskedAct {
  verb: 'upload' | 'delete'
  hash: string
  /** Seconds since 1970. */
  now: number
}

/**
 * Why an authorization does not let its signer give or delete this file now; null when
 * it does. NIP-98 names an upload by its `payload`, a deletion by the address.
 */
export function againstAct(event: NostrEvent, { verb, hash, now }: AskedAct): string | null {
  const late = againstTime(event, now)
  if (late !== null) return late
  const other = 'The authorization does not name this file'
  if (event.kind === BLOSSOM_AUTH) {
    const [word, ...more] = tagValues(event, 't')
    const fits = word === verb || (verb === 'upload' && word === 'media')
    if (!fits || more.length > 0) return `The authorization is not for ${verb}`
    return tagValues(event, 'x').includes(hash) ? null : other
  }
  const method = verb === 'upload' ? 'PUT' : 'DELETE'
  if (tagValue(event, 'method')?.toUpperCase() !== method) {
    return `The authorization is not for ${verb}`
  }
  if (verb === 'upload') return tagValue(event, 'payload') === hash ? null : other
  return blobOf(tagValue(event, 'u') ?? '')?.hash === hash ? null : other
}

/** Why an authorization, whatever it is for, does not count now. */
export function againstTime(event: NostrEvent, now: number): string | null {
  if (event.kind === HTTP_AUTH) {
    const fresh = Math.abs(event.created_at - now) <= SKEW
    return fresh ? null : 'The authorization is not of this minute'
  }
  if (event.kind !== BLOSSOM_AUTH) return unknownKind()
  if (event.created_at > now + SKEW) return 'The authorization is of the future'
  return Number(tagValue(event, 'expiration')) > now ? null : 'The authorization has expired'
}

function isAddressOf(url: string, { publicIdentifier, hash }: AskedFile): boolean {
  const [, path = ''] = ADDRESS.exec(url) ?? []
  const blob = blobOf(url)
  if (blob !== null) {
    return blob.hash === hash && (blob.publicIdentifier ?? publicIdentifier) === publicIdentifier
  }
  try {
    const named = parseDriveUrl(path)
    return named.publicIdentifier === publicIdentifier && named.hash === hash
  } catch (err) {
    if (HypertunaError.from(err).code === 'BAD_REQUEST') return false
    throw err
  }
}

/** The file that a Blossom address names; null for any other address. */
function blobOf(url: string): BlossomPath | null {
  const [, path = ''] = ADDRESS.exec(url) ?? []
  const named = parseBlossomPath(path.replace(/\?.*$/s, ''))
  return named?.verb === 'blob' ? named : null
}

const unknownKind = (): string => `Kinds ${HTTP_AUTH} and ${BLOSSOM_AUTH} authorize`

const unproven = (message: string): HypertunaError => new HypertunaError('UNPROVEN', message)
