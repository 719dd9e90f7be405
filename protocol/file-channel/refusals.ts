/** Errors on their way over the wire: what may be told, and what is believed. */
import { HypertunaError, isErrorCode } from '../errors.ts'
import type { ErrorCode } from '../errors.ts'
import type { ErrorMessage } from './messages.ts'

/** Codes that a responder may answer with; others are read as INTERNAL. */
const WIRE_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'NOT_IN_RELAY',
  'DELETED',
  'NOT_HELD',
  'FORBIDDEN',
  'TOO_LARGE',
  'BUSY',
  'STORAGE',
  'BAD_REQUEST',
  'HASH_MISMATCH',
  'TRUNCATED',
  'UNPROVEN',
  'UNSUPPORTED',
  'TIMEOUT',
  'CLOSED'
])

/** The error that an `error` frame carries. */
export function errorOf(message: ErrorMessage): HypertunaError {
  const { code, holders } = message
  const known = isErrorCode(code) && WIRE_CODES.has(code) ? code : 'INTERNAL'
  const options = holders.length > 0 ? { details: { holders: holders.join(',') } } : {}
  return new HypertunaError(known, message.message, options)
}

/** The frame that tells `err` to the other side. */
export function messageOf(id: number, err: HypertunaError): ErrorMessage {
  const holders = String(err.details?.holders ?? '')
  return {
    id,
    code: err.code,
    message: err.message,
    holders: holders === '' ? [] : holders.split(',')
  }
}

/** `err` as it may be told: troubles of our own in general words only. */
export function tellable(err: unknown): HypertunaError {
  const own = HypertunaError.from(err)
  if (WIRE_CODES.has(own.code)) return own
  if (own.code === 'UNKNOWN_FILE') {
    return new HypertunaError('NOT_HELD', 'This member does not hold the file')
  }
  if (own.code.startsWith('STORAGE_')) {
    return new HypertunaError('STORAGE', 'This member cannot read its storage')
  }
  return new HypertunaError('INTERNAL', 'This member failed to answer')
}

export function cancelled(): HypertunaError {
  return new HypertunaError('CANCELLED', 'The request was cancelled')
}

/** The other side went away, or the connection did. */
export function left(): HypertunaError {
  return new HypertunaError('NOBODY_ONLINE', 'The other side is gone or does not serve this relay')
}
