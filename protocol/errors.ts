/**
 * The one error of the whole house.
 *
 * Codes are a closed list because they cross the pipe and the wire, where the
 * other side decides by them; messages are for people and say what to do.
 */

export const ERROR_CODES = [
  // what was asked for
  'BAD_REQUEST',
  'BAD_CONFIG',
  'BAD_IDENTITY',
  'UNKNOWN_RELAY',
  'UNKNOWN_FILE',
  'RELAY_EXISTS',
  'NOT_ALLOWED',
  'NOT_MEMBER',
  'UNAUTHORIZED',
  'UNSUPPORTED',
  'USAGE',
  // a file on its way
  'HASH_MISMATCH',
  'SOURCE_CHANGED',
  'SOURCE_UNREADABLE',
  'TOO_LARGE',
  'TRUNCATED',
  'CANCELLED',
  'TIMEOUT',
  'BUSY',
  'CLOSED',
  // the disk
  'STORAGE_FULL',
  'STORAGE_READONLY',
  'STORAGE_LOCKED',
  'STORAGE_DENIED',
  'STORAGE_MISSING',
  'STORAGE_CORRUPT',
  'STORAGE_MOVED',
  'STORAGE_FAILED',
  // joining
  'INVITE_INVALID',
  'INVITE_EXPIRED',
  'INVITE_USED',
  'INVITE_REJECTED',
  'NOBODY_ONLINE',
  // the file channel
  'NOT_IN_RELAY',
  'DELETED',
  'NOT_HELD',
  'FORBIDDEN',
  'BLOCKED',
  'STORAGE',
  'WRONG_BYTES',
  'UNPROVEN',
  // this process
  'PORT_IN_USE',
  'INTERNAL'
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

export type ErrorDetails = Record<string, string | number>

export interface ErrorFields {
  code: ErrorCode
  message: string
  details?: ErrorDetails
}

const known: ReadonlySet<unknown> = new Set(ERROR_CODES)

/** Whether `value` is one of the closed list of codes. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return known.has(value)
}

/**
 * An error with a code from the closed list.
 *
 * `details` are small facts for the reader (a field's name, a limit, who holds
 * a file); never secrets. The stack and the cause stay in this process.
 */
export class HypertunaError extends Error {
  override readonly name = 'HypertunaError'
  readonly code: ErrorCode
  readonly details: ErrorDetails | undefined

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; details?: ErrorDetails } = {}
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = options.details
  }

  /** What may cross the pipe and the wire: no stack, no cause. */
  toJSON(): ErrorFields {
    const { code, message, details } = this
    return details === undefined ? { code, message } : { code, message, details }
  }

  /**
   * Any thrown value as a HypertunaError: itself, one rebuilt from a code that
   * crossed a pipe, `CANCELLED` for an abort, else `fallback` with the value as
   * its cause. Never throws.
   */
  static from(err: unknown, fallback: ErrorCode = 'INTERNAL'): HypertunaError {
    if (err instanceof HypertunaError) return err
    const { code, name, message, details } = fields(err)
    const options = isDetails(details) ? { cause: err, details } : { cause: err }
    if (isErrorCode(code)) return new HypertunaError(code, message, options)
    if (name === 'AbortError') return new HypertunaError('CANCELLED', message, options)
    return new HypertunaError(fallback, message, { cause: err })
  }
}

function fields(err: unknown): {
  code: unknown
  name: unknown
  message: string
  details: unknown
} {
  if (typeof err !== 'object' || err === null) {
    return { code: null, name: null, message: describe(err), details: null }
  }
  const { code, name, message, details } = err as Record<string, unknown>
  return { code, name, message: describe(message), details }
}

function describe(value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return 'Something failed without saying why'
}

function isDetails(value: unknown): value is ErrorDetails {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.values(value).every((v) => typeof v === 'string' || typeof v === 'number')
}

/** What is answered by who is starting and has done nothing: asked again in a moment it does it. */
export function startingError(message: string): HypertunaError {
  return new HypertunaError('BUSY', message, { details: { starting: 1 } })
}

/** Whether that was answered, and no other BUSY, which may last. */
export function saysStarting(err: unknown): boolean {
  const { code, details } = HypertunaError.from(err)
  return code === 'BUSY' && details?.starting === 1
}
