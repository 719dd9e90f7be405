/** The body of a request, as it is wanted: nothing is read ahead of whoever takes it. */
import { HypertunaError } from './errors.ts'

/** An HTTP server's request, whichever server's: here nothing is connected, only read. */
export interface RequestBody {
  on(event: never, listener: never): unknown
  off(event: never, listener: never): unknown
  pause(): unknown
  resume(): unknown
  destroy(): unknown
}

/** The same with the events that are listened to. */
interface Events {
  on(event: 'data', listener: (chunk: unknown) => void): unknown
  on(event: 'end' | 'close' | 'error', listener: () => void): unknown
  off(event: 'data', listener: (chunk: unknown) => void): unknown
}

/** What is read of a refused body, so that its sender gets to hear why. */
const MAX_DRAIN = 4 * 1024 * 1024
const DRAIN_TIME = 3000

/**
 * The bytes of a request's body. Breaking off leaves the connection as it is, so that an
 * answer can still be sent.
 *
 * @param idle milliseconds without a byte
 * @throws {HypertunaError} TRUNCATED when the client goes, TIMEOUT
 */
export async function* bodyOf(
  message: RequestBody,
  idle: number
): AsyncGenerator<Uint8Array, void, undefined> {
  const queue: Uint8Array[] = []
  const state = { ended: false, closed: false, late: false }
  let wake = (): void => {}
  const ondata = (chunk: unknown): void => {
    queue.push(chunk as Uint8Array)
    message.pause()
    wake()
  }
  const onend = (): void => {
    state.ended = true
    wake()
  }
  const onclose = (): void => {
    state.closed = true
    wake()
  }
  const events = message as Events
  events.on('error', onclose)
  events.on('end', onend)
  events.on('close', onclose)
  events.on('data', ondata)
  try {
    for (;;) {
      const chunk = queue.shift()
      if (chunk !== undefined) {
        yield chunk
        continue
      }
      if (state.ended) return
      if (state.closed) throw new HypertunaError('TRUNCATED', 'The client went away')
      if (state.late) throw new HypertunaError('TIMEOUT', 'The client sent nothing for too long')
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => {
          state.late = true
          resolve()
        }, idle)
        wake = (): void => {
          clearTimeout(timer)
          resolve()
        }
        message.resume()
        if (queue.length > 0 || state.ended || state.closed) wake()
      })
    }
  } finally {
    message.pause()
    events.off('data', ondata)
  }
}

/** All of a small body. @throws {HypertunaError} TOO_LARGE, TRUNCATED, TIMEOUT */
export async function readBody(
  message: RequestBody,
  { most, idle }: { most: number; idle: number }
): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of bodyOf(message, idle)) {
    size += chunk.byteLength
    if (size > most) throw new HypertunaError('TOO_LARGE', `At most ${most} bytes are read here`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Reads on for a moment what nobody wants: a closed connection would swallow the answer. */
export function drainBody(message: RequestBody): void {
  const events = message as Events
  let size = 0
  const stop = (): void => {
    clearTimeout(timer)
    message.destroy()
  }
  const timer = setTimeout(stop, DRAIN_TIME)
  events.on('error', () => {})
  events.on('data', (chunk) => {
    size += (chunk as Uint8Array).byteLength
    if (size > MAX_DRAIN) stop()
  })
  events.on('end', () => clearTimeout(timer))
  events.on('close', () => clearTimeout(timer))
  message.resume()
}
