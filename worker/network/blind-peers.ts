/**
 * Blind peers: computers of nobody in the group that keep its cores, so that members
 * who are never online together still hear of each other. They hold no keys: of a
 * private relay they get what they cannot read.
 *
 * A connection to a blind peer is one that we dial, to a key that a person configured
 * on this device; on no other connection is anything admitted here. Emits `change`.
 */
import b4a from 'b4a'
import type Autobase from 'autobase'
import BlindPeering from 'blind-peering'
import type Hypercore from 'hypercore'
import type HyperDHT from 'hyperdht'
import type Hyperswarm from 'hyperswarm'
import * as ids from 'hypercore-id-encoding'
import Protomux from 'protomux'
import ReadyResource from 'ready-resource'

import { HypertunaError } from '../../protocol/errors.ts'
import type { Log } from '../log.ts'
import { circleOf, DRIVES } from './core-claim.ts'
import type { Circle } from './core-claim.ts'
import type { GatedStore } from './gated-store.ts'
import type { GatedWakeup } from './gated-wakeup.ts'

export interface BlindPeersOptions {
  dht: HyperDHT
  store: GatedStore
  wakeup: GatedWakeup
  log: Log
}

export interface BlindPeerStatus {
  key: string
  connected: boolean
  /** Cores of ours and of our groups that it was asked to keep. */
  cores: number
  /** Of these, what it has as far as we have them. */
  kept: number
  /** Unix seconds; null while not connected. */
  since: number | null
}

interface KeptRelay {
  base: Autobase<any>
  isPrivate: boolean
}

/** Writers of one relay that are named to a blind peer; whoever else writes names itself. */
const WRITERS = 64

export class BlindPeers extends ReadyResource {
  readonly #options: BlindPeersOptions
  readonly #relays = new Map<string, KeptRelay>()
  readonly #connections = new Map<string, { connection: Hyperswarm.Connection; since: number }>()
  #drive: Hypercore[] = []
  #keys: string[] = []
  #client: BlindPeering | null = null

  constructor(options: BlindPeersOptions) {
    super()
    this.#options = options
  }

  override async _close(): Promise<void> {
    await this.#stop()
  }

  get keys(): readonly string[] {
    return this.#keys
  }

  /** Uses these blind peers from now on, and no others. @param keys as hex or z-base-32 */
  async use(keys: readonly string[]): Promise<void> {
    if (this.closing) return
    await this.#stop()
    this.#keys = [...new Set(keys.map((key) => b4a.toString(ids.decode(key), 'hex')))]
    this.#start()
    this.emit('change')
  }

  /** Has the drive's cores kept: of private relays they hold sealed files alone. */
  keepDrive(cores: Hypercore[]): void {
    this.#drive = cores
    for (const core of cores) this.#add(core)
  }

  /** Has a relay's cores kept, those of writers who come later too. */
  keepRelay(relayKey: string, base: Autobase<any>, isPrivate: boolean): void {
    if (this.closing) return
    this.#relays.set(relayKey, { base, isPrivate })
    for (const { connection } of this.#connections.values()) this.#admit(connection, relayKey)
    this.#addRelay(relayKey)
  }

  /** A relay's writers may be others now. */
  refresh(relayKey: string): void {
    const kept = this.#relays.get(relayKey)
    if (kept === undefined || this.#client === null) return
    let writers = 0
    for (const { core } of kept.base.activeWriters) {
      if (writers++ === WRITERS) return
      this.#add(core, b4a.from(relayKey, 'hex'))
    }
  }

  /** Says no more of the relay, and replicates it with no blind peer from now on. */
  dropRelay(relayKey: string): void {
    const kept = this.#relays.get(relayKey)
    if (kept === undefined) return
    this.#relays.delete(relayKey)
    for (const { connection } of this.#connections.values()) {
      const mux = Protomux.from(connection)
      this.#options.wakeup.dismiss(mux, relayKey)
      this.#options.store.dismiss(mux, circleOf(relayKey, kept.isPrivate))
    }
  }

  status(): BlindPeerStatus[] {
    const cores = this.#cores()
    return this.#keys.map((key) => {
      const open = this.#connections.get(key)
      const connected = open?.connection.connected === true
      const kept = connected ? cores.filter((core) => isKept(core, key)).length : 0
      return { key, connected, cores: cores.length, kept, since: connected ? open!.since : null }
    })
  }

