/** Bytes from the worker's loopback server into a file or a pipe, checked on the way. */
import { createWriteStream } from 'bare-fs'
import { rename, rm } from 'bare-fs/promises'
import http from 'bare-http1'
import process from 'bare-process'
import type { Writable } from 'streamx'

import { HypertunaError } from '../../protocol/errors.ts'
import { createSha256 } from '../../protocol/sha256.ts'
import { diskFailure } from './disk-failure.ts'

interface Wish {
  /** What the bytes must have; lowercase hex. */
  hash: string
  /** Where they go; null for standard output. */
  path: string | null
  /** Into what is there, as they come: a device, or a pipe. */
  straight: boolean
  onbytes(bytes: number): void
}

/**
 * A file appears under its name only when all of it is there and right.
 * @throws HASH_MISMATCH, TRUNCATED, STORAGE_*, or what the server answered
 */
export async function save(url: string, { hash, path, straight, onbytes }: Wish): Promise<void> {
  const part = path === null || straight ? null : `${path}.${process.pid}.part`
  const sha256 = createSha256()
  try {
    await receive(url, part ?? path, (chunk, bytes) => {
      sha256.update(chunk)
      onbytes(bytes)
    })
    if (sha256.digest().toString('hex') !== hash) {
      throw new HypertunaError('HASH_MISMATCH', 'What came is not the file: nothing was kept')
    }
    if (part !== null && path !== null) await rename(part, path)
  } catch (err) {
    if (part !== null) await rm(part, { force: true })
    throw diskFailure(err, path ?? 'What was to be printed')
  }
}

function receive(
  url: string,
  path: string | null,
  onchunk: (chunk: Uint8Array, bytes: number) => void
): Promise<void> {
  const { hostname, port, pathname, search } = new URL(url)
  return new Promise((resolve, reject) => {
    const request = http.request({ host: hostname, port: Number(port), path: pathname + search })
    request.on('error', reject)
    request.on('response', (response) => {
      if (response.statusCode !== 200) {
        response.resume()
        const message = `The worker answers ${response.statusCode} for this file`
        return reject(new HypertunaError('NOT_HELD', message))
      }
      const file = path === null ? process.stdout : createWriteStream(path, { mode: 0o644 })
      const sink = file as unknown as Writable
      let bytes = 0
      let ended = false
      const more = (): void => void response.resume()
      sink.on('drain', more)
      sink.on('error', reject)
      response.on('data', (data) => {
        const chunk = data as Uint8Array
        bytes += chunk.byteLength
        onchunk(chunk, bytes)
        if (!sink.write(chunk)) response.pause()
      })
      response.on('error', reject)
      response.on('end', () => {
        ended = true
        sink.off('drain', more)
        if (path === null) return resolve()
        sink.on('close', () => resolve())
        sink.end(null)
      })
      response.on('close', () => {
        if (!ended) reject(new HypertunaError('TRUNCATED', `The file ended after ${bytes} bytes`))
      })
    })
    request.end()
  })
}
