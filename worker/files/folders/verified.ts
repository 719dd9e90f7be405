/** Bytes out of the drive, on their way into a folder. */
import { HypertunaError } from '../../../protocol/errors.ts'
import { createSha256 } from '../../../protocol/sha256.ts'
import type { Signal } from '../../../protocol/file-channel/channel.ts'
import type { Drive } from '../drive.ts'
import type { Sync } from '../sync.ts'

/**
 * A file's bytes, which end in an error unless they have its hash: whoever takes them
 * whole has the right ones.
 * @throws WRONG_BYTES, UNKNOWN_FILE, CANCELLED, STORAGE_*
 */
export async function* verifiedBytes(
  drive: Drive,
  relayKey: string,
  hash: string,
  { signal, onbytes }: { signal: Signal; onbytes?: (bytes: number) => void }
): AsyncGenerator<Uint8Array> {
  const hasher = createSha256()
  for await (const chunk of drive.getFile(relayKey, hash, { signal })) {
    hasher.update(chunk)
    onbytes?.(chunk.byteLength)
    yield chunk
  }
  if (hasher.digest().toString('hex') === hash) return
  throw new HypertunaError('WRONG_BYTES', 'The file is damaged on this disk')
}

/**
 * Resolves when the file is here, asking for it first where it is not.
 * @throws what the fetch ended with, CANCELLED
 */
export async function bring(sync: Sync, drive: Drive, hash: string, signal: Signal): Promise<void> {
  const { relayKey } = sync.records
  if (await drive.has(relayKey, hash)) return
  await sync.fetchNow(hash)
  await new Promise<void>((resolve, reject) => {
    const end = (problem: HypertunaError | null): void => {
      sync.off('change', look)
      signal.removeEventListener('abort', stop)
      if (problem === null) resolve()
      else reject(problem)
    }
    const stop = (): void => end(new HypertunaError('CANCELLED', 'It was cancelled'))
    const look = (): void => {
      const file = sync.files.get(hash)
      if (file?.here === true) end(null)
      else if (file?.fetching !== true) {
        end(file?.problem ?? new HypertunaError('NOBODY_ONLINE', 'The file could not be fetched'))
      }
    }
    sync.on('change', look)
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    else look()
  })
}
