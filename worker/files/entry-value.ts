/** What an entry of the drive holds: plain in open and closed relays, sealed in private ones. */
import b4a from 'b4a'
import type Hyperdrive from 'hyperdrive'
import { HypertunaError } from '../../protocol/errors.ts'
import { TAG_SIZE, openMetadata, sealMetadata } from '../../protocol/seal.ts'

type BlobId = Hyperdrive.BlobId

/** What an entry says about its file; `size` in bytes. */
export interface FileMetadata {
  mime: string | null
  name: string | null
  size: number
  piecesRoot: string | null
  /** The id of the event that published the file, once there is one. */
  eventId: string | null
}

export interface FileEntry {
  hash: string
  size: number
  metadata: FileMetadata
}

/** Where a file's piece layer is: in the metadata while it is small, else in a blob of its own. */
export interface LayerPlace {
  layer?: string
  layerBlob?: BlobId
}

/** What is known of an entry without any key. */
export interface KeptFile {
  relayKey: string
  hash: string
  /** Of the plain bytes. */
  size: number
  blob: BlobId
  /** Where the layer's own blob is, so that its blocks are known to be in use. */
  layerBlob: BlobId | null
  /** Whether bytes and metadata are sealed. */
  sealed: boolean
  /** The metadata as the entry has it. */
  stored: StoredMetadata
}

/** An entry with what only the drive needs to know. */
export interface HeldFile extends FileEntry {
  relayKey: string
  blob: BlobId
  place: LayerPlace
  sealed: boolean
}

/** Of an entry, what others than the drive need to know. */
export function publicEntry({ hash, size, metadata }: HeldFile): FileEntry {
  return { hash, size, metadata }
}

/** As Hyperdrive keeps it. The place of a layer's blob is no secret: its blocks are not either. */
type StoredMetadata = Partial<FileMetadata> & LayerPlace & { sealed?: string }

const HEX_KEY = /^[0-9a-f]{64}$/

/** Whether it is the entry that makes a relay's folder. */
export const isFolder = (path: string): boolean => /^\/[0-9a-f]{64}\/\.relay$/.test(path)

/** The relay and hash that a path names, or null for anything but a file. */
export function parsePath(path: string): { relayKey: string; hash: string } | null {
  const [root, relayKey, hash, ...more] = path.split('/')
  if (root !== '' || relayKey === undefined || hash === undefined || more.length > 0) return null
  return HEX_KEY.test(relayKey) && HEX_KEY.test(hash) ? { relayKey, hash } : null
}

/**
 * An entry as far as it can be read without a key; null for what is no file, and for what
 * another program put in a file's place: it does not say what we say of ours.
 */
export function readKept({ key, value }: Hyperdrive.Entry): KeptFile | null {
  const path = parsePath(key)
  if (path === null || value.blob === null) return null
  const { blob } = value
  const stored = (value.metadata ?? {}) as StoredMetadata
  const sealed = stored.sealed !== undefined
  const size = sealed ? blob.byteLength - blob.blockLength * TAG_SIZE : blob.byteLength
  if (!sealed && stored.size !== size) return null
  return { ...path, size, blob, layerBlob: stored.layerBlob ?? null, sealed, stored }
}

/**
 * The whole entry. One that lies open in a private relay's folder does not count: null.
 *
 * @param fileKey of the entry's relay, null where files lie open
 * @throws {HypertunaError} NOT_MEMBER for a sealed one without a key, STORAGE_CORRUPT
 *   when it does not open with this one
 */
export function openKept(kept: KeptFile, fileKey: Uint8Array | null): HeldFile | null {
  const { relayKey, hash, size, blob, sealed, stored } = kept
  if (fileKey !== null && !sealed) return null
  const fields = stored.sealed === undefined ? stored : unseal(stored.sealed, hash, fileKey)
  const { mime = null, name = null, piecesRoot = null, eventId = null } = fields
  const place: LayerPlace = {}
  if (fields.layer !== undefined) place.layer = fields.layer
  if (kept.layerBlob !== null) place.layerBlob = kept.layerBlob
  const metadata = { mime, name, size, piecesRoot, eventId }
  return { relayKey, hash, size, blob, place, sealed, metadata }
}

/**
 * The metadata as the entry is to keep it.
 *
 * @throws {HypertunaError} INTERNAL when bytes that lie open would become a private
 *   relay's, or the other way round
 */
export function storedMetadata(file: HeldFile, fileKey: Uint8Array | null): StoredMetadata {
  const { hash, metadata, place } = file
  if (file.sealed !== (fileKey !== null)) {
    throw new HypertunaError('INTERNAL', 'A file is sealed in private groups, and in no other')
  }
  if (fileKey === null) return { ...metadata, ...place }
  // By name and in this order: the same metadata must give the same bytes everywhere.
  const { mime, name, size, piecesRoot, eventId } = metadata
  const fields = { mime, name, size, piecesRoot, eventId, layer: place.layer }
  const sealed = sealMetadata(fileKey, hash, b4a.from(JSON.stringify(fields)))
  const { layerBlob } = place
  const text = b4a.toString(sealed, 'base64')
  return layerBlob === undefined ? { sealed: text } : { sealed: text, layerBlob }
}

function unseal(sealed: string, hash: string, fileKey: Uint8Array | null): StoredMetadata {
  if (fileKey === null) {
    const message = 'The file belongs to a private group whose key is not here'
    throw new HypertunaError('NOT_MEMBER', message)
  }
  try {
    const text = openMetadata(fileKey, hash, b4a.from(sealed, 'base64'))
    return JSON.parse(b4a.toString(text)) as StoredMetadata
  } catch (err) {
    const message = 'What the drive says of a private group’s file does not open with its key'
    throw new HypertunaError('STORAGE_CORRUPT', message, { cause: err })
  }
}
