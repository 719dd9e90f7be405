/** What may be said of a file, and how its entry keeps it. */
import { HypertunaError } from '../../protocol/errors.ts'
import type { FileMetadata, LayerPlace } from './entry-value.ts'

/** The largest piece layer kept in the metadata itself, in bytes (a file of 8 MiB). */
export const INLINE_LAYER = 1024

const HEX_KEY = /^[0-9a-f]{64}$/
/** The longest name a file system takes, and the longest media type worth keeping. */
const MAX_TEXT = 255

/** @throws BAD_REQUEST for what is not 64 lowercase hex digits */
export function checkKey(value: string, what: string): void {
  if (typeof value === 'string' && HEX_KEY.test(value)) return
  throw new HypertunaError('BAD_REQUEST', `${what} must be 64 lowercase hex digits`)
}

/**
 * The facts of the caller with what was measured.
 *
 * @throws BAD_REQUEST for a name or media type that no file has
 */
export function makeMetadata(
  facts: Partial<FileMetadata>,
  measured: { size: number; piecesRoot: string | null }
): FileMetadata {
  const { mime = null, name = null, eventId = null } = facts
  for (const text of [mime, name]) {
    if (text !== null && Buffer.byteLength(text) > MAX_TEXT) {
      throw new HypertunaError(
        'BAD_REQUEST',
        `A file's name and type have ${MAX_TEXT} bytes at most`
      )
    }
  }
  if (eventId !== null) checkKey(eventId, 'eventId')
  return { mime, name, size: measured.size, piecesRoot: measured.piecesRoot, eventId }
}

/** A small layer as the entry keeps it. */
export function inlineLayer(layer: Uint8Array): LayerPlace {
  return layer.byteLength === 0 ? {} : { layer: Buffer.from(layer).toString('base64') }
}
