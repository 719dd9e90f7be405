/**
 * Many sessions over one pipe.
 *
 * The pipe between a shell and the worker carries Protomux frames, one channel
 * for each session, so that a face which goes in the middle of an RPC frame ends
 * its own session and nothing else. Each session has its own window of bytes:
 * one that is not read stands still without holding up the others.
 */
import b4a from 'b4a'
import c from 'compact-encoding'
import Protomux from 'protomux'
import { Duplex } from 'streamx'
import { HypertunaError } from '../errors.ts'
import { CHUNK_SIZE } from './calls.ts'
import { Frames } from './frames.ts'

const PROTOCOL = 'hypertuna-rpc'
/** A stream to the shell itself, for pages that share no HTTP with it. */
const SHELL_PROTOCOL = 'hypertuna-shell'
/** Bytes that may be under way to a session that does not read. */
const WINDOW = 1024 * 1024
/** Sessions at once over one pipe; further ones are refused. */
export const MAX_SESSIONS = 64

type Callback = (err: Error | null) => void

/** Both ends of a pipe that carries sessions. */
export interface SessionPipe {
  readonly mux: Protomux
  /** Settles when the pipe is gone; every session has ended then. */
  readonly closed: Promise<void>
  /** Ends the pipe: the other side notices and closes. */
  close(): Promise<void>
}

export interface ServeOptions {
  readonly limit?: number
  /** Takes streams that are meant for the shell; without it they are refused. */
  readonly onshell?: (stream: Duplex) => void
}

/** Wraps a pipe; the side that opens sessions calls this, then `openSession`. */
export function createSessionPipe(pipe: Duplex): SessionPipe {
  const framed = new Frames(pipe)
  const mux = new Protomux(framed)
  const closed = new Promise<void>((resolve) => {
    framed.on('close', () => resolve())
  })
  return {
    mux,
    closed,
    close() {
      framed.end(null)
      return closed
    }
  }
}

/**
 * Answers sessions that the other side opens: `onsession` gets a stream for each,
 * which it owns. More than `limit` at once are refused.
 */
export function serveSessions(
  pipe: Duplex,
  onsession: (session: Duplex) => void,
  { limit = MAX_SESSIONS, onshell }: ServeOptions = {}
): SessionPipe {
  const sessions = createSessionPipe(pipe)
  let open = 0
  const take = (protocol: string, ontaken: (session: Duplex) => void): void => {
    sessions.mux.pair({ protocol, id: null }, () => {
      if (open >= limit) return // Protomux refuses what nobody takes
      open++
      const session = new Session(sessions.mux, protocol, () => open--)
      session.on('error', ignore) // whoever takes the session listens as well
      ontaken(session)
    })
  }
  take(PROTOCOL, onsession)
  if (onshell !== undefined) take(SHELL_PROTOCOL, onshell)
  return sessions
}

/** Opens a session; it is destroyed when the other side refuses, closes or goes. */
export function openSession(mux: Protomux): Duplex {
  return new Session(mux, PROTOCOL)
}

/** Opens a stream to the shell itself, as `openSession` does to the worker. */
export function openShellStream(mux: Protomux): Duplex {
  return new Session(mux, SHELL_PROTOCOL)
}

/** A byte stream over one Protomux channel, with a window of its own. */
class Session extends Duplex {
  private readonly channel: Protomux.Channel
  private readonly bytes: Protomux.Message<Uint8Array>
  private readonly credit: Protomux.Message<number>
  private readonly ending: Protomux.Message<null>
  /** Bytes that the other side still takes. */
  private window = WINDOW
  /** Bytes received that it does not know to be read yet. */
  private unread = 0
  private pending: { chunk: Uint8Array; callback: Callback } | null = null

  /** `onover` is told in the same tick in which the channel closes. */
  constructor(mux: Protomux, protocol: string, onover: () => void = ignore) {
    super({ eagerOpen: true, highWaterMark: CHUNK_SIZE })
    const channel = mux.createChannel({
      protocol,
      unique: false,
      onclose: () => {
        onover()
        if (!this.destroying) this.destroy()
      },
      ondrain: () => this.flush()
    })
    if (channel === null) {
      throw new HypertunaError('CLOSED', 'The pipe to the worker is gone')
    }
    this.channel = channel
    this.bytes = channel.addMessage<Uint8Array>({
      encoding: c.raw,
      onmessage: (chunk) => this.onbytes(chunk)
    })
    this.credit = channel.addMessage<number>({
      encoding: c.uint,
      onmessage: (size) => this.oncredit(size)
    })
    this.ending = channel.addMessage<null>({
      encoding: c.none as never,
      onmessage: () => void this.push(null)
    })
    channel.open()
  }

  /** The RPC writes a few bytes before each message: they travel together. */
  override _writev(batch: Uint8Array[], callback: Callback): void {
    const chunk = batch.length === 1 ? batch[0]! : b4a.concat(batch)
    this.pending = { chunk, callback }
    this.flush()
  }

  override _final(callback: Callback): void {
    this.ending.send(null)
    callback(null)
  }

  /** Called when the reader has room: what it has read may be sent again. */
  override _read(callback: Callback): void {
    if (this.unread > WINDOW / 4) {
      this.credit.send(this.unread)
      this.unread = 0
    }
    callback(null)
  }

  override _predestroy(): void {
    this.settle(new HypertunaError('CLOSED', 'The session is closed'))
  }

  override _destroy(callback: Callback): void {
    this.channel.close()
    callback(null)
  }

  private onbytes(chunk: Uint8Array): void {
    if (this.destroying) return
    this.unread += chunk.byteLength
    if (this.unread > WINDOW) {
      this.destroy(new HypertunaError('BAD_REQUEST', 'The session ignores its window'))
      return
    }
    this.push(chunk)
  }

  private oncredit(size: number): void {
    this.window = Math.min(WINDOW, this.window + size)
    this.flush()
  }

  /** Sends as much of the pending chunk as window and pipe take. */
  private flush(): void {
    while (this.pending !== null && this.window > 0) {
      const { chunk } = this.pending
      const size = Math.min(chunk.byteLength, this.window, CHUNK_SIZE)
      this.window -= size
      const drained = this.bytes.send(chunk.subarray(0, size))
      if (size === chunk.byteLength) return this.settle(null)
      this.pending.chunk = chunk.subarray(size)
      if (!drained) return
    }
  }

  private settle(err: Error | null): void {
    const pending = this.pending
    this.pending = null
    pending?.callback(err)
  }
}

function ignore(): void {}
