/** What is said when a file is stored, and what comes of it. */
import type { FileMetadata } from './entry-value.ts'
import type { Directness } from './landing.ts'
import type { Signal } from './stop.ts'

export interface StoredFile {
  hash: string
  size: number
  piecesRoot: string
  /** True when the bytes were here already, in this relay's folder or one it shares with. */
  deduplicated: boolean
}

export interface StoreOptions {
  relayKey: string
  /** The hash the bytes must have, or null to take what they have. */
  fileHash: string | null
  /** `size` and `piecesRoot` are measured, whatever they are here. */
  metadata: Partial<FileMetadata>
  signal?: Signal
  /** Bytes taken from the source so far. */
  onprogress?: (bytes: number) => void
}

export interface StoreFileOptions extends StoreOptions {
  /** Chunks of any size. Nothing may write into them afterwards: they are not copied. */
  source: AsyncIterable<Uint8Array>
  /** Whether the bytes go straight into the drive, without a spool; `false` unless told. */
  direct?: Directness
  /** The exact size the source must have, in bytes, where it is known. */
  size?: number
  /**
   * Asked at the first byte: the layer of the file's tree, when the source checks every
   * piece against it, so that the tree is not hashed again; else null.
   */
  layer?: () => Uint8Array | null
  /** For a source that checks every piece and can begin anywhere: it goes on where it stopped. */
  resume?: Resumption
}

/** How a source goes on from what is there already. */
export interface Resumption {
  /** The layer that what is there is checked against; null begins anew. */
  layer(): Promise<Uint8Array | null>
  /** The source is to begin at this byte; told before its first chunk is asked for. */
  from(bytes: number): void
}
