import { HypertunaError } from '../protocol/errors.ts'

const REASONS: Record<string, string> = {
  ENOENT: 'is not there',
  EISDIR: 'is a folder, not a file',
  EACCES: 'may not be read by this user',
  EPERM: 'may not be read by this user'
}

/** Why a file that the operator named cannot be used. @param err the system's */
export function unreadable(path: string, err: unknown): HypertunaError {
  const why = REASONS[(err as { code?: string }).code ?? ''] ?? 'cannot be read'
  return new HypertunaError('BAD_CONFIG', `${path} ${why}`, { cause: err })
}
