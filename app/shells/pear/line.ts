/**
 * The one pipe between a Pear window's page and index.js, which outlives pages.
 *
 * A page that is loaded again begins in the middle of whatever was under way. So
 * each page opens with a fresh marker of 16 bytes: to us in a message that is
 * written in one piece, as all of the page's are, and back from us as it is; what
 * comes to the page before its marker was meant for the one before.
 */
import b4a from 'b4a'
import { Duplex } from 'streamx'
import { HypertunaError } from '../../../protocol/errors.ts'

const MARKER = 16
const HEAD = 5
const HELLO = 0
const BYTES = 1
const MAX_MESSAGE = 64 * 1024

type Callback = (err: Error | null) => void

/** The pipe that Pear gives, on either side. */
export interface RawPipe {
  on(event: 'data', listener: (bytes: unknown) => void): unknown
  on(event: 'drain' | 'close', listener: () => void): unknown
  write(bytes: Uint8Array): boolean
}

/** One page's stream of bytes; it has an end only when the page's life has. */
abstract class LineStream extends Duplex {
  protected readonly raw: RawPipe
  private waiting: Callback | null = null

  constructor(raw: RawPipe) {
    super({ eagerOpen: true })
    this.raw = raw
    raw.on('drain', () => this.settle(null))
  }

  protected send(messages: Uint8Array[], callback: Callback): void {
    let room = true
    for (const message of messages) room = this.raw.write(message)
    if (room) callback(null)
    else this.waiting = callback
  }

  override _predestroy(): void {
    this.settle(new HypertunaError('CLOSED', 'The window went away'))
  }

  private settle(err: Error | null): void {
    const callback = this.waiting
    this.waiting = null
    callback?.(err)
  }
}

/** The page's side. @param marker 16 random bytes, of this page alone */
export class PageLine extends LineStream {
  private before: Uint8Array | null = b4a.alloc(0)

  constructor(raw: RawPipe, marker: Uint8Array) {
    super(raw)
    raw.on('data', (bytes) => this.ondata(bytes as Uint8Array, marker))
    raw.on('close', () => this.destroy())
    raw.write(message(HELLO, marker))
  }

  override _write(bytes: Uint8Array, callback: Callback): void {
    const messages: Uint8Array[] = []
    for (let at = 0; at < bytes.byteLength; at += MAX_MESSAGE) {
      messages.push(message(BYTES, bytes.subarray(at, at + MAX_MESSAGE)))
    }
    this.send(messages, callback)
  }

  private ondata(bytes: Uint8Array, marker: Uint8Array): void {
    if (this.destroying) return
    if (this.before === null) return void this.push(bytes)
    const all = b4a.concat([this.before, bytes])
    const at = b4a.indexOf(all, marker)
    this.before = at === -1 ? all.subarray(Math.max(0, all.byteLength - MARKER + 1)) : null
    if (at === -1) return
    const rest = all.subarray(at + MARKER)
    if (rest.byteLength > 0) this.push(rest)
  }
}

class ShellLine extends LineStream {
  constructor(raw: RawPipe, marker: Uint8Array) {
    super(raw)
    raw.write(marker)
  }

  override _write(bytes: Uint8Array, callback: Callback): void {
    this.send([bytes], callback)
  }
}

/** Our side: `onpage` gets a stream for each page; the one before has ended then. */
export function servePages(raw: RawPipe, onpage: (page: Duplex) => void): void {
  let page: ShellLine | null = null
  let rest: Uint8Array = b4a.alloc(0)
  const leave = (): void => {
    page?.destroy()
    page = null
  }
  raw.on('close', leave)
  raw.on('data', (bytes) => {
    rest = b4a.concat([rest, bytes as Uint8Array])
    while (rest.byteLength >= HEAD) {
      const size = b4a.readUInt32LE(rest, 0)
      if (size > MAX_MESSAGE) return leave() // not our page
      if (rest.byteLength < HEAD + size) return
      const body = rest.subarray(HEAD, HEAD + size)
      if (rest[4] !== HELLO) page?.push(body)
      else {
        leave()
        page = new ShellLine(raw, body)
        page.on('error', () => undefined) // whoever takes it listens as well
        onpage(page)
      }
      rest = rest.subarray(HEAD + size)
    }
  })
}

function message(kind: number, body: Uint8Array): Uint8Array {
  const bytes = b4a.alloc(HEAD + body.byteLength)
  b4a.writeUInt32LE(bytes, body.byteLength, 0)
  bytes[4] = kind
  bytes.set(body, HEAD)
  return bytes
}
