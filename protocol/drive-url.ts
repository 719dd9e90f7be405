/** The address of a file over HTTP, `/drive/:publicIdentifier/:file`, read by all who serve it. */
import { HypertunaError } from './errors.ts'
import { parseFileName, parsePublicIdentifier, type Hex32 } from './ids.ts'

export interface DriveUrl {
  publicIdentifier: string
  hash: Hex32
  /** as `decideFileResponse` takes it */
  query: { download: boolean; filename?: string }
}

const PREFIX = '/drive/'

/** Whether a path (with or without a query) is one of a file. */
export function isDriveUrl(url: string): boolean {
  return url.startsWith(PREFIX)
}

/**
 * Reads a file's address as it came in a request line: nothing but the query is
 * decoded, and `..` and the like are no names.
 *
 * @throws {HypertunaError} BAD_REQUEST
 */
export function parseDriveUrl(url: string): DriveUrl {
  const mark = url.indexOf('?')
  const path = mark === -1 ? url : url.slice(0, mark)
  const parts = isDriveUrl(path) ? path.slice(PREFIX.length).split('/') : []
  if (parts.length < 2 || parts.length > 3) {
    throw new HypertunaError('BAD_REQUEST', 'A file is at /drive/npub1…:alias/<sha256>')
  }
  const { hash } = parseFileName(parts.pop() ?? '')
  const { publicIdentifier } = parsePublicIdentifier(parts.join('/'))
  return { publicIdentifier, hash, query: parseQuery(mark === -1 ? '' : url.slice(mark + 1)) }
}

/** `download`, `download=true`, `filename=…`; whatever else is there is let be. */
function parseQuery(text: string): DriveUrl['query'] {
  const query: DriveUrl['query'] = { download: false }
  for (const part of text.split('&')) {
    const equals = part.indexOf('=')
    const name = equals === -1 ? part : part.slice(0, equals)
    const value = equals === -1 ? '' : part.slice(equals + 1)
    if (name === 'download') query.download = value !== 'false' && value !== '0'
    if (name === 'filename') query.filename = decode(value)
  }
  return query
}

/** By hand, because Bare's URL throws where a percent sign stands alone. */
function decode(text: string): string {
  const spaced = text.replaceAll('+', ' ')
  try {
    return decodeURIComponent(spaced)
  } catch (err) {
    if (err instanceof URIError) return spaced
    throw err
  }
}
