/** Bounds of one file channel. Everything a stranger can make us hold is bounded here. */
export interface Limits {
  /** Open requests of one side; further ones wait (ours) or are refused BUSY (theirs). */
  requests: number
  /** Sockets of one side that are carried at once. */
  sockets: number
  /** Bytes that one request may have granted and not yet consumed. */
  window: number
  /** Bytes that all requests together may have granted and not yet consumed. */
  channelWindow: number
  /** Bytes in one `data` frame. */
  frame: number
  /** Milliseconds without a byte from the other side while we wait for it. */
  idle: number
  /** Milliseconds that a responder keeps a request whose requester grants nothing. */
  idleCredit: number
  /** Bytes that may be written beyond the stream's own high-water mark. */
  ahead: number
}

export const LIMITS: Limits = {
  requests: 64,
  sockets: 256,
  window: 4 * 1024 * 1024,
  channelWindow: 16 * 1024 * 1024,
  frame: 64 * 1024,
  idle: 30_000,
  idleCredit: 300_000,
  ahead: 512 * 1024
}

/** The largest frame that is decoded at all: 1 MiB of payload and its header. */
export const MAX_FRAME = 1024 * 1024 + 4096

/** The largest reply to `pieces`: 32 bytes for each 256 KiB, thus a file of 512 GiB. */
export const MAX_LAYER = 64 * 1024 * 1024

/** The largest range that `sample` digests. */
export const MAX_SAMPLE = 1024 * 1024
