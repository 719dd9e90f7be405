/**
 * The page's way to the worker: one RPC session over one WebSocket.
 *
 * The shell that serves the page (app/shells/browser) has these routes beside it:
 *
 *   POST /session      { "code": "…" } from the URL's fragment: 204 and the cookie, or 401
 *   GET  /session      204 when the cookie is good, 401 when not
 *   GET  /user-config  the user's settings as JSON
 *   PUT  /user-config  some of their fields; answers with all of them
 *   GET  /rpc          the WebSocket
 *
 * All but the first want the cookie. Refusals have no body.
 */
import b4a from 'b4a'
import { Duplex } from 'streamx'

/** Bytes that may wait in the browser before a writer has to. */
const HIGH_WATER = 1024 * 1024
/** The shell refuses messages four times as large. */
const MAX_MESSAGE = 1024 * 1024
/** The browser says nothing when its buffer drains, so it is asked this often. */
const ASK_MS = 10

/**
 * Opens a session with the worker: `createClient(await openSocket())`.
 *
 * @param url defaults to /rpc of the page's own origin
 * @throws when the socket cannot be opened: the shell is gone or the cookie is not good
 */
export function openSocket(url: string = rpcUrl()): Promise<Duplex> {
  const socket = new WebSocket(url)
  socket.binaryType = 'arraybuffer'
  return new Promise((resolve, reject) => {
    socket.onopen = () => resolve(new SocketStream(socket))
    socket.onclose = () => reject(new Error('The app does not answer'))
  })
}

function rpcUrl(): string {
  return new URL('/rpc', location.href.replace(/^http/, 'ws')).href
}

/** A WebSocket as a byte stream. */
class SocketStream extends Duplex {
  private readonly socket: WebSocket
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(socket: WebSocket) {
    super()
    this.socket = socket
    socket.onmessage = ({ data }) => {
      if (data instanceof ArrayBuffer) this.push(new Uint8Array(data))
      else this.destroy(new Error('Only bytes are expected'))
    }
    socket.onerror = () => this.destroy(new Error('The connection to the app broke'))
    socket.onclose = () => this.destroy()
  }

  /** The RPC writes a few bytes before each message: they travel together. */
  override _writev(batch: Uint8Array[], callback: (err: Error | null) => void): void {
    const bytes = b4a.concat(batch)
    for (let at = 0; at < bytes.byteLength; at += MAX_MESSAGE) {
      this.socket.send(bytes.subarray(at, at + MAX_MESSAGE) as Uint8Array<ArrayBuffer>)
    }
    this.waitForRoom(callback)
  }

  override _final(callback: (err: Error | null) => void): void {
    this.socket.close()
    callback(null)
  }

  override _predestroy(): void {
    clearTimeout(this.timer)
    this.socket.close()
  }

  private waitForRoom(callback: (err: Error | null) => void): void {
    if (this.destroying || this.socket.bufferedAmount < HIGH_WATER) return callback(null)
    this.timer = setTimeout(() => this.waitForRoom(callback), ASK_MS)
  }
}
