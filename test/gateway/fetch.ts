/** The part of the web's fetch that nostr-tools' Blossom client uses and Bare lacks. */
import type { HTTPMethod } from 'bare-http1'
import { ask } from './client.ts'

interface Wish {
  method: string
  headers: Record<string, string>
  body?: unknown
}

/** A file as a browser hands it over. */
export function fileOf(bytes: Uint8Array, type: string): File {
  return new BlobOverBare(bytes, type) as unknown as File
}

async function bytesOf(body: unknown): Promise<Uint8Array | undefined> {
  if (body === undefined) return undefined
  if (typeof body === 'string') return Buffer.from(body)
  return new Uint8Array(await (body as File).arrayBuffer())
}

async function fetchOverBare(url: string, { method, headers, body }: Wish): Promise<unknown> {
  const bytes = await bytesOf(body)
  const settings = { method: method as HTTPMethod, headers }
  const reply = await ask(url, bytes === undefined ? settings : { ...settings, body: bytes })
  return {
    status: reply.status,
    statusText: '',
    headers: { get: (name: string) => reply.headers[name.toLowerCase()] ?? null },
    json: async () => JSON.parse(reply.body.toString()) as unknown,
    arrayBuffer: async () => new Uint8Array(reply.body).buffer
  }
}

class BlobOverBare {
  readonly type: string
  readonly size: number
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array, type: string) {
    this.#bytes = bytes
    this.type = type
    this.size = bytes.byteLength
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return new Uint8Array(this.#bytes).buffer
  }
}

export function installFetch(): void {
  Object.assign(globalThis, {
    fetch: fetchOverBare,
    Blob: BlobOverBare,
    File: BlobOverBare,
    btoa: (s: string) => Buffer.from(s).toString('base64')
  })
}
