import { HypertunaError } from '../../protocol/errors.ts'

/** Resolves with an error's code, or fails the test with what came instead. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (err) {
    return err instanceof HypertunaError ? err.code : `not ours: ${String(err)}`
  }
  return 'no error'
}
