import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import Hyperswarm from 'hyperswarm'
import ReadyResource from 'ready-resource'
import type { GatewayConfig } from './config.ts'
import { FileClient } from './file-client.ts'
import { loadOrCreateKey, lockKey } from './key.ts'
import { LIMITS, type GatewayLimits } from './limits.ts'
import { createLog, type Log } from './log.ts'
import { Peers } from './peers.ts'
import { createRoutes } from './routes.ts'
import { GatewayServer } from './server.ts'
import { Spools } from './spools.ts'

interface Parts {
  gatewayKey: string
  swarm: Hyperswarm
  peers: Peers
  server: GatewayServer
}

/** A gateway: HTTP in front, the members of relays behind. Everything is constructed here. */
export class Gateway extends ReadyResource {
  readonly #config: GatewayConfig
  readonly #limits: GatewayLimits
  readonly #log: Log
  readonly #spools: Spools
  #lock: { close(): Promise<void> } | null = null
  #parts: Parts | null = null

  constructor(config: GatewayConfig, options: { limits?: Partial<GatewayLimits>; log?: Log } = {}) {
    super()
    this.#config = config
    this.#limits = { ...LIMITS, ...options.limits }
    this.#log = options.log ?? createLog()
    const directory = config.storage
    this.#spools = new Spools({ directory, limits: this.#limits, log: this.#log })
  }

  /** Where it listens, once ready. */
  get url(): string {
    return this.#use().server.url
  }

  /** By which admins of private groups list it, 64 hex; another one at each start without a storage. */
  get gatewayKey(): string {
    return this.#use().gatewayKey
  }

  get peers(): Peers {
    return this.#use().peers
  }

  get server(): GatewayServer {
    return this.#use().server
  }

  #use(): Parts {
    if (this.#parts === null) throw new Error('The gateway is not ready')
    return this.#parts
  }

  protected override async _open(): Promise<void> {
    try {
      await this.#spools.ready()
      const parts = await this.#construct()
      this.#parts = parts
      await parts.peers.ready()
      await parts.server.ready()
    } catch (err) {
      await this._close()
      throw err
    }
  }

  async #construct(): Promise<Parts> {
    const { storage, bootstrap } = this.#config
    const [config, limits, log, spools] = [this.#config, this.#limits, this.#log, this.#spools]
    const keyPair = storage === null ? crypto.keyPair() : await loadOrCreateKey(storage)
    if (storage !== null) this.#lock = await lockKey(storage)
    const gatewayKey = b4a.toString(keyPair.publicKey, 'hex')
    const swarm = new Hyperswarm({
      keyPair,
      maxPeers: limits.peers,
      ...(bootstrap === null ? {} : { bootstrap })
    })
    const peers = new Peers({ swarm, limits, log })
    const files = new FileClient({ peers, spools, limits, log })
    const routes = createRoutes({ config, files, peers, gatewayKey, limits, log })
    const server = new GatewayServer({ config, routes, limits, log })
    return { gatewayKey, swarm, peers, server }
  }

  protected override async _close(): Promise<void> {
    const parts = this.#parts
    await parts?.server.close()
    await this.#spools.close()
    await parts?.peers.close()
    await parts?.swarm.destroy()
    await this.#lock?.close()
  }
}
