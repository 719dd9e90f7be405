import type { FileRecord } from '../../protocol/file-event.ts'
import type { FileChannel, Signal } from '../../protocol/file-channel/channel.ts'
import type { Drive } from './drive.ts'

export interface FetchOptions {
  record: FileRecord
  /** The channels of providers that are online now; asked again whenever one is needed. */
  providers: () => FileChannel[]
  drive: Drive
  relayKey: string
  /** The id of the event that published the file, kept in the drive's metadata. */
  eventId?: string | null
  signal?: Signal
  /** Bytes received and handed to the drive so far. */
  onprogress?: (bytes: number) => void
  onbadprovider?: (driveKey: string, reason: string) => void
}

/** Fetches one file from its providers into the own drive. */
export async function fetchFile(_options: FetchOptions): Promise<void> {
  throw new Error('not written yet')
}
