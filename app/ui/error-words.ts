import type { ErrorDetails } from '../../protocol/errors.ts'
import { parseDetails } from '../../protocol/rpc/wire-error.ts'
import { formatSize } from './format.ts'

/**
 * What to do about an error, by its code. A code not listed shows the message it came with: the
 * worker's own words say more where they have figures, a path or a name in them.
 */
const ADVICE: Record<string, string> = {
  STORAGE_LOCKED:
    'Hypertuna is already running with this storage folder. Close it, or start with another folder.',
  STORAGE_MISSING:
    'The storage folder is gone. Plug in its disk or put it back: then it goes on by itself.',
  STORAGE_CORRUPT: 'The storage is damaged. Restore it from a copy, or start with a new folder.',
  NOBODY_ONLINE: 'No member who has this is online. Try again later.',
  INVITE_EXPIRED: 'This invite has expired. Ask a member for a new one.',
  INVITE_USED: 'This invite was used already. Ask a member for a new one.',
  NOT_MEMBER: 'You are not a member of this group. Ask an admin for an invite.',
  NOT_ALLOWED: 'Only an admin can do this. Ask one of them.',
  HASH_MISMATCH: 'The file changed while it was added. Add it again.',
  SOURCE_CHANGED: 'The file changed while it was read. Add it again.',
  SOURCE_UNREADABLE: 'The file cannot be read. It may have been moved or deleted. Add it again.',
  WRONG_BYTES:
    'What arrived was not this file, so it was not kept. It is fetched again from another member.',
  CLOSED: 'The connection to the app was lost. Try again when it is back.',
  TIMEOUT: 'It took too long. Try again.',
  CANCELLED: 'Cancelled.'
}
/** For a code whose message did not come with it */
const WITHOUT_MESSAGE: Record<string, string> = {
  STORAGE_FULL: 'The disk is full. Free some space, then try again.',
  STORAGE_READONLY: 'The storage folder cannot be written. Give your user the right to write it.',
  STORAGE_DENIED: 'The storage folder cannot be opened. Give your user the right to read it.',
  RELAY_EXISTS: 'You are in this group already.'
}
const UNKNOWN = 'Something went wrong. Try again.'

/** Whether `explain` says what to do instead of the message that came with the code. */
export function hasAdvice(code: string): boolean {
  return code in ADVICE
}

/** Of a full disk: how much room there is, and how much it takes. */
function roomWords(details: unknown): string | null {
  const { free, needed } = detailsOf(details)
  if (typeof free !== 'number' || typeof needed !== 'number') return null
  const short = formatSize(Math.max(0, needed - free))
  return `The disk is full: ${formatSize(free)} free, and this takes ${formatSize(needed)}. Free at least ${short}, then try again.`
}

/** An error has them as they are, a problem of the worker's as text. */
function detailsOf(details: unknown): ErrorDetails {
  if (typeof details === 'string') return parseDetails(details) ?? {}
  return (details ?? {}) as ErrorDetails
}

/** The worker's words go on in lines of a log; here they stand alone. */
function sentence(message: string): string {
  return /[\p{L}\p{N})]$/u.test(message) ? `${message}.` : message
}

/** What to tell a person about anything that was thrown. */
export function explain(error: unknown): string {
  const { code, message, details } = (error ?? {}) as Record<string, unknown>
  const known = typeof code === 'string' ? code : ''
  if (ADVICE[known]) return ADVICE[known]
  const room = known === 'STORAGE_FULL' ? roomWords(details) : null
  if (room !== null) return room
  if (typeof message === 'string' && message !== '') return sentence(message)
  return WITHOUT_MESSAGE[known] ?? UNKNOWN
}
