/**
 * A relay's file channel over bulk lanes: the same channel, with a proof of its own over the
 * lane's own handshake, between the two who have one already on the swarm's connection. It
 * ends with that one.
 */
import { AbortController } from 'bare-abort-controller'
import type Hyperswarm from 'hyperswarm'
import Protomux from 'protomux'

import type { PeerEnd } from '../../protocol/card.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import { FileChannel } from '../../protocol/file-channel/channel.ts'
import type { FileResponder, Handshake, PeerInfo } from '../../protocol/file-channel/channel.ts'
import type { LaneOffer } from '../../protocol/lane.ts'
import type { Log } from '../log.ts'
import type { Lane, Lanes } from './lanes.ts'
import { MemberSource } from './member-source.ts'

/** What a link does on every connection, and here on a lane. */
export interface LinkEnd {
  /** Read anew for each lane; without `lanes` there are none. */
  options: { lanes?: Lanes | null; respond: FileResponder; log: Log }
  channelId(handshakeHash: Uint8Array): Uint8Array
  /** What we say of ourselves; null while we have nothing to show. */
  introduce(end: PeerEnd): Promise<Handshake | null>
  /** Judges the other side. Throws UNPROVEN. */
  check(handshake: Handshake, end: PeerEnd): PeerInfo | Promise<PeerInfo>
  /**
   * Milliseconds for an offer, to which an older version gives no answer, and for the channel
   * to open; 5,000 when left out. Nobody waits for either.
   */
  patience?: number
}

const PATIENCE = 5000

export class LaneChannels {
  readonly #link: LinkEnd
  readonly #patience: number
  readonly #sources = new WeakMap<FileChannel, MemberSource>()

  constructor(link: LinkEnd) {
    this.#link = link
    this.#patience = link.patience ?? PATIENCE
  }

  /** A member's files, by the channel that it has on this connection or by a lane. */
  sourceOf(connection: Hyperswarm.Connection, channel: FileChannel): MemberSource {
    const known = this.#sources.get(channel)
    if (known !== undefined) return known
    const { lanes = null } = this.#link.options
    const maker = lanes && {
      mayDial: () => lanes.mayDial(connection),
      dial: () => this.#dial(lanes, connection, channel)
    }
    const source = new MemberSource(channel, maker)
    this.#sources.set(channel, source)
    return source
  }

  /**
   * Offers a lane to who asks for one over its channel on this connection.
   * @throws {HypertunaError} FORBIDDEN, BUSY, CLOSED
   */
  async offer(connection: Hyperswarm.Connection, channel: FileChannel): Promise<LaneOffer> {
    const { lanes = null } = this.#link.options
    if (lanes === null) throw new HypertunaError('FORBIDDEN', 'No lanes are offered here')
    return lanes.offer(connection, (lane) => this.#takeIn(lane, connection, channel))
  }

  /** Somebody came for an offer; it opens the channel. */
  #takeIn(lane: Lane, connection: Hyperswarm.Connection, channel: FileChannel): void {
    const timer = setTimeout(() => lane.destroy(), this.#patience)
    const fail = (err: unknown): void => {
      this.#link.options.log('lane-failed', { reason: HypertunaError.from(err).message })
      lane.destroy()
    }
    const open = async (): Promise<void> => {
      try {
        const over = await this.#open(lane, channel)
        // Not waited for: Protomux waits for this, and the other side for Protomux.
        over.opened.then(() => {
          clearTimeout(timer)
          this.sourceOf(connection, channel).take(over)
          this.#link.options.log('lane-open', { dialled: false })
        }, fail)
      } catch (err) {
        fail(err)
      }
    }
    FileChannel.accept(Protomux.from(lane), this.#link.channelId(lane.handshakeHash), open)
    lane.once('close', () => clearTimeout(timer))
  }

  async #dial(
    lanes: Lanes,
    connection: Hyperswarm.Connection,
    channel: FileChannel
  ): Promise<FileChannel> {
    let lane: Lane | null = null
    const timeout = new AbortController()
    const timer = setTimeout(() => {
      timeout.abort(new HypertunaError('TIMEOUT', 'No lane was offered'))
      lane?.destroy()
    }, this.#patience)
    try {
      const offer = await channel.lane(timeout.signal)
      lane = await lanes.dial(connection, offer)
      const over = await this.#open(lane, channel)
      await over.opened
      this.#link.options.log('lane-open', { dialled: true })
      void over.closed.then(() => lanes.letRest(connection, 'briefly'))
      return over
    } catch (err) {
      const { code, message } = HypertunaError.from(err)
      this.#link.options.log('lane-failed', { reason: message })
      lanes.letRest(connection, code === 'BUSY' ? 'briefly' : 'long')
      lane?.destroy()
      throw err
    } finally {
      clearTimeout(timer)
    }
  }

  /** The file channel over a lane, where both have to prove themselves anew. */
  async #open(lane: Lane, channel: FileChannel): Promise<FileChannel> {
    const { introduce, check, channelId, options } = this.#link
    const end = { handshakeHash: lane.handshakeHash, noiseKey: lane.publicKey }
    const handshake = await introduce(end)
    const member = channel.peer
    if (handshake === null || member === null || channel.reason !== null || lane.destroyed) {
      throw new HypertunaError('CLOSED', 'What the lane belongs to is gone')
    }
    const over = new FileChannel(Protomux.from(lane), {
      topic: channelId(lane.handshakeHash),
      handshake,
      checkPeer: async (theirs, theirEnd) => isSame(await check(theirs, theirEnd), member),
      respond: options.respond
    })
    void over.closed.then(() => lane.destroy())
    void channel.closed.then(() => over.close())
    over.open()
    return over
  }
}

/** A lane carries what was negotiated for it: the same member, with the same drive. */
function isSame(peer: PeerInfo, member: PeerInfo): PeerInfo {
  const { role, pubkey, driveKey } = peer
  if (role === 'member' && pubkey === member.pubkey && driveKey === member.driveKey) return peer
  throw new HypertunaError('UNPROVEN', 'Somebody else is at the end of the lane')
}
