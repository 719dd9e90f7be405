/**
 * One relay's file channels on the connections of one swarm.
 *
 * Emits `change` when a member or gateway comes or goes, and `neighbours` when ephemeral
 * events are passed on to one more, or to one less.
 */
import b4a from 'b4a'
import EventEmitter from 'bare-events'
import type Hyperswarm from 'hyperswarm'
import Protomux from 'protomux'

import type { PeerEnd } from '../../protocol/card.ts'
import { FileChannel, VERSION } from '../../protocol/file-channel/channel.ts'
import type { Handshake, PeerInfo } from '../../protocol/file-channel/channel.ts'
import { HypertunaError } from '../../protocol/errors.ts'
import { openProof, privateChannelId, sealProof } from '../../protocol/sealed-proof.ts'
import { steadySeconds } from '../steady.ts'
import { EphemeralLink } from './ephemeral-link.ts'
import type { Neighbour } from './ephemeral-link.ts'
import { GatewayDoor } from './gateway-door.ts'
import { LaneChannels } from './lane-channels.ts'
import type { MemberSource } from './member-source.ts'
import type { RelayLinkOptions } from './relay-link-options.ts'

export type { RelayLinkOptions, Seclusion } from './relay-link-options.ts'

export class RelayLink extends EventEmitter {
  readonly topic: Uint8Array
  /** Read anew for each channel. */
  readonly options: RelayLinkOptions
  /** Every connection that may carry the topic; its channel once there is one. */
  readonly #channels = new Map<Hyperswarm.Connection, FileChannel | null>()
  readonly #undo = new Map<Hyperswarm.Connection, () => void>()
  /** Who proved itself on a connection, also after its channel has closed. */
  readonly #proven = new Map<Hyperswarm.Connection, PeerInfo>()
  /** Who does not take us for a member. */
  readonly #refusing = new Set<Hyperswarm.Connection>()
  /** Of a private relay. */
  readonly #door: GatewayDoor | null
  readonly #ephemeral: EphemeralLink
  readonly #lanes: LaneChannels
  #closing = false

