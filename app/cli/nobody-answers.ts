import { HypertunaError } from '../../protocol/errors.ts'

/** What to say where no worker answers at a storage's socket. @param err the system's */
export function nobodyAnswers(err: unknown, storage: string): HypertunaError {
  if ((err as { code?: unknown }).code === 'EACCES') {
    const message = `${storage} is another user's: speak to its worker as that user`
    return new HypertunaError('STORAGE_DENIED', message, { cause: err })
  }
  const message = `Nothing runs for ${storage}: start the app, or "hypertuna start --storage ${storage}"`
  return new HypertunaError('CLOSED', message, { cause: err })
}
