import type Hyperdrive from 'hyperdrive'
import { HypertunaError } from '../../protocol/errors.ts'

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

/** An entry with what only the drive needs to know. */
export interface HeldFile extends FileEntry {
  relayKey: string
  blob: BlobId
  place: LayerPlace
}

/** The largest piece layer kept in the metadata itself, in bytes (a file of 8 MiB). */
export const INLINE_LAYER = 1024

const FOLDER_MARK = '.relay'
const HEX_KEY = /^[0-9a-f]{64}$/
/** The longest name a file system takes, and the longest media type worth keeping. */
const MAX_TEXT = 255

/** The entries `/<relayKey>/<hash>` of a drive and the folders they are in. */
export class Entries {
  readonly #drive: Hyperdrive
  readonly #folders = new Set<string>()

  constructor(drive: Hyperdrive) {
    this.#drive = drive
  }

  /** Learns which folders there are: a look-up each, however many files they hold. */
  async open(): Promise<void> {
    for await (const name of this.#drive.readdir('/')) {
      if (HEX_KEY.test(name)) this.#folders.add(name)
    }
  }

  async makeFolder(relayKey: string): Promise<void> {
    const path = folderPath(relayKey) + '/' + FOLDER_MARK
    if ((await this.#drive.entry(path)) === null) await this.#drive.putEntry(path)
    this.#folders.add(relayKey)
  }

  /** The file in this relay's folder, if its entry is there and its bytes are too. */
  async get(relayKey: string, hash: string): Promise<HeldFile | null> {
    const entry = await this.#drive.entry(filePath(relayKey, hash))
    const file = entry === null ? null : parseEntry(entry)
    return file !== null && (await this.isHeld(file)) ? file : null
  }

  /**
   * The file in any relay's folder. Relays are few, so a look-up in each beats an
   * index that would have to be kept right.
   */
  async find(hash: string, except: string | null = null): Promise<HeldFile | null> {
    for (const relayKey of this.#folders) {
      if (relayKey === except) continue
      const file = await this.get(relayKey, hash)
      if (file !== null) return file
    }
    return null
  }

  /** Whether every block of the file is on this disk. */
  async isHeld({ blob }: HeldFile): Promise<boolean> {
    if (blob.blockLength === 0) return true
    const { core } = await this.#drive.getBlobs()
    return core.has(blob.blockOffset, blob.blockOffset + blob.blockLength)
  }

  /** Writes all of the entries or, when it fails, none. */
  async put(files: HeldFile[]): Promise<void> {
    const batch = this.#drive.batch()
    for (const { relayKey, hash, blob, metadata, place } of files) {
      await batch.putEntry(filePath(relayKey, hash), { blob, metadata: { ...metadata, ...place } })
    }
    await batch.flush()
    for (const { relayKey } of files) this.#folders.add(relayKey)
  }

  async remove(relayKey: string, hash: string): Promise<void> {
    await this.#drive.del(filePath(relayKey, hash))
  }

  /** The files of one folder, by hash. */
  async *list(relayKey: string): AsyncGenerator<HeldFile> {
    for await (const entry of this.#drive.list(folderPath(relayKey))) {
      const file = parseEntry(entry)
      if (file !== null) yield file
    }
  }

  /** Every file of every folder. */
  async *all(): AsyncGenerator<HeldFile> {
    for await (const entry of this.#drive.list('/')) {
      const file = parseEntry(entry)
      if (file !== null) yield file
    }
  }
}

/** The relay and hash that a path names, or null for anything but a file. */
export function parsePath(path: string): { relayKey: string; hash: string } | null {
  const [root, relayKey, hash, ...more] = path.split('/')
  if (root !== '' || relayKey === undefined || hash === undefined || more.length > 0) return null
  return HEX_KEY.test(relayKey) && HEX_KEY.test(hash) ? { relayKey, hash } : null
}

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

function parseEntry({ key, value }: Hyperdrive.Entry): HeldFile | null {
  const path = parsePath(key)
  if (path === null || value.blob === null) return null
  const { blob } = value
  const fields = (value.metadata ?? {}) as Partial<FileMetadata> & LayerPlace
  const { mime = null, name = null, piecesRoot = null, eventId = null } = fields
  const size = blob.byteLength
  const place: LayerPlace = {}
  if (fields.layer !== undefined) place.layer = fields.layer
  if (fields.layerBlob !== undefined) place.layerBlob = fields.layerBlob
  return { ...path, size, blob, place, metadata: { mime, name, size, piecesRoot, eventId } }
}

function folderPath(relayKey: string): string {
  checkKey(relayKey, 'relayKey')
  return '/' + relayKey
}

function filePath(relayKey: string, hash: string): string {
  checkKey(hash, 'The file hash')
  return `${folderPath(relayKey)}/${hash}`
}