  constructor(options: RelayLinkOptions) {
    super()
    this.topic = options.topic
    this.options = options
    const { listsGateway } = options.secluded ?? {}
    this.#door = listsGateway === undefined ? null : new GatewayDoor(options, listsGateway)
    this.#ephemeral = new EphemeralLink({
      hear: (bytes, from) => options.hear(bytes, from),
      onchange: () => void this.emit('neighbours'),
      log: options.log
    })
    this.#lanes = new LaneChannels({
      options,
      channelId: (handshakeHash) => this.#channelId(handshakeHash),
      introduce: (end) => this.#introduce(end),
      check: (handshake, end) => this.#check(handshake, end)
    })
  }

  /** Channels with proven members. */
  members(): FileChannel[] {
    const live = []
    for (const channel of this.#channels.values()) {
      if (channel !== null && channel.peer?.role === 'member') live.push(channel)
    }
    return live
  }

  /** The files of the proven members, by whichever way is best. */
  sources(): MemberSource[] {
    const live = []
    for (const [connection, channel] of this.#channels) {
      if (channel === null || channel.peer?.role !== 'member') continue
      live.push(this.#lanes.sourceOf(connection, channel))
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
    const id = this.#channelId(connection.handshakeHash)
    const undo = FileChannel.accept(mux, id, () => this.#openSafely(connection))
    this.#undo.set(connection, undo)
    this.#door?.attach(connection)
    this.#ephemeral.attach(connection, id)
    connection.once('close', () => {
      this.#undo.delete(connection)
      this.#channels.delete(connection)
      this.#proven.delete(connection)
      this.#refusing.delete(connection)
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
    for (const connection of this.#channels.keys()) void this.#openSafely(connection)
  }

  /** Whether those who are there take us for no member: perhaps we were removed. */
  get isShutOut(): boolean {
    return this.#refusing.size > 0 && this.members().length === 0
  }

  /** Whether the other side is a member, as far as it has shown. */
  isProven(connection: Hyperswarm.Connection): boolean {
    return this.#proven.has(connection)
  }

  /** Who is a member has changed: asks the others again, and ends what members no longer are. */
  recheck(): void {
    this.#door?.recheck()
    const { stillMember } = this.options
    if (stillMember === undefined) return
    this.refresh()
    for (const [connection, peer] of [...this.#proven]) {
      if (stillMember(peer)) continue
      void this.#channels.get(connection)?.close()
      this.#disown(connection)
    }
  }

  /** Connections on which members pass ephemeral events on to each other. */
  get neighbours(): number {
    return this.#ephemeral.size
  }

  /** Passes an ephemeral event on, to all members that are here but the one that it came from. */
  pass(bytes: Uint8Array, from: Neighbour | null): void {
    this.#ephemeral.pass(bytes, from)
  }

  async close(): Promise<void> {
    this.#closing = true
    this.#ephemeral.close()
    for (const undo of this.#undo.values()) undo()
    const channels = [...this.#channels.values()]
    await Promise.all([...channels.map((channel) => channel?.close()), this.#door?.close()])
    for (const connection of [...this.#proven.keys()]) this.#disown(connection)
  }

  /** On a private relay's channels the id itself is what strangers do not know. */
  #channelId(handshakeHash: Uint8Array): Uint8Array {
    const { secluded } = this.options
    if (!secluded) return this.topic
    return privateChannelId(secluded.secret, this.topic, handshakeHash)
  }

  #disown(connection: Hyperswarm.Connection): void {
    if (!this.#proven.delete(connection)) return
    this.#ephemeral.dismiss(connection)
    this.options.onstranger(connection)
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
    const end = { handshakeHash: connection.handshakeHash, noiseKey: connection.publicKey }
    const handshake = await this.#introduce(end)
    if (this.#taken(connection)) return
    this.#channels.set(connection, null)
    if (handshake === null) return
    const verdict = { accepted: false }
    const channel: FileChannel = new FileChannel(Protomux.from(connection), {
      topic: this.#channelId(connection.handshakeHash),
      handshake,
      checkPeer: (theirs, end) => {
        const peer = this.#check(theirs, end)
        verdict.accepted = true
        return peer
      },
      respond: this.options.respond,
      offerLane: () => this.#lanes.offer(connection, channel)
    })
    this.#refusing.delete(connection)
    this.#channels.set(connection, channel)
    channel.open()
    channel.opened.then(
      (peer) => this.#accept(connection, peer),
      (err: unknown) => this.#refuse(connection, err)
    )
    void channel.closed.then(() => {
      if (verdict.accepted && channel.reason?.code === 'UNPROVEN') this.#refusing.add(connection)
      if (this.#channels.get(connection) === channel) this.#channels.set(connection, null)
      this.emit('change')
    })
  }

  /** What we say of ourselves; null while we have nothing to show. */
  async #introduce(end: PeerEnd): Promise<Handshake | null> {
    const { secluded, prove } = this.options
    if (!secluded) {
      const proof = await prove(end)
      return proof === null ? null : { version: VERSION, role: 'member', proof, clock: seconds() }
    }
    const proof = secluded.sign(end)
    if (proof === null) return null
    const sealed = sealProof(proof, secluded.secret, end)
    return { version: VERSION, role: 'member', proof: null, sealed, clock: seconds() }
  }

  #accept(connection: Hyperswarm.Connection, peer: PeerInfo): void {
    if (this.#closing || connection.destroyed) return
    if (peer.role === 'member') {
      this.#proven.set(connection, peer)
      this.options.onmember(connection)
      this.#ephemeral.admit(connection)
    }
    this.options.log('peer-online', { role: peer.role, pubkey: peer.pubkey ?? undefined })
    this.emit('change')
  }

  #refuse(connection: Hyperswarm.Connection, err: unknown): void {
    const { code, message } = HypertunaError.from(err)
    this.options.log('peer-refused', { reason: message })
    if (code === 'UNPROVEN') this.#disown(connection)
  }

  /** Whether nothing is to be opened here; a channel that has closed makes room at once. */
  #taken(connection: Hyperswarm.Connection): boolean {
    if (this.#closing || connection.destroyed) return true
    return this.#channels.get(connection)?.reason === null
  }

  #check(handshake: Handshake, end: PeerEnd): PeerInfo {
    const peer = this.#judge(handshake, end)
    const { clock } = handshake
    if (clock === undefined || peer.role !== 'member') return peer
    return { ...peer, clock: clock - steadySeconds() }
  }

  #judge(handshake: Handshake, end: PeerEnd): PeerInfo {
    const { secluded, checkMember } = this.options
    if (secluded) {
      // Gateways do not get here: they do not know the channel's id, and have a door of their own.
      if (!handshake.sealed) throw new HypertunaError('UNPROVEN', 'No proof of membership')
      return secluded.checkSigned(openProof(handshake.sealed, secluded.secret, end), end)
    }
    if (handshake.role === 'gateway') {
      const noiseKey = b4a.toString(end.noiseKey, 'hex')
      return { role: 'gateway', pubkey: null, driveKey: null, members: null, noiseKey }
    }
    if (handshake.proof === null) throw new HypertunaError('UNPROVEN', 'No proof of membership')
    return checkMember(handshake.proof, end)
  }
}

const seconds = (): number => Math.floor(Date.now() / 1000)
