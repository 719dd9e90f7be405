import type Corestore from 'corestore'
import ReadyResource from 'ready-resource'
import { HypertunaError } from '../../protocol/errors.ts'
import type { Log } from '../log.ts'

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

export interface StoredFile {
  hash: string
  size: number
  piecesRoot: string
  /** True when the bytes were here already, in this relay's folder or another's. */
  deduplicated: boolean
}

/** The part of AbortSignal that is used: Bare's and the web's both fit. */
export interface Signal {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
}

export interface StoreOptions {
  relayKey: string
  /** The hash the bytes must have, or null to take what they have. */
  fileHash: string | null
  metadata: Partial<FileMetadata>
  signal?: Signal
  /** Bytes taken from the source so far. */
  onprogress?: (bytes: number) => void
}

export interface StoreFileOptions extends StoreOptions {
  source: AsyncIterable<Uint8Array>
  /** The source is local and fast: bytes go straight into the drive, without a spool. */
  direct?: boolean
  /** The exact size the source must have, in bytes, where it is known. */
  size?: number
}

export interface StorePathOptions extends StoreOptions {
  path: string
}

export interface DriveOptions {
  /** Where bytes of slow sources wait; emptied on opening. */
  spoolDir: string
  log: Log
  /** The last version known to exist; an older store is left alone, see `behind`. */
  expectedVersion?: number
}

/** One file of the own drive that came or went. */
export interface DriveChange {
  relayKey: string
  hash: string
  change: 'added' | 'removed' | 'updated'
}

/** This device's one Hyperdrive, and its only user. */
export class Drive extends ReadyResource {
  constructor(_store: Corestore, _options: DriveOptions) {
    super()
  }

  get key(): string {
    throw soon()
  }

  get version(): number {
    throw soon()
  }

  get discoveryKeys(): Uint8Array[] {
    throw soon()
  }

  async makeFolder(_relayKey: string): Promise<void> {
    throw soon()
  }

  async storeFile(_options: StoreFileOptions): Promise<StoredFile> {
    throw soon()
  }

  async storePath(_options: StorePathOptions): Promise<StoredFile> {
    throw soon()
  }

  getFile(
    _relayKey: string,
    _hash: string,
    _range: { start?: number; end?: number; signal?: Signal } = {}
  ): AsyncIterable<Uint8Array> {
    throw soon()
  }

  async entry(_relayKey: string, _hash: string): Promise<FileEntry | null> {
    throw soon()
  }

  async has(_relayKey: string, _hash: string): Promise<boolean> {
    throw soon()
  }

  async layer(_relayKey: string, _hash: string): Promise<Uint8Array> {
    throw soon()
  }

  list(_relayKey: string): AsyncIterable<FileEntry> {
    throw soon()
  }

  async annotate(_relayKey: string, _hash: string, _facts: Partial<FileMetadata>): Promise<void> {
    throw soon()
  }

  async removeFile(_relayKey: string, _hash: string): Promise<void> {
    throw soon()
  }

  async blobUsage(): Promise<{ files: number; bytes: number }> {
    throw soon()
  }
}

/** Opens this device's drive in `store` (a session, which the drive closes). */
export async function initializeHyperdrive(
  store: Corestore,
  options: DriveOptions
): Promise<Drive> {
  const drive = new Drive(store, options)
  await drive.ready()
  return drive
}

function soon(): HypertunaError {
  return new HypertunaError('INTERNAL', 'Not there yet')
}
