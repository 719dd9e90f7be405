import type Hyperswarm from 'hyperswarm'
import ReadyResource from 'ready-resource'
import { HypertunaError } from '../protocol/errors.ts'
import type { GatewayLimits } from './limits.ts'
import type { Log } from './log.ts'
import { RelayPeers } from './relay-peers.ts'

/**
 * The relays whose members this gateway talks to: a topic is joined (as a
 * client) when its relay is first asked for and left when nobody asked for it
 * for a while. The swarm belongs to whoever made it.
 */
export class Peers extends ReadyResource {
  #swarm: Hyperswarm
  #limits: GatewayLimits
  #log: Log
  #relays = new Map<string, RelayPeers>()
  #byTopic = new Map<string, RelayPeers>()
  #idle = new Map<RelayPeers, NodeJS.Timeout>()
  #connections = new Map<Hyperswarm.Connection, Hyperswarm.PeerInfo>()
  #seen = new WeakSet<Hyperswarm.PeerInfo>()
  #banned = new Map<Hyperswarm.PeerInfo, NodeJS.Timeout>()
  #onconnection = (connection: Hyperswarm.Connection, info: Hyperswarm.PeerInfo): void =>
    this.#connected(connection, info)

  constructor(options: { swarm: Hyperswarm; limits: GatewayLimits; log: Log }) {
    super()
    this.#swarm = options.swarm
    this.#limits = options.limits
    this.#log = options.log
  }

  /** Relays joined, and connections. */
  get counts(): { relays: number; connections: number } {
    return { relays: this.#relays.size, connections: this.#connections.size }
  }

  protected override _open(): Promise<void> {
    this.#swarm.on('connection', this.#onconnection)
    return Promise.resolve()
  }

  /**
   * The members of a relay, joined if they were not. Give it back with `release`.
   *
   * @throws {HypertunaError} BUSY when too many relays are in use, CLOSED
   */
  use(publicIdentifier: string): RelayPeers {
    if (this.closing !== null) throw new HypertunaError('CLOSED', 'The gateway is closing')
    const relay = this.#relays.get(publicIdentifier) ?? this.#join(publicIdentifier)
    relay.users++
    relay.look(this.#limits.lookEvery)
    clearTimeout(this.#idle.get(relay))
    this.#idle.delete(relay)
    return relay
  }

  /** Relays that are joined, and that anybody may read. */
  joinedPublic(): string[] {
    const relays = [...this.#relays.values()]
    return relays
      .filter(({ membership: { known, isPrivate } }) => known && !isPrivate)
      .map(({ publicIdentifier }) => publicIdentifier)
  }

  /** Ends one use; an idle relay is left later, a relay nobody ever proved sooner. */
  release(relay: RelayPeers): void {
    relay.users--
    relay.lastUsed = Date.now()
    if (relay.users > 0 || this.closing !== null) return
    const ms = relay.membership.known ? this.#limits.idleTopic : this.#limits.unproven
    const timer = setTimeout(() => this.#leave(relay), ms)
    this.#idle.set(relay, timer)
  }

  #join(publicIdentifier: string): RelayPeers {
    if (this.#relays.size >= this.#limits.topics) this.#makeRoom()
    const relay = new RelayPeers(publicIdentifier, {
      swarm: this.#swarm,
      limits: this.#limits,
      log: this.#log,
      unwelcome: (connection) => this.#unwelcome(relay, connection)
    })
    this.#relays.set(publicIdentifier, relay)
    this.#byTopic.set(hex(relay.topic), relay)
    for (const [connection, info] of this.#connections) {
      if (info.topics.some((topic) => hex(topic) === hex(relay.topic))) relay.attach(connection)
    }
    return relay
  }

  #makeRoom(): void {
    let oldest: RelayPeers | null = null
    for (const relay of this.#relays.values()) {
      if (relay.users > 0) continue
      if (oldest === null || relay.lastUsed < oldest.lastUsed) oldest = relay
    }
    oldest ??= this.#oldestUnproven()
    if (oldest === null) throw new HypertunaError('BUSY', 'Too many relays are in use here')
    this.#leave(oldest)
  }

  /** Names that nobody has proved keep nobody out: whoever waits for the oldest hears that. */
  #oldestUnproven(): RelayPeers | null {
    for (const relay of this.#relays.values()) if (!relay.membership.known) return relay
    return null
  }

  #leave(relay: RelayPeers): void {
    clearTimeout(this.#idle.get(relay))
    this.#idle.delete(relay)
    if (this.#relays.get(relay.publicIdentifier) !== relay) return // it was left while in use
    this.#relays.delete(relay.publicIdentifier)
    this.#byTopic.delete(hex(relay.topic))
    const used = [...this.#connections.keys()].filter((connection) => relay.uses(connection))
    relay.close().then(
      () => {
        for (const connection of used) if (!this.#carries(connection)) connection.destroy()
      },
      (err: unknown) => this.#log('relay not left', { relay: relay.publicIdentifier, error: err })
    )
  }

  #connected(connection: Hyperswarm.Connection, info: Hyperswarm.PeerInfo): void {
    connection.on('error', (err) => this.#log('connection lost', { error: err }))
    this.#connections.set(connection, info)
    connection.once('close', () => this.#connections.delete(connection))
    const wanted = info.topics.filter((topic) => this.#byTopic.has(hex(topic)))
    for (const topic of wanted) this.#byTopic.get(hex(topic))?.attach(connection)
    if (wanted.length === 0) connection.destroy() // its relay was left meanwhile
    if (this.#seen.has(info)) return
    this.#seen.add(info)
    info.on('topic', (topic: Uint8Array) => {
      for (const [open, owner] of this.#connections) {
        if (owner === info) this.#byTopic.get(hex(topic))?.attach(open)
      }
    })
  }

  #carries(connection: Hyperswarm.Connection): boolean {
    return [...this.#relays.values()].some((relay) => relay.uses(connection))
  }

  /** A peer that proved nothing to `relay` goes, unless it serves another, and may try again later. */
  #unwelcome(relay: RelayPeers, connection: Hyperswarm.Connection): void {
    const info = this.#connections.get(connection)
    const serves = [...this.#relays.values()].some((r) => r !== relay && r.uses(connection))
    if (info === undefined || serves) return
    connection.destroy()
    if (this.#banned.has(info) || this.#banned.size >= this.#limits.peers) return
    info.ban(true)
    const pardon = setTimeout(() => {
      this.#banned.delete(info)
      info.ban(false)
    }, this.#limits.unproven)
    this.#banned.set(info, pardon)
  }

  protected override async _close(): Promise<void> {
    this.#swarm.off('connection', this.#onconnection)
    for (const timer of [...this.#idle.values(), ...this.#banned.values()]) clearTimeout(timer)
    await Promise.all([...this.#relays.values()].map((relay) => relay.close()))
    this.#relays.clear()
    this.#byTopic.clear()
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
