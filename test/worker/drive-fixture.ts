import type { TestContext } from './member.ts'
import { join } from 'bare-path'
import Corestore from 'corestore'
import { initializeHyperdrive } from '../../worker/files/drive.ts'
import type { Drive, DriveOptions } from '../../worker/files/drive.ts'
import { silent } from '../../worker/log.ts'
import { sha256 as digest } from '../../protocol/sha256.ts'

export const RELAY = 'a'.repeat(64)
export const OTHER_RELAY = 'b'.repeat(64)
/** Of a private relay. */
export const FILE_KEY = new Uint8Array(32).fill(7)

/** A drive in a folder of its own, closed when the test ends. */
export async function openDrive(
  t: Pick<TestContext, 'teardown'>,
  dir: string,
  options: Partial<DriveOptions> = {}
): Promise<Drive> {
  const store = new Corestore(join(dir, 'corestore'))
  const drive = await initializeHyperdrive(store, {
    spoolDir: join(dir, 'spool'),
    log: silent,
    ...options
  })
  t.teardown(() => drive.close())
  return drive
}

export function sha256(bytes: Uint8Array): string {
  return Buffer.from(digest(bytes)).toString('hex')
}

/** Bytes that differ for each seed and do not repeat from block to block. */
export function makeBytes(size: number, seed = 1): Uint8Array {
  const words = new Uint32Array(Math.ceil(size / 4))
  let x = seed * 2654435761 + 1
  for (let i = 0; i < words.length; i++) {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    words[i] = x
  }
  return new Uint8Array(words.buffer, 0, size)
}

/** The bytes in chunks, as a source. */
export async function* source(bytes: Uint8Array, chunk = 100_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += chunk) yield bytes.subarray(at, at + chunk)
}

/** A source that waits for `more` after its first bytes. */
export async function* pausing(
  bytes: Uint8Array,
  first: number,
  more: Promise<unknown>
): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(0, first)
  await more
  yield bytes.subarray(first)
}

export async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return new Uint8Array(Buffer.concat(chunks))
}

/** The code a promise fails with, or null when it does not. */
export async function codeOf(promise: Promise<unknown>): Promise<string | null> {
  try {
    await promise
    return null
  } catch (err) {
    return String((err as { code?: unknown }).code ?? err)
  }
}

/** A promise and the call that resolves it. */
export function defer<T = void>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((done) => (resolve = done))
  return { promise, resolve }
}
