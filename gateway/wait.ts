import type { Signal } from '../protocol/file-channel/channel.ts'
import { HypertunaError } from '../protocol/errors.ts'

/** Why `signal` was aborted, as an error with a code. */
export function abortReason(signal: Signal): HypertunaError {
  if (signal.reason instanceof HypertunaError) return signal.reason
  return new HypertunaError('CANCELLED', 'The request was given up')
}

/** @throws {HypertunaError} the reason, once `signal` is aborted */
export function throwIfAborted(signal: Signal): void {
  if (signal.aborted) throw abortReason(signal)
}

/**
 * What `promise` gives, but no later than `ms` from now and not beyond
 * `signal`: the promise itself may never settle. `late` frees what a promise
 * brings after nobody waits for it any more.
 *
 * @throws {HypertunaError} TIMEOUT, or the signal's reason, or what the promise throws
 */
export function within<T>(
  promise: Promise<T>,
  ms: number,
  signal: Signal,
  late: (value: T) => void = () => {}
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let settled = false
    const settle = (): boolean => {
      if (settled) return false
      settled = true
      clearTimeout(timer)
      signal.removeEventListener('abort', onabort)
      return true
    }
    const onabort = (): void => {
      if (settle()) reject(abortReason(signal))
    }
    const timer = setTimeout(() => {
      if (settle()) reject(new HypertunaError('TIMEOUT', `No answer in ${ms} ms`))
    }, ms)
    signal.addEventListener('abort', onabort)
    if (signal.aborted) onabort()
    promise.then(
      (value) => (settle() ? resolve(value) : late(value)),
      (err) => {
        if (settle()) reject(err)
      }
    )
  })
}
