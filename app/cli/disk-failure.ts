/** What kept a file from being written, in words that say what to do. */
import { HypertunaError } from '../../protocol/errors.ts'
import type { ErrorCode } from '../../protocol/errors.ts'

const KNOWN: Record<string, [code: ErrorCode, what: string]> = {
  ENOSPC: ['STORAGE_FULL', 'has no room: free some of the disk'],
  EDQUOT: ['STORAGE_FULL', 'has no room: your share of the disk is full'],
  EROFS: ['STORAGE_READONLY', 'lies on a disk that is read-only'],
  EACCES: ['STORAGE_DENIED', 'may not be written by you'],
  EPERM: ['STORAGE_DENIED', 'may not be written by you'],
  ENOENT: ['STORAGE_MISSING', 'lies in a folder that is not there'],
  ENOTDIR: ['STORAGE_MISSING', 'lies in what is no folder'],
  EISDIR: ['BAD_REQUEST', 'is a folder'],
  ENAMETOOLONG: ['BAD_REQUEST', 'has too long a name: choose another with --output']
}

/** @param what is written: a path, or words for it */
export function diskFailure(err: unknown, what: string): HypertunaError {
  if (err instanceof HypertunaError) return err
  const [code, how] = KNOWN[(err as { code?: string }).code ?? ''] ?? []
  if (code === undefined) return HypertunaError.from(err, 'STORAGE_FAILED')
  return new HypertunaError(code, `${what} ${how}`, { cause: err })
}
