/** An HTTP client for tests: what came, whether all of it came, and how it ended. */
import http from 'bare-http1'
import type { HTTPClientRequest, HTTPIncomingMessage, HTTPMethod } from 'bare-http1'
import https from 'bare-https'

export interface Reply {
  status: number
  headers: Record<string, string>
  body: Buffer
  /** False when the connection ended before the announced length. */
  complete: boolean
}

export interface Ask {
  method?: HTTPMethod
  headers?: Record<string, string>
  /** PEM of the authority that signed an https gateway's certificate. */
  ca?: Buffer
  /** Sent with its length, unless headers say otherwise. */
  body?: Uint8Array
  /** The address as it shall be sent, for what a URL cannot say. */
  path?: string
}

/** Asks and takes the whole answer. Rejects when no answer begins. */
export function ask(url: string, options: Ask = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    begin(url, options, (res) => resolve(take(res))).on('error', reject)
  })
}

/** Asks and leaves the answer unread, with the means to go away. */
export function askSlowly(
  url: string,
  options: Ask = {}
): Promise<{ res: HTTPIncomingMessage; leave: () => void }> {
  return new Promise((resolve, reject) => {
    const req = begin(url, options, (res) => resolve({ res, leave: () => req.destroy() }))
    req.on('error', reject)
  })
}

/** Asks without waiting for an answer. Returns how to go away. */
export function askInVain(url: string): () => void {
  const req = begin(url, {}, () => {})
  req.on('error', () => {}) // going away is one
  return () => req.destroy()
}

/** The error's code in an answer's JSON. */
export function codeOf(reply: Reply): unknown {
  return (JSON.parse(reply.body.toString()) as { error: { code: unknown } }).error.code
}

export function take(res: HTTPIncomingMessage): Promise<Reply> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    res.on('data', (chunk) => chunks.push(chunk as Buffer))
    res.on('error', () => {}) // `complete` says as much
    res.on('close', () => {
      const headers: Record<string, string> = {}
      for (const [name, value] of Object.entries(res.headers)) headers[name] = String(value)
      const body = Buffer.concat(chunks)
      resolve({ status: res.statusCode, headers, body, complete: res.complete })
    })
  })
}

function begin(
  url: string,
  options: Ask,
  onresponse: (res: HTTPIncomingMessage) => void
): HTTPClientRequest {
  const { body, ...rest } = options
  const length: Record<string, string> =
    body === undefined ? {} : { 'content-length': String(body.byteLength) }
  const headers = { ...length, ...options.headers }
  const settings = { agent: false as const, ...rest, headers }
  const req = url.startsWith('https:')
    ? https.request(url, settings, onresponse)
    : http.request(url, settings, onresponse)
  if (body === undefined) req.end()
  else req.end(Buffer.from(body))
  return req
}
