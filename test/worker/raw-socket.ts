/** A WebSocket client that keeps to no rules: frames as the test writes them. */
import tcp from 'bare-tcp'
import type { TCPSocket } from 'bare-tcp'
import type { Served } from './nostr-scene.ts'

export interface Frame {
  opcode?: number
  fin?: boolean
  /** The three bits that extensions use. */
  reserved?: number
  masked?: boolean
  /** What the header claims, where that is not so. */
  length?: number
}

const MASK = Buffer.from([1, 2, 3, 4])
const HEADER_END = '\r\n\r\n'

export const CLOSE = 8
export const PING = 9
export const PONG = 10

export class RawSocket {
  readonly socket: TCPSocket
  readonly texts: string[] = []
  pongs = 0
  /** Of the close frame that came; null before. */
  code: number | null = null
  closed = false
  #head: string | null = null
  #rest = Buffer.alloc(0)
  readonly #looks = new Set<() => void>()

  /** @param more lines of the request's head */
  constructor({ port, url }: Served, { more = '' } = {}) {
    this.socket = tcp.createConnection({ port, host: '127.0.0.1' })
    this.socket.on('error', () => {})
    this.socket.on('end', () => this.socket.end())
    this.socket.on('close', () => {
      this.closed = true
      this.#look()
    })
    this.socket.on('data', (bytes) => this.#take(Buffer.from(bytes as Uint8Array)))
    const path = url.replace(/^ws:\/\/[^/]+/, '')
    const key = 'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n'
    const head = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${key}`
    this.socket.write(`${head}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${more}\r\n`)
  }

  frame(payload: string | Uint8Array, options: Frame = {}): void {
    this.socket.write(frameOf(payload, options))
  }

  /** Resolves once it is so, or the connection is over. */
  async until(is: () => boolean): Promise<void> {
    while (!is() && !this.closed) await new Promise<void>((resolve) => this.#looks.add(resolve))
  }

  /** The first text that came and has this in it. */
  async text(part: string): Promise<string> {
    const find = (): string | undefined => this.texts.find((text) => text.includes(part))
    await this.until(() => find() !== undefined)
    return find() ?? ''
  }

  end(): Promise<void> {
    return this.until(() => false)
  }

  #take(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes])
    if (this.#head === null) {
      const end = this.#rest.indexOf(HEADER_END)
      if (end < 0) return
      this.#head = this.#rest.subarray(0, end).toString()
      this.#rest = this.#rest.subarray(end + HEADER_END.length)
    }
    while (this.#next()) continue
    this.#look()
  }

  #next(): boolean {
    const rest = this.#rest
    if (rest.byteLength < 2) return false
    let [length, at] = [rest[1]! & 127, 2]
    if (length === 126) [length, at] = [rest.byteLength < 4 ? Infinity : rest.readUInt16BE(2), 4]
    if (length === 127) [length, at] = [rest.byteLength < 10 ? Infinity : rest.readUInt32BE(6), 10]
    if (rest.byteLength < at + length) return false
    const payload = rest.subarray(at, at + length)
    this.#rest = rest.subarray(at + length)
    const opcode = rest[0]! & 15
    if (opcode === 1) this.texts.push(payload.toString())
    if (opcode === PING) this.frame(payload, { opcode: PONG }) // the one rule it keeps
    if (opcode === PONG) this.pongs++
    if (opcode === CLOSE) this.code = length >= 2 ? payload.readUInt16BE(0) : 1005
    return true
  }

  #look(): void {
    for (const look of this.#looks) look()
    this.#looks.clear()
  }
}

export function frameOf(
  payload: string | Uint8Array,
  { opcode = 1, fin = true, reserved = 0, masked = true, length }: Frame = {}
): Buffer {
  const bytes = Buffer.from(payload as string)
  const size = length ?? bytes.byteLength
  const head = Buffer.alloc(size < 126 ? 2 : size < 65536 ? 4 : 10)
  head[0] = (fin ? 128 : 0) | (reserved << 4) | opcode
  head[1] = (masked ? 128 : 0) | (size < 126 ? size : size < 65536 ? 126 : 127)
  if (head.byteLength === 4) head.writeUInt16BE(size, 2)
  if (head.byteLength === 10) {
    head.writeUInt32BE(Math.floor(size / 2 ** 32), 2)
    head.writeUInt32BE(size >>> 0, 6)
  }
  if (!masked) return Buffer.concat([head, bytes])
  for (let i = 0; i < bytes.byteLength; i++) bytes[i]! ^= MASK[i & 3]!
  return Buffer.concat([head, MASK, bytes])
}
