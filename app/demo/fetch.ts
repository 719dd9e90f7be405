import http from 'bare-http1'

import { HypertunaError } from '../../protocol/errors.ts'
import { createSha256 } from '../../protocol/sha256.ts'

export interface Fetched {
  status: number
  headers: Record<string, string | undefined>
  bytes: number
  /** sha256 of the body, hex. */
  hash: string
  /** Until the head was there, in ms. */
  firstByte: number
}

/** GETs a URL and hashes its body as it comes, keeping none of it. */
export function fetchAndHash(url: string, headers: Record<string, string> = {}): Promise<Fetched> {
  const { hostname, port, pathname, search } = new URL(url)
  const started = Date.now()
  return new Promise((resolve, reject) => {
    const request = http.request({
      host: hostname,
      port: Number(port),
      path: pathname + search,
      headers
    })
    request.on('error', reject)
    request.on('response', (response) => {
      const firstByte = Date.now() - started
      const hash = createSha256()
      let bytes = 0
      let ended = false
      response.on('data', (data) => {
        const chunk = data as Uint8Array
        hash.update(chunk)
        bytes += chunk.byteLength
      })
      response.on('error', reject)
      response.on('end', () => {
        ended = true
        const { statusCode: status } = response
        const fields = response.headers as Record<string, string | undefined>
        resolve({ status, headers: fields, bytes, hash: hash.digest().toString('hex'), firstByte })
      })
      response.on('close', () => {
        if (!ended) reject(new HypertunaError('TRUNCATED', `${url} ended after ${bytes} bytes`))
      })
    })
    request.end()
  })
}
