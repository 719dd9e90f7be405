import { HypertunaError } from '../../protocol/errors.ts'
import type {
  ByteStream,
  FileChannel,
  FileHead,
  FileRequest,
  PeerInfo,
  PiecesRequest
} from '../../protocol/file-channel/channel.ts'

/** Bytes that are asked of a member before a lane to it is worth a handshake. */
const WORTH = 2 * 1024 * 1024

export interface IdleLimits {
  /** How often it is seen whether a lane is still of use, in ms. */
  look: number
  /** Milliseconds without a request after which it is not. */
  idle: number
}

const IDLE_LIMITS: IdleLimits = { look: 15_000, idle: 60_000 }

/** Bytes of a range, in order. */
export interface RangeStream extends AsyncIterable<Uint8Array> {
  destroy(): unknown
}

/** How a lane comes about. */
export interface LaneMaker {
  mayDial(): boolean
  /** The file channel over a new lane. Rejects when there is no way, and sees to it that it rests. */
  dial(): Promise<FileChannel>
}

/**
 * A member's files, by the best way there is: its file channel, or a bulk lane beside it once
 * so much is asked that one is worth it. Nobody waits for a lane; what a lane was carrying when
 * it went comes over the channel, from the byte on that was due.
 */
export class MemberSource {
  readonly channel: FileChannel
  readonly #maker: LaneMaker | null
  readonly #limits: IdleLimits
  /** A lane that we dialled, and one that the other side did. */
  #dialled: FileChannel | null = null
  #taken: FileChannel | null = null
  #asked = 0
  #dialling = false
  #usedAt = 0

  /** @param maker null where there are no lanes */
  constructor(channel: FileChannel, maker: LaneMaker | null, limits: IdleLimits = IDLE_LIMITS) {
    this.channel = channel
    this.#maker = maker
    this.#limits = limits
  }

  get reason(): HypertunaError | null {
    return this.channel.reason
  }

  get peer(): PeerInfo | null {
    return this.channel.peer
  }

  /** Whether bytes come by a lane now. */
  get isDirect(): boolean {
    return this.lane !== null
  }

  /** The channel over a lane, while there is one. */
  get lane(): FileChannel | null {
    for (const lane of [this.#dialled, this.#taken]) if (lane?.reason === null) return lane
    return null
  }

  /** The other side dialled; a lane that it dialled before is of no more use to it. */
  take(lane: FileChannel): void {
    void this.#taken?.close()
    this.#taken = lane
  }

  /** As `FileChannel.pieces`. */
  pieces(request: PiecesRequest): Promise<Uint8Array> {
    return this.channel.pieces(request)
  }

  /** As `FileChannel.request`. */
  async request(request: FileRequest): Promise<{ head: FileHead; stream: RangeStream }> {
    this.#ask(request.length ?? 0)
    const { lane, channel } = this
    if (lane === null) return channel.request(request)
    this.#usedAt = Date.now()
    try {
      const { head, stream } = await lane.request(request)
      return { head, stream: new Continued(stream, request, head, { lane, channel }) }
    } catch (err) {
      if (!isLost(lane, channel, request)) throw err
      return channel.request(request)
    }
  }

  #ask(bytes: number): void {
    this.#asked += Math.max(0, bytes)
    if (this.#asked < WORTH || this.#dialling || this.lane !== null) return
    if (this.#maker?.mayDial() === true) void this.#dial(this.#maker)
  }

  async #dial(maker: LaneMaker): Promise<void> {
    this.#dialling = true
    try {
      const lane = await maker.dial()
      this.#dialled = lane
      this.#usedAt = Date.now()
      this.#watch(lane)
    } catch {
      // The maker has said why; everything goes on over the channel.
    } finally {
      this.#dialling = false
    }
  }

  /** Who dialled hangs up when nobody uses the lane any more. */
  #watch(lane: FileChannel): void {
    const { look, idle } = this.#limits
    const clock = setInterval(() => {
      if (lane.busy > 0) this.#usedAt = Date.now()
      else if (Date.now() - this.#usedAt > idle) void lane.close()
    }, look)
    void lane.closed.then(() => {
      clearInterval(clock)
      if (this.#dialled === lane) this.#dialled = null
      this.#asked = 0
    })
  }
}

/** Whether it was the lane that ended, and not the request or the member. */
function isLost(lane: FileChannel, channel: FileChannel, { signal }: FileRequest): boolean {
  return lane.reason !== null && channel.reason === null && signal?.aborted !== true
}

/** What a lane carries; the rest of it by the channel when the lane goes. */
class Continued implements RangeStream {
  readonly #request: FileRequest
  readonly #head: FileHead
  readonly #ways: { lane: FileChannel; channel: FileChannel }
  #stream: ByteStream
  #destroyed = false

  constructor(
    stream: ByteStream,
    request: FileRequest,
    head: FileHead,
    ways: { lane: FileChannel; channel: FileChannel }
  ) {
    this.#stream = stream
    this.#request = request
    this.#head = head
    this.#ways = ways
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    const { lane, channel } = this.#ways
    let received = 0
    try {
      for await (const chunk of this.#stream) {
        received += chunk.byteLength
        yield chunk
      }
      return
    } catch (err) {
      if (this.#destroyed || !isLost(lane, channel, this.#request)) throw err
    }
    yield* await this.#rest(received)
  }

  destroy(): void {
    this.#destroyed = true
    this.#stream.destroy()
  }

  async #rest(received: number): Promise<ByteStream> {
    const { offset = 0, length = -1 } = this.#request
    const rest = length < 0 ? -1 : length - received
    const asked = { ...this.#request, event: false, offset: offset + received, length: rest }
    const { head, stream } = await this.#ways.channel.request(asked)
    this.#stream = stream
    if (this.#destroyed) stream.destroy()
    if (head.size === this.#head.size) return stream
    stream.destroy()
    throw new HypertunaError('WRONG_BYTES', 'The file has another size than a moment ago')
  }
}
