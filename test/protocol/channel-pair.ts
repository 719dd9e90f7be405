/** Two ends of a connection in memory, and a responder over plain bytes. */
import Protomux from 'protomux'
import { Duplex } from 'streamx'
import b4a from 'b4a'
import sodium from 'sodium-universal'
import { HypertunaError } from '../../protocol/errors.ts'
import { FileChannel } from '../../protocol/file-channel/channel.ts'
import type {
  FileChannelOptions,
  FileHead,
  FileResponder,
  PeerInfo
} from '../../protocol/file-channel/channel.ts'
import { poll } from '../poll.ts'

export const TOPIC = b4a.alloc(32, 7)
export const HASH = 'ab'.repeat(32)
export const MEMBER: PeerInfo = {
  role: 'member',
  pubkey: '11'.repeat(32),
  driveKey: '22'.repeat(32),
  members: null
}

/** Keeps messages whole, as an encrypted connection does, and holds a writer back. */
export class Wire extends Duplex {
  userData: unknown = null
  handshakeHash = b4a.alloc(64, 9)
  other: Wire | null = null
  #held: ((err: Error | null) => void) | null = null

  override _write(message: unknown, done: (err: Error | null) => void): void {
    if (this.other === null || this.other.destroying) return done(null)
    if (this.other.push(message)) done(null)
    else this.#held = done
  }

  override _read(done: (err: Error | null) => void): void {
    this.other?.release()
    done(null)
  }

  override _final(done: (err: Error | null) => void): void {
    this.other?.push(null)
    done(null)
  }

  override _predestroy(): void {
    this.release()
    this.other?.destroy()
  }

  release(): void {
    const done = this.#held
    this.#held = null
    done?.(null)
  }
}

/** Both ends, connected. */
export function connect(): [Protomux, Protomux] {
  const left = new Wire()
  const right = new Wire()
  left.other = right
  right.other = left
  return [muxOver(left), muxOver(right)]
}

function muxOver(wire: Wire): Protomux {
  return new Protomux(wire as unknown as Protomux.FramedDuplex)
}

export function channel(mux: Protomux, options: Partial<FileChannelOptions> = {}): FileChannel {
  const made = new FileChannel(mux, {
    topic: TOPIC,
    handshake: { version: 1, role: 'gateway', proof: null },
    checkPeer: () => MEMBER,
    respond: null,
    ...options
  })
  return made
}

/** Two open channels: the first asks, the second answers. */
export async function pair(
  respond: FileResponder,
  options: { asking?: Partial<FileChannelOptions>; answering?: Partial<FileChannelOptions> } = {}
): Promise<{ asking: FileChannel; answering: FileChannel; muxes: [Protomux, Protomux] }> {
  const muxes = connect()
  const asking = channel(muxes[0], options.asking)
  const answering = channel(muxes[1], { respond, ...options.answering })
  asking.open()
  answering.open()
  await Promise.all([asking.opened, answering.opened])
  return { asking, answering, muxes }
}

/** Serves one file's bytes under HASH, in chunks of 64 KiB that are not copied. */
export class BytesResponder implements FileResponder {
  readonly bytes: Uint8Array
  /** Reads that began, and reads that ended in any way. */
  begun = 0
  ended = 0
  /** Chunks that were taken. */
  chunks = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  async head(_peer: PeerInfo, hash: string): Promise<FileHead> {
    if (hash !== HASH) throw new HypertunaError('NOT_IN_RELAY', 'No such file here')
    const size = this.bytes.byteLength
    return { status: 'ok', size, mime: 'text/plain', name: 'größe.txt', event: null }
  }

  async *read(
    _peer: PeerInfo,
    _hash: string,
    offset: number,
    length: number
  ): AsyncGenerator<Uint8Array, void, undefined> {
    this.begun++
    try {
      for (let at = offset; at < offset + length; at += 65536) {
        this.chunks++
        yield this.bytes.subarray(at, Math.min(at + 65536, offset + length))
      }
    } finally {
      this.ended++
    }
  }

  async layer(): Promise<Uint8Array> {
    return this.bytes.subarray(0, 96)
  }
}

export function random(size: number): Uint8Array {
  const bytes = b4a.alloc(size)
  sodium.randombytes_buf(bytes)
  return bytes
}

export async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of source) chunks.push(chunk)
  return b4a.concat(chunks)
}

/** The code of what `promise` rejects with, or null when it resolves. */
export async function codeOf(promise: Promise<unknown>): Promise<string | null> {
  try {
    await promise
    return null
  } catch (err) {
    return err instanceof HypertunaError ? err.code : String(err)
  }
}

/** Resolves once `check` holds, looked at whenever the event loop turns. */
export const until = (check: () => boolean): Promise<void> => poll(check, 1)
