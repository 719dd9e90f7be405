/** What a file channel is given, asks for and hands out. */
import type { Readable } from 'streamx'
import type { PeerEnd } from '../card.ts'
import type { HypertunaError } from '../errors.ts'
import type { NostrEvent } from '../nostr.ts'
import type { OfferLane } from './lanes.ts'
import type { Limits } from './limits.ts'
import type { ChannelSocket } from './channel-socket.ts'
import type { Handshake } from './messages.ts'
import type { Stored } from './upload.ts'

/** The part of AbortSignal that is used: Bare's and the web's both fit. */
export interface Signal {
  readonly aborted: boolean
  readonly reason?: unknown
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** A streamx Readable of byte chunks; destroying it cancels the request. */
export interface ByteStream extends Readable {
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array>
}

/** A member with its proof, or a gateway, as `checkPeer` accepted it. */
export interface PeerInfo {
  role: 'member' | 'gateway'
  pubkey: string | null
  driveKey: string | null
  /** The 39002 the member showed; the newest seen from anyone counts. */
  members: NostrEvent | null
  /** A gateway's, 64 hex. */
  noiseKey?: string
  /** What a member's clock showed, in seconds, less our steady ones; of one that tells. */
  clock?: number
}

/** Who asks for a file, and by whose leave. */
export interface Asker extends PeerInfo {
  /** What a member signed and gave to a gateway; nothing of it was checked. */
  authorization?: NostrEvent | null
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
  head(peer: Asker, hash: string): Promise<FileHead>
  /** Bytes from `offset`, exactly `length` of them; chunks of any size. */
  read(peer: Asker, hash: string, offset: number, length: number): AsyncIterable<Uint8Array>
  /** The 256 KiB layer of the file's SHA-256 tree, 32 bytes each. */
  layer(peer: Asker, hash: string): Promise<Uint8Array>
  /** Whether a challenge is answered at all, before anything is read for it: throws BUSY, FORBIDDEN. */
  challenged?(peer: PeerInfo, challenge: { length: number; nonce: Uint8Array }): void
  /**
   * Takes a file that a member gives (`authorization` says who). Nothing of `source`
   * leaves the other side before its first chunk is pulled; exactly `size` bytes come.
   */
  put?(peer: Asker, file: GivenFile, source: AsyncIterable<Uint8Array>): Promise<Stored>
  /** Takes a file away, as far as who asks may. */
  remove?(peer: Asker, hash: string): Promise<void>
  /** Speaks with a client of Nostr who came to a gateway. It is open once this returns. */
  socket?(peer: PeerInfo, socket: ChannelSocket, origin: SocketOrigin): void | Promise<void>
}

/** How a client came to a gateway, as the gateway says. */
export interface SocketOrigin {
  /** `wss://host/npub1…:alias`, which its proofs (NIP-42) name. */
  address: string
  /** What it is asked to sign. */
  challenge: string
}

/** What is said of a file before its bytes come. */
export interface GivenFile {
  hash: string
  /** Bytes. */
  size: number
  mime: string | null
}

export interface FileRequest {
  hash: string
  /** First byte; 0 when left out. */
  offset?: number
  /** Bytes; 0 for the head alone, -1 (as when left out) to the end. */
  length?: number
  /** Whether the head carries the publishing event; true when left out. */
  event?: boolean
  /** Of a member, for a gateway that asks in its name. Never leaves before the peer is proven. */
  authorization?: NostrEvent | null
  signal?: Signal
}

export interface PiecesRequest extends Pick<FileRequest, 'hash' | 'authorization' | 'signal'> {
  /** Bytes of the file. */
  size?: number
}

export interface FileChannelOptions {
  topic: Uint8Array
  handshake: Handshake
  /** Judges the other side; a throw (UNPROVEN, FORBIDDEN…) closes the channel with that reason. */
  checkPeer(handshake: Handshake, end: PeerEnd): PeerInfo | Promise<PeerInfo>
  /** Null when we hold nothing (a gateway): requests are refused FORBIDDEN. */
  respond: FileResponder | null
  /** Makes an offer of a bulk lane (lane.ts) to who is proven; left out, none is made. */
  offerLane?: OfferLane
  limits?: Partial<Limits>
}

export interface FileChannelEvents {
  /** The other side is proven. */
  open: [peer: PeerInfo]
  /** The channel is gone. */
  close: [reason: HypertunaError]
  /** Answering failed on our side, for reasons that the other side is not told. */
  failure: [err: unknown]
  [event: string | symbol]: unknown[]
}
