import EventEmitter from 'bare-events'
import type Protomux from 'protomux'
import type { Readable } from 'streamx'
import type { MemberProof } from '../card.ts'
import type { FileHead, FileResponder, PeerInfo } from './responder.ts'
import type { Limits } from './limits.ts'
import type { HypertunaError } from '../errors.ts'

export type { FileHead, FileResponder, PeerInfo } from './responder.ts'

export const PROTOCOL = 'hypertuna-files'
export const VERSION = 1

/** First message of each side. A gateway has no proof. */
export interface Handshake {
  version: number
  role: 'member' | 'gateway'
  proof: MemberProof | null
}

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

export interface FileRequest {
  hash: string
  /** First byte; 0 when left out. */
  offset?: number
  /** Bytes; 0 for the head alone, -1 (as when left out) to the end. */
  length?: number
  /** Whether the head carries the publishing event; true when left out. */
  event?: boolean
  signal?: Signal
}

export interface FileChannelOptions {
  topic: Uint8Array
  handshake: Handshake
  /** Judges the other side; a throw (UNPROVEN, FORBIDDEN…) closes the channel with that reason. */
  checkPeer(handshake: Handshake, handshakeHash: Uint8Array): PeerInfo | Promise<PeerInfo>
  /** Null when we hold nothing (a gateway): requests are refused FORBIDDEN. */
  respond: FileResponder | null
  limits?: Partial<Limits>
}

/**
 * One relay's file channel on one connection, both sides at once: it asks the
 * other side for files and answers what the other side asks.
 *
 * Emits `open` (peer: PeerInfo) and `close` (reason: HypertunaError).
 */
export class FileChannel extends EventEmitter {
  /** Settles once the other side is proven; rejects when the channel closes before. */
  readonly opened: Promise<PeerInfo>
  /** Resolves when the channel is gone and everything it held is free. Never rejects. */
  readonly closed: Promise<void>
  /** Who is on the other side; null until proven. */
  peer: PeerInfo | null = null
  /** Why the channel closed; null while it lives. */
  reason: HypertunaError | null = null

  constructor(_mux: Protomux, _options: FileChannelOptions) {
    super()
    this.opened = Promise.reject(new Error('not written yet'))
    this.closed = Promise.resolve()
  }

  /**
   * Calls `notify` when the other side opens this topic's channel and we have
   * none open: construct a FileChannel in it and open it. Returns the undo.
   */
  static accept(
    _mux: Protomux,
    _topic: Uint8Array,
    _notify: () => void | Promise<void>
  ): () => void {
    return () => {}
  }

  /** Opens the channel; both sides may do so at once. Opening twice does nothing. */
  open(): void {}

  /**
   * Asks for a file or a range of it.
   * Rejects with HypertunaError: the other side's code, TIMEOUT, CANCELLED,
   * NOBODY_ONLINE (it went away) or CLOSED (we closed).
   * The stream must be read or destroyed; it errors with the same codes.
   */
  request(_request: FileRequest): Promise<{ head: FileHead; stream: ByteStream }> {
    throw new Error('not written yet')
  }

  /** The 256 KiB layer of the file's tree, unverified. `size` (bytes of the file) bounds it. */
  pieces(_request: { hash: string; size?: number; signal?: Signal }): Promise<Uint8Array> {
    throw new Error('not written yet')
  }

  /** BLAKE2b-256, keyed by `nonce` (16 to 64 bytes), of at most 1 MiB of the file. */
  sample(_request: {
    hash: string
    offset: number
    length: number
    nonce: Uint8Array
    signal?: Signal
  }): Promise<Uint8Array> {
    throw new Error('not written yet')
  }

  /** Closes our side; open requests fail with CLOSED. Closing twice is safe. */
  close(): Promise<void> {
    return this.closed
  }
}
