/** Whoever a file's ranges can be had from: a member's channel, or a copy of its drive. */
import type { HypertunaError } from '../../protocol/errors.ts'
import type { FileRequest, PiecesRequest } from '../../protocol/file-channel/channel.ts'

export interface FileSource {
  /** Why nothing more comes from it; null while it lives. */
  readonly reason: HypertunaError | null
  readonly peer: { pubkey: string | null; driveKey: string | null } | null
  /** Whether it has a bulk lane now; left out where it is no member, but a copy of a drive. */
  readonly isDirect?: boolean
  /** As `FileChannel.request`. */
  request(request: FileRequest): Promise<{ head: { size: number }; stream: FileStream }>
  /** As `FileChannel.pieces`. */
  pieces(request: PiecesRequest): Promise<Uint8Array>
}

export interface FileStream extends AsyncIterable<Uint8Array> {
  destroy(): unknown
}
