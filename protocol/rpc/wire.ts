/**
 * What the generated hrpc code looks like from outside. It is plain JavaScript;
 * this is its shape, as hrpc 4.3 and bare-rpc 1.3 behave.
 */
import type { Duplex, Readable, Writable } from 'streamx'
import type { Encoder } from 'compact-encoding'
import { HypertunaError } from '../errors.ts'
import GeneratedRpc from './generated/index.js'

/** The most that one call, answer or value may take. */
const MAX_FRAME = 64 * 1024 * 1024

/** One call that streams; the inner streams carry encoded bytes. */
export interface CallStream extends Duplex {
  /** The request of a subscription; null when it was empty. */
  readonly data: unknown
  readonly readStream: (Readable & { _request: PendingCall }) | null
  readonly writeStream: Writable | null
  readonly writeStreamEncoding: Encoder<unknown> | null
  /** The answer to an upload. Ask for it first: only then does a lost session reject it. */
  reply(): Promise<unknown>
}

/** The asking side's record of one call; its promise rejects with a refusal. */
interface PendingCall {
  readonly _promise: Promise<unknown>
}

export interface IncomingCall {
  readonly command: number
}

/** Methods are named like the calls, handlers `on` + the name with a capital. */
export interface Wire {
  readonly _rpc: {
    _onrequest: (call: IncomingCall) => Promise<void>
    /** Bytes of the frame that is being received; -1 between frames. */
    readonly _frame: number
  }
  [method: string]: unknown
}

/** Speaks the generated RPC over a session; either side may. */
export function createWire(session: Duplex): Wire {
  const wire = new GeneratedRpc(session) as unknown as Wire
  // bare-rpc collects whatever size a frame claims; its own listener has run before this one.
  session.on('data', () => {
    if (wire._rpc._frame > MAX_FRAME) {
      session.destroy(new HypertunaError('TOO_LARGE', 'A frame of the session is too large'))
    }
  })
  return wire
}

/**
 * Lets a reader of `call` hold the other side back. hrpc means to, but pauses its
 * outer stream, which does not stop the inner one from filling it.
 */
export function holdBack(call: CallStream): void {
  const { readStream } = call
  if (readStream === null) return
  call.pause = () => {
    readStream.pause() // hrpc resumes it when the reader has room
    return call
  }
}
