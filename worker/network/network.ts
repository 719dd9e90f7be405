/**
 * The worker's one Hyperswarm: connections, and what runs on each of them.
 *
 * A connection carries, each only when both sides want it: pairing, wakeup of
 * relays whose key the other side shows, then Corestore replication of their
 * cores, and the file channel of relays whose topic brought the two together.
 * A private relay's wakeup and cores wait for the proof on its file channel.
 */
import b4a from 'b4a'
import Hyperswarm from 'hyperswarm'
import Protomux from 'protomux'
import ReadyResource from 'ready-resource'
import type { KeyPair } from 'hypercore-crypto'

import type { Log } from '../log.ts'
import { BlindPeers } from './blind-peers.ts'
import { circleOf, DRIVES } from './core-claim.ts'
import type { GatedStore } from './gated-store.ts'
import { GatedWakeup } from './gated-wakeup.ts'
import { Lanes } from './lanes.ts'
import type { LaneLimits } from './lanes.ts'
import { Lookout } from './lookout.ts'
import { RelayLink } from './relay-link.ts'
import type { RelayLinkOptions } from './relay-link.ts'

export interface NetworkOptions {
  store: GatedStore
  keyPair: KeyPair
  /** `host:port` of DHT nodes; undefined for the public DHT. */
  bootstrap?: string[]
  /** Bulk lanes to members by TCP, as `Lanes` has them; none with false. */
  lanes?: false | { port?: number; limits?: Partial<LaneLimits> }
  log: Log
}

export class Network extends ReadyResource {
  readonly swarm: Hyperswarm
  readonly wakeup = new GatedWakeup()
  /** Where our cores are kept while nobody is online, as far as somebody configured it. */
  readonly blindPeers: BlindPeers
  /** Null when they are switched off. */
  readonly lanes: Lanes | null
  readonly #store: GatedStore
  readonly #log: Log
  readonly #connections = new Map<Hyperswarm.Connection, Hyperswarm.PeerInfo>()
  readonly #links = new Map<RelayLink, Lookout>()
  readonly #replicating = new WeakSet<Hyperswarm.Connection>()
  /** Relays whose key alone opens nothing. */
  readonly #private = new Set<string>()
  #hasLooked = false

