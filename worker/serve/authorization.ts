/** Who asks the local server for a file, by what it signed. */
import {
  againstRequest,
  againstTime,
  BLOSSOM_AUTH,
  readAuthorization
} from '../../protocol/authorization.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import { tagValues } from '../../protocol/nostr.ts'

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
 * The pubkey that signed this request. Blossom's events (24242) need not name the file
 * here: nobody stands between.
 *
 * @param authorization the header's value
 * @throws {HypertunaError} UNPROVEN, with a reason that repeats nothing of the header
 */
export function signerOf(authorization: string, { hash, now, url, ...asked }: AskedFile): string {
  const event = readAuthorization(authorization)
  const wrong = againstTime(event, now) ?? againstRequest(event, { ...asked, urls: [url] })
  if (wrong !== null) throw unproven(wrong)
  const verbs = tagValues(event, 't')
  const isGet = verbs.length === 1 && verbs[0] === 'get'
  if (event.kind === BLOSSOM_AUTH && !isGet) throw unproven('The authorization is not for getting')
  const names = tagValues(event, 'x')
  if (names.length > 0 && !names.includes(hash)) {
    throw unproven('The authorization is for another file')
  }
  return event.pubkey
}

const unproven = (message: string): HypertunaError => new HypertunaError('UNPROVEN', message)
