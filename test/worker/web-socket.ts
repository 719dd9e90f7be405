/** What nostr-tools asks of a browser and Bare lacks: WebSocket, over bare-ws, and one method. */
import { Socket } from 'bare-ws'

const params = Object.getPrototypeOf(new URL('ws://localhost/').searchParams) as { sort?(): void }
params.sort ??= () => {} // addresses here have no query

export class WebSocketOverBare {
  static readonly CONNECTING = 0
  static readonly OPEN = 1
  static readonly CLOSING = 2
  static readonly CLOSED = 3
  readyState = WebSocketOverBare.CONNECTING
  onopen: (() => void) | null = null
  onmessage: ((event: { data: string }) => void) | null = null
  onerror: ((event: unknown) => void) | null = null
  onclose: ((event: { code: number }) => void) | null = null
  readonly #socket: Socket

  constructor(url: string) {
    this.#socket = new Socket(url)
    this.#socket.on('open', () => {
      this.readyState = WebSocketOverBare.OPEN
      this.onopen?.()
    })
    this.#socket.on('error', (err: unknown) => this.onerror?.(err))
    this.#socket.on('data', (bytes) => this.onmessage?.({ data: String(bytes) }))
    this.#socket.on('close', () => {
      this.readyState = WebSocketOverBare.CLOSED
      this.onclose?.({ code: 1000 })
    })
  }

  send(text: string): void {
    this.#socket.write(text)
  }

  close(): void {
    this.readyState = WebSocketOverBare.CLOSING
    this.#socket.end()
  }
}