  constructor({ store, keyPair, bootstrap, lanes = {}, log }: NetworkOptions) {
    super()
    this.#store = store
    this.#log = log
    const nodes = bootstrap?.map((address) => {
      const [host = '', port = '0'] = address.split(':')
      return { host, port: Number(port) }
    })
    this.swarm = new Hyperswarm({ keyPair, ...(nodes === undefined ? {} : { bootstrap: nodes }) })
    this.lanes =
      lanes === false
        ? null
        : new Lanes({ keyPair, ...lanes, onchange: () => void this.emit('peers') })
    const { swarm, wakeup } = this
    this.blindPeers = new BlindPeers({ dht: swarm.dht, store, wakeup, log })
    this.swarm.on('connection', (connection, info) => this.#onconnection(connection, info))
    this.#followDht()
  }

  /** Whether the DHT answers: without it, nobody finds us and we find nobody. */
  state: 'starting' | 'online' | 'offline' = 'starting'

  /**
   * Whether those who can be found were looked for, and nobody is here. Who started when we
   * did may still come.
   */
  get isQuiet(): boolean {
    if (!this.#hasLooked || this.blindPeers.keys.length > 0) return false
    return this.peers === 0
  }

  /** Finds out who is there, on all topics that were joined by now. */
  lookAround(): void {
    this.swarm.flush().then(
      () => void (this.#hasLooked = true),
      () => {} // it was closed: nobody waits any more
    )
  }

  get peers(): number {
    return this.#connections.size
  }

  /** Whether a relay's key alone opens nothing. */
  isPrivate(relayKey: string): boolean {
    return this.#private.has(relayKey)
  }

  /** From now on this relay is for its proven members. Call it before the relay is opened. */
  keepPrivate(relayKey: string): void {
    this.#private.add(relayKey)
    this.wakeup.gate(relayKey)
  }

  /**
   * Lets whoever shows this relay's key replicate the relay, if it is no private
   * one. Returns the undo.
   */
  shareRelay(relayKey: string): () => void {
    if (this.#private.has(relayKey)) return () => {}
    const share = (connection: Hyperswarm.Connection): void => {
      this.#replicate(connection)
      this.#store.admit(Protomux.from(connection), circleOf(relayKey, false))
    }
    const session = this.wakeup.session(b4a.from(relayKey, 'hex'), {
      onpeeradd: (peer) => share(peer.stream)
    })
    for (const peer of session.peers) share(peer.stream)
    return () => session.destroy()
  }

  /** Joins a relay's topic and answers its file channel there. */
  linkRelay(
    options: Omit<RelayLinkOptions, 'onmember' | 'onstranger' | 'lanes' | 'log'>
  ): RelayLink {
    const { relayKey } = options
    const link = new RelayLink({
      ...options,
      lanes: this.lanes,
      log: this.#log,
      onmember: (connection) => this.#admit(connection, relayKey),
      onstranger: (connection) => this.#dismiss(connection, relayKey)
    })
    for (const [connection, info] of this.#connections) link.attach(connection, info)
    const discovery = this.swarm.join(link.topic, { server: true, client: true })
    this.#links.set(link, new Lookout(discovery, link))
    return link
  }

  async unlinkRelay(link: RelayLink): Promise<void> {
    this.#links.get(link)?.close()
    this.#links.delete(link)
    await link.close()
    if (!this.swarm.destroyed) await this.swarm.leave(link.topic)
  }

  /** Leaves everybody while this computer sleeps, and finds them again when it wakes. */
  async rest(asleep: boolean): Promise<void> {
    if (this.closing !== null) return
    await (asleep ? this.swarm.suspend() : this.swarm.resume())
    if (!asleep) for (const lookout of this.#links.values()) lookout.again()
  }

  override async _close(): Promise<void> {
    for (const link of this.#links.keys()) await this.unlinkRelay(link)
    this.lanes?.close()
    await this.blindPeers.close()
    this.wakeup.destroy()
    await this.swarm.destroy()
  }

  #followDht(): void {
    const { dht } = this.swarm
    const look = (): void => {
      const state = dht.online && dht.toArray({ limit: 1 }).length > 0 ? 'online' : 'offline'
      if (state === this.state || this.closing) return
      this.state = state
      this.#log('network', { state })
      if (state === 'online') for (const lookout of this.#links.values()) lookout.again()
      this.emit('peers')
    }
    // Before the first answers are in, an empty table means nothing.
    dht.fullyBootstrapped().then(
      () => {
        look()
        for (const event of ['add-node', 'remove-node', 'network-update']) dht.on(event, look)
      },
      (err: unknown) => this.#log('network-failed', { reason: String(err) })
    )
  }

  #onconnection(connection: Hyperswarm.Connection, info: Hyperswarm.PeerInfo): void {
    this.#connections.set(connection, info)
    connection.on('error', (err: Error) => {
      this.#log('connection-error', { reason: err.message })
    })
    connection.once('close', () => {
      this.#connections.delete(connection)
      this.emit('peers')
    })
    Protomux.from(connection)
    this.wakeup.addStream(connection)
    for (const link of this.#links.keys()) link.attach(connection, info)
    this.emit('peers')
  }

  /** The other side proved that it is a member of this relay. */
  #admit(connection: Hyperswarm.Connection, relayKey: string): void {
    const mux = Protomux.from(connection)
    for (const circle of DRIVES) this.#store.admit(mux, circle)
    if (!this.#private.has(relayKey)) return
    this.#replicate(connection)
    this.#store.admit(mux, circleOf(relayKey, true))
    this.wakeup.admit(mux, relayKey)
  }

  /** It is one no longer. */
  #dismiss(connection: Hyperswarm.Connection, relayKey: string): void {
    const mux = Protomux.from(connection)
    this.wakeup.dismiss(mux, relayKey)
    this.#store.dismiss(mux, circleOf(relayKey, true))
    const elsewhere = [...this.#links.keys()].some((link) => link.isProven(connection))
    for (const circle of elsewhere ? [] : DRIVES) this.#store.dismiss(mux, circle)
  }

  #replicate(connection: Hyperswarm.Connection): void {
    if (this.#replicating.has(connection) || connection.destroyed) return
    this.#replicating.add(connection)
    this.#store.replicate(connection)
  }
}
