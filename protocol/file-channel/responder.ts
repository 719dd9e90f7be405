/** What a file channel asks of its owner: who the other side is, and what it may read. */
import type { NostrEvent } from '../nostr.ts'

/** A member with its proof, or a gateway, as `checkPeer` accepted it. */
export interface PeerInfo {
  role: 'member' | 'gateway'
  pubkey: string | null
  driveKey: string | null
  /** The 39002 the member showed; the newest seen from anyone counts. */
  members: NostrEvent | null
}

/** What is known of a file before its first byte. */
export interface FileHead {
  status: 'ok'
  /** Bytes of the whole file, whatever range was asked for. */
  size: number
  mime: string | null
  name: string | null
  /** The event that published the file; its signature is not verified here. */
  event: NostrEvent | null
}

/**
 * Answers requests. Every method throws HypertunaError with a code that may
 * cross the wire: NOT_IN_RELAY, DELETED, NOT_HELD, FORBIDDEN, TOO_LARGE, BUSY,
 * STORAGE, BAD_REQUEST. Anything else reaches the other side as INTERNAL.
 */
export interface FileResponder {
  head(peer: PeerInfo, hash: string): Promise<FileHead>
  /** Bytes from `offset`, exactly `length` of them; chunks of any size. */
  read(peer: PeerInfo, hash: string, offset: number, length: number): AsyncIterable<Uint8Array>
  /** The 256 KiB layer of the file's SHA-256 tree, 32 bytes each. */
  layer(peer: PeerInfo, hash: string): Promise<Uint8Array>
}
