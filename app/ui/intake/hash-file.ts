import { HypertunaError } from '../../../protocol/errors.ts'
import { onHands } from '../outbox/hands.ts'
import type { HashReport } from './hash-worker.ts'

/** Up to here a file is hashed at once; a worker of its own would take longer to start */
const SMALL = 8 * 1024 * 1024

/** The sha256 of one of many files as lowercase hex. @throws SOURCE_UNREADABLE, CANCELLED */
export async function hashOneOfMany(file: File, signal: AbortSignal): Promise<string> {
  if (file.size > SMALL) return hashFile(file, signal, () => {})
  const bytes = await file.arrayBuffer().catch((cause: unknown) => {
    throw new HypertunaError('SOURCE_UNREADABLE', 'The file could not be read', { cause })
  })
  if (signal.aborted) throw new HypertunaError('CANCELLED', 'Cancelled')
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/**
 * The sha256 of a file as lowercase hex.
 * @param onprogress bytes hashed so far
 * @throws SOURCE_UNREADABLE when the file cannot be read, CANCELLED when `signal` says so
 */
export function hashFile(
  file: File,
  signal: AbortSignal,
  onprogress: (done: number) => void
): Promise<string> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./hash-worker.ts', import.meta.url), { type: 'module' })
    const leave = onHands(() => worker.postMessage(null))
    const cancel = () => settle(() => reject(new HypertunaError('CANCELLED', 'Cancelled')))
    const settle = (then: () => void) => {
      worker.terminate()
      leave()
      signal.removeEventListener('abort', cancel)
      then()
    }
    worker.onmessage = ({ data }: MessageEvent<HashReport>) => {
      if (data.kind === 'progress') onprogress(data.done)
      else if (data.kind === 'hash') settle(() => resolve(data.hash))
      else settle(() => reject(new HypertunaError('SOURCE_UNREADABLE', data.reason)))
    }
    worker.onerror = (event) =>
      settle(() => reject(new HypertunaError('INTERNAL', event.message || 'Hashing failed')))
    signal.addEventListener('abort', cancel, { once: true })
    if (signal.aborted) cancel()
    else worker.postMessage(file)
  })
}
