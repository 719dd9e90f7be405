import type { HTTPServerResponse } from 'bare-http1'
import { HypertunaError, type ErrorCode } from '../protocol/errors.ts'
import type { Signal } from '../protocol/file-channel/channel.ts'
import { corsHeaders, errorResponse, preflightHeaders } from '../protocol/http-file.ts'
import type { Block } from './fetch-range.ts'
import type { OpenFile } from './file-client.ts'
import { within } from './wait.ts'

// Everything else is a failure of ours: 500, and the reason stays in the log.
const STATUS: Partial<Record<ErrorCode, number>> = {
  BAD_REQUEST: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  UNKNOWN_FILE: 404,
  NOT_IN_RELAY: 404,
  DELETED: 410,
  BLOCKED: 451,
  WRONG_BYTES: 502,
  HASH_MISMATCH: 502,
  UNPROVEN: 502,
  TRUNCATED: 502,
  TOO_LARGE: 502,
  NOBODY_ONLINE: 503,
  NOT_HELD: 503,
  BUSY: 503,
  CLOSED: 503,
  STORAGE: 503,
  STORAGE_FULL: 503,
  STORAGE_FAILED: 503,
  UNSUPPORTED: 503,
  TIMEOUT: 504
}

/** Seconds after which a client may ask again. */
const RETRY_AFTER: Partial<Record<ErrorCode, number>> = { BUSY: 2, NOT_HELD: 30, STORAGE_FULL: 60 }

interface Answer {
  status: number
  headers: Record<string, string>
  body?: string
}

/** The status that tells of an error. */
export function statusOf(error: HypertunaError): number {
  return STATUS[error.code] ?? 500
}

/** Answers without a file: errors, health, preflight. */
export function sendAnswer(res: HTTPServerResponse, answer: Answer): void {
  const body = answer.body ?? ''
  res.writeHead(answer.status as 200, { ...corsHeaders(), ...answer.headers })
  // Nothing is not an empty body: to HEAD it would say of GET's that it is one.
  if (answer.status === 204 || body === '') res.end()
  else res.end(body)
}

/**
 * The answer to OPTIONS.
 *
 * @param methods - those of the route, without OPTIONS
 * @param allowed - those that a page is let use, if there are more
 */
export function sendPreflight(
  res: HTTPServerResponse,
  methods: readonly string[],
  allowed: readonly string[] = methods
): void {
  const headers = preflightHeaders([...allowed, 'OPTIONS'])
  headers['Allow'] = [...methods, 'OPTIONS'].join(', ')
  sendAnswer(res, { status: 204, headers })
}

/** @param methods - those of the route, without OPTIONS */
export function sendNotAllowed(res: HTTPServerResponse, methods: readonly string[]): void {
  const allowed = [...methods, 'OPTIONS'].join(', ')
  const message = `Only ${allowed} are answered here`
  sendAnswer(res, errorResponse(405, 'BAD_REQUEST', message, { Allow: allowed }))
}

/** The address asks too often. @param seconds - after which it may ask again */
export function sendTooMany(res: HTTPServerResponse, seconds: number): void {
  const headers = { 'Retry-After': String(seconds) }
  sendAnswer(res, errorResponse(429, 'BUSY', 'Too many requests; try again shortly', headers))
}

/** `Expect` with something else than `100-continue`. */
export function sendUnexpected(res: HTTPServerResponse): void {
  const message = 'Nothing but 100-continue can be expected here'
  sendAnswer(res, errorResponse(417, 'BAD_REQUEST', message, { Connection: 'close' }))
}

/** `Cache-Control: only-if-cached`, and it is not. */
export function sendNotCached(res: HTTPServerResponse): void {
  sendAnswer(res, errorResponse(412, 'PRECONDITION_FAILED', 'It is not in the cache'))
}

/**
 * Says what went wrong, or resets the connection when the answer has begun:
 * a body that stops short must never look like a whole one.
 */
export function sendError(res: HTTPServerResponse, err: unknown): void {
  if (res.headersSent) {
    res.destroy()
    return
  }
  const error = HypertunaError.from(err)
  const status = statusOf(error)
  const message = status === 500 ? 'The gateway failed; its log says why' : error.message
  const headers: Record<string, string> = {}
  if (status === 401) headers['WWW-Authenticate'] = 'Nostr'
  if (status >= 502) {
    headers['Retry-After'] = String(RETRY_AFTER[error.code] ?? 10)
  }
  sendAnswer(res, errorResponse(status, status === 500 ? 'INTERNAL' : error.code, message, headers))
}

/** What a stream holds before it says that it is full: see bare-stream. */
const FULL = 16 * 1024

/**
 * Writes a body with backpressure, one block ahead of the client where there is room for it.
 *
 * @throws {HypertunaError} TIMEOUT for a client that takes nothing for `slow`
 *   ms, what the source throws, or the signal's reason
 */
export async function sendBody(
  res: HTTPServerResponse,
  first: IteratorResult<Block>,
  body: { source: AsyncIterator<Block>; file: Pick<OpenFile, 'sent' | 'readsAhead'> },
  options: { slow: number; signal: Signal; onbytes?: (bytes: number) => void }
): Promise<void> {
  const { source, file } = body
  let unsent: Block[] = []
  for (let block = first; block.done !== true;) {
    let [flowing, last] = [true, 0]
    for (const { buffer, byteOffset, byteLength } of block.value) {
      flowing = res.write(Buffer.from(buffer, byteOffset, byteLength))
      options.onbytes?.(byteLength)
      last = byteLength
    }
    unsent.push(block.value)
    const next = file.readsAhead ? source.next() : null
    next?.catch(() => {}) // awaited below; until then the client may be what fails
    if (!flowing) {
      await drained(res, options)
      // What alone fills the connection has drained only when all of it, and what was
      // before, is with the system. Less may still be waiting under a response that drained.
      if (last >= FULL) for (const sent of unsent) file.sent(sent)
      unsent = []
    }
    block = await (next ?? source.next())
  }
  res.end()
}

async function drained(
  res: HTTPServerResponse,
  options: { slow: number; signal: Signal }
): Promise<void> {
  let ondrain = (): void => {}
  const drain = new Promise<void>((resolve) => {
    ondrain = resolve
  })
  res.once('drain', ondrain)
  try {
    await within(drain, options.slow, options.signal)
  } finally {
    res.off('drain', ondrain)
  }
}
