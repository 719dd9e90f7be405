/**
 * Fetches a file whose record tells no size, as other Nostr programs post them after a Blossom
 * upload. The hash alone vouches for it.
 *
 * Each provider tells how large its file is. The one that tells least is heard first, whole: a
 * lie about the size then costs no more than the file itself, and never the quota or the disk.
 * Whoever sent something else than the file is set aside, and the next one is heard.
 */
import AbortController from 'bare-abort-controller'

import { MAX_UPLOAD } from '../../protocol/blossom.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import type { ErrorCode } from '../../protocol/errors.ts'
import type { NamedFile } from '../../protocol/file-event.ts'
import type { Signal } from '../../protocol/file-channel/channel.ts'
import { fetchFile } from './fetch.ts'
import type { FetchOptions } from './fetch.ts'
import type { FileSource } from './file-source.ts'

export interface UnsizedOptions extends Omit<FetchOptions, 'record'> {
  record: NamedFile
  /** Sets room aside for so many bytes, in the place of what was set aside before. */
  onsize(size: number): Promise<void>
}

/** Providers that are asked for the size at once. */
const ASKED = 8
/** How long they have to answer, in ms. */
const PATIENCE = 10_000

/** What a provider's own bytes came to. */
const LIES: ReadonlySet<ErrorCode> = new Set([
  'WRONG_BYTES',
  'HASH_MISMATCH',
  'TRUNCATED',
  'TOO_LARGE'
])

/**
 * @throws {HypertunaError} as `fetchFile`: NOBODY_ONLINE when no provider is left, WRONG_BYTES
 *   when each of them had other bytes; what `onsize` throws; CANCELLED
 */
export async function fetchUnsized(options: UnsizedOptions): Promise<void> {
  const spent = new Set<FileSource>()
  const told = new Map<FileSource, number>()
  let lied = 0
  const open = (): FileSource[] =>
    options.providers().filter((source) => source.reason === null && !spent.has(source))
  for (;;) {
    await hear(open(), told, spent, options)
    const next = leastOf(open(), told)
    if (next === null) throw nobody(lied === spent.size && lied > 0)
    spent.add(next)
    try {
      await takeFrom(next, told.get(next)!, options)
      return
    } catch (err) {
      const { code } = HypertunaError.from(err)
      if (LIES.has(code)) lied++
      else if (code !== 'NOBODY_ONLINE') throw err
    }
  }
}

/** The whole file from one provider, if it has as many bytes as that one told. */
async function takeFrom(source: FileSource, size: number, options: UnsizedOptions): Promise<void> {
  let blamed = false
  const onbadprovider = (driveKey: string, reason: string): void => {
    blamed = true
    options.onbadprovider?.(driveKey, reason)
  }
  const blame = (reason: string): void => {
    const driveKey = source.peer?.driveKey
    if (driveKey && !blamed) onbadprovider(driveKey, reason)
  }
  if (size > MAX_UPLOAD) {
    blame('It tells more bytes than a file of unknown size may have')
    throw new HypertunaError('TOO_LARGE', `A file of unknown size has ${MAX_UPLOAD} bytes at most`)
  }
  await options.onsize(size)
  const record = { ...options.record, size, piecesRoot: null }
  const providers = (): FileSource[] => [source]
  try {
    await fetchFile({ ...options, record, providers, onbadprovider })
  } catch (err) {
    if (LIES.has(HypertunaError.from(err).code)) blame('Its file is not as large as it told')
    throw err
  }
}

/** Asks for the size whoever was not asked yet; those who do not tell it are spent. */
async function hear(
  sources: FileSource[],
  told: Map<FileSource, number>,
  spent: Set<FileSource>,
  { record, signal }: UnsizedOptions
): Promise<void> {
  const unheard = sources.filter((source) => !told.has(source)).slice(0, ASKED)
  const sizes = await Promise.all(unheard.map((source) => sizeOf(source, record.hash, signal)))
  throwIfCancelled(signal)
  for (const [i, source] of unheard.entries()) {
    const size = sizes[i] ?? null
    if (size === null) spent.add(source)
    else told.set(source, size)
  }
}

/** Bytes that a provider says the file has; null when it does not answer. */
async function sizeOf(
  source: FileSource,
  hash: string,
  signal: Signal | undefined
): Promise<number | null> {
  const abort = new AbortController()
  const stop = (): void => abort.abort(undefined)
  const timer = setTimeout(stop, PATIENCE)
  signal?.addEventListener('abort', stop, { once: true })
  try {
    const asked = { hash, offset: 0, length: 0, event: false }
    const { head, stream } = await source.request({
      ...asked,
      signal: abort.signal as unknown as Signal
    })
    stream.destroy()
    return Number.isSafeInteger(head.size) && head.size >= 0 ? head.size : null
  } catch {
    return null // it is gone, or does not have the file: it is not asked again
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
  }
}

function leastOf(sources: FileSource[], told: ReadonlyMap<FileSource, number>): FileSource | null {
  let least: FileSource | null = null
  for (const source of sources) {
    const size = told.get(source)
    if (size !== undefined && (least === null || size < told.get(least)!)) least = source
  }
  return least
}

function throwIfCancelled(signal: Signal | undefined): void {
  if (signal === undefined || !signal.aborted) return
  if (signal.reason instanceof HypertunaError) throw signal.reason
  throw new HypertunaError('CANCELLED', 'The download was cancelled')
}

function nobody(allLied: boolean): HypertunaError {
  if (allLied) {
    return new HypertunaError('WRONG_BYTES', 'Every provider served bytes that are not the file')
  }
  return new HypertunaError('NOBODY_ONLINE', 'Nobody who has this file could be reached')
}
