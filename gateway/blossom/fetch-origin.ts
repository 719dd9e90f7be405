/** Fetches a file from a server that a stranger named, without being led astray. */
import dns from 'bare-dns'
import http from 'bare-http1'
import type { HTTPClientRequest, HTTPIncomingMessage } from 'bare-http1'
import https from 'bare-https'
import { URL } from 'bare-url'
import { HypertunaError } from '../../protocol/errors.ts'
import type { Signal } from '../../protocol/file-channel/types.ts'
import { plainMime } from '../../protocol/mime.ts'
import { isAddress, isPublicAddress } from '../../protocol/public-address.ts'

export interface Origin {
  /** Bytes, as the server says. */
  size: number
  mime: string | null
  /** Ends with an error when the server sends another number of bytes, or nothing for a while. */
  body: AsyncIterable<Uint8Array>
  close(): void
}

export interface OriginOptions {
  /** Bytes. */
  most: number
  /** Milliseconds without a byte. */
  idle: number
  signal: Signal
  /** Which IP addresses may be asked; the public internet's unless told. */
  admits?: (address: string) => boolean
}

type Found = { address: string; family: number }[]
type LookupDone = (err: Error | null, found?: Found | string, family?: number) => void

const MAX_URL = 2048

/**
 * Asks with GET and follows no redirect. Names are resolved once: what was checked is what
 * is connected to.
 *
 * @throws {HypertunaError} BAD_REQUEST for what is no web address, FORBIDDEN for one that is
 *   not on the public internet, TOO_LARGE, SOURCE_UNREADABLE, TIMEOUT, or the signal's reason
 */
export async function fetchOrigin(address: string, options: OriginOptions): Promise<Origin> {
  const url = parse(address)
  const { most, idle, signal, admits = isPublicAddress } = options
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isAddress(host) && !admits(host)) throw inside()
  const request = ask(url, guarded(admits))
  const stop = (): void => void request.destroy()
  signal.addEventListener('abort', stop, { once: true })
  const close = (): void => {
    signal.removeEventListener('abort', stop)
    stop()
  }
  try {
    const res = await respond(request, idle)
    const size = Number(res.headers['content-length'] ?? Number.NaN)
    if (res.statusCode !== 200) throw unreadable(`The server answered ${res.statusCode}`)
    if (!Number.isSafeInteger(size) || size < 0) throw unreadable('The server tells no length')
    if (size > most) throw new HypertunaError('TOO_LARGE', `A file has at most ${most} bytes here`)
    const mime = plainMime(String(res.headers['content-type'] ?? ''))
    return { size, mime, body: read(res, { size, idle, signal, close }), close }
  } catch (err) {
    close()
    throw HypertunaError.from(err, 'SOURCE_UNREADABLE')
  }
}

function parse(address: string): URL {
  let url: URL | null = null
  try {
    url = new URL(address)
  } catch {
    // told below, like what is an address of something else
  }
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:'
  if (url === null || !isWeb || address.length > MAX_URL || url.username !== '') {
    throw new HypertunaError('BAD_REQUEST', 'A file is mirrored from an http or https address')
  }
  return url
}

function ask(url: URL, lookup: unknown): HTTPClientRequest {
  const { protocol, hostname, port, pathname, search } = url
  const settings = {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
    path: pathname + search,
    headers: { 'accept-encoding': 'identity' },
    agent: false as const,
    lookup
  }
  return protocol === 'https:' ? https.request(settings as never) : http.request(settings as never)
}

/** A resolver that gives no address which is not admitted. */
function guarded(admits: (address: string) => boolean) {
  return (host: string, options: { all?: boolean; family?: 0 | 4 | 6 }, done: LookupDone): void => {
    dns.lookup(host, { ...options, all: true }, (err, found) => {
      const addresses = found as unknown as Found | null
      if (err || addresses === null) return done(unreadable('The server cannot be found'))
      if (addresses.length === 0 || !addresses.every(({ address }) => admits(address))) {
        return done(inside())
      }
      const [first] = addresses
      if (options.all === true) done(null, addresses)
      else done(null, first?.address ?? '', first?.family ?? 4)
    })
  }
}

function respond(request: HTTPClientRequest, ms: number): Promise<HTTPIncomingMessage> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), ms)
    request.on('response', (res) => {
      clearTimeout(timer)
      resolve(res)
    })
    request.on('error', (err) => {
      clearTimeout(timer)
      reject(HypertunaError.from(err, 'SOURCE_UNREADABLE'))
    })
    request.on('close', () => reject(unreadable('The server hung up')))
    request.end()
  })
}

async function* read(
  res: HTTPIncomingMessage,
  options: { size: number; idle: number; signal: Signal; close: () => void }
): AsyncGenerator<Uint8Array, void, undefined> {
  const { size, idle, close } = options
  let got = 0
  let failure: HypertunaError | null = null
  const watch = setTimeout(() => {
    failure = late()
    res.destroy()
  }, idle)
  try {
    for await (const chunk of res as unknown as AsyncIterable<Uint8Array>) {
      watch.refresh()
      got += chunk.byteLength
      if (got > size) break
      yield chunk
      watch.refresh()
    }
  } catch (err) {
    throw failure ?? HypertunaError.from(err, 'SOURCE_UNREADABLE')
  } finally {
    clearTimeout(watch)
    close()
  }
  if (failure !== null) throw failure
  if (got !== size) throw unreadable('The server sent another number of bytes than it said')
}

const unreadable = (message: string): HypertunaError =>
  new HypertunaError('SOURCE_UNREADABLE', message)
const late = (): HypertunaError =>
  new HypertunaError('SOURCE_UNREADABLE', 'The server sent nothing for too long')
const inside = (): HypertunaError =>
  new HypertunaError('FORBIDDEN', 'Files are mirrored from the public internet alone')
