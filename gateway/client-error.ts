import http from 'bare-http1'
import type { HTTPError } from 'bare-http1'
import type { HypertunaError } from '../protocol/errors.ts'
import { errorResponse } from '../protocol/http-file.ts'
import { statusOf } from './answers.ts'
import type { Socket } from './routes.ts'

/** Status, its words, the error's code and message. */
type Answer = [number, string, string, string]

/** RFC 9110, 15.6.2: one that nothing here has, unlike one that an address has not. */
const UNKNOWN_METHOD: Answer = [
  501,
  'Not Implemented',
  'UNSUPPORTED',
  'No such method is known here'
]
const ANSWERS: Readonly<Record<string, Answer>> = {
  HEADER_OVERFLOW: [
    431,
    'Request Header Fields Too Large',
    'TOO_LARGE',
    'The headers are too large'
  ],
  REQUEST_TIMEOUT: [408, 'Request Timeout', 'TIMEOUT', 'The request did not come in time'],
  INVALID_METHOD: UNKNOWN_METHOD,
  BODY_TOO_LARGE: [413, 'Payload Too Large', 'TOO_LARGE', 'The body is too large']
}
const BAD: Answer = [400, 'Bad Request', 'BAD_REQUEST', 'This is no request of HTTP/1.1']
// What ends a connection without a request that could be answered.
const SILENT = new Set(['CONNECTION_LOST', 'CONTENT_LENGTH_MISMATCH', 'ECONNRESET', 'EPIPE'])

/**
 * Answers what could not be read as a request, unless an answer has begun: that
 * one's client would take this for a part of it. The server closes the connection.
 *
 * @returns the status, or null when nothing was said
 */
export function answerClientError(err: HTTPError, socket: Socket): number | null {
  const code = String((err as { code?: unknown }).code)
  if (SILENT.has(code) || !isRequest(code) || socket.destroying) return null
  const connection = http.ServerConnection.for(socket) as { res?: { headersSent: boolean } } | null
  if (connection === null || (connection.res ?? null) !== null) return null
  const answer = ANSWERS[code] ?? BAD
  socket.write(Buffer.from(packetOf(answer)))
  return answer[0]
}

/** Answers CONNECT, which asks for a way through to somewhere else. */
export function refuseTunnel(socket: Socket): void {
  socket.on('error', () => {}) // it is let go of anyway
  socket.end(packetOf(UNKNOWN_METHOD))
}

function packetOf([status, words, name, message]: Answer): string {
  const { headers, body } = errorResponse(status, name, message, {
    Connection: 'close',
    Date: new Date().toUTCString()
  })
  const lines = Object.entries(headers).map(([field, value]) => `${field}: ${value}`)
  return `HTTP/1.1 ${status} ${words}\r\n${lines.join('\r\n')}\r\n\r\n${body}`
}

/** Whether the code is one of the HTTP parser or server; a socket's own errors begin with E. */
function isRequest(code: string): boolean {
  return code in ANSWERS || code.startsWith('INVALID_') || code === 'UNEXPECTED_RESPONSE'
}

/** An answer on a connection that no response object is made for. */
export function refusalOf(error: HypertunaError): string {
  const status = statusOf(error)
  const { headers, body } = errorResponse(status, error.code, error.message, {
    Connection: 'close',
    Date: new Date().toUTCString(),
    ...(status === 503 ? { 'Retry-After': '10' } : {})
  })
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const words = (http.STATUS_CODES as Record<number, string | undefined>)[status] ?? ''
  return `HTTP/1.1 ${status} ${words}\r\n${lines.join('')}\r\n${body}`
}
