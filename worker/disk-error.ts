import { HypertunaError } from '../protocol/errors.ts'
import type { ErrorCode } from '../protocol/errors.ts'

/** What the system's own code says about the disk. */
const CODES: Record<string, ErrorCode> = {
  ENOSPC: 'STORAGE_FULL',
  EDQUOT: 'STORAGE_FULL',
  EROFS: 'STORAGE_READONLY',
  EACCES: 'STORAGE_DENIED',
  EPERM: 'STORAGE_DENIED',
  EIO: 'STORAGE_FAILED'
}

/** RocksDB has no codes: what its messages say. */
const MESSAGES: [RegExp, ErrorCode][] = [
  [/no space left|disk quota exceeded|space limit/i, 'STORAGE_FULL'],
  [/read-only file system/i, 'STORAGE_READONLY'],
  [/permission denied|operation not permitted/i, 'STORAGE_DENIED'],
  [/corruption:|(?:crc|checksum) mismatch/i, 'STORAGE_CORRUPT']
]

/**
 * The code for a failure of the disk, found in the error or in whatever caused
 * it, or null when nothing there names a reason.
 */
export function diskErrorCode(err: unknown, depth = 0): ErrorCode | null {
  if (typeof err !== 'object' || err === null || depth > 4) return null
  const { code, message, cause, errors } = err as Record<string, unknown>
  const known = typeof code === 'string' ? CODES[code] : undefined
  if (known !== undefined) return known
  for (const [pattern, meaning] of MESSAGES) {
    if (typeof message === 'string' && pattern.test(message)) return meaning
  }
  for (const inner of [cause, ...(Array.isArray(errors) ? errors : [])]) {
    const found = diskErrorCode(inner, depth + 1)
    if (found !== null) return found
  }
  return null
}

/** Whether the store found that what it reads is not what it wrote. */
export function isDamage(err: unknown): boolean {
  const { message } = err as { message?: unknown }
  return typeof message === 'string' && /(?:crc|checksum) mismatch|corruption/i.test(message)
}

/** `err` as the HypertunaError of a failed disk; one that has a code of ours is kept. */
export function diskError(err: unknown, message: string): HypertunaError {
  if (err instanceof HypertunaError) return err
  return new HypertunaError(diskErrorCode(err) ?? 'STORAGE_FAILED', message, { cause: err })
}

/**
 * Why a file of the storage's own cannot be read: the disk's reason with what to do where this
 * user may not, else `code`.
 */
export function unreadable(err: unknown, path: string, code: ErrorCode): HypertunaError {
  if (diskErrorCode(err) !== 'STORAGE_DENIED') {
    return new HypertunaError(code, `${path} cannot be read`, { cause: err })
  }
  const message = `This user may not read ${path}: mend its permissions, or choose another --storage`
  return new HypertunaError('STORAGE_DENIED', message, { cause: err })
}

/** Whether `err` carries this code of the system (`ENOENT`). */
export function isSystemCode(err: unknown, code: string): boolean {
  return typeof err === 'object' && err !== null && (err as { code?: unknown }).code === code
}
