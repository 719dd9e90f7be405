import type { Drive } from '../files/drive.ts'
import type { FileRecord } from '../../protocol/file-event.ts'
import type { NostrEvent } from '../../protocol/nostr.ts'
import type { FileHead, FileResponder, PeerInfo } from '../../protocol/file-channel/channel.ts'

/** One relay's file records, as the files of the worker see them. */
export interface RelayFiles {
  readonly relayKey: string
  readonly publicIdentifier: string
  readonly access: 'open' | 'closed'
  /** The newest live record of a file and the event that carries it. */
  record(hash: string): Promise<{ file: FileRecord; event: NostrEvent } | null>
  providers(hash: string): Promise<{ driveKey: string; pubkey: string }[]>
  isMember(pubkey: string): Promise<boolean>
  isDeleted(hash: string): Promise<boolean>
}

/** Answers one relay's file channels from its records and the own drive. */
export class FileServer implements FileResponder {
  readonly relay: RelayFiles
  readonly drive: Drive

  constructor(options: { relay: RelayFiles; drive: Drive }) {
    this.relay = options.relay
    this.drive = options.drive
  }

  head(_peer: PeerInfo, _hash: string): Promise<FileHead> {
    throw new Error('not written yet')
  }

  read(
    _peer: PeerInfo,
    _hash: string,
    _offset: number,
    _length: number
  ): AsyncIterable<Uint8Array> {
    throw new Error('not written yet')
  }

  layer(_peer: PeerInfo, _hash: string): Promise<Uint8Array> {
    throw new Error('not written yet')
  }
}
