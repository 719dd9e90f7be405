import { HypertunaError } from '../protocol/errors.ts'
import type { ErrorCode } from '../protocol/errors.ts'
import type { Worker } from './worker.ts'

const UNEXPLAINED = 'STORAGE_FAILED'

/** Why something failed: a write says only that it does, and what is wrong with the disk is known. */
export function explained(worker: Worker, err: unknown): HypertunaError {
  const failure = HypertunaError.from(err)
  if (failure.code !== UNEXPLAINED) return failure
  const { problems } = worker.status()
  const known = problems.find(({ code }) => code.startsWith('STORAGE') && code !== UNEXPLAINED)
  if (known === undefined) return failure
  return new HypertunaError(known.code as ErrorCode, known.message, { cause: err })
}
