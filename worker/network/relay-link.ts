/**
 * One relay's file channels on the connections of one swarm.
 *
 * Emits `change` when a member or gateway comes or goes.
 */
import b4a from 'b4a'
import EventEmitter from 'bare-events'
import type Hyperswarm from 'hyperswarm'
import Protomux from 'protomux'

import type { MemberProof, PeerEnd } from '../../protocol/card.ts'
import { FileChannel, VERSION } from '../../protocol/file-channel/channel.ts'
import type { FileResponder, Handshake, PeerInfo } from '../../protocol/file-channel/channel.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import type { Log } from '../log.ts'

export interface RelayLinkOptions {
  topic: Uint8Array
  /** Our proof for a connection; null while we are no member. */
  prove(end: PeerEnd): Promise<MemberProof | null>
  /** Judges a member's proof at its end of a connection. Throws UNPROVEN. */
  checkMember(proof: MemberProof, end: PeerEnd): PeerInfo
  respond: FileResponder
  /** The other side proved membership. */
  onmember(mux: Protomux): void
  log: Log
}

export class RelayLink extends EventEmitter {
  readonly topic: Uint8Array
  /** Read anew for each channel. */
  readonly options: RelayLinkOptions
  /** Every connection that may carry the topic; its channel once there is one. */
  readonly #channels = new Map<Hyperswarm.Connection, FileChannel | null>()
  readonly #undo = new Map<Hyperswarm.Connection, () => void>()
  #closing = false

  constructor(options: RelayLinkOptions) {
    super()
    this.topic = options.topic
    this.options = options
  }

  /** Channels with proven members. */
  members(): FileChannel[] {
    const live = []
    for (const channel of this.#channels.values()) {
      if (channel !== null && channel.peer?.role === 'member') live.push(channel)
    }
    return live
  }

  /** Pubkeys of the members with a live handshake. */
  onlinePubkeys(): Set<string> {
    return new Set(this.members().map((channel) => channel.peer?.pubkey ?? ''))
  }

  /** The drives of the members with a live handshake. */
  onlineDrives(): Set<string> {
    return new Set(this.members().map((channel) => channel.peer?.driveKey ?? ''))
  }

  /** Answers the topic on this connection; asks first when the swarm found it by this topic. */
  attach(connection: Hyperswarm.Connection, info: Hyperswarm.PeerInfo): void {
    if (this.#undo.has(connection)) return
    const mux = Protomux.from(connection)
    const undo = FileChannel.accept(mux, this.topic, () => this.#openSafely(connection))
    this.#undo.set(connection, undo)
    connection.once('close', () => {
      this.#undo.delete(connection)
      this.#channels.delete(connection)
    })
    const ask = (topic: unknown): void => {
      if (!b4a.equals(topic as Uint8Array, this.topic) || this.#closing) return
      if (!this.#channels.has(connection)) this.#channels.set(connection, null)
      void this.#openSafely(connection)
    }
    for (const topic of info.topics) ask(topic)
    info.on('topic', ask)
    connection.once('close', () => info.off('topic', ask))
  }

  /** Opens what could not be opened before, after our own membership became provable. */
  refresh(): void {
    for (const [connection, channel] of this.#channels) {
      if (channel === null) void this.#openSafely(connection)
    }
  }

  async close(): Promise<void> {
    this.#closing = true
    for (const undo of this.#undo.values()) undo()
    const channels = [...this.#channels.values()]
    await Promise.all(channels.map((channel) => channel?.close()))
  }

  async #openSafely(connection: Hyperswarm.Connection): Promise<void> {
    try {
      await this.#open(connection)
    } catch (err) {
      this.options.log('channel-failed', { reason: HypertunaError.from(err).message })
    }
  }

  async #open(connection: Hyperswarm.Connection): Promise<void> {
    if (this.#taken(connection)) return
    const proof = await this.options.prove({
      handshakeHash: connection.handshakeHash,
      noiseKey: connection.publicKey
    })
    if (this.#taken(connection)) return
    this.#channels.set(connection, null)
    if (proof === null) return
    const mux = Protomux.from(connection)
    const channel = new FileChannel(mux, {
      topic: this.topic,
      handshake: { version: VERSION, role: 'member', proof },
      checkPeer: (handshake, end) => this.#check(handshake, end),
      respond: this.options.respond
    })
    this.#channels.set(connection, channel)
    channel.open()
    channel.opened.then(
      (peer) => {
        if (peer.role === 'member') this.options.onmember(mux)
        this.options.log('peer-online', { role: peer.role, pubkey: peer.pubkey ?? undefined })
        this.emit('change')
      },
      (err: unknown) =>
        this.options.log('peer-refused', { reason: HypertunaError.from(err).message })
    )
    void channel.closed.then(() => {
      if (this.#channels.get(connection) === channel) this.#channels.set(connection, null)
      this.emit('change')
    })
  }

  /** Whether nothing is to be opened here; a channel that has closed makes room at once. */
  #taken(connection: Hyperswarm.Connection): boolean {
    if (this.#closing || connection.destroyed) return true
    return this.#channels.get(connection)?.reason === null
  }

  #check(handshake: Handshake, end: PeerEnd): PeerInfo {
    if (handshake.role === 'gateway') {
      return { role: 'gateway', pubkey: null, driveKey: null, members: null }
    }
    if (handshake.proof === null) throw new HypertunaError('UNPROVEN', 'No proof of membership')
    return this.options.checkMember(handshake.proof, end)
  }
}
