/**
 * An error's details on their way over the session. bare-rpc carries a message and a code
 * and nothing else, so they travel behind the message, after a character that no message
 * has. A face that does not know of them shows a message with an odd end.
 */
import { HypertunaError } from '../errors.ts'
import type { ErrorDetails } from '../errors.ts'

const SEPARATOR = '\u001f'
/** Characters of all of them as JSON; more are left behind. */
const MOST = 1024

/** The details as JSON; null when there are none, or more than may be carried. */
export function detailsText(details: ErrorDetails | undefined): string | null {
  if (details === undefined) return null
  const text = JSON.stringify(details)
  return text.length <= MOST ? text : null
}

/** The details that a text carries; undefined for anything else. Never throws. */
export function parseDetails(text: string | null | undefined): ErrorDetails | undefined {
  if (!text || text.length > MOST) return undefined
  try {
    return HypertunaError.from({ code: 'INTERNAL', details: JSON.parse(text) as unknown }).details
  } catch {
    return undefined
  }
}

/** What is thrown over the session for an error. */
export function packed(err: HypertunaError): HypertunaError {
  const details = detailsText(err.details)
  if (details === null) return err
  return new HypertunaError(err.code, err.message + SEPARATOR + details, { cause: err })
}

/** The error that was packed, and any other as it is. */
export function unpacked(err: HypertunaError): HypertunaError {
  const at = err.message.lastIndexOf(SEPARATOR)
  const details = at < 0 ? undefined : parseDetails(err.message.slice(at + 1))
  if (details === undefined) return err
  return new HypertunaError(err.code, err.message.slice(0, at), { cause: err.cause, details })
}