  #cores(): Hypercore[] {
    const cores = new Set(this.#drive)
    for (const { base } of this.#relays.values()) {
      cores.add(base.local)
      let writers = 0
      for (const { core } of base.activeWriters) if (writers++ < WRITERS) cores.add(core)
    }
    const byKey = new Map([...cores].map((core) => [b4a.toString(core.key, 'hex'), core]))
    return [...byKey.values()].filter(({ length }) => length > 0)
  }

  #start(): void {
    if (this.#keys.length === 0) return
    const { dht } = this.#options
    this.#client = new BlindPeering(
      dht,
      { replicate: (connection) => this.#onconnection(connection) },
      {
        keys: this.#keys.map((key) => b4a.from(key, 'hex')),
        wakeup: this.#options.wakeup,
        pick: this.#keys.length,
        maxBatchMin: WRITERS,
        maxBatchMax: WRITERS
      }
    )
    for (const core of this.#drive) this.#add(core)
    for (const relayKey of this.#relays.keys()) this.#addRelay(relayKey)
  }

  async #stop(): Promise<void> {
    const client = this.#client
    this.#client = null
    await client?.close()
    for (const { connection } of this.#connections.values()) connection.destroy()
    this.#connections.clear()
  }

  #addRelay(relayKey: string): void {
    const kept = this.#relays.get(relayKey)
    if (kept === undefined || this.#client === null) return
    const referrer = b4a.from(relayKey, 'hex')
    this.#client
      .addAutobase(kept.base, { referrer })
      .then(() => this.refresh(relayKey))
      .catch((err: unknown) => this.#warn(err))
  }

  #add(core: Hypercore, referrer?: Uint8Array): void {
    this.#client
      ?.addCore(core, referrer === undefined ? {} : { referrer, priority: 1 })
      .catch((err: unknown) => this.#warn(err))
  }

  /** Ours: dialled to a configured key, which the handshake proves before a byte is sent. */
  #onconnection(connection: Hyperswarm.Connection): void {
    const key = b4a.toString(connection.remotePublicKey, 'hex')
    const { store } = this.#options
    connection.on('error', (err: Error) => this.#warn(err))
    this.#connections.set(key, { connection, since: now() })
    void connection.opened.then(() => {
      const open = this.#connections.get(key)
      if (open?.connection === connection) open.since = now()
      this.emit('change')
    })
    connection.once('close', () => {
      if (this.#connections.get(key)?.connection === connection) this.#connections.delete(key)
      this.emit('change')
    })
    // Ours to be kept, and others' that it may keep: what it has of them can be read there.
    for (const circle of DRIVES) store.admit(Protomux.from(connection), circle)
    store.replicate(connection)
    for (const relayKey of this.#relays.keys()) this.#admit(connection, relayKey)
  }

  #admit(connection: Hyperswarm.Connection, relayKey: string): void {
    const kept = this.#relays.get(relayKey)
    if (kept === undefined || connection.destroyed) return
    const mux = Protomux.from(connection)
    const circle: Circle = circleOf(relayKey, kept.isPrivate)
    this.#options.store.admit(mux, circle)
    if (kept.isPrivate) this.#options.wakeup.admit(mux, relayKey)
  }

  #warn(err: unknown): void {
    if (this.closing) return
    this.#options.log('blind-peer', { reason: HypertunaError.from(err).message })
  }
}

/** Whether a blind peer has a core as far as we do; what was cleared here is not asked for. */
function isKept(core: Hypercore, key: string): boolean {
  const peer = core.peers.find((of) => b4a.toString(of.remotePublicKey, 'hex') === key)
  return peer !== undefined && peer.remoteContiguousLength >= core.contiguousLength
}

const now = (): number => Math.floor(Date.now() / 1000)
