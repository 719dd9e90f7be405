/** What can be asked over a file channel, once the other side is proven. */
import EventEmitter from 'bare-events'
import type { LaneOffer } from '../lane.ts'
import type { PutRequest } from './asking.ts'
import type { ChannelSocket } from './channel-socket.ts'
import type { Dialogues } from './dialogues.ts'
import { readLayer } from './layer.ts'
import type { Send } from './messages.ts'
import { cancelled } from './refusals.ts'
import { checkRange, checkSample, whenAborted } from './requests.ts'
import type { Stored } from './upload.ts'
import type {
  ByteStream,
  FileChannelEvents,
  FileHead,
  FileRequest,
  PeerInfo,
  PiecesRequest,
  Signal,
  SocketOrigin
} from './types.ts'

export abstract class AskingChannel extends EventEmitter<FileChannelEvents> {
  /** Settles once the other side is proven; rejects when the channel closes before. */
  abstract readonly opened: Promise<PeerInfo>
  /** Who is on the other side; null until proven. */
  peer: PeerInfo | null = null
  protected abstract readonly dialogues: Dialogues
  protected abstract readonly send: Send

  /**
   * Asks for a file or a range of it, clamped to the file's end.
   *
   * Rejects with HypertunaError: the other side's code, TIMEOUT, CANCELLED, BUSY
   * (too many open here), NOBODY_ONLINE (it went away), CLOSED (we closed), or
   * why the other side was not accepted. The stream must be read or destroyed;
   * it fails with the same codes, and with TRUNCATED.
   */
  async request(request: FileRequest): Promise<{ head: FileHead; stream: ByteStream }> {
    const { hash, offset = 0, length = -1, event = true, authorization = null, signal } = request
    checkRange(hash, offset, length)
    await this.proven(signal)
    const stream = this.dialogues.requests.open({ offset, length }, (id, credit) => {
      this.send('request', { id, hash, event, offset, length, credit, authorization })
    })
    stream.undo = whenAborted(signal, () => stream.fail(cancelled()))
    return { head: await stream.headed, stream }
  }

  /**
   * The 256 KiB layer of the file's tree, 32 bytes each, not verified. `size`,
   * the bytes of the file, bounds what is accepted (else TOO_LARGE); rejects as
   * `request` does.
   */
  async pieces(request: PiecesRequest): Promise<Uint8Array> {
    const { hash, size, authorization = null, signal } = request
    checkRange(hash, 0, 0)
    await this.proven(signal)
    const stream = this.dialogues.requests.open({ offset: 0, length: -1 }, (id, credit) => {
      this.send('pieces', { id, hash, credit, authorization })
    })
    stream.undo = whenAborted(signal, () => stream.fail(cancelled()))
    return readLayer(await stream.headed, stream, size)
  }

  /**
   * BLAKE2b-256, keyed by `nonce` (16 to 64 bytes), of at most 1 MiB of the file,
   * clamped to its end: proof that the other side holds it. Rejects as `request`.
   */
  async sample(request: {
    hash: string
    offset: number
    length: number
    nonce: Uint8Array
    signal?: Signal
  }): Promise<Uint8Array> {
    const { hash, offset, length, nonce, signal } = request
    checkRange(hash, offset, length)
    checkSample(length)
    await this.proven(signal)
    return this.dialogues.requests.sample({ hash, offset, length, nonce }, signal)
  }

  /**
   * Opens a client's socket at the other side. Rejects as `request` does; once it is open,
   * its `close` tells the end.
   */
  async socket(origin: SocketOrigin, signal?: Signal): Promise<ChannelSocket> {
    await this.proven(signal)
    return this.dialogues.asking.socket(origin, signal)
  }

  /** Gives a file, in a member's name. Rejects as `request`, and with TOO_LARGE, HASH_MISMATCH. */
  async put(request: PutRequest): Promise<Stored> {
    checkRange(request.hash, 0, request.size)
    await this.proven(request.signal)
    return this.dialogues.asking.put(request)
  }

  /** Has the other side take a file away, in a member's name. Rejects as `request`. */
  async remove(request: Pick<PutRequest, 'hash' | 'authorization' | 'signal'>): Promise<void> {
    const { hash, authorization, signal } = request
    checkRange(hash, 0, 0)
    await this.proven(signal)
    return this.dialogues.asking.remove(hash, authorization, signal)
  }

  /**
   * Asks for a bulk lane to the other side (lane.ts). Rejects as `request` does; an older
   * version answers nothing at all, so bring a signal that ends it.
   */
  async lane(signal?: Signal): Promise<LaneOffer> {
    await this.proven(signal)
    return this.dialogues.lanes.ask(signal)
  }

  protected async proven(signal?: Signal): Promise<void> {
    if (this.peer === null) await this.opened
    if (signal?.aborted === true) throw cancelled()
  }
}
